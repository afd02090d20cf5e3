"""The keys that sign, where no variable gives one (SPEC A1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtp_panel.config import Config, ConfigError
from smtp_panel.config.signing import SIGNING_KEY_FILE, signing_keys


def test_without_a_variable_the_key_is_made_once_and_kept(tmp_path: Path) -> None:
    """A1: no other user of the machine reads it."""
    config = Config(data_dir=tmp_path / "data")
    (key,) = signing_keys(config)
    assert len(key) == 64
    assert signing_keys(config) == [key]
    assert (config.data_dir / SIGNING_KEY_FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "\n", "x", "x" * 31, "x" * 31 + "\n", "schlüssel" * 9])
def test_a_key_file_that_holds_no_key_is_refused(tmp_path: Path, text: str) -> None:
    """A1: a full disk may leave an empty one; what it holds is not repeated."""
    (tmp_path / SIGNING_KEY_FILE).write_text(text)
    with pytest.raises(
        ConfigError, match=r"SMTP_PANEL_SECRET_KEY .*it holds no (key|text)"
    ) as caught:
        signing_keys(Config(data_dir=tmp_path))
    assert "xxx" not in str(caught.value)
