"""Who may come in: users, passwords, one-time links, signing in, and how often."""
