"""A secret that never shows itself."""

from __future__ import annotations

import hashlib
import hmac
from typing import NoReturn


class Secret:
    """A password, token or key: `***` in every text form, and only `reveal()` gives it out."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself; call it where it leaves for the server or the cipher, nowhere else."""
        return self._value

    def digest(self) -> str:
        """The hash to store in its place: a quick one, so it has to be too long to be guessed."""
        return hashlib.sha256(self._value.encode(errors="replace")).hexdigest()

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not serialized")
