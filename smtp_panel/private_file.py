"""Files that only their owner reads, and that nobody finds half written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def replace(path: Path, content: bytes) -> None:
    """Put `content` in the place of what the file at `path` holds, if any. Raises OSError."""
    with beside(path, content) as new:
        new.rename(path)


@contextmanager
def beside(path: Path, content: bytes) -> Iterator[Path]:
    """A new file in the folder of `path`, until it is renamed or the block ends. Raises OSError."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
