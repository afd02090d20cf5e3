"""What the letters of macros stand for (RFC 7208, 7.2)."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address

from smtp_panel.net.address import IP
from smtp_panel.net.dns import Answer, Lookup, LookupFailed
from smtp_panel.spf.client import Client
from smtp_panel.spf.macro import MacroText, expanded
from smtp_panel.spf.names import is_within, shortened
from smtp_panel.spf.outcome import MOST_NAMES

UNKNOWN = "unknown"


class MacroValues:
    """The values of macros for mail of `client`; the host names of its address are asked for."""

    def __init__(
        self, client: Client, lookup: Lookup, clock: Callable[[], float] = time.time
    ) -> None:
        self.client = client
        self._lookup = lookup
        self._clock = clock

    def filled(self, text: MacroText, domain: str) -> str:
        """`text` in the record of `domain`, with its blanks filled."""
        return expanded(text, lambda letter: self._value(letter, domain))

    def target(self, text: MacroText, domain: str) -> str | None:
        """The name that `text` leads to, by itself `domain`.

        None where it takes in what is not ASCII: no name has such labels (RFC 8616, 4).
        """
        name = shortened(self.filled(text, domain)) if text else domain
        return name if name.isascii() else None

    def hosts(self) -> Answer:
        """The PTR records of the client's address."""
        return self._lookup(self.client.reverse_name, "PTR")

    def validated(self, named: Answer) -> list[str]:
        """The host names `named` whose addresses the client's is one of (RFC 7208, 5.5).

        Only the first 10 are asked for (4.6.4); one that can't be looked up is left out.
        """
        names = [str(each) for each in named.records[:MOST_NAMES]]
        return [name for name in names if self._leads_back(name)]

    def _leads_back(self, name: str) -> bool:
        with suppress(LookupFailed):
            answer = self._lookup(name, self.client.kind)
            return self.client.ip in addresses(answer)
        return False

    def _value(self, letter: str, domain: str) -> str:
        client = self.client
        values: dict[str, Callable[[], str]] = {
            "s": lambda: f"{client.local}@{client.domain}",
            "l": lambda: client.local,
            "o": lambda: client.domain,
            "d": lambda: domain,
            "i": lambda: client.dotted,
            "p": lambda: self._host(domain),
            "v": lambda: client.reverse_zone,
            "h": lambda: client.helo,
            "c": lambda: str(client.ip),
            "r": lambda: UNKNOWN,  # whoever judges says no name of its own
            "t": lambda: str(int(self._clock())),
        }
        return values[letter]()

    def _host(self, domain: str) -> str:
        """The host name that p stands for: the domain, else one below it, else any."""
        with suppress(LookupFailed):
            names = self.validated(self.hosts())
            exact = [name for name in names if name.lower() == domain.lower()]
            below = [name for name in names if is_within(name, domain)]
            return next(iter(exact + below + names), UNKNOWN)
        return UNKNOWN


def addresses(answer: Answer) -> list[IP]:
    """The addresses in `answer`, of a question for A or AAAA."""
    return [ip_address(str(each)) for each in answer.records]
