"""Encryption of secrets at rest, with keys that can be changed (SPEC V6)."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from smtp_panel.config import Config
from smtp_panel.secret import Secret
from smtp_panel.words import N_

KEY_FILE = "fernet.key"
LARGEST_KEY_FILE = 65536  # bytes
_SEPARATOR = "\0"


class KeyUnavailable(Exception):
    """The key can't be read or made: `path` says where it should be, `reason` why not."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"The key file {path} can't be used: {reason}.")
        self.path = path
        self.reason = reason


class Undecryptable(Exception):
    """A secret was encrypted under a key that is not at hand, or for something else."""

    message = N_(
        "The saved password can't be read, because the key it was encrypted with is missing."
        " Put the key back, or enter the password again."
    )

    def __str__(self) -> str:
        return self.message


class Cipher:
    """Encrypts under the newest key and decrypts under any: an authenticated cipher (Fernet).

    A cipher without keys stands in for one whose key is unavailable, so that all goes on but
    what needs the key: it finds everything undecryptable, and raises `unavailable` to encrypt.
    """

    def __init__(self, keys: Sequence[str], unavailable: KeyUnavailable | None = None) -> None:
        """`keys`, newest first, are 32 bytes each in URL-safe base64; ValueError if not."""
        self._fernet = MultiFernet([Fernet(key) for key in keys]) if keys else None
        self._unavailable = unavailable

    @classmethod
    def load(cls, config: Config) -> Cipher:
        """The cipher of the keys in the configuration, else of the key file, made if missing.

        Raises KeyUnavailable.
        """
        if config.keys:
            return cls(_keys(config.keys.reveal()))
        path = config.data_dir / KEY_FILE
        try:
            return cls(_keys(_read_or_make(path)))
        except OSError as error:
            raise KeyUnavailable(path, error.strerror or type(error).__name__) from error
        except ValueError:
            # The error may hold what the file holds, so it is not chained.
            raise KeyUnavailable(path, "it holds no Fernet key") from None

    @classmethod
    def without_key(cls, unavailable: KeyUnavailable) -> Cipher:
        """A cipher that does what can be done when the key is unavailable."""
        return cls([], unavailable)

    def encrypt(self, purpose: str, secret: Secret) -> str:
        """`secret` as text that only `decrypt` for the same `purpose` turns back."""
        if not self._fernet:
            raise self._unavailable or ValueError("a cipher needs a key")
        plain = f"{purpose}{_SEPARATOR}{secret.reveal()}"
        return self._fernet.encrypt(plain.encode()).decode("ascii")

    def decrypt(self, purpose: str, token: str) -> Secret:
        """The secret in `token`; raises Undecryptable, also if it was not for `purpose`."""
        if not self._fernet:
            raise Undecryptable
        try:
            plain = self._fernet.decrypt(token.encode()).decode()
        except (InvalidToken, UnicodeDecodeError):
            raise Undecryptable from None
        found, _, value = plain.partition(_SEPARATOR)
        if found != purpose:  # Fernet binds no context, so it is checked here
            raise Undecryptable
        return Secret(value)


def _keys(text: str) -> list[str]:
    keys = re.split(r"[,\s]+", text.strip())
    if not all(keys):
        raise ValueError("no key")
    return keys


def _read_or_make(path: Path) -> str:
    try:
        return _read(path)
    except FileNotFoundError:
        _make(path)
        return _read(path)


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(LARGEST_KEY_FILE).decode("ascii")


def _make(path: Path) -> None:
    """Put a new key at `path`, complete or not at all; whoever comes first wins.

    A file that is created under its own name and written then could be read while it is empty.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
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
