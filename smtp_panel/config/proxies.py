"""The variables of reverse proxies: which are believed, and what they say (SPEC A2)."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from smtp_panel.config import kinds, urls
from smtp_panel.config.declaring import setting


@dataclass(frozen=True, kw_only=True)
class ProxyVariables:
    """Whose headers are believed, and which of them sign people in."""

    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = setting(
        kinds.NETWORKS, (), "addresses of reverse proxies whose headers are believed"
    )
    proxy_count: int = setting(
        kinds.whole(1, 9), 1, "proxies in a row, each of which adds its value to `X-Forwarded-*`"
    )
    proxy_user_header: str = setting(
        kinds.HEADER, "", "header in which they say who is signed in, such as `Remote-User`"
    )
    proxy_email_header: str = setting(kinds.HEADER, "", "that of their mail address")
    proxy_groups_header: str = setting(kinds.HEADER, "", "that of their groups")
    proxy_groups_separator: str = setting(kinds.SEPARATOR, ",", "stands between groups")
    proxy_admin_groups: str = setting(kinds.LINE, "", "groups whose members are admins")
    proxy_logout_url: str = setting(
        urls.SITE_URL, "", "where whom a proxy has signed in signs out: a URL, or a path there"
    )
