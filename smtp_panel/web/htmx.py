"""What HTMX asks for and is told in headers (https://htmx.org/reference/#headers)."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from flask import request


def fragment() -> bool:
    """Whether HTMX asks, which takes a fragment for the page that is shown."""
    return "HX-Request" in request.headers


def mark_of(shown: object) -> str:
    """A short mark of what is `shown`, by which an open page asks whether it still stands so."""
    return hashlib.blake2b(repr(shown).encode(), digest_size=8).hexdigest()


def still_shows(mark: str) -> bool:
    """Whether HTMX asks for a page that is as it was `seen`, so that there is nothing to give."""
    return fragment() and request.args.get("seen") == mark


def current_page() -> str:
    """The path, with its query, of the page that a fragment is for; "" where nobody says."""
    try:
        url = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:  # not what a browser sends
        return ""
    return url._replace(scheme="", netloc="", fragment="").geturl()


def in_place_of(selector: str) -> dict[str, str]:
    """The headers by which an answer replaces the element of `selector`, whatever was asked for."""
    return {"HX-Retarget": selector, "HX-Reswap": "outerHTML", "HX-Reselect": selector}
