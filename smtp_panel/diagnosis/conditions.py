"""What an entry of the catalogue may ask of the facts of a failure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any

from smtp_panel.diagnosis import chain, senders
from smtp_panel.diagnosis.evidence import LOOKED_AT, Evidence
from smtp_panel.diagnosis.hosts import called, ends_somewhere, is_bare_domain, is_internal
from smtp_panel.diagnosis.networks import NETWORKS, lie_in
from smtp_panel.diagnosis.providers import Provider, providers
from smtp_panel.diagnosis.token_endpoints import endpoint_there, other_issuer
from smtp_panel.diagnosis.wordings import Phrases, wordings
from smtp_panel.net.tls import TLSVersion
from smtp_panel.smtp.endpoint import Security
from smtp_panel.smtp.facts import Facts, FaultKind, Handover, OAuthReason, PasswordTrait, Stage

_NAMED = {name: attrgetter(name) for name in ("sender", "recipient", "ehlo_name")}
_RANGE = re.compile(r"([245]\.\d+)\.(\d+)-(\d+)")


Test = Callable[[Evidence], bool]
Condition = Callable[[Any], Test]
ValuesOf = Callable[[Evidence], Iterable[str]]


def _listed(wanted: object) -> list[Any]:
    if not isinstance(wanted, list):
        raise TypeError("a list is needed here")
    return wanted


def _one_of(known: Callable[[Any], object], of: Callable[[Facts], object]) -> Condition:
    """The value is one of those listed; `known` refuses a listed value that can't occur."""

    def condition(wanted: object) -> Test:
        accepted = frozenset(known(value) for value in _listed(wanted))
        return lambda evidence: of(evidence.facts) in accepted

    return condition


def _begins(end: str, of: ValuesOf, *, wish: bool = True) -> Condition:
    """A value begins with one of those listed, whole parts of it where `end` ends one.

    With `wish` false, none does. "5.7.606-649" lists every code from 5.7.606 to 5.7.649.
    """

    def condition(wanted: object) -> Test:
        values = [each for value in _listed(wanted) for each in _spelt_out(str(value))]
        starts = tuple(value.rstrip(".") + end for value in values)

        def test(evidence: Evidence) -> bool:
            for value in of(evidence):  # any() would take half as long again, here and below
                if (value + end).startswith(starts):
                    return wish
            return not wish

        return test

    return condition


def _spelt_out(value: str) -> list[str]:
    if not (range_ := _RANGE.fullmatch(value)):
        return [value]
    subject, first, last = range_.groups()
    return [f"{subject}.{detail}" for detail in range(int(first), int(last) + 1)]


def _any_of(of: ValuesOf, *, wish: bool = True) -> Condition:
    """One of those listed is there; with `wish` false, none of them is."""

    def condition(wanted: object) -> Test:
        accepted = frozenset(str(value) for value in _listed(wanted))
        return lambda evidence: accepted.isdisjoint(of(evidence)) is not wish

    return condition


def _names(wanted: object) -> Test:
    """The reply names each of those listed: the address of `sender` or `recipient`, `ehlo_name`."""
    listed = [_NAMED[value] for value in _listed(wanted)]
    return lambda evidence: all(
        (name := of(evidence.facts).lower()) and name in evidence.says for of in listed
    )


def _matches(of: Callable[[Evidence], str]) -> Condition:
    """The regular expression is found, in any case."""

    def condition(pattern: str) -> Test:
        search = re.compile(pattern, re.IGNORECASE | re.DOTALL).search
        return lambda evidence: search(of(evidence)[:LOOKED_AT]) is not None

    return condition


def _says(wanted: object) -> Test:
    """One of the phrases is found in the words, in any case and with or without accents."""
    phrases = Phrases(_listed(wanted))
    return lambda evidence: phrases.found_in(evidence.says)


def _means(wanted: object) -> Test:
    """The words have one of the meanings listed."""
    listed = tuple(str(name) for name in _listed(wanted))
    if unknown := set(listed) - wordings().keys():
        raise ValueError(f"no wording is called {', '.join(sorted(unknown))}")
    return lambda evidence: any(map(evidence.means, listed))


