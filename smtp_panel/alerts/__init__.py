"""Warnings that leave by another road than mail, and what admins are told by mail."""
