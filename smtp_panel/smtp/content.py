"""The content of a message, measured once and read in pieces (RFC 5321, section 4.5.2)."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

PIECE = 16 * 1024  # octets; as many as a TLS record holds
LAST_PIECE = 4 * 1024  # octets, at most, in the last piece, beside the final dot
END_OF_HEADER = b"\r\n\r\n"


class Content:
    """A message, in octets or in a file that can be read from its start again.

    `size` is in octets as RFC 1870, section 6, counts them: line ends as CRLF, no dot stuffed.
    `eight_bit` says that some are not ASCII (RFC 6152), `utf8_header` that some of its header are
    not (RFC 6531); the headers of attachments belong to the body here. `before_end` is called just
    before the last piece goes out, which does not where it raises. Raises what reading the file
    raises.
    """

    def __init__(
        self, message: bytes | BinaryIO, before_end: Callable[[], None] = lambda: None
    ) -> None:
        self.before_end = before_end
        self._file = io.BytesIO(message) if isinstance(message, bytes) else message
        self.size = 0
        self.eight_bit = self.utf8_header = False
        self._all: list[bytes] = []  # of a message that is one piece
        in_header, before = True, b"\r\n"
        for piece in self._read():
            self._all = [] if self.size else [piece]
            self.size += len(piece)
            if in_header:
                header, end, _ = (before + piece).partition(END_OF_HEADER)
                self.utf8_header |= not header.isascii()
                in_header, before = not end, piece[-3:]
            self.eight_bit |= not piece.isascii()

    def pieces(self) -> Iterator[bytes]:
        """What follows DATA: dots stuffed, the final dot included.

        The last piece is a small one, so that the moment is short in which nobody can tell whether
        the message was taken.
        """
        tail, line_start = b"", True
        for piece in self._all or self._read():
            stuffed = piece.replace(b"\n.", b"\n..")
            if line_start and piece.startswith(b"."):
                stuffed = b"." + stuffed
            line_start = piece.endswith(b"\n")
            tail += stuffed
            if len(tail) > LAST_PIECE:
                yield tail[:-LAST_PIECE]
                tail = tail[-LAST_PIECE:]
        yield tail + b".\r\n"

    def _read(self) -> Iterator[bytes]:
        """The message in pieces, each line ended by CRLF, whatever ended it before."""
        self._file.seek(0)
        held, ended = b"", False
        while piece := self._file.read(PIECE):
            piece = held + piece
            held = b"\r" if piece.endswith(b"\r") else b""  # the first half of a CRLF, perhaps
            if lines := _crlf(piece.removesuffix(held)):
                yield lines
                ended = lines.endswith(b"\n")
        if held or not ended:
            yield b"\r\n"


def _crlf(octets: bytes) -> bytes:
    if octets.count(b"\r\n") == octets.count(b"\r") == octets.count(b"\n"):
        return octets
    last_end = b"\r\n" if octets.endswith((b"\r", b"\n")) else b""
    return b"\r\n".join(octets.splitlines()) + last_end
