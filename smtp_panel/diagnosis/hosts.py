"""Who owns a host name."""

from __future__ import annotations

from functools import cache

from publicsuffixlist import PublicSuffixList

from smtp_panel.diagnosis.providers import of_server


def same_owner(name: str, server: str) -> bool:
    """Whether both host names are under one registrable domain, or of one known provider."""
    if any(provider.lists(name) for provider in of_server(server)):
        return True
    domains = {public_suffixes().privatesuffix(host.lower()) for host in (name, server)}
    return len(domains) == 1 and None not in domains and is_name(server)


@cache
def public_suffixes() -> PublicSuffixList:
    """The domains under which anybody may register names, such as co.uk (publicsuffix.org)."""
    return PublicSuffixList()


def is_name(name: str) -> bool:
    """Whether `name` is a host name with a domain: no wildcard, no single label, no IP address."""
    return "*" not in name and "." in name and not name.replace(".", "").isdigit()
