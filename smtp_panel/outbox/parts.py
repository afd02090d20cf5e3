"""The octets of a message that is stored in parts, as a file (SPEC M8: memory is bounded)."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy import Engine

from smtp_panel.outbox import claims
from smtp_panel.outbox.claims import Claimed
from smtp_panel.outbox.enqueue import PART

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Parts(io.RawIOBase):
    """A file of `size` octets in parts of `each`, of which `read` gives one by its number."""

    def __init__(self, read: Callable[[int], bytes], size: int, each: int) -> None:
        super().__init__()
        self._read = read
        self._size = size
        self._each = each
        self._at = 0
        self._number, self._part = -1, b""

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is, from its start."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to `offset`; other than from the start raises UnsupportedOperation."""
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("only from the start")
        self._at = offset
        return offset

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill `buffer` with what follows, as far as one part goes; gives how much it was."""
        if self._at >= self._size:
            return 0
        number, start = divmod(self._at, self._each)
        if number != self._number:
            self._number, self._part = number, self._read(number)
        view = memoryview(buffer).cast("B")
        found = self._part[start : start + len(view)]
        view[: len(found)] = found
        self._at += len(found)
        return len(found)


def read(engine: Engine, claimed: Claimed) -> BinaryIO:
    """The octets of a message of many parts, read as they are needed."""

    def part(number: int) -> bytes:
        with engine.connect() as connection:
            return claims.read_part(connection, claimed.id, number)

    return io.BufferedReader(Parts(part, claimed.size, PART))
