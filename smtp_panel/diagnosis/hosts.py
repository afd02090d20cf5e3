"""Who owns a host name, or is likely meant by it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache

from publicsuffixlist import PublicSuffixList

from smtp_panel.diagnosis.providers import Provider, likeness, of_server, providers

# A label alone, and the endings of names that are known within one network.
_INTERNAL = re.compile(
    r"^[^.:]+$|\.(local|localdomain|localnet|lan|internal|intern|intranet|intra|corp|private|priv|home"
    r"|home\.arpa|svc|test|dmz|consul|docker|containers|ts\.net|fritz\.box)\.?$"
)
# What companies call the inner part of a domain of theirs, as in mail.corp.example.com.
_INNER = frozenset(
    (
        *("corp", "internal", "intern", "int", "intranet", "intra", "infra", "lan", "local", "ad"),
        *("svc", "priv", "private", "privatelink", "dmz", "vpn", "mgmt"),
    )
)
_KEPT = frozenset({"example", "test", "invalid"})  # RFC 2606
_CALLED = ("smtp", "mail", "mx", "relay")
# Of containers and machines, though providers are called so too.
_OWN_NAMES = frozenset({"smtp", "mail", "mx", "email", "mailbox", "mailcow", "open-xchange"})
_RIGHT = frozenset(("smtp", "smtps", "mail"))
_MOVED = re.compile(
    r"\b(?:moved|migrated|relocated|transferred|now hosted) (?:to|on|at|by|with) "
    r"(?P<name>[a-z0-9][a-z0-9 .-]{2,40})",
    re.IGNORECASE,
)
SHORTEST_NAME = 5  # letters of a provider's name; shorter ones are like too many others


def same_owner(name: str, server: str) -> bool:
    """Whether both host names are under one registrable domain, or of one known provider."""
    if any(provider.lists(name) for provider in of_server(server)):
        return True
    domains = {_domain(host) for host in (name, server)}
    return len(domains) == 1 and "" not in domains and is_name(server)


def meant_by(server: str) -> tuple[Provider, str] | None:
    """The provider whose domain `server` is under but for a slip of the pen, and its host there.

    None for a host of a known provider, and for a name that is like none of them.
    """
    domain = _domain(server)
    if not domain or of_server(server):
        return None
    found = next((_misspelt()[each] for each in slips(domain) if each in _misspelt()), None)
    return _of_region(found, server)


def named_like(server: str) -> tuple[Provider, str] | None:
    """The provider whose domain or own name `server` is under but for the ending, and a host.

    As .net for .com, or postmark.com for postmarkapp.com.

    None for a host of a known provider, and where the name is that of several providers.
    """
    parts = _domain(server).partition(".")[::2]
    known = (_by_name().get(part, ()) for part in parts if len(part) >= SHORTEST_NAME)
    found = next((owners[0] for owners in known if len(owners) == 1), None)
    return None if of_server(server) else _of_region(found, server)


def called(name: str) -> tuple[Provider, str] | None:
    """The provider that is called `name`, which has no domain, and its best host.

    None for what mail servers within a network are called.
    """
    owners = () if name.lower() in _OWN_NAMES else _by_name().get(name.lower(), ())
    return next(iter(owners), None)


def moved_to(words: str) -> tuple[Provider, str] | None:
    """The provider to which a mailbox has moved, as `words` say, and its best host."""
    found = _MOVED.search(words)
    named = found["name"].lower().split() if found else []
    names = ("".join(named[:length]).strip(".") for length in range(len(named), 0, -1))
    return next((owners[0] for name in names if (owners := _by_name().get(name))), None)


def slip_of(server: str) -> str:
    """What `server` is called where its first label is smtp or mail but for a slip of the pen.

    Empty where it is none.
    """
    label, _, rest = server.lower().partition(".")
    if not rest or label in _RIGHT:
        return ""
    near_smtp = not set(slips("smtp")).isdisjoint(slips(label))
    meant = "smtp" if near_smtp else "mail" if sorted(label) == sorted("mail") else ""
    return f"{meant}.{rest}" if meant else ""


def of_certificate(names: Iterable[str]) -> tuple[Provider, str] | None:
    """The provider for whose hosts a certificate with these `names` is, and its host for sending.

    None where that is nobody known.
    """
    hosts = [name.removeprefix("*.") for name in names]
    owners = ((each, host) for host in hosts for each in _owners(host) if each.servers)
    return next(((each, str(each.best_server(host)[0])) for each, host in owners), None)


def _owners(host: str) -> Iterator[Provider]:
    """The providers to which `host` belongs, or the domain of whose mail exchangers it is."""
    yield from of_server(host)
    yield from (each for each in providers() if each.has_exchangers_at(host))


def _of_region(found: tuple[Provider, str] | None, server: str) -> tuple[Provider, str] | None:
    """`found`, with that host of the same provider which is most like `server`."""
    if found is None:
        return None
    provider, best = found
    hosts = (best, *(host for host, _ in provider.servers))
    return provider, max(hosts, key=lambda host: likeness(host, server))


@cache
def _by_name() -> dict[str, list[tuple[Provider, str]]]:
    """Each provider, and its best host, by its names and that in its domain."""
    owners: dict[str, dict[str, tuple[Provider, str]]] = defaultdict(dict)
    for provider in providers():
        for host, _ in provider.servers:
            for name in (_domain(host).partition(".")[0], provider.id, *provider.aliases):
                owners[name.replace(" ", "")].setdefault(provider.id, (provider, host))
    return {name: list(each.values()) for name, each in owners.items()}


@cache
def _misspelt() -> dict[str, tuple[Provider, str]]:
    """Each provider, and its best host, by what its domains become by a slip of the pen."""
    hosts = [(host, provider) for provider in providers() for host, _ in provider.servers]
    known = {_domain(host): (provider, host) for host, provider in reversed(hosts)}
    long = [domain for domain in known if len(domain.partition(".")[0]) >= SHORTEST_NAME]
    return {slip: known[domain] for domain in long for slip in slips(domain)}


def slips(domain: str) -> list[str]:
    """`domain`, then without each of its letters.

    Two domains that have one of these in common are a slip apart: a letter is wrong, missing or too
    many, or two neighbours have changed places.
    """
    return [domain, *(domain[:place] + domain[place + 1 :] for place in range(len(domain)))]


def _domain(server: str) -> str:
    """The registrable domain of a host name; empty where it has none."""
    return public_suffixes().privatesuffix(server.lower()) or ""


@cache
def public_suffixes() -> PublicSuffixList:
    """The domains under which anybody may register names, such as co.uk (publicsuffix.org)."""
    return PublicSuffixList()


@cache
def _registries() -> PublicSuffixList:
    """Those of them that registries run; below the others, such as ddns.net, names are of hosts."""
    return PublicSuffixList(only_icann=True)


def is_internal(name: str) -> bool:
    """Whether `name` is one that is known within a network alone, by its ending or its labels."""
    name = name.lower()
    labels = name.removesuffix(_domain(name)).split(".")
    return bool(_INTERNAL.search(name)) or not _INNER.isdisjoint(labels[1:])


def is_bare_domain(name: str) -> bool:
    """Whether `name` is a domain that somebody registered, perhaps with www before it.

    Not one that is called as mail servers are, such as smtplw.com.br, nor a known mail server.
    """
    bare = name.lower().removeprefix("www.")
    if not is_name(bare) or is_internal(bare) or bare.startswith(_CALLED):
        return False
    if any(each.lists(name) for each in of_server(name)):
        return False
    return bare == _registries().privatesuffix(bare)


def ends_somewhere(name: str) -> bool:
    """Whether `name` has an ending that exists on the internet, or is kept for examples."""
    kept = name.rpartition(".")[2].lower() in _KEPT
    return kept or _registries().publicsuffix(name.lower(), accept_unknown=False) is not None


def is_name(name: str) -> bool:
    """Whether `name` is a host name with a domain: no wildcard, no single label, no IP address."""
    return "*" not in name and "." in name and not name.replace(".", "").isdigit()
