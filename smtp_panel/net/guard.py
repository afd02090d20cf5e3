"""The addresses and ports that the panel never connects to, whoever asks (SPEC L3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from smtp_panel.net.address import IP
from smtp_panel.words import N_, Marked, Sentence

Ranges = Mapping[Marked, tuple[str, ...]]

ALWAYS: Ranges = {
    N_("cloud metadata"): (
        "169.254.169.254",
        "100.100.100.200",  # Alibaba
        "168.63.129.16",  # Azure
        "192.0.0.192",  # Oracle
        "fd00:ec2::254",  # Amazon, as is the next
        "fd00:ec2::23",
        "fd20:ce::254",  # Google
        "fd00:42::42",  # Scaleway
    ),
    N_("link-local"): ("169.254.0.0/16", "fe80::/10"),
    N_("multicast"): ("224.0.0.0/4", "ff00::/8"),
    N_("unspecified"): ("0.0.0.0/8", "::"),
    N_("broadcast"): ("255.255.255.255",),
}
PRIVATE: Ranges = {
    N_("loopback"): ("127.0.0.0/8", "::1"),
    N_("private"): ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fec0::/10"),
    N_("unique local"): ("fc00::/7",),
    N_("shared"): ("100.64.0.0/10",),
    N_("reserved"): ("192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4"),
}
_NOT_ALLOWED = N_("port %(port)s is not among those that the operator allows")
_NO_ADDRESS = N_("address %(address)s is none")
_BLOCKED = N_("address %(address)s is blocked: %(words)s")
# An IPv6 address of these ends in an IPv4 address: mapped, compatible, translated (RFC 2765) and
# NAT64 (RFC 6052).
_ENDS_IN_IPV4 = tuple(
    map(IPv6Network, ("::ffff:0:0/96", "::/96", "::ffff:0:0:0/96", "64:ff9b::/96"))
)
_LOOPBACK = IPv6Address("::1")
# NAT64 of one's own (RFC 8215) holds it at one of these places (RFC 6052, section 2.2).
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
_PLACES = ((6, 7, 9, 10), (7, 9, 10, 11), (9, 10, 11, 12), (12, 13, 14, 15))

_ALWAYS, _PRIVATE = (
    [(name, ip_network(text)) for name, texts in ranges.items() for text in texts]
    for ranges in (ALWAYS, PRIVATE)
)


@dataclass(frozen=True, slots=True)
class Guard:
    """Which addresses and ports may be dialled.

    The networks in ALWAYS are blocked, those in PRIVATE only with `block_private`. `ports` are the
    allowed ones, all of them if it is empty.
    """

    block_private: bool = False
    ports: tuple[int, ...] = ()

    def refusal(self, address: str, port: int) -> Sentence | None:
        """Why `address`, an IP address, may not be dialled on `port`; None where it may.

        Pure; an address that is none is refused.
        """
        if self.ports and port not in self.ports:
            return Sentence(_NOT_ALLOWED, {"port": str(port)})
        try:
            meant = tuple(_meant(ip_address(address)))
        except ValueError:
            return Sentence(_NO_ADDRESS, {"address": repr(address)})
        ranges = _ALWAYS + _PRIVATE if self.block_private else _ALWAYS
        return next(
            (
                Sentence(_BLOCKED, {"address": address, "words": Sentence(name)})
                for name, network in ranges
                if any(each in network for each in meant)
            ),
            None,
        )


def is_public(address: str) -> bool:
    """Whether everybody can reach `address`, an IP address: it is in none of ALWAYS and PRIVATE."""
    return Guard(block_private=True).refusal(address, 0) is None


def _meant(address: IP) -> Iterator[IP]:
    """`address`, and the IPv4 addresses that are embedded in it, which a gateway may connect to."""
    if isinstance(address, IPv4Address):
        yield address
        return
    bare = IPv6Address(int(address))  # without a zone, which belongs to no network
    yield bare
    if bare != _LOOPBACK and any(bare in network for network in _ENDS_IN_IPV4):
        yield IPv4Address(bare.packed[-4:])
    if bare in _LOCAL_NAT64:
        found = (IPv4Address(bytes(bare.packed[at] for at in place)) for place in _PLACES)
        yield from (each for each in found if each.packed[0])
    if bare.sixtofour:
        yield bare.sixtofour
    if bare.teredo:
        yield from bare.teredo
