"""From which addresses mail reaches its receivers, as far as that is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from itertools import chain
from typing import NamedTuple

from smtp_panel.deliverability.question import Question
from smtp_panel.diagnosis.providers import Provider, of_server
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import Ask, Kind, LookupFailed
from smtp_panel.net.guard import is_public
from smtp_panel.net.together import together

ADDRESSES: tuple[Kind, ...] = ("A", "AAAA")


class Leaving(NamedTuple):
    """Single addresses, of a network its ends, each with what it stands for.

    Those that are `guessed` are the mail server's own. Where that is of a `provider` whose SPF name
    is known there are none: that name stands for them.
    """

    addresses: Mapping[str, str]
    guessed: bool = False
    provider: Provider | None = None


def leaving(question: Question, ask: Ask, deadline: Deadline) -> Leaving:
    """Those that are known, else those of a public mail server that is of no known provider.

    A provider takes mail at other addresses than it sends from.
    """
    owners = of_server(question.server)
    if question.addresses or owners:
        provider = next((each for each in owners if each.spf), None)
        return Leaving(_ends(question.addresses), provider=provider)
    public = _public_addresses(question.server, ask, deadline)
    return Leaving({each: each for each in public}, guessed=bool(public))


def _ends(addresses: Iterable[str]) -> Mapping[str, str]:
    networks = [ip_network(each, strict=False) for each in addresses]
    return {str(end): _written(each) for each in networks for end in (each[0], each[-1])}


def _written(network: IPv4Network | IPv6Network) -> str:
    return str(network if network.num_addresses > 1 else network[0])


def _public_addresses(server: str, ask: Ask, deadline: Deadline) -> list[str]:
    with suppress(ValueError):
        return list(filter(is_public, [str(ip_address(server))]))

    def records(kind: Kind) -> list[str]:
        with suppress(LookupFailed):
            return list(map(str, ask(server, kind, deadline).records))
        return []

    found = together(records, ADDRESSES) if server else []
    return list(filter(is_public, chain.from_iterable(found)))
