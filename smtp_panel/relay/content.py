"""What a program hands over, as the outbox takes it (SPEC M2, M8)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr, getaddresses, make_msgid, parseaddr

from smtp_panel.mail.headers import decoded
from smtp_panel.mail.message import transportable
from smtp_panel.mail.parts import TooIntricate, refuse_longer_header

# RFC 5322, sections 2.2.3 and 3.6.8: a name, and lines that go on with a blank.
FIELD = re.compile(rb"[!-9;-~]++[ \t]*+:[^\r]*+(?:\r\n[ \t][^\r]*+)*+(?:\r\n|\Z)")
OTHER_LINE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")
# Who else gets it is nobody's business, and where it comes from is for the last server to say.
DROPPED = frozenset({b"bcc", b"resent-bcc", b"return-path"})
AUTHOR = frozenset({b"from", b"sender"})
OF_ADDRESSES = frozenset({"from", "to", "cc", "reply-to", "sender"})
FOLD = "\r\n "
MOST_HOPS = 50  # of a message that does not go in circles


class Unsendable(Exception):
    """A message that no mail server would take; the text is a reply with its code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A message with all that it needs; `sender` is the address that it is from."""

    octets: bytes = field(repr=False)
    sender: str
    subject: str
    message_id: str


def prepare(octets: bytes, envelope_sender: str, author: str, now: datetime) -> Prepared:
    """`octets`, a message that came with `envelope_sender`, as it is to be sent.

    With an `author`, the From of the settings, it is from that, and answers go to whom the program
    named; without one it stays from whom it is. Date and Message-ID are added where they are
    missing (RFC 6409, section 8), Bcc is dropped; every other header stays octet for octet, and
    so does the body, where any server takes it. Lines end by CRLF. No Received is added, for it
    would name a host of the inside. Raises Unsendable.
    """
    try:
        return _prepared(octets, envelope_sender, author, now)
    except TooIntricate as reason:
        raise Unsendable(f"554 5.6.0 {reason}") from None


def _prepared(octets: bytes, envelope_sender: str, author: str, now: datetime) -> Prepared:
    """`prepare`, which raises TooIntricate as well."""
    if b"\0" in octets:
        raise Unsendable("554 5.6.0 The message has a NUL, which no mail may have (RFC 5322, 4)")
    if OTHER_LINE_END.search(octets):
        octets = b"\r\n".join(octets.splitlines()) + b"\r\n"
    fields, body = _split(octets)
    if sum(_name(each) == b"received" for each in fields) > MOST_HOPS:
        raise Unsendable("554 5.4.6 The message has passed too many servers: it goes in circles")
    kept = _with_author([f for f in fields if _name(f) not in DROPPED], envelope_sender, author)
    sender = parseaddr(decoded(_text(_value(kept, b"from"))))[1]
    if not _value(kept, b"date"):
        kept.append(f"Date: {format_datetime(now)}".encode())
    if not _value(kept, b"message-id"):
        domain = sender.rpartition("@")[2] or "localhost"
        kept.append(f"Message-ID: {make_msgid(domain=domain)}".encode())
    kept = [each if each.isascii() else _encoded(each) for each in kept]
    return Prepared(
        octets=transportable(b"\r\n".join([*kept, b"", body])),
        sender=sender,
        subject=decoded(_text(_value(kept, b"subject"))),
        message_id=_text(_value(kept, b"message-id")),
    )


def _with_author(fields: list[bytes], envelope_sender: str, author: str) -> list[bytes]:
    """`fields` from the `author`, with answers to whom they were from; else from whom they are."""
    theirs = _value(fields, b"from")
    if theirs and not author:
        return fields
    if not (author or envelope_sender):
        raise Unsendable("554 5.6.0 The message has no From (RFC 5322, section 3.6)")
    kept = [each for each in fields if _name(each) not in AUTHOR]
    kept.append(f"From: {formataddr(parseaddr(author or envelope_sender))}".encode())
    if theirs and not _value(fields, b"reply-to") and not _same(theirs, author):
        kept.append(b"Reply-To: " + theirs)
    return kept


def _split(octets: bytes) -> tuple[list[bytes], bytes]:
    """The header fields, each with its further lines, and the body.

    A line that is no field ends the header, empty or not, as it does where the message is read.
    """
    fields, end = [], 0
    while found := FIELD.match(octets, end):
        fields.append(found[0].removesuffix(b"\r\n"))
        end = found.end()
        refuse_longer_header(end)
    return fields, octets[end:].removeprefix(b"\r\n")


def _name(line: bytes) -> bytes:
    return line.partition(b":")[0].strip().lower()


def _value(fields: list[bytes], name: bytes) -> bytes:
    """What the first field of this name says, empty where there is none."""
    found = (each.partition(b":")[2].strip() for each in fields if _name(each) == name)
    return next(found, b"")


def _encoded(line: bytes) -> bytes:
    """A field with letters that are not ASCII, as every server takes it (RFC 2047)."""
    name, _, value = line.decode(errors="replace").partition(":")
    text = " ".join(value.split())
    if name.lower() in OF_ADDRESSES:
        people = getaddresses([text])
        return f"{name}: {f',{FOLD}'.join(map(formataddr, people))}".encode("ascii", "replace")
    words = Header(text, "utf-8", header_name=name).encode(linesep="\r\n")
    return f"{name}: {words}".encode()


def _text(value: bytes) -> str:
    return value.decode("ascii", "surrogateescape")


def _same(one: bytes, other: str) -> bool:
    """Whether two From are of the same address."""
    return parseaddr(decoded(_text(one)))[1].casefold() == parseaddr(other)[1].casefold()
