"""Finds settings: in the table of providers, then in what the DNS has of the domain (SPEC P1)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import chain
from typing import Any, NamedTuple

from smtp_panel.diagnosis.providers import Provider, provider_of_id
from smtp_panel.finding import table
from smtp_panel.finding.offer import Offer, Origin
from smtp_panel.finding.query import Query
from smtp_panel.finding.reasons import NO_NAME, reason_for
from smtp_panel.finding.records import Records, look_up
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import Ask
from smtp_panel.newer import known_fields, read_known
from smtp_panel.words import Sentence

FIND_SECONDS = 2.0  # for everything that the DNS is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The `offers` for `query`, the likeliest first.

    Where there are none, either `refusing` is the provider, which lets nobody send by SMTP, or
    `reason` says why. `mail_hosts` are those of the MX, where that was asked for.
    """

    query: Query
    offers: tuple[Offer, ...] = ()
    refusing: Provider | None = None
    reason: Sentence | None = None
    mail_hosts: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON data, for the database; providers by their ids."""
        return {
            "query": asdict(self.query),
            "offers": [each.to_json() for each in self.offers],
            "refusing": self.refusing.id if self.refusing else None,
            "reason": self.reason.to_json() if self.reason else None,
            "mail_hosts": self.mail_hosts,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Found:
        """What `to_json` gave, but for the offers of which only a newer version knows."""
        return cls(
            query=Query(**known_fields(Query, data["query"])),
            offers=tuple(read_known(Offer.from_json, data["offers"])),
            refusing=provider_of_id(data["refusing"]),
            reason=Sentence.from_json(data["reason"]) if data["reason"] else None,
            mail_hosts=tuple(data["mail_hosts"]),
        )


def find(query: Query, ask: Ask) -> Found:
    """What the table of providers, else the DNS, says of `query`, within FIND_SECONDS."""
    return in_table(query) or in_dns(query, ask)


def in_table(query: Query) -> Found | None:
    """What the table has for the domain or the name; None where the DNS may have more.

    The name may be that of a mail server. What may be a domain is no beginning of a word yet.
    """
    if provider := table.of_domain(query.domain):
        return _called((provider,), query, query.domain)
    if query.local:
        return None
    dotted = "." in query.domain
    if named := table.of_whole_words(query.text) if dotted else table.of_name(query.text):
        return _called(named, query)
    if owners := table.of_server(query.domain):
        return _called(owners, query, query.domain)
    unknown = Sentence(NO_NAME, {"query": query.text})
    return None if query.domain else Found(query=query, reason=unknown)


def in_dns(query: Query, ask: Ask) -> Found:
    """What the DNS has of the domain, and the table of whoever takes its mail or is above it.

    What is no domain may be the beginning of a provider's name. It takes at most FIND_SECONDS.
    """
    deadline = Deadline(FIND_SECONDS)
    records = look_up(query.domain, lambda name, kind: ask(name, kind, deadline))
    receiver = _receiver(records)
    parent = None if records.takes_no_mail else table.of_parent(query.domain)
    offers = [*_of_services(query, records)]
    if receiver:
        provider, host, unsure = receiver
        offers += table.offers(provider, query, Origin.MX, host, unsure=unsure)
    if parent:
        offers += table.offers(parent, query, Origin.TABLE, query.domain)
    known = receiver.provider if receiver else parent
    may_be_name = not known and not query.local and records.is_no_domain
    if may_be_name and (named := table.of_name(query.text)):
        return _called(named, query)
    return Found(
        query=query,
        offers=_once(offers),
        refusing=known if known and known.no_smtp else None,
        reason=reason_for(query.domain, records),
        mail_hosts=records.hosts,
    )


class MailReceiver(NamedTuple):
    """The provider that takes a domain's mail at `host`; `unsure` where that may be by chance."""

    provider: Provider
    host: str
    unsure: bool


def _called(named: Collection[Provider], query: Query, domain: str = "") -> Found:
    """What the providers that are `named` offer for a `domain`, where it is known."""
    asked = replace(query, domain=domain)
    offered = [table.offers(each, asked, Origin.TABLE, domain) for each in named]
    return Found(
        query=query,
        offers=tuple(chain.from_iterable(offered)),
        refusing=next((each for each in named if each.no_smtp), None),
    )


def _of_services(query: Query, records: Records) -> Iterator[Offer]:
    """What the SRV records say, but for how TLS starts where the table knows that server."""
    for host, port, security, unsure in records.services.usable:
        known = table.security_of(host, port)
        offer = table.offer_of(query, Origin.SRV, host, port, known or security)
        yield replace(offer, unsure=unsure and not known)


def _receiver(records: Records) -> MailReceiver | None:
    """Who takes the mail, by the most preferred MX that the table knows.

    It may be by chance where it is not the most preferred of all, but a backup, where any name has
    this MX, or where it serves others as well.
    """
    for each in records.mx:
        if provider := table.of_mail_host(each.host):
            backup = each.preference > records.mx[0].preference
            chance = backup or records.any_name or table.is_shared(provider, each.host)
            return MailReceiver(provider, each.host, unsure=chance)
    return None


def _once(offers: Iterable[Offer]) -> tuple[Offer, ...]:
    """`offers`, each server and port where it came first."""
    first: dict[tuple[str, int], Offer] = {}
    for each in offers:
        first.setdefault((each.server, each.port), each)
    return tuple(first.values())
