"""Checks and tests as they are run: a bounded pool, and a row that tells how far each one is."""
