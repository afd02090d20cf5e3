"""Files that only their owner reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtp_panel import private_file
from smtp_panel.config import keyfile


def test_only_the_owner_reads_what_is_put_in_place(tmp_path: Path) -> None:
    """V6"""
    path = tmp_path / "file"
    path.write_bytes(b"before")
    path.chmod(0o644)
    private_file.replace(path, b"after")
    assert path.read_bytes() == b"after"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_what_can_not_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    """V6: least of all a key."""
    taken = tmp_path / "taken"
    taken.mkdir()
    with pytest.raises(IsADirectoryError):
        private_file.replace(taken, b"x")
    with pytest.raises(IsADirectoryError):
        keyfile.replace(taken, "x")
    assert list(tmp_path.iterdir()) == [taken]
