"""What the fields of a message may hold that a program hands over (SPEC 11, M8)."""

from __future__ import annotations

import base64
import binascii
import datetime
import re
import unicodedata
from typing import Annotated, Literal

from email_validator import EmailNotValidError
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    EncodedBytes,
    EncoderProtocol,
    Field,
    WithJsonSchema,
)

from smtp_panel.api.bodies import ruled
from smtp_panel.mail.fields import has_long_word
from smtp_panel.mail.files import media_type
from smtp_panel.settings.rules import Refused
from smtp_panel.settings.rules.library import validated
from smtp_panel.storage import utcnow
from smtp_panel.words import N_

MOMENT = N_("Write a time with its offset, such as 2026-12-24T18:00:00+01:00.")
LATEST = datetime.timedelta(days=366)
LINE_ENDS = b"\r\n"
LONGEST_LINE = 1000  # characters of a subject, a header or a mailbox
UNSEEN = {"Cc", "Cs", "Zl", "Zp"}  # controls, half characters, line and paragraph separators
# The fields and the standards set these, and nobody else: a copy would be a second truth.
OURS = frozenset(
    {"from", "sender", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id"}
    | {"mime-version", "return-path", "received", "dkim-signature"}
)
_HEADER_NAME = re.compile(r"[!-9;-~]{1,70}")  # RFC 5322, section 3.6.8
_MAILBOX = re.compile(r"(?P<name>.*)<(?P<address>[^<>]*)>")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def line(text: str) -> str:
    """`text`, which is one line without control characters."""
    if any(unicodedata.category(character) in UNSEEN for character in text):
        raise Refused(N_("Line breaks and control characters are not possible here. Remove them."))
    return text


def content(text: str) -> str:
    """`text` of any number of lines, without NUL, which no message may hold (RFC 5322, 4.1)."""
    if "\0" in text:
        raise Refused(N_("A message can't hold a NUL character. Remove it."))
    return text


def mailbox(text: str) -> str:
    """`Name <address>` or `address`, the name quoted, and the address with its domain in ASCII."""
    parts = _MAILBOX.fullmatch(line(text.strip()))
    name, address = (parts["name"].rstrip(), parts["address"]) if parts else ("", text.strip())
    if quoted := _QUOTED.fullmatch(name):
        name = re.sub(r"\\(.)", r"\1", quoted[1])
    if not address.rpartition("@")[0].isascii():
        raise Refused(
            N_(
                "Before the “@” only ASCII characters are possible, for many mail servers take no"
                " others. Use another address of this recipient."
            )
        )
    try:
        address = validated(address)
    except EmailNotValidError:
        raise Refused(
            N_("This is not a mail address. Write ada@example.com or Ada <ada@example.com>.")
        ) from None
    quoted_name = re.sub(r'(["\\])', r"\\\1", name)
    return f'"{quoted_name}" <{address}>' if name else address


def header_name(text: str) -> str:
    """The name of a header that no field of a message sets."""
    if not _HEADER_NAME.fullmatch(text):
        raise Refused(N_("A header's name holds letters, digits and hyphens only."))
    name = text.casefold()
    if name in OURS or name.startswith(("content-", "resent-")):
        raise Refused(
            N_("This header can't be set here: a field of the message sets it, or the panel does.")
        )
    return text


def header_value(text: str) -> str:
    """The value of a header, whose lines can be folded."""
    if has_long_word(line(text)):
        raise Refused(
            N_(
                "This has too many characters without a space between them. Put spaces into it, or"
                " shorten it."
            )
        )
    return text


def instant(text: object) -> datetime.datetime:
    """When a message is to be sent: at the moment in `text` (RFC 3339), or now if it has passed.

    Digits alone are no moment; pydantic itself takes them for seconds.
    """
    try:
        moment = datetime.datetime.fromisoformat(text if isinstance(text, str) else "")
    except ValueError:
        raise Refused(MOMENT) from None
    if moment.tzinfo is None:
        raise Refused(MOMENT)
    now = utcnow()
    if moment > now + LATEST:
        raise Refused(N_("This is more than a year ahead. Choose an earlier time."))
    return max(moment, now)


class StrictBase64(EncoderProtocol):
    """Base64 as it is written in one piece (RFC 4648, section 4)."""

    @classmethod
    def decode(cls, data: bytes) -> bytes:
        """What `data` stands for."""
        return ruled(_decoded)(data)

    @classmethod
    def encode(cls, value: bytes) -> bytes:
        """`value` in Base64."""
        return base64.b64encode(value)

    @classmethod
    def get_json_format(cls) -> Literal["base64"]:
        """What it is called in a JSON schema."""
        return "base64"


def _decoded(data: bytes) -> bytes:
    """What `data` has in Base64, of whatever length its lines are (RFC 2045, section 6.8)."""
    if b"\n" in data:  # else it need not be copied, which may be large
        data = data.translate(None, LINE_ENDS)
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        raise Refused(N_("This is not Base64. Encode the octets of the file by it.")) from None


Line = Annotated[str, Field(max_length=LONGEST_LINE), AfterValidator(ruled(line))]
Content = Annotated[str, AfterValidator(ruled(content))]
Mailbox = Annotated[
    str,
    Field(max_length=LONGEST_LINE),
    AfterValidator(ruled(mailbox)),
    WithJsonSchema({"type": "string", "examples": ["Ada <ada@example.com>"]}),
]
HeaderName = Annotated[str, AfterValidator(ruled(header_name))]
HeaderValue = Annotated[str, Field(max_length=LONGEST_LINE), AfterValidator(ruled(header_value))]
MediaType = Annotated[str, AfterValidator(ruled(media_type))]
Octets = Annotated[bytes, EncodedBytes(encoder=StrictBase64)]
Instant = Annotated[AwareDatetime, BeforeValidator(ruled(instant))]
