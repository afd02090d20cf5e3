"""What each worker has with the server, in a file that outlives it when it is killed (SPEC M3)."""

from __future__ import annotations

import fcntl
import os
import struct
import weakref
from collections.abc import Iterable
from contextlib import suppress
from enum import IntEnum
from pathlib import Path

RECORD = struct.Struct("=32sqB")  # the id of a message, the token of its claim, a mark
RECORDS = 4096  # many more than messages are with servers, or are not in the database yet
UNREADY = ".new"  # the end of the name of a file that may not be locked yet

Claim = tuple[str, int]  # the id of a message and its token
STOPPING: Claim = ("stopping", 0)  # of no message: what a worker begins that is told to end


class Mark(IntEnum):
    """How far a claimed message has got. One without a mark was not touched.

    BEGUN: it is being handed over; ENDING: its final dot may be with the server; TAKEN: the server
    has taken it for everybody who waited; ANSWERED: it has not, and has said so.
    """

    BEGUN = 0
    ENDING = 1
    TAKEN = 2
    ANSWERED = 3


class TakenForDead(Exception):
    """Others have what this worker had in hand, or may soon have it."""


class Journal:
    """The marks of the living worker `name`, in a file of `folder` that is locked until it ends.

    A mark costs a microsecond, for it is not flushed: it outlives the process, and not the machine.
    """

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder / name
        self._file = _new_file(self._path)
        self._close = weakref.finalize(self, os.close, self._file)
        self._places: dict[Claim, int] = {}
        self._free = list(range(RECORDS))

    @property
    def has_room(self) -> bool:
        """Whether another message may be begun: all that are under way have a place then."""
        return len(self._free) > RECORDS // 2

    def mark(self, claim: Claim, mark: Mark) -> None:
        """Note `mark` of a message that this worker has claimed, in the place of the one before."""
        place = self._places.get(claim)
        if place is None:
            place = self._places[claim] = self._free.pop()
            message, token = claim
            octets, at = RECORD.pack(message.encode(), token, mark), 0
        else:
            octets, at = bytes([mark]), RECORD.size - 1  # its end
        os.pwrite(self._file, octets, place * RECORD.size + at)

    def stop(self) -> None:
        """Note that this worker is told to end: what becomes of it now is no message's fault.

        Where the disk fails it ends all the same.
        """
        with suppress(OSError):
            self.mark(STOPPING, Mark.BEGUN)

    def forget(self, claims: Iterable[Claim]) -> None:
        """Give the places of `claims` to others, for the database has what became of them."""
        for claim in claims:
            place = self._places.pop(claim, None)
            if place is not None:
                self._free.append(place)

    def close(self) -> None:
        """End: all that was in hand is in the database, or others have it."""
        self._path.unlink(missing_ok=True)
        self._close()


def _new_file(path: Path) -> int:
    """A file with room for all marks at `path`, open, and locked before others see it there."""
    unready = path.with_suffix(UNREADY)
    file = os.open(unready, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        with open(file, "wb", closefd=False) as octets:
            octets.write(bytes(RECORDS * RECORD.size))  # so that no mark meets a full disk
        unready.rename(path)
    except FileNotFoundError:  # another worker took it for abandoned before it was locked
        os.close(file)
        return _new_file(path)
    except OSError:
        os.close(file)
        unready.unlink(missing_ok=True)
        raise
    return file


def read(folder: Path, name: str) -> dict[Claim, Mark] | None:
    """The marks of the worker `name`; None where its file is not on this machine.

    A worker that was told to end has BEGUN nothing: it had to leave it.
    """
    try:
        octets = (folder / name).read_bytes()
    except FileNotFoundError:
        return None
    found: dict[Claim, Mark] = {}
    whole = len(octets) - len(octets) % RECORD.size  # a power cut may have left a part
    for message, token, mark in RECORD.iter_unpack(octets[:whole]):
        if named := message.rstrip(b"\0"):
            found[named.decode(), token] = Mark(mark)
    if STOPPING in found:
        return {claim: mark for claim, mark in found.items() if mark is not Mark.BEGUN}
    return found


def abandoned(folder: Path) -> list[str]:
    """The workers whose process has ended without closing its journal.

    Where it ended before the journal was made, that is removed: it has nothing to tell.
    """
    left = [path for path in folder.glob("*") if not _is_held(path)]
    for path in left:
        if path.suffix == UNREADY:
            path.unlink(missing_ok=True)
    return [path.name for path in left if path.suffix != UNREADY]


def remove(folder: Path, name: str) -> None:
    """Forget the marks of a worker that is no more."""
    (folder / name).unlink(missing_ok=True)


def _is_held(path: Path) -> bool:
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return True  # another one is just removing it
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False
