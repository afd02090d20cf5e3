"""Turns the octets of a message into text to show, however broken or hostile they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import Compat32

from smtp_panel.mail.headers import MAX_VALUE, decoded, text_of, tidy
from smtp_panel.mail.parts import TooIntricate, parsed

MAX_HEADERS = 200
MAX_TEXT = 200_000  # characters
MAX_PARTS = 200
MAX_NAME = 255  # characters of an attachment's name


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAttachment:
    """A part that is not shown; `size` in octets, once decoded."""

    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMail:
    """A message to show.

    `headers` in the message's order; `text` the plain text, or the HTML source where there is no
    plain text; `html_text` the HTML source; `raw` the content as received. All is text to escape:
    nothing in it may be rendered as HTML.
    """

    headers: list[tuple[str, str]]
    text: str
    html_text: str
    attachments: list[ShownAttachment]
    raw: bytes


class CutHeaders(Compat32):
    """The usual policy, but for what is too long of a header field.

    The parser takes hours for a megabyte of parameters.
    """

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Name and body of a field in these lines."""
        name, value = super().header_source_parse(sourcelines)
        return name, value[:MAX_VALUE]


def read(raw: bytes) -> ReadMail:
    """Parse a message for showing; whatever `raw` holds, this raises nothing."""
    message, leaves = _parse(raw)
    shown = [part for part in leaves if _is_shown(part)]
    html = _join(part for part in shown if part.get_content_type() == "text/html")
    plain = _join(part for part in shown if part.get_content_type() != "text/html")
    return ReadMail(
        headers=[
            (tidy(name)[:MAX_NAME], decoded(value))
            for name, value in list(message.raw_items())[:MAX_HEADERS]
        ],
        text=plain or html,
        html_text=html,
        attachments=[_attachment(part) for part in leaves if not _is_shown(part)],
        raw=raw,
    )


def _parse(raw: bytes) -> tuple[Message, list[Message]]:
    """The message and its leaves; where it is too intricate, the beginning of the body is one."""
    try:
        message: Message = parsed(raw, CutHeaders())
        leaves = [part for part in message.walk() if not part.is_multipart()]
    except (TooIntricate, RecursionError):
        message = BytesParser(policy=CutHeaders()).parsebytes(raw[:MAX_TEXT], headersonly=True)
        leaves = [message]
    return message, leaves[:MAX_PARTS]


def _is_shown(part: Message) -> bool:
    readable = part.get_content_maintype() in {"text", "multipart"}  # multipart: a broken one
    return readable and part.get_content_disposition() != "attachment" and not part.get_filename()


def _join(parts: Iterable[Message]) -> str:
    texts = (text_of(_octets(part), part.get_content_charset()) for part in parts)
    return "\n".join(texts)[:MAX_TEXT]


def _attachment(part: Message) -> ShownAttachment:
    name = part.get_filename() or ""
    return ShownAttachment(
        name=(decoded(name) if name.isascii() else tidy(name))[:MAX_NAME],
        content_type=tidy(part.get_content_type())[:MAX_NAME],
        size=len(_octets(part)),
    )


def _octets(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
