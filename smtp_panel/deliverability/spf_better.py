"""The SPF record to publish in place of one that can't be used, or that needs too many look-ups."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from ipaddress import ip_network
from typing import NamedTuple

from smtp_panel.deliverability.spf_judged import Judged, Receiver, includes
from smtp_panel.deliverability.spf_record import (
    joined,
    named,
    names_everybody,
    narrowed,
    readable,
    without,
)
from smtp_panel.net.dns import Kind, LookupFailed
from smtp_panel.spf.outcome import MOST_LOOKUPS, MOST_VOID, Result
from smtp_panel.spf.record import Term
from smtp_panel.spf.walk import Branch, Tree, fixed_target

FEW = 4  # addresses of a name, in whose place they can stand in a record


class Better(NamedTuple):
    """A record to publish, and the terms of the one that is there that are given up in it."""

    record: str
    given_up: Sequence[str] = ()


def repaired(judged: Judged) -> str | None:
    """The record without what keeps receivers from its end or finds nothing; None if that fails.

    Of several records it is all of them in one. Mail passes by it as it leaves.
    """
    if judged.records:
        return _tried(judged, readable(joined(judged.records)))
    return _tried(judged, readable(without(judged.tree.record or "", _useless(judged))))


def leading_to_everybody(tree: Tree) -> list[str]:
    """The terms of a record that lead to another one by which everybody may send."""
    return [each.term.text for each in tree.branches if each.tree and lets_everybody(each)]


def closed(judged: Judged) -> str | None:
    """The record by which not everybody may send, and mail passes; None if that fails."""
    record = judged.passing(_closed(judged, judged.tree, judged.tree.record or ""))
    return record if record != judged.tree.record else None


def _closed(judged: Judged, tree: Tree, record: str) -> str:
    """`record` without the terms by which everybody may send, as far as `tree` tells."""
    own = {each.term.text for each in tree.branches if _is_its(each, judged)}
    return narrowed(without(record, set(leading_to_everybody(tree)) - own))


def lets_everybody(branch: Branch) -> bool:
    """Whether a term, or the record that it leads to, names everybody."""
    if branch.tree and branch.term.result is Result.PASS:
        return any(map(lets_everybody, branch.tree.branches))
    return names_everybody(branch.term)


def shortened(judged: Judged) -> Better | None:
    """The record in so many look-ups as are allowed; None where that can't be had.

    First what finds nothing goes, and what stands twice; then addresses take the place of the names
    of hosts. Where that is not enough, what costs most is given up, unless mail leaves by it, or
    nobody knows by what it does.
    """
    terms = list(dict.fromkeys(without(judged.tree.record or "", _useless(judged)).split()))
    hosts = {each.term.text: each.term for each in judged.tree.branches}
    flat = " ".join(_flattened(hosts[each], judged) if each in hosts else each for each in terms)
    short = " ".join(dict.fromkeys(flat.split()))
    for each in (" ".join(terms), short):
        if better := _tried(judged, each):
            return Better(better)
    is_known = judged.who and not judged.leaving.guessed
    return _given_up(judged, short) if is_known else None


def _useless(judged: Judged) -> set[str]:
    """The terms that find nothing, or by which a check ends."""
    branches = (each for each in judged.tree.branches if not _is_its(each, judged))
    return {each.term.text for each in branches if each.void or any(each.faults)}


def _given_up(judged: Judged, record: str) -> Better | None:
    """`record` without the includes that cost most, as few of them as are enough."""
    passing = [each for each in judged.outcomes.values() if each.result is Result.PASS]
    needed = {each.path[0].term for each in passing if each.path}
    given_up: list[str] = []
    for each in sorted(judged.tree.branches, key=lambda branch: -branch.lookups):
        if (
            each.term.name == "include"
            and each.term.text not in needed
            and not _is_its(each, judged)
        ):
            given_up.append(each.term.text)
            if better := _tried(judged, without(record, given_up)):
                return Better(better, given_up)
    return None


def _is_its(branch: Branch, judged: Judged) -> bool:
    """Whether a term leads to what the provider by which mail leaves keeps for its customers."""
    provider = judged.leaving.provider
    return bool(provider and branch.tree and includes(branch.tree, provider))


def _tried(judged: Judged, record: str) -> str | None:
    """`record` with what it lacks, where receivers read it to its end and mail passes by it.

    Nor may everybody send by it.
    """
    better = judged.passing(_closed(judged, judged.tree, record))
    receiver = judged.receiver.publishing(better)
    tree = receiver.walk()
    if (narrower := _closed(judged, tree, better)) != better:
        return _tried(judged, narrower)
    faults = (fault for each in tree.branches if not _is_its(each, judged) for fault in each.faults)
    too_many = tree.lookups > MOST_LOOKUPS or tree.void_lookups > MOST_VOID
    if better == judged.tree.record or tree.fault or too_many or any(faults):
        return None
    results = {receiver.outcome(each).result for each in judged.leaving.addresses}
    return better if results <= {Result.PASS} else None


def _flattened(term: Term, judged: Judged) -> str:
    """`term` with addresses in place of the hosts that it names, where those have few."""
    domain = judged.tree.domain
    target = fixed_target(domain, term.target, domain)
    networks: set[str] = set()
    with suppress(LookupFailed):
        for host in _hosts(term, target, judged.receiver) if target else ():
            networks |= _networks(term, host, judged.receiver)
        sign = term.text[0] if term.text[0] in "-~?" else ""
        if 0 < len(networks) <= FEW:
            return " ".join(f"{sign}{each}" for each in sorted(networks))
    return term.text


def _hosts(term: Term, target: str, receiver: Receiver) -> list[str]:
    """The hosts whose addresses a or mx stands for; raises LookupFailed."""
    if term.name == "mx":
        return [each.host for each in receiver.lookup(target, "MX").mx if each.host]
    return [target] if term.name == "a" else []


def _networks(term: Term, host: str, receiver: Receiver) -> set[str]:
    """The mechanisms for the addresses of `host`; raises LookupFailed."""
    prefixes: dict[Kind, int] = {"A": term.ip4_prefix, "AAAA": term.ip6_prefix}
    return {
        named(ip_network((str(address), prefix), strict=False))
        for kind, prefix in prefixes.items()
        for address in receiver.lookup(host, kind).records
    }
