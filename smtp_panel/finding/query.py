"""What settings are looked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A mail address, a domain or a provider's name, as `text` was typed.

    `domain` is in ASCII and lower case; empty where the text can only be a name. `local` is what
    stands before the @ of an address.
    """

    text: str
    domain: str = ""
    local: str = ""

    @property
    def address(self) -> str:
        """The whole mail address; empty where none was typed."""
        return f"{self.local}@{self.domain}" if self.local else ""
