"""Asks side by side what checks of SPF will ask one after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import NamedTuple

from smtp_panel.net.dns import TOO_LATE, Answer, Kind, Lookup, LookupFailed
from smtp_panel.spf.client import Client
from smtp_panel.spf.macro import MacroText
from smtp_panel.spf.names import is_domain
from smtp_panel.spf.outcome import MOST_NAMES, Stopped
from smtp_panel.spf.record import Term, published, read
from smtp_panel.spf.values import MacroValues

AT_ONCE = 32  # questions
MOST_BEGUN = 250  # questions in all: many more than a check asks


# Where a text in the record of a domain leads, None where that is not known.
Expand = Callable[[MacroText, str], str | None]


class MailInView(NamedTuple):
    """What is known of the mail for which records are read.

    `kinds` are those of the addresses to compare; the hosts of the client are at `reverse_name`.
    """

    target: Expand
    kinds: tuple[Kind, ...]
    reverse_name: str | None = None


def view_of(client: Client, lookup: Lookup) -> MailInView:
    """What is known of mail from `client`: all that a check of it asks for."""
    return MailInView(MacroValues(client, lookup).target, (client.kind,), client.reverse_name)


@contextmanager
def asking_ahead(client: Client, lookup: Lookup) -> Iterator[None]:
    """Ask meanwhile by `lookup`, which remembers, what a check of `client` may ask for.

    A check in this block takes as long as the longest chain of questions, and waits for none that
    it does not need; the end of the block waits for those under way.
    """
    ended = threading.Event()

    def until_the_end(name: str, kind: Kind) -> Answer:
        if ended.is_set():
            raise LookupFailed(name, kind, TOO_LATE)
        return lookup(name, kind)

    with ThreadPoolExecutor(1, "spf") as pool:
        with suppress(RuntimeError):  # can't start new thread
            pool.submit(ask_ahead, client.domain, [view_of(client, until_the_end)], until_the_end)
        try:
            yield
        finally:
            ended.set()


def ask_ahead(domain: str, views: Iterable[MailInView], lookup: Lookup) -> None:
    """Ask by `lookup`, which remembers, what the record of `domain` leads to for all `views`.

    A question is asked as soon as it is known, so that all take as long as the longest chain of
    them. What can't be looked up, or has no thread, is left to whoever asks next.
    """
    with ThreadPoolExecutor(AT_ONCE, "spf") as pool:
        _Ahead(tuple(views), lookup, pool).run(domain)


class _Ahead:
    """The questions under way. A task begins those that follow from its answer, and ends."""

    def __init__(
        self, views: Sequence[MailInView], lookup: Lookup, pool: ThreadPoolExecutor
    ) -> None:
        self._views = views
        self._lookup = lookup
        self._pool = pool
        self._lock = threading.Lock()
        self._seen: set[tuple[object, ...]] = set()
        self._begun: list[Future[None]] = []

    def run(self, domain: str) -> None:
        """Begin with the record of `domain`, and wait for all that follows from it."""
        self._begin(self._record, domain)
        for task in self._begun:  # those that it has begun stand behind it by the time it is done
            task.result()

    def _begin(self, task: Callable[..., object], *arguments: object) -> None:
        with self._lock:
            key = (task, *arguments)
            if key not in self._seen and len(self._seen) < MOST_BEGUN:
                self._seen.add(key)
                with suppress(RuntimeError):  # can't start new thread
                    self._begun.append(self._pool.submit(_forgiving, task, *arguments))

    def _record(self, domain: str) -> None:
        if not is_domain(domain):
            return
        text = published(domain, self._lookup(domain, "TXT"))
        for term in read(domain, text).terms if text else ():
            for view in self._views if term.asks else ():
                self._follow(term, domain, view)

    def _follow(self, term: Term, domain: str, view: MailInView) -> None:
        if term.name == "ptr":
            if view.reverse_name:
                self._begin(self._hosts, view.reverse_name, view.kinds)
            return
        target = view.target(term.target, domain)
        match term.name:
            case _ if target is None:
                return
            case "include" | "redirect":
                self._begin(self._record, target)
            case "exists":
                self._begin(self._lookup, target, "A")
            case "mx":
                self._begin(self._mail_servers, target, view.kinds)
            case _:
                self._addresses(target, view.kinds)

    def _hosts(self, reverse_name: str, kinds: tuple[Kind, ...]) -> None:
        for host in self._lookup(reverse_name, "PTR").records[:MOST_NAMES]:
            self._addresses(str(host), kinds)

    def _mail_servers(self, domain: str, kinds: tuple[Kind, ...]) -> None:
        hosts = self._lookup(domain, "MX").mx
        for each in hosts if len(hosts) <= MOST_NAMES else ():
            self._addresses(each.host, kinds)

    def _addresses(self, name: str, kinds: tuple[Kind, ...]) -> None:
        for kind in kinds:
            self._begin(self._lookup, name, kind)


def _forgiving(task: Callable[..., object], *arguments: object) -> None:
    with suppress(LookupFailed, Stopped):
        task(*arguments)
