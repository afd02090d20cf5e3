"""What HTMX asks for and is told in headers (https://htmx.org/reference/#headers)."""

from __future__ import annotations

from flask import request


def fragment() -> bool:
    """Whether HTMX asks, which takes a fragment for the page that is shown."""
    return "HX-Request" in request.headers


def in_place_of(selector: str) -> dict[str, str]:
    """The headers by which an answer replaces the element of `selector`, whatever was asked for."""
    return {"HX-Retarget": selector, "HX-Reswap": "outerHTML", "HX-Reselect": selector}
