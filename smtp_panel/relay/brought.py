"""How much of a message a connection of the relay may bring, which lies in memory until its end."""

from __future__ import annotations

SHORTEST = 8  # octets of a line, in the mean of a message of the largest size
CRLF = b"\r\n"


class Brought:
    """What a connection brought of a message of `most` octets, as it lies in memory."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lines = 0
        self._line = 0  # octets of the last one

    def is_too_much(self, data: bytes) -> bool:
        """Whether no message has so many lines, or one so long, once `data` is there as well."""
        self._lines += data.count(CRLF)
        _, ended, rest = data.rpartition(CRLF)
        self._line = len(rest) + (0 if ended else self._line)
        return self._line > self._most or self._lines * SHORTEST > self._most
