"""The rules of EHLO name, Envelope sender, Reply-To and Time limit; all may be empty (SPEC F12)."""

from __future__ import annotations

import ipaddress
import re
import unicodedata

from smtp_panel.net.address import IP
from smtp_panel.settings.rules import names
from smtp_panel.settings.rules.refusal import Refused, offering
from smtp_panel.settings.rules.sender import sender, sender_address, sender_name
from smtp_panel.settings.rules.text import is_unseen, quoted, refuse_unseen, trimmed
from smtp_panel.words import N_

LONGEST_TIME = 120  # seconds
_LITERAL = re.compile(r"\[(IPv6:)?([^\[\]]*)\]", re.I)  # RFC 5321, section 4.1.3
_DIGITS = re.compile(r"[0-9]{1,9}")


def ehlo_name(text: str) -> str:
    """The name to give in EHLO, a host name or an address literal; empty for the usual one."""
    tidy = trimmed(text)
    return offering(_ehlo_name, _repaired_ehlo_name, tidy) if tidy else ""


def envelope_sender(text: str) -> str:
    """The address to give in MAIL FROM, by the rule of From; empty for the address of From."""
    if not trimmed(text):
        return ""
    try:
        mailbox = sender(text)
    except Refused as refused:
        address = sender_address(refused.suggestion) if refused.suggestion else None
        raise refused.suggesting(address) from None
    if sender_name(mailbox):
        raise Refused(
            N_("Enter the address alone, without a name."), suggestion=sender_address(mailbox)
        )
    return mailbox


def reply_to(text: str) -> str:
    """Where answers go, by the rule of From; empty for no such header."""
    return sender(text) if trimmed(text) else ""


def time_limit(text: str) -> int | None:
    """Seconds that a check or test may take, 1 to 120; None, from an empty text, for the usual."""
    tidy = trimmed(text)
    return offering(_seconds, _repaired_seconds, tidy) if tidy else None


def _ehlo_name(text: str) -> str:
    refuse_unseen(text)
    if text.startswith("["):
        return _address_literal(text)
    name = names.domain_name(text.removesuffix("."))
    if names.ends_in_number(name):
        raise _no_literal(text)
    return name


def _address_literal(text: str) -> str:
    literal = _LITERAL.fullmatch(text)
    if not literal:
        raise _no_literal(text)
    try:
        address = ipaddress.ip_address(literal[2])
    except ValueError:
        raise _no_literal(text) from None
    if (address.version == 6) != bool(literal[1]) or "%" in literal[2]:
        raise _no_literal(text)
    return _literal(address)


def _no_literal(text: str) -> Refused:
    return Refused(
        N_(
            "“%(name)s” is not a host name. An address is written in square brackets:"
            " [203.0.113.7] or [IPv6:2001:db8::7]."
        ),
        {"name": quoted(text)},
    )


def _literal(address: IP) -> str:
    return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"


def _repaired_ehlo_name(text: str) -> str:
    seen = "".join(c for c in text if not is_unseen(c) and not c.isspace())
    inside = re.sub(r"^IPv6:", "", seen.strip("[]"), flags=re.I)
    try:
        return _literal(ipaddress.ip_address(inside.partition("%")[0]))
    except ValueError:
        return seen


def _seconds(text: str) -> int:
    if _DIGITS.fullmatch(text) and text[0] != "0" and int(text) <= LONGEST_TIME:
        return int(text)
    raise Refused(
        N_("A time limit is a whole number of seconds from 1 to %(most)s."),
        {"most": str(LONGEST_TIME)},
    )


def _repaired_seconds(text: str) -> str:
    """The number at the start of `text`, in ASCII digits, at most the longest."""
    found = _DIGITS.match(unicodedata.normalize("NFKC", text).lstrip("+0"))
    return str(min(int(found[0]), LONGEST_TIME)) if found else ""
