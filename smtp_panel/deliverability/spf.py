"""SPF of the envelope sender's domain: may the mail leave as it does (RFC 7208)?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any

from smtp_panel.deliverability.finding import Check, Finding, Record, State, Words
from smtp_panel.deliverability.leaving import leaving
from smtp_panel.deliverability.question import Question
from smtp_panel.diagnosis.providers import Provider
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import Ask
from smtp_panel.spf.check import check
from smtp_panel.spf.client import Client
from smtp_panel.spf.outcome import MOST_LOOKUPS, MOST_VOID, Outcome, Problem, Result
from smtp_panel.spf.record import VERSION
from smtp_panel.spf.walk import Tree, walk
from smtp_panel.words import N_

PASS = Result.PASS
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
        "%(number)s look-ups find nothing, and receivers give up after 2. Take out the names that"
        " do not exist any more."
    ),
}
NOT_NAMED = N_("%(record)s does not name %(who)s, from where mail leaves: %(result)s.")
GUESSED = N_(
    "%(record)s does not name %(who)s, the address of your mail server. It may send from others:"
    " ask whoever runs it, and add the address if it does not."
)
NO_ADDRESS = N_(
    "The record can be read. From which addresses mail leaves is not known, so whether it names"
    " them can't be said: see SMTP_PANEL_EGRESS_IPS."
)
NOT_KNOWN = N_("It could not be looked up: look again in a few minutes.")
IDS = {
    Problem.SEVERAL: "spf-several",
    Problem.LOOKUPS: "spf-lookups",
    Problem.VOID: "spf-void",
    Problem.LOOKUP_FAILED: "spf-unknown",
}
WORST = (  # what a receiver makes of an address, the best first
    *(Result.PASS, Result.NEUTRAL, Result.SOFTFAIL, Result.NONE),
    *(Result.FAIL, Result.TEMPERROR, Result.PERMERROR),
)


def find(question: Question, ask: Ask, deadline: Deadline) -> list[Finding]:
    """What SPF says of mail by `question`, as far as it can be looked up before the deadline."""
    addresses, guessed, provider = leaving(question, ask, deadline)
    domain, helo = question.envelope_domain, question.helo or question.envelope_domain
    clients = [Client.of(each, helo, question.mail_from) for each in addresses]
    tree = walk(domain, ask, deadline, clients)
    if (broken := _broken(tree)) is not None:
        return [broken]
    if provider and _includes(tree, provider):
        return [_good(tree, N_("%(record)s includes %(provider)s."), provider=provider.name)]
    outcomes = {each: check(each, helo, question.mail_from, ask, deadline) for each in addresses}
    return [_judged(tree, outcomes, provider, guessed=guessed)]


def _broken(tree: Tree) -> Finding | None:
    """What keeps a receiver from reading the record to its end."""
    fault = next(iter(tree.faults), None)
    if tree.record is None and fault is None:
        return None
    if fault:
        name = IDS.get(fault.problem, "spf-broken")
        unknown = fault.problem is Problem.LOOKUP_FAILED
        state = State.UNKNOWN if unknown else State.WRONG
        found = Words(fault.text, fault._asdict())
        result = Result.TEMPERROR if unknown else Result.PERMERROR
        return _finding(tree, state, name, found, expected=ONE, result=result)
    for name, number, most in (
        ("spf-lookups", tree.lookups, MOST_LOOKUPS),
        ("spf-void", tree.void_lookups, MOST_VOID),
    ):
        if number > most:
            found = Words(TOO_MANY[name], {"number": str(number)})
            result = Result.PERMERROR
            return _finding(tree, State.WRONG, name, found, expected=FEW, result=result)
    return None


def _judged(
    tree: Tree,
    outcomes: Mapping[str, Outcome],
    provider: Provider | None,
    *,
    guessed: bool,
) -> Finding:
    """Whether the addresses may send, by a record that can be read."""
    worst = max(outcomes, key=lambda each: WORST.index(outcomes[each].result), default=None)
    result = outcomes[worst].result if worst else _otherwise(tree)
    needed = _needed(provider, [each for each in outcomes if outcomes[each].result is not PASS])
    if tree.record is None:
        found = Words(N_("%(domain)s publishes no SPF record."), {"domain": tree.domain})
        record = _record(tree.domain, f"{VERSION} {' '.join(needed)} ~all") if needed else None
        return _finding(tree, State.MISSING, "spf-missing", found, record=record, result=result)
    if _lets_everybody(tree):
        found = Words(N_("%(record)s lets everybody send."), {"record": tree.record})
        record = _record(tree.domain, _narrowed(tree.record))
        return _finding(tree, State.WRONG, "spf-all", found, record=record, result=result)
    if worst is None and not provider:
        return _finding(tree, State.NOTE, "spf-no-address", Words(NO_ADDRESS), result=result)
    if worst and result is PASS:
        return _good(tree, N_("%(record)s names %(addresses)s."), addresses=", ".join(outcomes))
    if result is Result.TEMPERROR:
        fault = outcomes[worst].fault if worst else None
        found = Words(fault.text, fault._asdict()) if fault else Words(NOT_KNOWN)
        return _finding(tree, State.UNKNOWN, "spf-unknown", found, result=result)
    named = {"record": tree.record, "who": provider.name if provider else str(worst)}
    found = Words(GUESSED if guessed else NOT_NAMED, {**named, "result": result.value})
    return _finding(
        tree,
        State.NOTE if guessed else State.WRONG,
        "spf-not-named" if guessed else "spf-not-allowed",
        found,
        record=_record(tree.domain, _with(tree.record, needed)),
        result=result,
    )


def _good(tree: Tree, text: str, **params: str) -> Finding:
    found = Words(text, {"record": str(tree.record), **params})
    return _finding(tree, State.GOOD, "spf-good", found, result=PASS)


def _finding(
    tree: Tree,
    state: State,
    name: str,
    found: Words,
    *,
    result: Result,
    expected: Words = NAMED,
    record: Record | None = None,
) -> Finding:
    return Finding(
        check=Check.SPF,
        state=state,
        id=name,
        found=found,
        expected=expected,
        why=WHY,
        record=record,
        more={
            "result": result.value,
            "lookups": tree.lookups,
            "void_lookups": tree.void_lookups,
            "tree": _in_json(tree),
        },
    )


def _record(domain: str, value: str) -> Record:
    return Record(name=domain, type="TXT", value=value)


def _includes(tree: Tree, provider: Provider) -> bool:
    """Whether a record in the tree is one that the provider keeps for its customers."""
    if tree.domain.lower() in provider.spf:
        return True
    return any(each.tree and _includes(each.tree, provider) for each in tree.branches)


def _needed(provider: Provider | None, addresses: Iterable[str]) -> list[str]:
    """The terms that are missing in a record."""
    if provider:
        return [f"include:{provider.spf[0]}"]
    return [f"ip{ip_address(each).version}:{each}" for each in addresses]


def _with(record: str, terms: list[str]) -> str:
    """`record` with other `terms` where they count: before all, or else at the end."""
    have = record.split()
    ends = [n for n, term in enumerate(have) if term.lower().lstrip("+-~?") == "all"]
    place = ends[0] if ends else len(have)
    return " ".join((*have[:place], *terms, *have[place:]))


def _narrowed(record: str) -> str:
    """`record`, which then takes whom it does not name for doubtful."""
    return " ".join(
        "~all" if term.lower().lstrip("+") == "all" else term for term in record.split()
    )


def _lets_everybody(tree: Tree) -> bool:
    return any(each.term.name == "all" and each.term.result is PASS for each in tree.branches)


def _otherwise(tree: Tree) -> Result:
    """What becomes of an address that nothing in the record names."""
    ends = [each.term.result for each in tree.branches if each.term.name == "all"]
    if tree.record is None:
        return Result.NONE
    return ends[0] if ends else Result.NEUTRAL


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