def _not_means(wanted: object) -> Test:
    """The words have none of the meanings listed."""
    one = _means(wanted)
    return lambda evidence: not one(evidence)


def _provider(wanted: object) -> Test:
    """One of the providers listed was recognised."""
    accepted = frozenset(str(value) for value in _listed(wanted))
    if unknown := accepted - {each.id for each in providers()}:
        raise ValueError(f"no provider is called {', '.join(sorted(unknown))}")
    return lambda evidence: any(each.id in accepted for each in evidence.providers)


def _likeliest(of: Callable[[Provider], str]) -> Condition:
    """The likeliest provider has one of those listed, such as an `app_password` as its secret."""

    def condition(wanted: object) -> Test:
        accepted = frozenset(str(value) for value in _listed(wanted))
        if unknown := accepted - {of(each) for each in providers()}:
            raise ValueError(f"no provider has {', '.join(sorted(unknown))}")
        return lambda evidence: any(of(each) in accepted for each in evidence.providers[:1])

    return condition


def _served(wanted: object) -> Test:
    """A provider is known by the name of the server, and it takes mail at this port, or doesn't."""
    if not isinstance(wanted, bool):
        raise TypeError("true or false is needed here")

    def test(evidence: Evidence) -> bool:
        facts = evidence.facts
        ports = [port for each in evidence.providers for port in each.ports_of(facts.server)]
        return bool(ports) and (facts.port in ports) is wanted

    return test


def _yes_or_no(of: Callable[[Evidence], bool]) -> Condition:
    """What `of` says of the evidence is true, or isn't."""

    def condition(wanted: object) -> Test:
        if not isinstance(wanted, bool):
            raise TypeError("true or false is needed here")
        return lambda evidence: of(evidence) is wanted

    return condition


def _elsewhere(evidence: Evidence) -> bool:
    """Whether the server is one of the provider's own, and not one at which it takes mail."""
    server = evidence.facts.server
    own = [each for each in evidence.providers if each.servers and each.runs(server)]
    return bool(own) and not any(each.ports_of(server) for each in own)


def _receiving(evidence: Evidence) -> bool:
    """Whether the server is a mail exchanger of a known provider."""
    return any(each.receives_at(evidence.facts.server) for each in evidence.providers)


def _own_names(evidence: Evidence) -> bool:
    """Whether the certificate that was shown is for names of the provider whose server it is."""
    names = [name.removeprefix("*.") for each in evidence.facts.chain[:1] for name in each.names]
    owners = [each for each in evidence.providers if each.runs(evidence.facts.server)]
    return any(each.runs(name) for each in owners for name in names)


def _fixed_username(evidence: Evidence) -> bool:
    """Whether the provider has one user name for everybody, and another one is entered."""
    fixed = evidence.providers[0].fixed_username if evidence.providers else ""
    return bool(fixed) and evidence.facts.username != fixed


def _address_wanted(evidence: Evidence) -> bool:
    """Whether the provider wants a mail address as the user name, and what is entered is none."""
    wants = any(each.username == "address" for each in evidence.providers[:1])
    return wants and "@" not in evidence.facts.username


def _network(wanted: object) -> Test:
    """The addresses of the server are all in one of those listed, such as `private`."""
    listed = tuple(str(name) for name in _listed(wanted))
    if unknown := set(listed) - NETWORKS.keys():
        raise ValueError(f"no network is called {', '.join(sorted(unknown))}")
    return lambda evidence: any(lie_in(evidence.facts.addresses, name) for name in listed)


def _issuers(evidence: Evidence) -> str:
    """Who issued the certificates that the server showed."""
    return " / ".join(each.issuer for each in evidence.facts.chain)


def _authorities(evidence: Evidence) -> str:
    """The same with their organisations, a name a line."""
    names = [name for each in evidence.facts.chain for name in (each.issuer, each.authority)]
    return "\n".join(filter(None, names))


def _mechanisms(evidence: Evidence) -> list[str]:
    return [mechanism.upper() for mechanism in evidence.facts.mechanisms]


def _one_trait(wanted: object) -> Test:
    traits = frozenset(PasswordTrait(value) for value in _listed(wanted))
    return lambda evidence: not traits.isdisjoint(evidence.facts.password)


