"""A message as it arrives, of which little lies in memory (RFC 5321, 4.1.1.4 and 4.5.2)."""

from __future__ import annotations

import asyncio
import re
from typing import IO

IN_MEMORY = 1 << 20  # octets of one message; what is larger lies on disk, in a file without a name
CRLF = b"\r\n"
END = CRLF + b"." + CRLF
PART_OF_END = re.compile(rb"\r(?:\n(?:\.\r?)?)?\Z")
TOO_MUCH = "552 5.3.4 This is more than the relay takes as one message"
NO_ROOM = "452 4.3.1 There is no room on the disk of the relay. Try again later."


class Arriving:
    """The octets of one message, of at most so many, from `take` to its end, which go to `file`.

    What is wrong with it is kept until its end, as a reply, for until then no reply is read.
    """

    def __init__(self, most: int, file: IO[bytes]) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.refusal = ""
        self.size = 0
        self._most = most
        self._file = file
        self._held = CRLF  # what may be the beginning of END: the first line has none before it
        self._before = len(CRLF)

    def take(self, data: bytes) -> bytes:
        """Take `data` in; gives what follows the end, which is no part of it."""
        data = self._held + data
        content, end, rest = data.partition(END)
        if end:
            content += CRLF
            self.ended.set_result(None)
        else:
            part = PART_OF_END.search(data)
            content, self._held = (data[: part.start()], part[0]) if part else (data, b"")
        self._write(content.replace(CRLF + b".", CRLF))
        return rest

    def read(self) -> bytes:
        """All of it, once it has ended."""
        self._file.seek(0)
        return self._file.read()

    def _write(self, content: bytes) -> None:
        content, self._before = content[self._before :], max(0, self._before - len(content))
        self.size += len(content)
        if self.size > self._most:
            self.refusal = TOO_MUCH
        if self.refusal:
            return
        try:
            self._file.write(content)
        except OSError:
            self.refusal = NO_ROOM
