"""Keys that are made at the first start and kept in files of their own."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from smtp_panel.private_file import beside

LARGEST_KEY_FILE = 65536  # bytes


def read_or_make(path: Path, make: Callable[[], str]) -> str:
    """The text in the file at `path`; if there is no such file, it is made with what `make` gives.

    Of several processes the first wins. Raises OSError, and ValueError if the file is not ASCII.
    """
    try:
        return _read(path)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with beside(path, _line(make())) as new, suppress(FileExistsError):
            _sync(new)
            os.link(new, path)  # one that is renamed would replace that of another process
            _sync(path.parent)
        return _read(path)


def replace(path: Path, text: str) -> None:
    """Put `text` in the place of what the file at `path` holds, at once. Raises OSError."""
    with beside(path, _line(text)) as new:
        _sync(new)
        new.rename(path)
        _sync(path.parent)


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(LARGEST_KEY_FILE).decode("ascii").strip()


def _line(text: str) -> bytes:
    return f"{text}\n".encode("ascii")


def _sync(path: Path) -> None:
    """Have the file or folder at `path` outlast a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
