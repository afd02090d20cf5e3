"""To which networks the addresses of a mail server belong, as far as that tells why it fails."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

from smtp_panel.net.address import ip_of

# `nowhere` is what a filter of DNS answers for a name that it hides, `fake` what a proxy program
# answers, to be asked for the name again (of RFC 2544, for benchmarks). The proxies for web sites
# publish their networks: www.cloudflare.com/ips, api.fastly.com/public-ip-list,
# ip-ranges.amazonaws.com (CloudFront), api.github.com/meta (pages), docs.sucuri.net.
_RANGES = {
    "ipv4": ("0.0.0.0/0",),
    "ipv6": ("::/0",),
    "nowhere": ("0.0.0.0/32", "::/128"),
    "fake": ("198.18.0.0/15",),
    "loopback": ("127.0.0.0/8", "::1/128"),
    "tailnet": ("100.64.0.0/10", "fd7a:115c:a1e0::/48"),
    "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"),
    "cloudflare": (
        *("103.21.244.0/22", "103.22.200.0/22", "103.31.4.0/22", "104.16.0.0/13", "104.24.0.0/14"),
        *("108.162.192.0/18", "131.0.72.0/22", "141.101.64.0/18", "162.158.0.0/15"),
        *("172.64.0.0/13", "173.245.48.0/20", "188.114.96.0/20", "190.93.240.0/20"),
        *("197.234.240.0/22", "198.41.128.0/17", "2400:cb00::/32", "2405:8100::/32"),
        *("2405:b500::/32", "2606:4700::/32", "2803:f800::/32", "2a06:98c0::/29", "2c0f:f248::/32"),
    ),
    "web": (
        *("151.101.0.0/16", "199.232.0.0/16", "146.75.0.0/17", "2a04:4e40::/32"),
        *("13.32.0.0/15", "13.224.0.0/14", "18.64.0.0/14", "54.192.0.0/16", "99.84.0.0/16"),
        *("99.86.0.0/16", "108.156.0.0/14", "143.204.0.0/16", "2600:9000::/28"),
        *("185.199.108.0/22", "2606:50c0::/32", "192.124.249.0/24", "185.93.228.0/22"),
    ),
}
NETWORKS: dict[str, list[IPv4Network | IPv6Network]] = {
    name: [ip_network(text) for text in texts] for name, texts in _RANGES.items()
}


def lie_in(addresses: Iterable[str], name: str) -> bool:
    """Whether all `addresses`, of which there is one at least, are in the networks called `name`.

    Raises ValueError for what is no address.
    """
    found = [ip_of(each) for each in addresses]
    return bool(found) and all(any(ip in network for network in NETWORKS[name]) for ip in found)