# The order is the order of asking: what costs least comes first.
CONDITIONS: dict[str, Condition] = {
    "stage": _one_of(Stage, lambda facts: facts.stage),
    "kind": _one_of(FaultKind, lambda facts: facts.kind),
    "reason": _one_of(OAuthReason, lambda facts: facts.reason),
    "handover": _one_of(Handover, lambda facts: facts.handover),
    "foreign_sender": _one_of(bool, senders.foreign),
    "own_sender": _one_of(bool, senders.own),
    "mailbox_sender": _one_of(bool, senders.of_mailbox_elsewhere),
    "uncertain": _one_of(bool, lambda facts: facts.may_have_been_sent),
    "own_domain": _one_of(bool, senders.of_recipients_domain),
    "security": _one_of(Security, lambda facts: facts.security),
    "answers": _one_of(Security, lambda facts: facts.answers),
    "open_port": _one_of(bool, lambda facts: facts.open_port is not None),
    "port": _one_of(int, lambda facts: facts.port),
    "network": _network,
    "expired": _one_of(chain.Expired, chain.expired),
    "wildcard": _one_of(bool, chain.nearly_covered),
    "nameless": _one_of(bool, chain.nameless),
    "covered": _one_of(bool, chain.covered),
    "verify_code": _one_of(int, lambda facts: facts.verify_code),
    "own_authority": _one_of(bool, lambda facts: facts.own_authority),
    "tls_version": _one_of(TLSVersion, lambda facts: facts.tls_version),
    "tls_reason": _one_of(str, lambda facts: facts.tls_reason),
    "mechanism": _one_of(str, lambda facts: facts.mechanism),
    "code": _begins("", lambda evidence: evidence.codes),
    "enhanced": _begins(".", lambda evidence: (evidence.facts.enhanced or "none",)),
    "not_enhanced": _begins(".", lambda evidence: (evidence.facts.enhanced or "none",), wish=False),
    "own_names": _yes_or_no(_own_names),
    "provider": _provider,
    "secret": _likeliest(attrgetter("secret")),
    "provider_kind": _likeliest(attrgetter("kind")),
    "senders": _likeliest(attrgetter("senders")),
    "served": _served,
    "elsewhere": _yes_or_no(_elsewhere),
    "receiving": _yes_or_no(_receiving),
    "other_region": _yes_or_no(lambda evidence: endpoint_there(evidence.facts) != ""),
    "other_issuer": _yes_or_no(lambda evidence: other_issuer(evidence.facts) is not None),
    "internal": _yes_or_no(lambda evidence: is_internal(evidence.facts.server)),
    "provider_name": _yes_or_no(lambda evidence: called(evidence.facts.server) is not None),
    "bare_domain": _yes_or_no(lambda evidence: is_bare_domain(evidence.facts.server)),
    "known_ending": _yes_or_no(lambda evidence: ends_somewhere(evidence.facts.server)),
    "other_ports": _any_of(lambda evidence: map(str, evidence.other_ports)),
    "address_wanted": _yes_or_no(_address_wanted),
    "fixed_username": _yes_or_no(_fixed_username),
    "offered": _any_of(lambda evidence: evidence.offered),
    "not_offered": _any_of(lambda evidence: evidence.offered, wish=False),
    "password": _one_trait,
    "mechanisms": _any_of(_mechanisms),
    "no_mechanisms": _any_of(_mechanisms, wish=False),
    "names": _names,
    "server": _matches(lambda evidence: evidence.facts.server),
    "username": _matches(lambda evidence: evidence.facts.username),
    "sender": _matches(lambda evidence: evidence.facts.sender),
    "ehlo_name": _matches(lambda evidence: evidence.facts.ehlo_name),
    "scopes": _matches(lambda evidence: evidence.facts.scopes),
    "token_endpoint": _matches(lambda evidence: evidence.facts.token_endpoint),
    "greeting": _matches(lambda evidence: evidence.facts.greeting),
    "raw": _matches(lambda evidence: evidence.facts.raw),
    "issuer": _matches(_issuers),
    "authority": _matches(_authorities),
    "refusals": _matches(lambda evidence: "\n".join(evidence.facts.refusals)),
    "text": _says,
    "means": _means,
    "not_means": _not_means,
}
