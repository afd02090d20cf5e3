"""The fields of a header as the standards want them (RFC 5322, RFC 2047)."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from email.header import Header
from email.utils import formataddr, parseaddr

from flask_mail import Message

from smtp_panel.mail.composition import FOLDED, LINE_END, Mailbox

LONGEST_LINE = 76  # octets; RFC 2045, sections 6.7 and 6.8, and RFC 2047, section 2
LONGEST_WORD = 900  # octets that a header has without a blank, and room for its name
_NEXT = re.compile(rb"\r\n(?![ \t])")


def has_long_word(text: str) -> bool:
    """Whether some of `text` is too long for a line of a header, and has no blank."""
    return any(len(word.encode()) > LONGEST_WORD for word in text.split())


def with_fields(octets: bytes, message: Message) -> bytes:
    """`octets`, as Flask-Mail writes `message`, with Subject and mailboxes as they are meant.

    In a long line the email package writes them anew: blanks come into a word or are lost
    (https://github.com/python/cpython/issues/144156), and in older versions of Python an address
    in a name becomes one of the header (CVE-2025-1795). There is no To without a mailbox.
    """
    end = octets.index(b"\r\n\r\n")
    ours = {"From": mailboxes([message.sender], "From"), "To": mailboxes(message.recipients, "To")}
    if message.subject:
        ours["Subject"] = encoded(FOLDED.sub("", str(message.subject)), "Subject")
    if message.cc:
        ours["Cc"] = mailboxes(message.cc, "Cc")
    if message.reply_to:
        ours["Reply-To"] = mailboxes([message.reply_to], "Reply-To")
    written = []
    for field in _NEXT.split(octets[:end]):
        name = field.partition(b":")[0].decode(errors="replace")
        if name not in ours:
            written.append(field)
        elif text := ours.pop(name):
            written.append(f"{name}: {text}".replace("\n", "\r\n").encode())
    return b"".join((b"\r\n".join(written), memoryview(octets)[end:]))


def mailboxes(given: Iterable[Mailbox], header: str) -> str:
    """What `header` says, each once and on a line of its own, which is quick however many."""
    return ",\n ".join(_mailbox(each, header) for each in dict.fromkeys(given))


def encoded(text: str, header: str) -> str:
    """`text` as `header` holds it (RFC 2047).

    EmailMessage itself loses spaces where a long text of another script folds
    (https://github.com/python/cpython/issues/144156).
    """
    _refuse_line_break(text)
    is_read_otherwise = has_long_word(text) or "=?" in text
    charset = "utf-8" if is_read_otherwise else None  # else what is ASCII stays as it is
    return Header(text, charset, header_name=header).encode()


def folded(text: str, header: str) -> str:
    """`text`, its lines broken at spaces alone: a long URL stays whole, beside the name."""
    _refuse_line_break(text)
    name = f"{header}: "
    return textwrap.fill(
        text,
        LONGEST_LINE,
        initial_indent=name,
        subsequent_indent=" ",
        break_long_words=False,
        break_on_hyphens=False,
    ).removeprefix(name)


def _mailbox(mailbox: Mailbox, header: str) -> str:
    """A display name and an address as `header` holds them."""
    for part in [mailbox] if isinstance(mailbox, str) else mailbox:
        _refuse_line_break(part)
    name, address = parseaddr(mailbox) if isinstance(mailbox, str) else mailbox
    if name.isascii() and not has_long_word(name) and "=?" not in name:
        return formataddr((name, address))
    return f"{encoded(name, header)} <{address}>"


def _refuse_line_break(text: str) -> None:
    if LINE_END.search(text):
        raise ValueError("a header holds no line break")
