"""Finds mail servers by trying the usual names and ports, without credentials (SPEC P1)."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from smtp_panel.check.steps import StepState
from smtp_panel.finding import table
from smtp_panel.finding.look import Seen, look
from smtp_panel.finding.offer import Offer, Origin
from smtp_panel.finding.query import Query
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.fault import NetworkFault
from smtp_panel.net.network import Network
from smtp_panel.net.resolve import resolve
from smtp_panel.net.together import as_done, together
from smtp_panel.newer import known_fields
from smtp_panel.smtp.endpoint import IMPLICIT_TLS_PORT, Endpoint, Security
from smtp_panel.words import N_

LOOK_UP_SECONDS = 2.0  # for the names, all at once
TRY_SECONDS = 5.0  # for everything that is tried at them
USUAL_NAMES = ("smtp", "mail")
SUBMISSION_PORTS = (IMPLICIT_TLS_PORT, 587)  # the better first (RFC 8314, section 3.3)
PORTS = (*SUBMISSION_PORTS, 25)
MOST_NAMES = 6
MOST_ADDRESSES = 2  # of a name; the first of each family
NOT_THERE = frozenset({socket.EAI_NONAME, socket.EAI_NODATA})

NO_SUCH_NAME = N_("There is no such name.")
NOT_LOOKED_UP = N_("This name could not be looked up.")
NOT_ALLOWED = N_("Not tried: the operator of this installation does not allow it.")
NO_SERVER = N_("No mail server answers here.")


@dataclass(frozen=True, slots=True)
class Try:
    """A server and a port that are tried, and what came of it.

    It is RUNNING until something answers. PASSED is a mail server that is good to send by, and
    WARNED any other. FAILED is none, and SKIPPED what is not tried; `why` is a text for translation
    then.
    """

    server: str
    port: int
    state: StepState = StepState.RUNNING
    seen: Seen | None = None
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON data, for the database."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Try:
        """What `to_json` gave; raises ValueError for what only a newer version knows."""
        seen = Seen.from_json(data["seen"]) if data["seen"] else None
        told = {"state": StepState(data["state"]), "seen": seen}
        return cls(**known_fields(cls, data) | told)


def usual_names(domain: str) -> list[str]:
    """The names that mail servers of `domain` usually have."""
    return [f"{name}.{domain}" for name in USUAL_NAMES]


def names_to_try(domain: str, mail_hosts: Sequence[str]) -> list[str]:
    """The names at which `domain` may have its mail server, at most MOST_NAMES.

    They are the usual ones, then those of the `mail_hosts` of its MX.
    """
    return list(dict.fromkeys([*usual_names(domain), *mail_hosts]))[:MOST_NAMES]


def to_try(names: Iterable[str]) -> list[Try]:
    """Each of `names` at each of PORTS."""
    return [Try(name, port) for name in names for port in PORTS]


def try_servers(names: Iterable[str], network: Network) -> Iterator[Try]:
    """What comes of `names` at PORTS, each as soon as it is known.

    All are tried at once, within LOOK_UP_SECONDS and TRY_SECONDS. It raises nothing for what the
    network or the servers do.
    """
    fixed = dict(together(lambda name: (name, _addresses(name, network)), names))
    deadline = Deadline(TRY_SECONDS)
    return as_done(lambda each: _tried(each, fixed[each.server], network, deadline), to_try(fixed))


def offers(query: Query, tries: Iterable[Try]) -> list[Offer]:
    """The mail servers that were found by `tries` for `query`, the best first.

    The best has a certificate that is good for its name and offers a sign-in; then come those at
    SUBMISSION_PORTS before others, and those with protection before those without.
    """
    found = [(each, each.seen) for each in tries if each.seen]
    found.sort(key=lambda each: _shortcomings(each[0].port, each[1]))
    return [_offer(query, each.server, each.port, seen) for each, seen in found]


def _addresses(name: str, network: Network) -> list[str] | str:
    """The first addresses that `name` has now (SPEC L3), or why there are none."""
    try:
        return [*resolve(name, Deadline(LOOK_UP_SECONDS), network.lookup)[:MOST_ADDRESSES]]
    except socket.gaierror as error:
        return NO_SUCH_NAME if error.errno in NOT_THERE else NOT_LOOKED_UP
    except (OSError, NetworkFault):
        return NOT_LOOKED_UP


def _tried(each: Try, addresses: list[str] | str, network: Network, deadline: Deadline) -> Try:
    """What comes of `each`, whose name has these `addresses`."""
    if isinstance(addresses, str):
        return replace(each, state=StepState.SKIPPED, why=addresses)
    if all(network.guard.refusal(address, each.port) for address in addresses):
        return replace(each, state=StepState.SKIPPED, why=NOT_ALLOWED)
    endpoint = Endpoint(server=each.server, port=each.port)
    seen = look(endpoint, replace(network, lookup=lambda _name: addresses), deadline)
    if seen is None:
        return replace(each, state=StepState.FAILED, why=NO_SERVER)
    good = seen.trusted and seen.mechanisms
    return replace(each, state=StepState.PASSED if good else StepState.WARNED, seen=seen)


def _offer(query: Query, server: str, port: int, seen: Seen) -> Offer:
    offer = table.offer_of(query, Origin.TRIED, server, port, seen.security)
    return replace(offer, seen=seen, username=offer.username if seen.mechanisms else "")


def _shortcomings(port: int, seen: Seen) -> tuple[bool, ...]:
    """What is bad about what was seen, the worst first; the order of the tries decides the rest."""
    return (
        not (seen.trusted and seen.mechanisms),
        port not in SUBMISSION_PORTS,
        not seen.trusted,
        seen.security is Security.NONE,
        not seen.mechanisms,
    )
