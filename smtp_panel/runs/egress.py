"""The addresses from which this installation connects to mail servers (SPEC F11)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address

from smtp_panel.check.steps import Step
from smtp_panel.config.kinds import AddressOrNetwork
from smtp_panel.net.address import IP, ip_of
from smtp_panel.smtp.facts import Stage

_BRACKETED = re.compile(r"\[([0-9A-F:.]+)\]", re.I)
_BARE = re.compile(r"(?<![\w.:-])[0-9A-F]*[:.][0-9A-F:.]*[0-9A-F](?![\w:-])", re.I)
_TAG = re.compile(r"\bIPv6:", re.I)  # RFC 5321, section 4.1.3


class EgressOrigin(StrEnum):
    """Where the addresses are known from."""

    STATED = "stated"  # by the operator
    ANSWERED = "answered"  # by a mail server, in its answer to EHLO
    LOCAL = "local"  # this end of a connection
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Egress:
    """The addresses, and where they are known from."""

    origin: EgressOrigin
    addresses: tuple[str, ...] = ()

    @property
    def private(self) -> bool:
        """Whether any is of a private network, from outside of which another one is seen."""
        local = self.origin is EgressOrigin.LOCAL
        return local and not all(ip_address(address).is_global for address in self.addresses)


def egress(stated: Iterable[AddressOrNetwork], seen: Collection[Egress]) -> Egress:
    """The addresses that the operator `stated`, else those that were `seen` on all machines."""
    told = tuple(map(str, stated))
    if told:
        return Egress(EgressOrigin.STATED, told)
    origins = {each.origin for each in seen}
    addresses = dict.fromkeys(address for each in seen for address in each.addresses)
    for origin in (EgressOrigin.LOCAL, EgressOrigin.ANSWERED):  # the less certain one counts
        if origin in origins:
            return Egress(origin, tuple(addresses))
    return Egress(EgressOrigin.UNKNOWN)


def seen_by(steps: Iterable[Step]) -> Egress | None:
    """The address that the steps of a run show; None if it did not leave this machine."""
    met = {step.step: step.detail for step in steps}
    local = _address(str(met.get(Stage.CONNECT, {}).get("local", "")))
    if local is None or local.is_loopback:
        return None
    ehlo = met.get(Stage.EHLO, {})
    answered = repeated_address(str(ehlo.get("greeted", "")), said=str(ehlo.get("name", "")))
    if answered:
        return Egress(EgressOrigin.ANSWERED, (answered,))
    return Egress(EgressOrigin.LOCAL, (str(local),))


def repeated_address(greeted: str, said: str) -> str | None:
    """The client's address in the first line of an answer to EHLO, which often repeats it.

    `said` is the name that was given in EHLO: where that is an address, it proves nothing.
    """
    answer = _TAG.sub("", greeted).partition(" ")[2]  # the first word is the server's own name
    own = set(_addresses_in(_TAG.sub("", said)))
    found = [address for address in _addresses_in(answer) if address not in own]
    return str(found[-1]) if found else None


def _addresses_in(text: str) -> Iterator[IP]:
    """The addresses in `text` that lead out of a machine, those in brackets last."""
    texts = [*_BARE.findall(_BRACKETED.sub(" ", text)), *_BRACKETED.findall(text)]
    for address in map(_address, texts):
        if address and not (address.is_loopback or address.is_unspecified):
            yield address


def _address(text: str) -> IP | None:
    try:
        return ip_of(text)
    except ValueError:
        return None
