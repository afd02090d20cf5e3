"""The part of Looker API 4.0 that is about mail, for programs that use Looker's own SDKs (A5)."""
