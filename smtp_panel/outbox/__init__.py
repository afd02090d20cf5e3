"""The outbox: what was accepted is on disk, and leaves as soon as the service takes it (SPEC 8)."""
