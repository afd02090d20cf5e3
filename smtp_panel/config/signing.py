"""The keys that sign sessions, links in test mail and tokens against forged requests."""

from __future__ import annotations

import secrets
from pathlib import Path

from smtp_panel.config.declaring import PREFIX
from smtp_panel.config.error import ConfigError
from smtp_panel.config.keyfile import read_or_make
from smtp_panel.config.kinds import SHORTEST_SIGNING_KEY
from smtp_panel.config.variables import Config

SIGNING_KEY_FILE = "secret-key"
SIGNING_KEY_BYTES = 32
READABLE = "Let SMTP Panel read and write it"
REMOVED = "Remove it, so that another is made"


def signing_keys(config: Config) -> list[str]:
    """The signing keys, newest first: those in `config`, else the one in the key file.

    The key file is made if it is missing. The first key signs; a signature by any of them is valid.
    Raises ConfigError if the key file can't be used.
    """
    if config.secret_key:
        return config.secret_key.reveal().split(",")
    path = config.data_dir / SIGNING_KEY_FILE
    try:
        key = read_or_make(path, lambda: secrets.token_hex(SIGNING_KEY_BYTES))
    except OSError as error:
        raise _unusable(path, error.strerror or type(error).__name__, READABLE) from error
    except ValueError:
        # The error may hold what the file holds, so it is not chained.
        raise _unusable(path, "it holds no text", REMOVED) from None
    if len(key) < SHORTEST_SIGNING_KEY:
        reason = f"it holds no key of at least {SHORTEST_SIGNING_KEY} characters"
        raise _unusable(path, reason, REMOVED)
    return [key]


def _unusable(path: Path, reason: str, advice: str) -> ConfigError:
    return ConfigError(
        f"{PREFIX}SECRET_KEY",
        f"is not set, and its file {path} can't be used: {reason}. {advice}, set"
        f" {PREFIX}SECRET_KEY, or set {PREFIX}DATA_DIR to another folder.",
    )
