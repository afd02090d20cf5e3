"""The addresses in MAIL and RCPT, as RFC 5321 has them (section 4.1.2), and what MAIL says more."""

from __future__ import annotations

import re
from collections.abc import Iterable

from smtp_panel.smtp.envelope import path
from smtp_panel.storage import ADDRESS

NULL_PATH = "<>"  # as aiosmtpd writes it

_ATOMS = r'[^\s<>()\[\]\\,;:@"]+'
_LOCAL_PART = rf'(?:{_ATOMS}|"[^\s<>\\"]+")'
_DOMAIN = rf"(?:(?!\.){_ATOMS}|\[[\w.:]+\])"
_MAILBOX = rf"{_LOCAL_PART}(?:@{_DOMAIN})?"
# A route in front of an address is read over (section 3.6.1); some clients leave the brackets out.
_ARGUMENT = re.compile(
    rf"(?P<word>FROM|TO):[ \t]*(?:<(?:@[^\s<>:]*:)?(?P<path>(?:{_MAILBOX})?)>|(?P<bare>{_MAILBOX}))"
    r"(?P<parameters>(?:[ \t].*)?)",
    re.IGNORECASE | re.ASCII,
)


def plain(argument: str) -> str | None:
    """The `argument` of MAIL or RCPT in its plainest form; None where it is none.

    The parser that aiosmtpd uses is one for headers, and fails at some of what is none.
    """
    found = _ARGUMENT.fullmatch(argument)
    if found is None:
        return None
    return f"{found['word']}:<{found['path'] or found['bare'] or ''}>{found['parameters']}"


def is_address(text: str) -> bool:
    """Whether `text` is an address that the outbox can hold, and a command."""
    try:
        path(text)
    except ValueError:
        return False
    return len(text) <= ADDRESS


def size_said(parameters: Iterable[str]) -> int:
    """How many octets a message has by the parameters of its MAIL (RFC 1870); 0 if they say none.

    aiosmtpd has seen to it that they are digits.
    """
    found = (value for name, _, value in (p.partition("=") for p in parameters) if name == "SIZE")
    return int(next(found, "") or 0)
