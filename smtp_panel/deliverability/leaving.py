"""From which addresses mail reaches its receivers, as far as that is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from smtp_panel.deliverability.question import Question
from smtp_panel.deliverability.spf_record import named
from smtp_panel.diagnosis.providers import Provider, of_server
from smtp_panel.net.dns import Kind, Lookup, LookupFailed
from smtp_panel.net.guard import is_public
from smtp_panel.net.together import together

ADDRESSES: tuple[Kind, ...] = ("A", "AAAA")


class Leaving(NamedTuple):
    """Single addresses, of a network its ends, each with the mechanism of SPF that names all of it.

    Those that are `guessed` are the mail server's own; `failed` is its name where that could not be
    looked up. Where it is of a `provider` whose SPF name is known there are none: that name stands
    for them.
    """

    addresses: Mapping[str, str]
    guessed: bool = False
    failed: str = ""
    provider: Provider | None = None


def leaving(question: Question, lookup: Lookup) -> Leaving:
    """Those that are known, else those of a public mail server that is of no known provider.

    A provider takes mail at other addresses than it sends from.
    """
    owners = of_server(question.server)
    if question.addresses or owners:
        provider = next((each for each in owners if each.spf), None)
        return Leaving(_ends(question.addresses), provider=provider)
    try:
        public = _public_addresses(question.server, lookup)
    except LookupFailed as failed:
        return Leaving({}, failed=failed.name)
    return Leaving(_ends(public), guessed=bool(public))


def replacing_the_envelope(question: Question) -> Provider | None:
    """The provider that sends with an envelope sender of its own in place of that of From.

    Who names another one, of another domain, has set it up there: then that one is in force.
    """
    if question.envelope_domain.lower() != question.domain.lower():
        return None
    return next((each for each in of_server(question.server) if each.own_envelope), None)


def _ends(addresses: Iterable[str]) -> Mapping[str, str]:
    networks = [ip_network(each, strict=False) for each in addresses]
    return {str(end): named(each) for each in networks for end in (each[0], each[-1])}


def _public_addresses(server: str, lookup: Lookup) -> list[str]:
    """Those of `server`; a name of one label is known only beside it. Raises LookupFailed."""
    with suppress(ValueError):
        return list(filter(is_public, [str(ip_address(server))]))
    return list(filter(is_public, addresses_of(server, lookup))) if "." in server else []


def addresses_of(name: str, lookup: Lookup, kinds: Sequence[Kind] = ADDRESSES) -> list[str]:
    """The addresses of these `kinds` that `name` has, in their shortest form.

    Raises LookupFailed where some could not be looked up, and no others are known.
    """

    def records(kind: Kind) -> list[str] | LookupFailed:
        try:
            return [str(ip_address(str(each))) for each in lookup(name, kind).records]
        except LookupFailed as failed:
            return failed

    answers = together(records, kinds)
    found = [each for answer in answers if isinstance(answer, list) for each in answer]
    failures = [each for each in answers if isinstance(each, LookupFailed)]
    if failures and not found:
        raise failures[0]
    return found
