"""What a domain name may look like."""

from __future__ import annotations

import re

from smtp_panel.net.dns import LONGEST_LABEL, LONGEST_NAME

_TOP_LABEL = re.compile(r"(?![0-9]+$)[a-z0-9]([a-z0-9-]*[a-z0-9])?", re.ASCII | re.IGNORECASE)


def is_domain(name: str) -> bool:
    """Whether `name`, in ASCII, can be looked up and has several labels (RFC 7208, 4.3)."""
    labels = name.removesuffix(".").split(".")
    return (
        name.isascii()
        and all(1 <= len(label) <= LONGEST_LABEL for label in labels)
        and len(name) <= LONGEST_NAME
        and ends_as_domain(name)
    )


def ends_as_domain(text: str) -> bool:
    """Whether `text` ends with a dot and a top label (RFC 7208, 7.1), as no IP address does."""
    _, dot, label = text.removesuffix(".").rpartition(".")
    return bool(dot and _TOP_LABEL.fullmatch(label))


def shortened(name: str) -> str:
    """`name` without the dot at its end, and without labels on its left that are too many (7.3)."""
    name = name.removesuffix(".")
    while len(name) > LONGEST_NAME:
        _, _, name = name.partition(".")
    return name


def is_within(name: str, domain: str) -> bool:
    """Whether `name` is `domain` or below it."""
    return f".{name}".lower().endswith(f".{domain}".lower())
