"""Talks SMTP and explains failures; knows no Flask and no database."""
