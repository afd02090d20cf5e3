"""Marking of texts for translation where no request is at hand."""

from __future__ import annotations


def N_(text: str) -> str:  # noqa: N802  (the name gettext tools look for)
    """Mark `text` for extraction and give it back; whoever shows it translates it."""
    return text
