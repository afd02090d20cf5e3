"""The table of providers, asked by domain, by name and by who takes a domain's mail."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain

from smtp_panel.diagnosis.hosts import SHORTEST_NAME, slips
from smtp_panel.diagnosis.providers import (
    MailServer,
    Provider,
    provider_meant,
    providers,
)
from smtp_panel.finding.offer import Offer, Origin
from smtp_panel.finding.query import Query
from smtp_panel.net.dns import endings_of
from smtp_panel.smtp.endpoint import Security


def of_domain(domain: str) -> Provider | None:
    """The provider with mail addresses at this very domain."""
    return _domains().get(domain)


def of_parent(domain: str) -> Provider | None:
    """The provider below one of whose domains this one is; the nearest."""
    parents = endings_of(domain)[1:]
    return next((_domains()[each] for each in parents if each in _domains()), None)


def likely_meant(domain: str) -> str:
    """The domain of a provider that is a slip of the pen from `domain`; empty where none is."""
    return next((_misspelt()[each] for each in slips(domain) if each in _misspelt()), "")


def of_mail_host(host: str) -> Provider | None:
    """The provider that takes mail at `host`, the host of an MX; the longest suffix decides."""
    return next((_suffixes()[each] for each in endings_of(host) if each in _suffixes()), None)


def is_shared(provider: Provider, host: str) -> bool:
    """Whether `host`, which takes mail for `provider`, serves others as well."""
    return any(each in provider.mx_shared for each in endings_of(host))


def of_name(text: str) -> tuple[Provider, ...]:
    """The providers that are called `text`, then those whose name begins so.

    Where there is none, those of whose name another word begins so. A provider is called by its
    name, its id and its aliases.
    """
    wanted = _folded(text)
    begins = _called(lambda name: name.startswith(wanted))
    exact = _called(lambda name: name == wanted)
    return tuple(dict.fromkeys((*exact, *begins))) or _called(lambda name: f" {wanted}" in name)


def of_whole_words(text: str) -> tuple[Provider, ...]:
    """The providers that are called `text`, or so with more words behind it."""
    wanted = _folded(text)
    return _called(lambda name: f"{name} ".startswith(f"{wanted} "))


def of_server(host: str) -> tuple[Provider, ...]:
    """The providers that name `host` for sending, or so but for blanks."""
    return tuple(each for each in providers() if each.ports_of(host))


def security_of(host: str, port: int) -> Security | None:
    """How `host` protects the line at `port`; None where the table has no such server."""
    servers = chain.from_iterable(each.mail_servers for each in of_server(host))
    found = (each.tls for each in servers if each.port == port and each.is_called(host))
    return next(map(Security, found), None)


def offers(
    provider: Provider, query: Query, origin: Origin, given_away_by: str, *, unsure: bool = False
) -> Iterator[Offer]:
    """What `provider` offers for `query`, the best first.

    `given_away_by` is the domain or the host that led to it: that host, and servers that are meant
    for it, come before the others. {domain} is filled in, and so are the blanks of a server that
    is looked for by its name; others are left.
    """
    for server in sorted(
        provider.mail_servers,
        key=lambda each: not (each.is_called(query.domain) or _meant_for(each, given_away_by)),
    ):
        yield Offer(
            origin=origin,
            provider=provider,
            name=provider.name,
            server=_host(server, query),
            port=server.port,
            security=Security(server.tls),
            username=username(provider, query),
            unsure=unsure or provider.unsure or server.unsure,
            label=server.label,
            region=server.region,
        )


def username(provider: Provider | None, query: Query) -> str:
    """The user name that `provider` wants, as far as it follows from `query`.

    Where the provider is not known it is the whole address (RFC 6186, section 4).
    """
    if provider is None:
        return query.address
    known = {"address": query.address, "local": query.local}
    return known.get(provider.username, provider.fixed_username)


def offer_of(query: Query, origin: Origin, server: str, port: int, security: Security) -> Offer:
    """What `server`, found for `query`, offers; whose it is, the table may tell.

    Of several providers that share it, it is that for the domain of `query`.
    """
    provider = provider_meant(server, f"@{query.domain}")
    return Offer(
        origin=origin,
        provider=provider,
        name=provider.name if provider else query.domain,
        server=server,
        port=port,
        security=security,
        username=username(provider, query),
    )


def _called(fits: Callable[[str], bool]) -> tuple[Provider, ...]:
    return tuple(each for each, names in _names() if any(map(fits, names)))


def _host(server: MailServer, query: Query) -> str:
    if server.is_called(query.domain):
        return query.domain
    return server.host.replace("{domain}", query.domain or "{domain}")


def _meant_for(server: MailServer, name: str) -> bool:
    return server.host == name or any(each in server.match for each in endings_of(name))


@cache
def _domains() -> dict[str, Provider]:
    return _by((each.domains, each) for each in providers())


@cache
def _misspelt() -> Mapping[str, str]:
    """Each domain by what it becomes by a slip; of several that of the provider listed first.

    Short ones are left out, which are like too many others.
    """
    long = [each for each in _domains() if len(each.partition(".")[0]) >= SHORTEST_NAME]
    return {slip: domain for domain in reversed(long) for slip in slips(domain)}


@cache
def _names() -> Sequence[tuple[Provider, Collection[str]]]:
    return [(each, {*map(_folded, (each.id, each.name, *each.aliases))}) for each in providers()]


@cache
def _suffixes() -> Mapping[str, Provider]:
    return _by((each.mx, each) for each in providers())


def _by(entries: Iterable[tuple[Iterable[str], Provider]]) -> dict[str, Provider]:
    return {key: provider for keys, provider in entries for key in keys}


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
