"""What is asked about: whose mail, and by which way it leaves."""

from __future__ import annotations

from dataclasses import dataclass

from smtp_panel.deliverability.selectors import Selector


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Mail from `domain`, in ASCII, and how it leaves.

    `mail_from` is the address of the envelope, `server` the relay that it goes to, `helo` the name
    that is given to it, empty where that is an address. `addresses` are those from which it reaches
    its receivers, networks among them, and none where they are not known. `selectors` are those
    that were entered.
    """

    domain: str
    mail_from: str
    server: str = ""
    helo: str = ""
    addresses: tuple[str, ...] = ()
    selectors: tuple[Selector, ...] = ()

    @property
    def envelope_domain(self) -> str:
        """The domain of the envelope sender; without one that of From."""
        return self.mail_from.rpartition("@")[2] or self.domain


def helo_name(said: str) -> str:
    """The name in what is `said` in HELO; empty where that is an address (RFC 5321, 4.1.3)."""
    return "" if said.startswith("[") else said
