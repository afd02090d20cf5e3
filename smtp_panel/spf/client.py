"""Whose mail is judged: the address that connects, its HELO name, and the envelope sender."""

from __future__ import annotations

from dataclasses import dataclass

import idna

from smtp_panel.net.address import IP, ip_of
from smtp_panel.net.dns import Kind


@dataclass(frozen=True, slots=True)
class Client:
    """A client at `ip` that said `helo` and sends mail from `local`@`domain` (RFC 7208, 2.4)."""

    ip: IP
    helo: str
    local: str
    domain: str

    @classmethod
    def of(cls, ip: str, helo: str, mail_from: str) -> Client:
        """Who sends from `mail_from`, or for the null sender "" by its HELO name.

        An IPv4 address mapped to IPv6 counts as IPv4 (RFC 7208, 5). A domain that is not ASCII is
        put into A-labels where it can be (4.3). Raises ValueError where `ip` is none.
        """
        address = ip_of(ip)
        local, _, domain = mail_from.rpartition("@") if mail_from else ("", "", helo)
        domain = _ascii(domain).removesuffix(".")
        return cls(address, _ascii(helo), local or "postmaster", domain)

    @property
    def kind(self) -> Kind:
        """The kind of record that has addresses like this one's."""
        return "A" if self.ip.version == 4 else "AAAA"

    @property
    def reverse_zone(self) -> str:
        """What its reverse name ends with before "arpa", as the macro v has it."""
        return "in-addr" if self.ip.version == 4 else "ip6"

    @property
    def dotted(self) -> str:
        """The address as the macro i has it: numbers, or for IPv6 digits, between dots."""
        return str(self.ip) if self.ip.version == 4 else ".".join(f"{int(self.ip):032X}")

    @property
    def reverse_name(self) -> str:
        """The name whose PTR records name the host (RFC 1035, 3.5, and RFC 3596, 2.5)."""
        return ".".join([*reversed(self.dotted.split(".")), self.reverse_zone, "arpa"])


def _ascii(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain
