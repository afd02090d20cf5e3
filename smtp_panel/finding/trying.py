"""Finds mail servers by trying the usual names and ports, without credentials (SPEC P1)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from smtp_panel.finding import table
from smtp_panel.finding.look import look
from smtp_panel.finding.offer import Offer, Origin
from smtp_panel.finding.query import Query
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.fault import NetworkFault
from smtp_panel.net.network import Network
from smtp_panel.net.resolve import resolve
from smtp_panel.net.together import together
from smtp_panel.smtp.endpoint import IMPLICIT_TLS_PORT, Endpoint

LOOK_UP_SECONDS = 2.0  # for the names, all at once
TRY_SECONDS = 5.0  # for everything that is tried at them
USUAL_NAMES = ("smtp", "mail")
SUBMISSION_PORTS = (IMPLICIT_TLS_PORT, 587)  # the better first (RFC 8314, section 3.3)
PORTS = (*SUBMISSION_PORTS, 25)
MOST_NAMES = 6
MOST_ADDRESSES = 2  # of a name; the first of each family


def usual_names(domain: str) -> list[str]:
    """The names that mail servers of `domain` usually have."""
    return [f"{name}.{domain}" for name in USUAL_NAMES]


def names_to_try(domain: str, mail_hosts: Sequence[str]) -> list[str]:
    """The names at which `domain` may have its mail server, at most MOST_NAMES.

    They are the usual ones, then those of the `mail_hosts` of its MX.
    """
    return list(dict.fromkeys([*usual_names(domain), *mail_hosts]))[:MOST_NAMES]


def try_servers(query: Query, names: Sequence[str], network: Network) -> list[Offer]:
    """The mail servers among `names`, at PORTS, the best first.

    The best has a certificate that is good for its name and offers a sign-in; then come those at
    SUBMISSION_PORTS before others, and those with protection before those without. All are tried at
    once, within LOOK_UP_SECONDS and TRY_SECONDS. It raises nothing for what the network or the
    servers do.
    """
    fixed = together(lambda name: (name, _resolved(name, network)), names)
    places = [(name, port, its_network) for name, its_network in fixed for port in PORTS]
    deadline = Deadline(TRY_SECONDS)

    def look_at(place: tuple[str, int, Network]) -> Offer | None:
        name, port, its_network = place
        return _try(query, Endpoint(server=name, port=port), its_network, deadline)

    return sorted(filter(None, together(look_at, places)), key=_shortcomings)


def _resolved(name: str, network: Network) -> Network:
    """`network`, in which `name` has the first addresses that it has now (SPEC L3)."""
    addresses: list[str] = []
    with suppress(OSError, NetworkFault):
        addresses += resolve(name, Deadline(LOOK_UP_SECONDS), network.lookup)[:MOST_ADDRESSES]
    return replace(network, lookup=lambda _name: addresses)


def _try(query: Query, endpoint: Endpoint, network: Network, deadline: Deadline) -> Offer | None:
    """What is offered by whatever answers at `endpoint`; None where that is no mail server."""
    seen = look(endpoint, network, deadline)
    if seen is None:
        return None
    server, port = endpoint.server, endpoint.port
    offer = table.offer_of(query, Origin.TRIED, server, port, seen.security)
    return replace(offer, seen=seen, username=offer.username if seen.mechanisms else "")


def _shortcomings(offer: Offer) -> tuple[bool, ...]:
    """What is bad about what was seen, the worst first; the order of the tries decides the rest."""
    seen = offer.seen
    if seen is None:
        raise ValueError("the server was not tried")
    return (
        not (seen.trusted and seen.mechanisms),
        offer.port not in SUBMISSION_PORTS,
        not seen.trusted,
        not offer.tls,
        not seen.mechanisms,
    )
