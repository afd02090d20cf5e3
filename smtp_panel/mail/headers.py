"""Header fields and texts to show, whatever octets a message holds."""

from __future__ import annotations

import codecs
import re
from email.errors import HeaderParseError
from email.header import decode_header

MAX_VALUE = 4_000  # characters of one header field
_LINE_ENDS = re.compile(r"[\r\n]+")
# Codecs of Python's that no message is written in. Those of domain names take hours for a megabyte.
NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape"})
UNSHOWABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def tidy(text: str) -> str:
    """`text` with what can't be shown, or would mislead the eye, replaced by U+FFFD."""
    return UNSHOWABLE.sub("\ufffd", text.replace("\r\n", "\n"))


def text_of(octets: bytes, charset: str | None) -> str:
    """The octets as text to show; see `decode`."""
    return tidy(decode(octets, charset))


def decode(octets: bytes, charset: str | None) -> str:
    """The octets as text; UTF-8 is taken where the charset is missing, unknown or none for text."""
    try:
        codec = codecs.lookup(charset or "utf-8").name
        return octets.decode("utf-8" if codec in NO_CHARSETS else codec, "replace")
    except (LookupError, ValueError):
        return octets.decode("utf-8", "replace")


def decoded(raw: str) -> str:
    """A field's raw body, as the email parser keeps it, as one line to show (RFC 2047)."""
    octets = raw[:MAX_VALUE].encode("ascii", "surrogateescape")
    lines = (each.strip(" \t") for each in _LINE_ENDS.split(octets.decode("latin-1")))
    line = " ".join(filter(None, lines))
    try:
        words = decode_header(line)
    except HeaderParseError:
        words = [(line, None)]
    return "".join(
        text_of(word.encode("latin-1") if isinstance(word, str) else word, charset)
        for word, charset in words
    )
