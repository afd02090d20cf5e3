"""The health of the mail path as each node sees it, and the problem that admins are shown."""
