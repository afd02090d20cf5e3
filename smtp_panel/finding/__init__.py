"""Finds the settings for an address, a domain or a provider (SPEC P1). No Flask, no database."""
