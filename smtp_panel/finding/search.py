"""A search by trying, which tells how far it is while it lasts (SPEC P1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from smtp_panel.check.check import Verdict
from smtp_panel.finding.finding import FIND_SECONDS, Found, find
from smtp_panel.finding.query import Query
from smtp_panel.finding.reasons import NONE_ANSWERS, TO_BE_TRIED
from smtp_panel.finding.trying import (
    LOOK_UP_SECONDS,
    TRY_SECONDS,
    Try,
    names_to_try,
    offers,
    to_try,
    try_servers,
    usual_names,
)
from smtp_panel.net.network import Network
from smtp_panel.words import Sentence

SEARCH_SECONDS = FIND_SECONDS + LOOK_UP_SECONDS + TRY_SECONDS

Follow = Callable[[Try], None]
ServerPort = tuple[str, int]


def unfollowed(_try: Try) -> None:
    """Used where nobody follows the tries."""


@dataclass
class Search:
    """What `find` says of `query`, and after it the mail servers where they usually are.

    No credentials are sent, and it takes at most SEARCH_SECONDS. `tries` are those so far, by name
    and port; `found` is the result, None until it has ended.
    """

    query: Query
    network: Network
    tries: dict[ServerPort, Try] = field(default_factory=dict, init=False)
    found: Found | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.query.domain:
            self._await(usual_names(self.query.domain))

    def run(
        self, follow: Follow = unfollowed, finished: Callable[[], None] = lambda: None
    ) -> Found:
        """Search; `follow` is called with each try when it begins, and again when it has ended.

        `finished` is called once the result is known. It raises nothing for what the network or the
        servers do.
        """
        found = find(self.query, self.network.ask)
        if not self.query.domain or found.refusing:
            self.tries.clear()
        else:
            found = self._try(found, follow)
        self.found = found
        finished()
        return found

    def steps_json(self) -> list[dict[str, Any]]:
        """The tries so far as JSON data."""
        return [each.to_json() for each in self.tries.values()]

    def outcome(self) -> dict[str, Any]:
        """The result as JSON data; the verdict says whether any mail server was found."""
        met = any(each.seen for each in self.tries.values())
        return {
            "verdict": Verdict.CONNECTED if met else Verdict.FAILED,
            "found": self.found.to_json() if self.found else None,
        }

    def _await(self, names: Iterable[str]) -> None:
        for each in to_try(names):
            self.tries.setdefault((each.server, each.port), each)

    def _try(self, found: Found, follow: Follow) -> Found:
        """What was `found`, and what answers beside it."""
        names = names_to_try(self.query.domain, found.mail_hosts)
        self._await(names)
        for waiting in [*self.tries.values()]:
            follow(waiting)
        for each in try_servers(names, self.network):
            self.tries[each.server, each.port] = each
            follow(each)
        none = found.reason
        if none and none.message in TO_BE_TRIED:
            params = {"domain": self.query.domain, "names": ", ".join(names)}
            none = Sentence(NONE_ANSWERS, params)
        tried = offers(self.query, self.tries.values())
        return replace(found, offers=(*found.offers, *tried), reason=none)
