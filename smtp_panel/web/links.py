"""Links in texts of our own, such as what a provider wants."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_LINK = re.compile(r"(https://[A-Za-z0-9._~:/?#@!$&*+=%-]*[A-Za-z0-9/=-])")


def linked(text: str) -> Markup:
    """`text` as HTML, with its links (https) to follow; a new tab keeps what was typed here."""
    plain, *rest = _LINK.split(text)
    links, words = rest[::2], rest[1::2]
    html = escape(plain)
    for link, after in zip(links, words, strict=True):
        html += Markup('<a href="{}" target="_blank" rel="noopener">{}</a>').format(link, link)
        html += escape(after)
    return html
