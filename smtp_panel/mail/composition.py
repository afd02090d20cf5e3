"""What a message of Flask-Mail must be like if it is to say what its writer meant (SPEC M8)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from email.message import Message as Header
from email.utils import getaddresses, parseaddr, parsedate_to_datetime

from flask_mail import BadHeaderError, Message

from smtp_panel.mail.files import ANY_FILE, is_composite
from smtp_panel.settings.rules.names import domain_name

# Python's email package ends a line of a header wherever `str.splitlines` does, a server at NUL.
LINE_END = re.compile(r"[\0\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")
NAME = re.compile(r"[!-9;-~]+")  # of a header; RFC 5322, section 3.6.8
FOLDED = re.compile(r"\r\n(?=[ \t])")  # a subject may be (RFC 5322, section 2.2.3)
# A display name that should be quoted, and that is no other address, before an address.
UNQUOTED = re.compile(r'(?P<name>[^<>"\\]*+)<\s*+(?P<address>[^<>@\s]++@[^<>@\s]++)\s*+>\s*+')
SHOWN = 60  # characters of what is no mailbox
COMMENT = re.compile(r"\([^()]*\)")  # beside an address (RFC 5322, section 3.2.2)

# Headers of which there may be one alone; RFC 5322, section 3.6, and RFC 2045.
OF_ANY_MESSAGE = frozenset(
    {"from", "date", "message-id", "mime-version", "content-type", "content-transfer-encoding"}
)
ONLY_ONE = OF_ANY_MESSAGE | {
    *("sender", "reply-to", "to", "cc", "bcc", "in-reply-to", "references", "subject"),
}

Mailbox = str | tuple[str, str]  # `Name <address>`, an address, or both apart


def refuse_line_ends(message: Message) -> None:
    """Raise BadHeaderError where a part of a header would end it, and so begin another."""
    names = [
        *(message.extra_headers or ()),
        *(name for f in message.attachments for name in f.headers),
    ]
    if any(map(LINE_END.search, _parts(message))) or not all(map(NAME.fullmatch, names)):
        raise BadHeaderError


def read_mailboxes(message: Message) -> None:
    """Make each mailbox of `message` one that Flask-Mail reads as it is meant; see `as_meant`."""
    if message.sender:
        message.sender = as_meant(message.sender)
    if message.reply_to:
        message.reply_to = as_meant(message.reply_to)
    message.recipients = list(map(as_meant, message.recipients))
    message.cc = list(map(as_meant, message.cc))
    message.bcc = list(map(as_meant, message.bcc))


def leave_one_of_each(message: Message) -> None:
    """Leave one of each header of `message` of which there may be one alone, see ONLY_ONE.

    A Date or Message-ID among the extra ones goes before those that Flask-Mail makes up. Of any
    other the first one stays, which is what is read where there are two: that of its own field.
    """
    fields = {
        "subject": message.subject,
        "to": message.recipients,
        "cc": message.cc,
        "reply-to": message.reply_to,
    }
    written = {*OF_ANY_MESSAGE, *(name for name, value in fields.items() if value)}
    left = {}
    for header, value in (message.extra_headers or {}).items():
        name = header.lower()
        if name == "message-id":
            message.msgId = value
        elif name == "date":
            with suppress(ValueError):
                message.date = parsedate_to_datetime(value).timestamp()
        elif name not in written:
            left[header] = value
            written |= {name} & ONLY_ONE
    message.extra_headers = left


def has_header(message: Message, name: str) -> bool:
    """Whether a header of this name, in lower case, is among the extra ones of `message`."""
    return name in map(str.lower, message.extra_headers or ())


def prepare_files(message: Message) -> None:
    """Make each file of `message` one that Flask-Mail writes so that it can be read.

    It would write escapes into one that is given as text: that is in the charset that its content
    type names, else in UTF-8. And in base64 a message is none. Raises ValueError where a text can't
    be in its charset.
    """
    for file in message.attachments:
        if is_composite(file.content_type):
            file.content_type = ANY_FILE
        if isinstance(file.data, str) and not file.data.isascii():
            file.content_type, charset = _with_charset(file.content_type)
            try:
                file.data = file.data.encode(charset)
            except (LookupError, UnicodeEncodeError):
                raise ValueError(f"{file.filename}: this text can't be in {charset}") from None


def _with_charset(content_type: str) -> tuple[str, str]:
    """`content_type` with the charset of a text (RFC 2046, section 4.1.2), and that charset."""
    header = Header()
    header["Content-Type"] = content_type
    if charset := header.get_content_charset():
        return content_type, charset
    is_text = header.get_content_maintype() == "text"
    return (f"{content_type}; charset=utf-8" if is_text else content_type), "utf-8"


def as_meant(given: Mailbox) -> Mailbox:
    """`given`, or its name and its address apart where Flask-Mail would read another address.

    It would take `Acme, Inc. <news@acme.example>` for `Acme`, of two addresses in one text the
    first, and `faß.example` for `fass.example`, so that the domain is given in ASCII here
    (RFC 5891). Comments are read once, and are not in what is given back. Raises ValueError for
    what is more than one mailbox, for comments within comments without end, for no domain, and for
    an address that is not ASCII before the @: many servers take none such, and Flask-Mail would
    stumble over it.
    """
    try:
        return _as_meant(given)
    except RecursionError:  # of the standard library, which reads each comment by a call in a call
        raise ValueError(f"{str(given)[:SHOWN]}…: this is not one mailbox") from None


def _as_meant(given: Mailbox) -> Mailbox:
    read = given
    if isinstance(given, str) and not _is_plain(given):
        meant = UNQUOTED.fullmatch(given)
        if meant is None or {"@", ","} <= {*meant["name"]}:
            raise ValueError(f"{given}: this is not one mailbox; give each by itself")
        read = meant["name"].strip(), meant["address"]
    elif "(" in "".join(given):
        read = parseaddr(given) if isinstance(given, str) else (given[0], parseaddr(given[1])[1])
    name, address = parseaddr(read) if isinstance(read, str) else read
    if address.isascii():
        return read
    local, at, domain = address.rpartition("@")
    if not (at and local.isascii()):
        raise ValueError(f"{address}: before the @ only ASCII characters are possible")
    return name, f"{local}@{domain_name(domain)}"


def _is_plain(mailbox: str) -> bool:
    """Whether it is read as one mailbox, with all of an address, or that in angle brackets."""
    name, address = parseaddr(mailbox)
    if mailbox.count("@") != name.count("@") + address.count("@"):
        return False
    if "," in mailbox and len(getaddresses([mailbox])) > 1:
        return False
    if "<" in mailbox:
        return f"<{address}>" in mailbox.replace(" ", "")
    return '"' in mailbox or "".join(COMMENT.sub("", mailbox).split()) == address


def _parts(message: Message) -> Iterator[str]:
    """Whatever stands in a header of `message`, or of a part of it."""
    yield FOLDED.sub("", str(message.subject or ""))
    yield str(message.msgId)
    yield from message.alts
    for mailbox in (message.sender, message.reply_to, *message.send_to):
        yield from map(str, mailbox if isinstance(mailbox, tuple) else (mailbox or "",))
    yield from map(str, (message.extra_headers or {}).values())
    for file in message.attachments:
        yield f"{file.filename}{file.content_type}{file.disposition}"
        yield from map(str, file.headers.values())
