"""Walks a connection step by step for a person: the ladder, what would work instead, a report."""
