"""SMTP Panel: the SMTP settings page of a self-hosted application, and the mail path behind it."""

__version__ = "0.1.0"
