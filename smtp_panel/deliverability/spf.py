"""SPF of the envelope sender's domain: may the mail leave as it does (RFC 7208)?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from smtp_panel.deliverability.finding import NOT_KNOWN, CheckKind, Finding, Record, State
from smtp_panel.deliverability.question import Question
from smtp_panel.deliverability.spf_better import (
    closed,
    leading_to_everybody,
    lets_everybody,
    repaired,
    shortened,
)
from smtp_panel.deliverability.spf_judged import Judged, judge
from smtp_panel.deliverability.spf_record import names_somebody
from smtp_panel.diagnosis.providers import Provider
from smtp_panel.net.dns import Lookup
from smtp_panel.spf.outcome import MOST_LOOKUPS, MOST_VOID, Result, SPFProblem
from smtp_panel.spf.record import SPF_VERSION
from smtp_panel.spf.walk import Tree
from smtp_panel.words import N_, Sentence

PASS = Result.PASS
NOBODY = f"{SPF_VERSION} ~all"
WHY = Sentence(
    N_("Receivers refuse mail from an address that SPF doesn't name, or take it for spam.")
)
ONE = Sentence(N_("One SPF record that every receiver can read to its end"))
NAMED = Sentence(N_("An SPF record that names where mail leaves from, and nobody else"))
NOTHING = Sentence(N_("Nothing: the provider keeps the record that counts"))
FEW = Sentence(
    N_("At most %(lookups)s look-ups, of which at most %(void)s find nothing"),
    {"lookups": str(MOST_LOOKUPS), "void": str(MOST_VOID)},
)
FEWER = N_(
    "The record leads to %(number)s look-ups, and receivers give up after 10. The one below names"
    " the same in fewer. Where an address stands in it for a host, change that when the host moves."
)
GIVEN_UP = N_(
    "The record leads to %(number)s look-ups, and receivers give up after 10; %(term)s costs most,"
    " %(cost)s. Take out what you no longer use; what you use may send from a sub-domain, which has"
    " a record and 10 look-ups of its own."
)
VOID = N_(
    "%(number)s look-ups find nothing, and receivers give up after 2. Take out what does not exist"
    " any more: %(terms)s."
)
VOID_BEHIND = N_(
    "%(number)s look-ups find nothing, and receivers give up after 2: %(terms)s. They stand in"
    " records that others keep. Tell those, or take out what leads there: %(own)s."
)
NO_RECORD = N_("%(domain)s publishes no SPF record.")
WHICH_RECORD = N_(
    "%(domain)s publishes no SPF record. Ask whoever runs your mail server from where it sends: for"
    " addresses the record is v=spf1 ip4:ADDRESS ~all, for a name v=spf1 include:NAME ~all."
)
NO_DOMAIN = N_(
    "There is no %(domain)s in the DNS. Check the envelope sender, or From where there is none, for"
    " a slip of the pen."
)
NAMES = N_("%(record)s names %(who)s.")
INCLUDES = N_("%(record)s includes %(who)s.")
NOT_NAMED = N_("%(record)s does not name %(who)s, from where mail leaves: %(result)s.")
REPLACED = N_(
    "%(provider)s sends with an envelope sender of its own, so that receivers ask for its SPF"
    " record and not for yours. Have it sign with DKIM for your domain: that is what counts."
)
EVERYBODY = N_("%(record)s lets everybody send.")
OPEN_BEHIND = N_(
    "%(record)s lets everybody send, for so does what %(terms)s leads to. Take that out, or have it"
    " mended by whoever keeps it."
)
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
    SPFProblem.SEVERAL: "spf-several",
    SPFProblem.LOOKUPS: "spf-lookups",
    SPFProblem.VOID: "spf-void",
    SPFProblem.LOOKUP_FAILED: "spf-unknown",
}


def find(question: Question, lookup: Lookup) -> list[Finding]:
    """What SPF says of mail by `question`, as far as it can be looked up before the deadline."""
    judged = judge(question, lookup)
    has_record = judged.tree.record is not None
    return [
        _broken(judged)
        or _excessive(judged)
        or (_allowed(judged) if has_record else _missing(judged))
    ]


def _broken(judged: Judged) -> Finding | None:
    """What keeps a receiver from reading the record to its end."""
    fault = next(judged.tree.faults, None)
    if fault is None:
        return None
    found = fault.sentence
    if fault.problem is SPFProblem.LOOKUP_FAILED:
        return _finding(judged, State.UNKNOWN, "spf-unknown", found, expected=ONE)
    name = IDS.get(fault.problem, "spf-broken")
    return _finding(judged, State.WRONG, name, found, expected=ONE, better=repaired(judged))


def _excessive(judged: Judged) -> Finding | None:
    """More look-ups than receivers are ready for."""
    tree = judged.tree
    if tree.lookups > MOST_LOOKUPS:
        return _too_many(judged)
    if tree.void_lookups > MOST_VOID:
        better = repaired(judged)
        leading = (each.term.text for each in tree.branches if each.void_lookups)
        told = {"number": str(tree.void_lookups), "terms": ", ".join(_void(tree))}
        found = Sentence(VOID if better else VOID_BEHIND, {**told, "own": ", ".join(leading)})
        return _finding(judged, State.WRONG, "spf-void", found, expected=FEW, better=better)
    return None


def _too_many(judged: Judged) -> Finding:
    """More look-ups than receivers are ready for, and what costs most of them."""
    tree, better = judged.tree, shortened(judged)
    costly = max(tree.branches, key=lambda each: each.lookups)
    told = {"number": str(tree.lookups), "term": costly.term.text, "cost": str(costly.lookups)}
    found = Sentence(FEWER if better and not better.given_up else GIVEN_UP, told)
    record = better.record if better else None
    finding = _finding(judged, State.WRONG, "spf-lookups", found, expected=FEW, better=record)
    given_up = list(better.given_up) if better else []
    return replace(finding, more={**finding.more, "without": given_up})


def _missing(judged: Judged) -> Finding:
    """The domain has no record, and may not need one."""
    told = {"domain": judged.tree.domain}
    if not judged.there:
        return _finding(judged, State.MISSING, "spf-missing", Sentence(NO_DOMAIN, told))
    if judged.replacing:
        return _replaced(judged, judged.replacing)
    better = judged.passing(NOBODY)
    found = Sentence(NO_RECORD if names_somebody(better) else WHICH_RECORD, told)
    return _finding(judged, State.MISSING, "spf-missing", found, better=better)


def _allowed(judged: Judged) -> Finding:
    """Whether mail may leave as it does, by a record that can be read."""
    tree, provider = judged.tree, judged.leaving.provider
    told = {"record": str(tree.record), "who": judged.who, "result": judged.result.value}
    if any(map(lets_everybody, tree.branches)):
        return _open(judged, told)
    if judged.included:
        return _finding(judged, State.GOOD, "spf-good", Sentence(INCLUDES, told))
    if judged.worst and judged.result is PASS:
        who = provider.name if provider else ", ".join(judged.outcomes)
        return _finding(judged, State.GOOD, "spf-good", Sentence(NAMES, {**told, "who": who}))
    if judged.replacing:
        return _replaced(judged, judged.replacing)
    if judged.worst is None and not provider:
        return _from_anywhere(judged)
    return _not_allowed(judged, told)


def _open(judged: Judged, told: Mapping[str, str]) -> Finding:
    """Everybody may send, by the record itself or by one that it leads to."""
    leading = leading_to_everybody(judged.tree)
    found = Sentence(OPEN_BEHIND, {**told, "terms": ", ".join(leading)}) if leading else None
    return _finding(
        judged,
        State.WRONG,
        "spf-all",
        found or Sentence(EVERYBODY, told),
        better=closed(judged),
    )


def _replaced(judged: Judged, provider: Provider) -> Finding:
    """The record does not name the provider, and need not."""
    found = Sentence(REPLACED, {"provider": provider.name})
    finding = _finding(judged, State.NOTE, "spf-own-envelope", found, expected=NOTHING)
    return replace(finding, with_facts=False)


def _from_anywhere(judged: Judged) -> Finding:
    """No address is known, or none could be looked up."""
    if host := judged.leaving.failed:
        return _finding(judged, State.UNKNOWN, "spf-unknown", Sentence(NOT_KNOWN, {"host": host}))
    return _finding(judged, State.NOTE, "spf-no-address", Sentence(NO_ADDRESS))


def _not_allowed(judged: Judged, told: Mapping[str, str]) -> Finding:
    """The address that fares worst may not send."""
    outcome = judged.outcomes.get(judged.worst or "")
    fault = outcome.fault if outcome else None
    better = judged.passing(told["record"])
    if fault and fault.problem is SPFProblem.LOOKUP_FAILED:
        return _finding(judged, State.UNKNOWN, IDS[fault.problem], fault.sentence)
    if fault and fault.problem in IDS:
        found = fault.sentence
        return _finding(judged, State.WRONG, IDS[fault.problem], found, better=better)
    if judged.leaving.guessed:
        return _finding(judged, State.NOTE, "spf-not-named", Sentence(GUESSED, told), better=better)
    return _finding(
        judged, State.WRONG, "spf-not-allowed", Sentence(NOT_NAMED, told), better=better
    )


def _finding(
    judged: Judged,
    state: State,
    name: str,
    found: Sentence,
    *,
    expected: Sentence = NAMED,
    better: str | None = None,
) -> Finding:
    """What is said of the record, and a `better` one to publish, unless by it all is refused."""
    tree = judged.tree
    met = [each for each in judged.outcomes.values() if each.fault and each.fault.problem in IDS]
    replaces = state is not State.MISSING
    record = Record(tree.domain, "TXT", better, replaces=replaces) if better else None
    return Finding(
        check=CheckKind.SPF,
        state=state,
        id=name,
        found=found,
        expected=expected,
        why=WHY,
        record=record if record and names_somebody(record.value) else None,
        more={
            "result": judged.result.value,
            "lookups": max(tree.lookups, *(each.lookups for each in met), 0),
            "void_lookups": max(tree.void_lookups, *(each.void_lookups for each in met), 0),
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
