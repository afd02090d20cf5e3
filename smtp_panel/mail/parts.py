"""Reads a message into its parts, where it has no more of them than people send (RFC 2046).

The parser of the email package looks at each line once for every part around it, and makes an
object of each: a message of 25 MB can keep it busy for hours.
"""

from __future__ import annotations

import re
from email.message import Message
from email.parser import BytesParser
from email.policy import Policy
from typing import Any

MOST_PARTS = 1000
MOST_HEADER = 1 << 20  # octets of the headers of the message and all its parts; as Exim has it
MOST_LINES = 5_000_000  # each counted once for every part that may be around it, and for itself
# What makes a part one that has others in it. The parser trims what Python takes for blanks.
_AROUND_OTHERS = re.compile(rb"^content-type:[\s\x1c-\x1f]*(?:multipart|message)/", re.I | re.M)

# Up to the empty line behind it, or to a line that is no field, as the parser has it.
_HEADER = re.compile(rb"(?:(?:From |[!-9;-~]*+:|[ \t])[^\r\n]*+(?:\r\n?+|\n|\Z))*+(?:\r\n?+|\n)?+")


class TooIntricate(ValueError):
    """A message with more parts, headers or lines than are read; the text says of what."""


class Part(Message):
    """A part whose headers count with those of all others.

    `octets` are those behind them, where there are no other parts in it.
    """

    def __init__(self, whole: _Whole, policy: Policy[Any]) -> None:
        super().__init__(policy)
        self._whole = whole
        self._text = ""

    @property
    def octets(self) -> bytes:
        """What was read, or what was put in its place."""
        return self._text.encode("ascii", "surrogateescape")

    def set_payload(self, payload: Any, charset: Any = None) -> None:
        """Take what was read, its octets that are not ASCII as surrogates, or octets."""
        text = payload.decode("ascii", "surrogateescape") if isinstance(payload, bytes) else payload
        self._text = text
        super().set_payload(text, charset)

    def set_raw(self, name: str, value: str) -> None:
        """Take a header that was read."""
        self._whole.count_header(len(name) + len(value))
        super().set_raw(name, value)


class _Whole:
    """What one message has had so far."""

    def __init__(self) -> None:
        self._parts = 0
        self._header = 0

    def part(self, policy: Policy[Any]) -> Part:
        """One more part; raises TooIntricate."""
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise TooIntricate(f"The message has more than {MOST_PARTS} parts")
        return Part(self, policy)

    def count_header(self, size: int) -> None:
        """Count a header; raises TooIntricate."""
        self._header += size
        refuse_longer_header(self._header)


def parsed(octets: bytes, policy: Policy[Any]) -> Part:
    """The message in `octets`, read by `policy`; raises TooIntricate, and RecursionError."""
    bounded = policy.clone(message_factory=_Whole().part)
    parser = BytesParser(policy=bounded)
    others = len(_AROUND_OTHERS.findall(octets))
    message: Part
    if others == 0:  # all that follows the header is content, at whose lines nobody has to look
        header = _HEADER.match(octets)
        end = header.end() if header else 0
        message = parser.parsebytes(octets[:end])
        message.set_payload(message.octets + octets[end:])
        return message
    if octets.count(b"\n") * (1 + others) > MOST_LINES:
        raise TooIntricate("The message has too many lines for so many parts within parts")
    message = parser.parsebytes(octets)
    return message


def refuse_longer_header(size: int) -> None:
    """Raise TooIntricate for more octets of headers than are read."""
    if size > MOST_HEADER:
        raise TooIntricate(f"The message has more than {MOST_HEADER} octets of headers")
