"""Builds messages as the standards want them."""

from __future__ import annotations

import base64
import io
import re
import secrets
from collections.abc import Iterator, Sequence
from email.encoders import encode_base64, encode_quopri
from email.message import EmailMessage, Message, MIMEPart
from email.policy import SMTP, Compat32
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Any

import flask_mail
from flask import current_app
from flask_mail import Attachment, sanitize_address

from smtp_panel.mail import fields
from smtp_panel.mail.composition import Mailbox
from smtp_panel.mail.headers import MAX_VALUE
from smtp_panel.mail.parts import parsed
from smtp_panel.storage import utcnow

LONGEST_LINE_TAKEN = 998  # octets that any server takes, without the end; RFC 5321, 4.5.3.1.6
ENCODERS = {  # by what a part says of its encoding; RFC 2045, section 6
    **dict.fromkeys(("", "7bit", "8bit", "binary", "quoted-printable"), encode_quopri),
    "base64": encode_base64,
}
PIECE = 64 * 1024 // 57 * 57  # octets of a file that are encoded at once: whole lines
POLICY = SMTP.clone(cte_type="7bit", refold_source="none", max_line_length=fields.LONGEST_LINE)
_TOO_LONG = re.compile(rb"^[^\n]{%d}\r*+[^\r\n]" % LONGEST_LINE_TAKEN, re.MULTILINE)
_LINE_END = re.compile(rb"\r\n?")
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_SIGNATURE = re.compile(rb"^DKIM-Signature[ \t]*:", re.IGNORECASE | re.MULTILINE)


