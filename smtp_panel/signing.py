"""The key that signs sessions and tokens against forged requests."""

from __future__ import annotations

import secrets

from smtp_panel.config import Config
from smtp_panel.keyfile import read_or_make

KEY_FILE = "secret-key"
KEY_BYTES = 32


def signing_key(config: Config) -> str:
    """The key of the configuration, else that of the key file, made if missing; raises OSError."""
    if config.secret_key:
        return config.secret_key.reveal()
    return read_or_make(config.data_dir / KEY_FILE, lambda: secrets.token_hex(KEY_BYTES))
