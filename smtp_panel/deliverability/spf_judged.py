"""What receivers make of mail by the SPF record of its envelope sender (RFC 7208)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from smtp_panel.deliverability.leaving import Leaving, leaving, replacing_the_envelope
from smtp_panel.deliverability.question import Question
from smtp_panel.deliverability.spf_record import with_term
from smtp_panel.deliverability.tags import is_there
from smtp_panel.diagnosis.providers import Provider
from smtp_panel.net.dns import Answer, Kind, Lookup
from smtp_panel.net.together import Threads
from smtp_panel.spf.check import check
from smtp_panel.spf.client import Client
from smtp_panel.spf.outcome import MOST_LOOKUPS, MOST_VOID, Result, SPFOutcome, SPFProblem
from smtp_panel.spf.record import is_spf
from smtp_panel.spf.walk import Tree, walk

MOST_SAMPLES = 8  # addresses of a provider that are tried
WORST = (  # what a receiver makes of an address, the best first
    *(Result.PASS, Result.NEUTRAL, Result.SOFTFAIL, Result.NONE),
    *(Result.FAIL, Result.TEMPERROR, Result.PERMERROR),
)


@dataclass(frozen=True, slots=True)
class Receiver:
    """Judges mail of `domain`, whose envelope sender is `sender`, from who says `helo`."""

    domain: str
    helo: str
    sender: str
    lookup: Lookup

    def publishing(self, record: str) -> Receiver:
        """The same, were `record` the only TXT record of the domain."""

        def published(name: str, kind: Kind) -> Answer:
            if (name.lower(), kind) != (self.domain.lower(), "TXT"):
                return self.lookup(name, kind)
            return Answer(exists=True, records=(record.encode(),))

        return replace(self, lookup=published)

    def walk(self, addresses: Sequence[str] = ()) -> Tree:
        """All that the record leads to; asks side by side what checks of `addresses` will ask."""
        return walk(self.domain, self.lookup, [self._client(each) for each in addresses])

    def outcome(self, address: str) -> SPFOutcome:
        """What becomes of mail from `address`."""
        return check(self._client(address), self.lookup)

    def _client(self, address: str) -> Client:
        return Client.of(address, self.helo, self.sender)


@dataclass(frozen=True, slots=True)
class Judged:
    """The record of a domain with all that it leads to, and what receivers make of mail by it.

    `outcomes` has that of each address, all of those from which mail leaves, or some of a
    provider's, and `receiver` judges them by another record. `replacing` is the provider that sends
    with an envelope sender of its own, so that receivers don't ask for this record. `there` is
    whether the domain exists, and `records` are the texts where it has several.
    """

    tree: Tree
    there: bool
    records: list[str]
    outcomes: Mapping[str, SPFOutcome]
    leaving: Leaving
    receiver: Receiver
    replacing: Provider | None

    @property
    def worst(self) -> str | None:
        """The address that fares worst; None where none is known."""
        rank = {each: WORST.index(outcome.result) for each, outcome in self.outcomes.items()}
        return max(rank, key=rank.__getitem__, default=None)

    @property
    def decided(self) -> str:
        """The term that decided about that address, or ended the check; empty where none did."""
        path = self.outcomes[self.worst].path if self.worst else ()
        return path[0].term if path else ""

    @property
    def result(self) -> Result:
        """What becomes of the worst address.

        Where none is known, it is what becomes of a provider's, or of one that nothing names.
        """
        if worst := self.worst:
            return self.outcomes[worst].result
        if fault := next(self.tree.faults, None):
            failed = fault.problem is SPFProblem.LOOKUP_FAILED
            return Result.TEMPERROR if failed else Result.PERMERROR
        if self.tree.lookups > MOST_LOOKUPS or self.tree.void_lookups > MOST_VOID:
            return Result.PERMERROR
        if self.included:
            return Result.PASS
        ends = (each.term.result for each in self.tree.branches if each.term.name == "all")
        return next(ends, Result.NEUTRAL if self.tree.record else Result.NONE)

    @property
    def who(self) -> str:
        """By whom mail leaves: a provider, or the address that fares worst."""
        return self.leaving.provider.name if self.leaving.provider else self.worst or ""

    @property
    def included(self) -> bool:
        """Whether it leads to a record that the provider keeps for its customers."""
        provider = self.leaving.provider
        return provider is not None and includes(self.tree, provider)

    def passing(self, record: str) -> str:
        """`record` with the terms that it lacks for mail to pass as it leaves."""
        provider = self.leaving.provider
        if provider and not (self.included or self.replacing):
            record = with_term(record, f"include:{provider.spf[0]}", self.decided)
        for address, term in self.leaving.addresses.items():
            outcome = self.receiver.publishing(record).outcome(address)
            if outcome.result is not Result.PASS:
                before = outcome.path[0].term if outcome.path else ""
                record = with_term(record, term, before)
        return record


def judge(question: Question, lookup: Lookup) -> Judged:
    """What receivers make of mail by `question`, as far as it can be looked up."""
    domain = question.envelope_domain
    receiver = Receiver(domain, question.helo or domain, question.mail_from, lookup)
    with Threads(1, "spf") as threads:
        threads.submit(receiver.walk)  # asks what does not wait for the addresses
        left = leaving(question, lookup)
    addresses = list(left.addresses)
    tree = receiver.walk(addresses)
    if left.provider and tree.record and not (addresses or includes(tree, left.provider)):
        networks = _networks(walk(left.provider.spf[0], lookup))
        addresses = list(islice(networks, MOST_SAMPLES))
        receiver.walk(addresses)  # asks what the checks will
    outcomes = {each: receiver.outcome(each) for each in addresses}
    several = tree.fault is not None and tree.fault.problem is SPFProblem.SEVERAL
    records = list(filter(is_spf, lookup(domain, "TXT").texts)) if several else []
    return Judged(
        tree=tree,
        there=is_there(domain, lookup),
        records=records,
        outcomes=outcomes,
        leaving=left,
        receiver=receiver,
        replacing=replacing_the_envelope(question),
    )


def includes(tree: Tree, provider: Provider) -> bool:
    """Whether a record in the tree is one that the provider keeps for its customers."""
    if tree.domain.lower() in provider.spf:
        return True
    return any(
        includes(each.tree, provider)
        for each in tree.branches
        if each.tree and each.term.result is Result.PASS
    )


def _networks(tree: Tree) -> Iterator[str]:
    """The first address of each network that the records of a tree name."""
    for branch in tree.branches:
        if branch.term.network:
            yield str(branch.term.network[0])
        if branch.tree:
            yield from _networks(branch.tree)
