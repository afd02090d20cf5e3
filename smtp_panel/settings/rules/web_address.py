"""What the rules of web addresses share: they are whole, and hold no login (RFC 3986)."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit, urlunsplit

from smtp_panel.settings.rules.refusal import Refused
from smtp_panel.settings.rules.text import refuse_longer
from smtp_panel.words import N_

LONGEST_URL = 2000  # characters


def parts_of(text: str) -> SplitResult:
    """The parts of an http or https URL; raises Refused where it is not whole, or has a login."""
    try:
        url = urlsplit(text)
        whole = url.scheme in {"http", "https"} and url.hostname and url.port != 0
    except ValueError:
        whole = False
    if not whole:
        raise Refused(N_("Enter the whole address, beginning with https://."))
    if "@" in url.netloc:  # what stands before it may hold a password, so it is not repeated
        raise Refused(N_("No login belongs in the address: remove what stands before the “@”."))
    return url


def url_of(parts: SplitResult, host: str) -> str:
    """The URL of `parts` at a tidy `host`, without a fragment; raises Refused if it is too long."""
    place = f"[{host}]" if ":" in host else host
    port = "" if parts.port is None else f":{parts.port}"
    url = urlunsplit((parts.scheme, place + port, parts.path, parts.query, ""))
    refuse_longer(url, LONGEST_URL)
    return url