class HeadersAsTheyAre(Compat32):
    """Writes each header as it was read, whatever is in it."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """The name, and all that follows the colon."""
        name, _, value = "".join(sourcelines).partition(":")
        return name, value.rstrip("\r\n")

    def header_store_parse(self, name: str, value: str) -> tuple[str, str]:
        """A new one."""
        return name, f" {value}"

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """The value alone, for whoever asks what it says, up to where one may end."""
        return super().header_fetch_parse(name, value.lstrip()[:MAX_VALUE])

    def fold_binary(self, name: str, value: str) -> bytes:
        """What was read, but for lines that are longer than a server must take."""
        lines = f"{name}:{value}{self.linesep}".encode("ascii", "surrogateescape").split(b"\n")
        return b"\n".join(map(_broken, lines))


class StandardMessage(flask_mail.Message):
    """A message of Flask-Mail, in 7 bits and in short lines, which Flask-Mail's are not.

    So any server takes it, and nobody on its way has to change it. Its Message-ID has the domain of
    the sender (RFC 5322, section 3.6.4).
    """

    def __init__(
        self,
        subject: str,
        recipients: list[Mailbox],
        body: str | None = None,
        *,
        html: str | None = None,
        sender: str | None = None,
        cc: list[Mailbox] | None = None,
        bcc: list[Mailbox] | None = None,
        attachments: list[Attachment] | None = None,
        reply_to: str | None = None,
        extra_headers: dict[str, str] | None = None,
    ) -> None:
        """As Flask-Mail's own, which asks the DNS for this machine's name: that may take long."""
        self.recipients = recipients
        self.subject = subject
        self.sender = sender or current_app.extensions["mail"].default_sender
        self.reply_to = reply_to
        self.cc = cc or []
        self.bcc = bcc or []
        self.body = body
        self.alts = {"html": html} if html is not None else {}
        self.date = None
        self.msgId = message_id(self.sender or "")
        self.charset = None
        self.extra_headers = extra_headers
        self.mail_options = []
        self.rcpt_options = []
        self.attachments = attachments or []

    def as_bytes(self) -> bytes:
        """The octets to be sent; raises ValueError for a line break in a header."""
        message = EmailMessage(policy=POLICY)
        _add_mailboxes(message, "From", [self.sender])
        _add_mailboxes(message, "Reply-To", [self.reply_to] if self.reply_to else [])
        _add_mailboxes(message, "To", self.recipients)
        _add_mailboxes(message, "Cc", self.cc)
        message.set_raw("Subject", fields.encoded(self.subject, "Subject"))
        message["Date"] = format_datetime(utcnow())
        message["Message-ID"] = self.msgId
        for name, value in (self.extra_headers or {}).items():
            write = fields.folded if value.isascii() else fields.encoded
            message.set_raw(name, write(value, name))
        self._add_texts(message)
        return _with_files(message, self.attachments) if self.attachments else message.as_bytes()

    def as_string(self) -> str:
        """The same as text."""
        return self.as_bytes().decode("ascii")

    def _add_texts(self, message: EmailMessage) -> None:
        """What there is of text and HTML, in that order."""
        if self.body is not None or not self.html:
            message.set_content(self.body or "")
        if self.body is not None and self.html:
            message.add_alternative(self.html, subtype="html")
        elif self.html:
            message.set_content(self.html, subtype="html")


class AutomaticMessage(StandardMessage):
    """A message that the panel itself writes to one recipient, as text and HTML.

    `sender` and `reply_to` are as the rule of From has them, `recipient` is an address; without a
    `reply_to` answers go to the sender. `Auto-Submitted` keeps vacation replies away (RFC 3834).
    """

    def __init__(
        self,
        *,
        sender: str,
        recipient: str,
        subject: str,
        text: str,
        html: str,
        reply_to: str = "",
    ) -> None:
        super().__init__(
            subject,
            [recipient],
            text,
            html=html,
            sender=sender,
            reply_to=reply_to or None,
            extra_headers={"Auto-Submitted": "auto-generated"},
        )


def message_id(sender: Mailbox) -> str:
    """A Message-ID of the domain of `sender`, for it names no host of the inside (SPEC M8)."""
    _, address = parseaddr(sanitize_address(sender))
    return make_msgid(domain=address.rpartition("@")[2])


def transportable(octets: bytes) -> bytes:
    """`octets`, a message, as any server takes it, but for one with a DKIM signature.

    A part with octets that are NUL or not ASCII, or with longer lines than a server must take, is
    encoded (RFC 2045, section 6): anew where it says that it is, else as quoted-printable. Such
    lines of a header are broken at blanks. Anything else stays octet for octet, and so does all
    that is signed (RFC 6376, section 5.3). Raises TooIntricate.
    """
    if _is_taken(octets) or _is_signed(octets):
        return octets
    message = parsed(octets, HeadersAsTheyAre())
    for part in message.walk():
        if not (part.is_multipart() or _is_taken(part.octets)):
            _encode(part)
    if message.is_multipart():
        return message.as_bytes()
    content = _LINE_END.sub(b"\n", message.octets)
    message.set_payload("")
    return message.as_bytes() + content  # which would be written line by line


def _is_taken(octets: bytes) -> bool:
    """Whether any server takes `octets` as they are."""
    return octets.isascii() and b"\0" not in octets and not _TOO_LONG.search(octets)


def _is_signed(octets: bytes) -> bool:
    """Whether its header has a DKIM signature, which holds for these very octets alone."""
    return bool(_SIGNATURE.search(_HEADER_END.split(octets, maxsplit=1)[0]))


def _encode(part: Message) -> None:
    """Encode what is in a part, unless it is encoded in a way that is not known here."""
    said = part.get("Content-Transfer-Encoding", "").strip().lower()
    if encode := ENCODERS.get(said):
        decoded = part.get_payload(decode=True)
        del part["Content-Transfer-Encoding"]
        part.set_payload(decoded)
        encode(part)


def _with_files(message: EmailMessage, files: Sequence[Attachment]) -> bytes:
    """The octets of `message` and `files`, of which only a piece is in memory once more meanwhile.

    EmailMessage itself would hold all lines of a file, and each of them by itself.
    """
    boundary = f"=_{secrets.token_hex(16)}"  # in no encoded line; RFC 2045, section 6.7
    message.make_mixed(boundary)
    end = f"--{boundary}--\r\n".encode()
    octets = io.BytesIO()
    octets.write(message.as_bytes().removesuffix(end))
    for each in files:
        octets.write(f"--{boundary}\r\n".encode())
        octets.writelines(_pieces(each))
    octets.write(end)
    return octets.getvalue()


def _pieces(file: Attachment) -> Iterator[bytes]:
    """A part of a message that has `file`: its header, and then its lines."""
    part = MIMEPart(policy=POLICY)
    maintype, _, subtype = file.content_type.partition("/")
    part.set_content(b"", maintype=maintype, subtype=subtype, filename=file.filename)
    yield part.as_bytes()
    data = file.data.encode() if isinstance(file.data, str) else file.data
    for start in range(0, len(data), PIECE):
        yield base64.encodebytes(data[start : start + PIECE]).replace(b"\n", b"\r\n")


def _add_mailboxes(message: EmailMessage, header: str, mailboxes: Sequence[Mailbox]) -> None:
    if mailboxes:
        message.set_raw(header, fields.mailboxes(mailboxes, header))


def _broken(line: bytes) -> bytes:
    """A line of a header, with a line end before a blank wherever it gets too long (RFC 5322).

    A word that is too long by itself stays whole.
    """
    pieces: list[bytes] = []
    while len(line) > LONGEST_LINE_TAKEN:
        end = max(line.rfind(blank, 1, LONGEST_LINE_TAKEN) for blank in (b" ", b"\t"))
        if end < 1 or not line[:end].strip():
            break
        pieces.append(line[:end])
        line = line[end:]
    return b"\n".join([*pieces, line])
