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


class TooIntricate(ValueError):
    """A message with more parts, headers or lines than are read; the text says of what."""


class _Part(Message):
    """A part whose headers count with those of all others."""

    def __init__(self, whole: _Whole, policy: Policy[Any]) -> None:
        super().__init__(policy)
        self._whole = whole

    def set_raw(self, name: str, value: str) -> None:
        """Take a header that was read."""
        self._whole.count_header(len(name) + len(value))
        super().set_raw(name, value)


class _Whole:
    """What one message has had so far."""

    def __init__(self) -> None:
        self._parts = 0
        self._header = 0

    def part(self, policy: Policy[Any]) -> _Part:
        """One more part; raises TooIntricate."""
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise TooIntricate(f"The message has more than {MOST_PARTS} parts")
        return _Part(self, policy)

    def count_header(self, size: int) -> None:
        """Count a header; raises TooIntricate."""
        self._header += size
        refuse_longer_header(self._header)


def parsed(octets: bytes, policy: Policy[Any]) -> Message:
    """The message in `octets`, read by `policy`; raises TooIntricate, and RecursionError."""
    lines = octets.count(b"\n") * (1 + len(_AROUND_OTHERS.findall(octets)))
    if lines > MOST_LINES:
        raise TooIntricate("The message has too many lines for so many parts within parts")
    bounded = policy.clone(message_factory=_Whole().part)
    message: Message = BytesParser(policy=bounded).parsebytes(octets)
    return message


def refuse_longer_header(size: int) -> None:
    """Raise TooIntricate for more octets of headers than are read."""
    if size > MOST_HEADER:
        raise TooIntricate(f"The message has more than {MOST_HEADER} octets of headers")
