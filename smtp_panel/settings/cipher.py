"""Encryption of secrets at rest, with keys that can be changed (SPEC V6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from smtp_panel.config import Config
from smtp_panel.config.keyfile import read_or_make
from smtp_panel.secret import Secret
from smtp_panel.words import N_, Said, Sentence

FERNET_KEY_FILE = "fernet.key"
UNUSABLE = N_("The key file %(path)s can't be used: %(reason)s.")
NO_KEY = N_("it holds no Fernet key")
_SEPARATOR = "\0"


class KeyUnavailable(Exception):
    """The key file at `path` can't be read or made; `reason` says why, and `sentence` all of it."""

    def __init__(self, path: Path, reason: Said) -> None:
        self.sentence = Sentence(UNUSABLE, {"path": str(path), "reason": reason})
        super().__init__(str(self.sentence))
        self.path = path
        self.reason = reason


class Undecryptable(Exception):
    """A secret can't be decrypted: its key is missing, or it was encrypted for another purpose."""

    message = N_(
        "A saved secret can't be read, because the key it was encrypted with is missing."
        " Put the key back, or enter the secret again."
    )

    def __str__(self) -> str:
        return self.message


class Cipher:
    """Encrypts with the newest key and decrypts with any: an authenticated cipher (Fernet).

    Where the key is unavailable, a cipher without keys lets everything else go on: to decrypt
    raises Undecryptable, and to encrypt raises `unavailable`.
    """

    def __init__(
        self,
        keys: Sequence[str],
        unavailable: KeyUnavailable | None = None,
        *,
        file: Path | None = None,
    ) -> None:
        """`keys`, newest first, are 32 bytes each in URL-safe base64; ValueError if not.

        Those in `file` may be others later: it is read again for what the known ones can't decrypt,
        and whenever something is encrypted, which only a key that is kept could decrypt again.
        """
        self._keys = tuple(keys)
        self._fernet = _fernet(self._keys) if keys else None
        self._unavailable = unavailable
        self._file = file

    @classmethod
    def load(cls, config: Config) -> Cipher:
        """The cipher of the keys in the configuration, else of the key file, made if missing.

        Raises KeyUnavailable.
        """
        if config.keys:
            return cls(_keys(config.keys.reveal()))
        path = config.data_dir / FERNET_KEY_FILE
        return cls(_keys_in(path, lambda: read_or_make(path, new_key)), file=path)

    @classmethod
    def without_key(cls, unavailable: KeyUnavailable) -> Cipher:
        """The cipher for when the key is unavailable."""
        return cls([], unavailable)

    def encrypt(self, purpose: str, secret: Secret) -> str:
        """Encrypt `secret` into a text that can be decrypted only for the same `purpose`.

        Raises KeyUnavailable.
        """
        if self._file:
            self._read(self._file)
        if not self._fernet:
            raise self._unavailable or ValueError("a cipher needs a key")
        plain = f"{purpose}{_SEPARATOR}{secret.reveal()}"
        return self._fernet.encrypt(plain.encode()).decode("ascii")

    def decrypt(self, purpose: str, token: str) -> Secret:
        """The secret in `token`; raises Undecryptable, also if it is for another purpose."""
        try:
            plain = self._known(token).decrypt(token.encode()).decode()
        except (InvalidToken, UnicodeDecodeError):
            raise Undecryptable from None
        found, _, value = plain.partition(_SEPARATOR)
        if found != purpose:  # Fernet binds no context, so it is checked here
            raise Undecryptable
        return Secret(value)

    @property
    def keys(self) -> int:
        """How many keys there are."""
        return len(self._keys)

    def encrypt_anew(self, token: str) -> str:
        """`token` encrypted with the newest key, for the same purpose; raises Undecryptable."""
        try:
            return self._known(token).rotate(token.encode()).decode("ascii")
        except InvalidToken:
            raise Undecryptable from None

    def _known(self, token: str) -> MultiFernet:
        """The keys, with those that the file has by now where the others can't decrypt `token`."""
        if not self._fernet:
            raise Undecryptable
        if self._file and not _decrypts(self._fernet, token):
            with suppress(KeyUnavailable):
                self._read(self._file)
        return self._fernet

    def _read(self, file: Path) -> None:
        """Go by the keys that `file` has by now; raises KeyUnavailable."""
        found = tuple(_keys_in(file, lambda: file.read_text("ascii")))
        if found != self._keys:
            self._keys, self._fernet = found, _fernet(found)


def _fernet(keys: Sequence[str]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _decrypts(fernet: MultiFernet, token: str) -> bool:
    try:
        fernet.decrypt(token.encode())
    except InvalidToken:
        return False
    return True


def _keys_in(file: Path, read: Callable[[], str]) -> list[str]:
    """The keys in `file`, whose text `read` gives; raises KeyUnavailable."""
    try:
        keys = _keys(read())
        _fernet(keys)
    except OSError as error:
        raise unusable(file, error) from error
    except ValueError:
        # The error may hold what the file holds, so it is not chained.
        raise KeyUnavailable(file, Sentence(NO_KEY)) from None
    return keys


def unusable(file: Path, error: OSError) -> KeyUnavailable:
    """That the key `file` can't be read or written, for the system says `error`."""
    return KeyUnavailable(file, error.strerror or type(error).__name__)


def _keys(text: str) -> list[str]:
    keys = re.split(r"[,\s]+", text.strip())
    if not all(keys):
        raise ValueError("no key")
    return keys


def new_key() -> str:
    """A new key, as the file and the variable have it."""
    return Fernet.generate_key().decode("ascii")
