"""SPF of the envelope sender's domain: may the mail leave as it does (RFC 7208)?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from smtp_panel.deliverability.finding import Check, Finding, Record, State, Words
from smtp_panel.deliverability.question import Question
from smtp_panel.deliverability.spf_judged import Judged, judge
from smtp_panel.deliverability.spf_record import (
    joined,
    names_everybody,
    narrowed,
    without,
)
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import Ask
from smtp_panel.spf.outcome import MOST_LOOKUPS, MOST_VOID, Problem, Result, Stopped
from smtp_panel.spf.record import VERSION, read
from smtp_panel.spf.walk import Tree
from smtp_panel.words import N_

PASS = Result.PASS
NOBODY = f"{VERSION} ~all"
WHY = Words(N_("Receivers refuse mail from an address that SPF doesn't name, or take it for spam."))
ONE = Words(N_("One SPF record that every receiver can read to its end"))
NAMED = Words(N_("An SPF record that names where mail leaves from, and nobody else"))
FEW = Words(
    N_("At most %(lookups)s look-ups, of which at most %(void)s find nothing"),
    {"lookups": str(MOST_LOOKUPS), "void": str(MOST_VOID)},
)
TOO_MANY = {
    "spf-lookups": N_(
        "The record leads to %(number)s look-ups, and receivers give up after 10. Take out what you"
        " no longer use, and put addresses in place of names that have few."
    ),
    "spf-void": N_(
        "%(number)s look-ups find nothing, and receivers give up after 2. Take out what does not"
        " exist any more: %(terms)s."
    ),
}
NO_RECORD = N_("%(domain)s publishes no SPF record.")
NO_DOMAIN = N_(
    "There is no %(domain)s in the DNS. Check the envelope sender for a slip of the pen."
)
NAMES = N_("%(record)s names %(who)s.")
INCLUDES = N_("%(record)s includes %(who)s.")
NOT_NAMED = N_("%(record)s does not name %(who)s, from where mail leaves: %(result)s.")
EVERYBODY = N_("%(record)s lets everybody send.")
GUESSED = N_(
    "%(record)s does not name %(who)s, the address of your mail server. It may send from others:"
    " ask whoever runs it, and add the address if it does not."
)
NO_ADDRESS = N_(
    "The record can be read. From which addresses mail leaves is not known, so whether it names"
    " them can't be said: ask whoever runs your mail server, or set SMTP_PANEL_EGRESS_IPS where"
    " that is beside this installation."
)
IDS = {
    Problem.SEVERAL: "spf-several",
    Problem.LOOKUPS: "spf-lookups",
    Problem.VOID: "spf-void",
    Problem.LOOKUP_FAILED: "spf-unknown",
}
USELESS = frozenset({Problem.NO_RECORD, Problem.LOOP})  # of a term that can go


def find(question: Question, ask: Ask, deadline: Deadline) -> list[Finding]:
    """What SPF says of mail by `question`, as far as it can be looked up before the deadline."""
    judgement = judge(question, ask, deadline)
    return [_broken(judgement) or _excessive(judgement) or _allowed(judgement)]


def _broken(judged: Judged) -> Finding | None:
    """What keeps a receiver from reading the record to its end."""
    fault = next(judged.tree.faults, None)
    if fault is None:
        return None
    found = Words(fault.text, fault._asdict())
    if fault.problem is Problem.LOOKUP_FAILED:
        return _finding(judged, State.UNKNOWN, "spf-unknown", found, expected=ONE)
    name = IDS.get(fault.problem, "spf-broken")
    return _finding(judged, State.WRONG, name, found, expected=ONE, better=_repaired(judged))


def _excessive(judged: Judged) -> Finding | None:
    """More look-ups than receivers are ready for."""
    tree = judged.tree
    if tree.lookups > MOST_LOOKUPS:
        found = Words(TOO_MANY["spf-lookups"], {"number": str(tree.lookups)})
        return _finding(judged, State.WRONG, "spf-lookups", found, expected=FEW)
    if tree.void_lookups > MOST_VOID:
        told = {"number": str(tree.void_lookups), "terms": ", ".join(_void(tree))}
        found = Words(TOO_MANY["spf-void"], told)
        better = _repaired(judged)
        return _finding(judged, State.WRONG, "spf-void", found, expected=FEW, better=better)
    return None


def _allowed(judged: Judged) -> Finding:
    """Whether mail may leave as it does, by a record that can be read."""
    tree, provider = judged.tree, judged.leaving.provider
    if tree.record is None:
        better = judged.passing(NOBODY)
        found = Words(NO_RECORD if judged.there else NO_DOMAIN, {"domain": tree.domain})
        offered = better if better != NOBODY else None
        return _finding(judged, State.MISSING, "spf-missing", found, better=offered)
    told = {"record": tree.record, "who": judged.who, "result": judged.result.value}
    if any(names_everybody(each.term) for each in tree.branches):
        better = judged.passing(narrowed(tree.record))
        return _finding(judged, State.WRONG, "spf-all", Words(EVERYBODY, told), better=better)
    if judged.included:
        return _finding(judged, State.GOOD, "spf-good", Words(INCLUDES, told))
    if judged.worst is None and not provider:
        return _finding(judged, State.NOTE, "spf-no-address", Words(NO_ADDRESS))
    if judged.result is PASS:
        who = provider.name if provider else ", ".join(judged.outcomes)
        return _finding(judged, State.GOOD, "spf-good", Words(NAMES, {**told, "who": who}))
    return _not_allowed(judged, told)


def _not_allowed(judged: Judged, told: Mapping[str, str]) -> Finding:
    """The address that fares worst may not send."""
    outcome = judged.outcomes.get(judged.worst or "")
    if outcome and (fault := outcome.fault) and fault.problem in IDS:
        state = State.UNKNOWN if outcome.result is Result.TEMPERROR else State.WRONG
        return _finding(judged, state, IDS[fault.problem], Words(fault.text, fault._asdict()))
    better = judged.passing(str(judged.tree.record))
    if judged.leaving.guessed:
        return _finding(judged, State.NOTE, "spf-not-named", Words(GUESSED, told), better=better)
    return _finding(judged, State.WRONG, "spf-not-allowed", Words(NOT_NAMED, told), better=better)


def _repaired(judged: Judged) -> str | None:
    """The record without the terms that can't be read or find nothing, where that mends it.

    Of several records it is all of them in one. Mail passes by it as it leaves.
    """
    tree = judged.tree
    if judged.records:
        return judged.passing(joined(judged.records))
    terms = [
        each.term.text
        for each in tree.branches
        if each.void or (each.fault and each.fault.problem in USELESS)
    ]
    if tree.fault and tree.fault.problem is Problem.SYNTAX:
        terms.append(tree.fault.term)
    if not (tree.record and terms):
        return None
    better = without(tree.record, terms)
    try:
        read(tree.domain, better)
    except Stopped:
        return None
    return judged.passing(better)


def _finding(
    judged: Judged,
    state: State,
    name: str,
    found: Words,
    *,
    expected: Words = NAMED,
    better: str | None = None,
) -> Finding:
    """What is said of the record, and a `better` one to publish."""
    tree = judged.tree
    return Finding(
        check=Check.SPF,
        state=state,
        id=name,
        found=found,
        expected=expected,
        why=WHY,
        record=Record(name=tree.domain, type="TXT", value=better) if better else None,
        more={
            "result": judged.result.value,
            "lookups": tree.lookups,
            "void_lookups": tree.void_lookups,
            "tree": _in_json(tree),
        },
    )


def _void(tree: Tree) -> Iterator[str]:
    """The terms that find nothing."""
    for branch in tree.branches:
        if branch.void:
            yield branch.term.text
        if branch.tree:
            yield from _void(branch.tree)


def _in_json(tree: Tree) -> dict[str, Any]:
    """The tree as JSON data: of each term how many look-ups it costs with all behind it.

    One that is `open` depends on the message.
    """
    return {
        "domain": tree.domain,
        "record": tree.record,
        "branches": [
            {
                "term": each.term.text,
                "cost": each.lookups,
                "void": each.void,
                "open": each.unknown,
                "tree": _in_json(each.tree) if each.tree else None,
            }
            for each in tree.branches
        ],
    }
