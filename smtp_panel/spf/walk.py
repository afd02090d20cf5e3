"""All that the SPF record of a domain leads to, as a tree, with what each term costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from smtp_panel.net.dns import Answer, Kind, Lookup, LookupFailed
from smtp_panel.spf.ahead import Expand, MailInView, ask_ahead, view_of
from smtp_panel.spf.client import Client
from smtp_panel.spf.macro import MacroText, expanded
from smtp_panel.spf.names import is_domain, shortened
from smtp_panel.spf.outcome import MOST_NAMES, ProblemFound, SPFProblem, Stopped
from smtp_panel.spf.record import Term, published, read

MOST_TERMS = 50  # that are followed: enough to tell by how much a record needs too many
_KINDS: dict[str, tuple[Kind, ...]] = {"a": ("A", "AAAA"), "mx": ("MX",), "exists": ("A",)}


@dataclass(frozen=True, slots=True)
class Branch:
    """A term of a record, and the tree of the record that include or redirect leads to.

    `unknown` says that it was not followed, since where it leads depends on the message, or since
    50 terms were; `void` that its question found nothing; `fault` what ends a check there.
    """

    term: Term
    tree: Tree | None = None
    unknown: bool = False
    void: bool = False
    fault: ProblemFound | None = None

    @property
    def lookups(self) -> int:
        """How many look-ups it costs with all behind it (RFC 7208, 4.6.4)."""
        return self.term.asks + (self.tree.lookups if self.tree else 0)

    @property
    def void_lookups(self) -> int:
        """How many of those find nothing, as far as that is known."""
        return self.void + (self.tree.void_lookups if self.tree else 0)

    @property
    def faults(self) -> Iterator[ProblemFound]:
        """All that is wrong behind it, and with itself."""
        if self.tree:
            yield from self.tree.faults
        if self.fault:
            yield self.fault


@dataclass(frozen=True, slots=True)
class Tree:
    """The record of a domain, None where it has none, and its terms up to all.

    `fault` is what is wrong with the record itself.
    """

    domain: str
    record: str | None = None
    branches: tuple[Branch, ...] = ()
    fault: ProblemFound | None = None

    @property
    def lookups(self) -> int:
        """How many look-ups a check needs that no mechanism ends before."""
        return sum(branch.lookups for branch in self.branches)

    @property
    def void_lookups(self) -> int:
        """How many of them find nothing, as far as that is known."""
        return sum(branch.void_lookups for branch in self.branches)

    @property
    def faults(self) -> Iterator[ProblemFound]:
        """All that is wrong in the tree, in the order in which a check comes upon it."""
        if self.fault:
            yield self.fault
        for branch in self.branches:
            yield from branch.faults


def walk(domain: str, lookup: Lookup, clients: Sequence[Client] = ()) -> Tree:
    """The tree of the record of `domain`, which is in ASCII.

    Questions that do not wait for each other are asked side by side, with those that a check for
    each of `clients` will ask, for which `lookup` has to remember, as `asked_once` does.
    """
    fixed = partial(fixed_target, domain)
    of_clients = [view_of(each, lookup) for each in clients]
    ask_ahead(domain, [MailInView(fixed, ("A", "AAAA")), *of_clients], lookup)
    return _Walk(fixed, lookup).tree(domain)


class _Walk:
    """The way through the tree, from each record to those that its terms name."""

    def __init__(self, target: Expand, lookup: Lookup) -> None:
        self._target = target
        self._lookup = lookup
        self._left = MOST_TERMS

    def tree(self, domain: str, above: tuple[str, ...] = ()) -> Tree:
        """The tree of the record of `domain`, which the records `above` have led to."""
        text = None
        try:
            text = published(domain, self._answer(domain, "TXT")) if is_domain(domain) else None
            terms = read(domain, text).terms if text else ()
        except Stopped as stopped:
            return Tree(domain, text, fault=stopped.fault)
        way = (*above, domain)
        return Tree(domain, text, tuple(self._branch(term, way) for term in terms))

    def _branch(self, term: Term, way: tuple[str, ...]) -> Branch:
        domain = way[-1]
        target = self._target(term.target, domain)
        self._left -= term.asks
        if not term.asks:
            return Branch(term)
        if target is None or term.name == "ptr" or self._left < 0:
            return Branch(term, unknown=True)
        try:
            if term.name in {"include", "redirect"}:
                return self._led_to(term, target, way)
            return Branch(term, void=not self._finds(term, target, domain))
        except Stopped as stopped:
            return Branch(term, fault=stopped.fault)

    def _led_to(self, term: Term, target: str, way: tuple[str, ...]) -> Branch:
        if target.lower() in (domain.lower() for domain in way):
            raise Stopped(SPFProblem.LOOP, way[-1], term.text)
        tree = self.tree(target, way)
        if tree.record or tree.fault:
            return Branch(term, tree)
        void = not self._answer(target, "TXT").records
        return Branch(
            term, tree, void=void, fault=ProblemFound(SPFProblem.NO_RECORD, way[-1], term.text)
        )

    def _finds(self, term: Term, target: str, domain: str) -> bool:
        """Whether the target of a, mx or exists has what the term asks for."""
        kinds: tuple[Kind, ...] = _KINDS[term.name]
        answers = [self._answer(target, kind).records for kind in kinds]
        if term.name == "mx" and len(answers[0]) > MOST_NAMES:
            raise Stopped(SPFProblem.NAMES, domain, term.text)
        return any(answers)

    def _answer(self, name: str, kind: Kind) -> Answer:
        try:
            return self._lookup(name, kind)
        except LookupFailed:
            raise Stopped(SPFProblem.LOOKUP_FAILED, name) from None


def fixed_target(sender: str, text: MacroText, domain: str) -> str | None:
    """Where `text` leads for all mail from `sender`, a domain; None where that depends on more."""
    try:
        return shortened(expanded(text, {"d": domain, "o": sender}.__getitem__)) or domain
    except KeyError:
        return None
