"""The content of a message as DATA wants it."""

from __future__ import annotations

import re

_LINE_END = re.compile(rb"\r\n|\r|\n")


def as_data(content: bytes) -> bytes:
    """`content` with CRLF line ends, dots stuffed and the final dot (RFC 5321, section 4.5.2)."""
    lines = _LINE_END.sub(b"\r\n", content).removesuffix(b"\r\n").split(b"\r\n")
    stuffed = (b"." + line if line.startswith(b".") else line for line in lines)
    return b"\r\n".join(stuffed) + b"\r\n.\r\n"
