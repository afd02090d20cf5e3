"""IP addresses, of both families."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

IP = IPv4Address | IPv6Address


def ip_of(text: str) -> IP:
    """The address in `text`, an IPv4 one that is mapped to IPv6 (RFC 4291, 2.5.5.2) as itself.

    So a server of both families tells of IPv4 peers, as ::ffff:192.0.2.1. Raises ValueError.
    """
    address = ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def is_loopback(host: str) -> bool:
    """Whether `host`, a tidy name or an address, is this very machine (RFC 6761, section 6.3)."""
    try:
        return ip_of(host).is_loopback
    except ValueError:
        name = host.lower()
        return f".{name}".endswith(".localhost") or name == "localhost.localdomain"
