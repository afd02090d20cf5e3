"""Keys that are made at the first start and kept in files of their own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

LARGEST_KEY_FILE = 65536  # bytes


def read_or_make(path: Path, make: Callable[[], str]) -> str:
    """The text in the file at `path`; if there is no such file, it is made with what `make` gives.

    Raises OSError, and ValueError if the file is not ASCII.
    """
    try:
        return _read(path)
    except FileNotFoundError:
        _put(path, make())
        return _read(path)


def replace(path: Path, text: str) -> None:
    """Put `text` in the place of what the file at `path` holds, at once. Raises OSError."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 0600
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(file.fileno())
    Path(name).rename(path)
    _sync_folder(path.parent)


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(LARGEST_KEY_FILE).decode("ascii").strip()


def _put(path: Path, text: str) -> None:
    """Write `text` to a new file at `path`, completely or not at all; the first process wins.

    It is written under another name and linked, for otherwise it could be read while still empty.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{text}\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
        _sync_folder(path.parent)
    except FileExistsError:
        return  # another process made one; that one counts
    finally:
        Path(name).unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
