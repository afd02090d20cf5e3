"""What was found of a domain, in words (SPEC D5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel.lists import format_list
from flask_babel import get_locale, gettext, ngettext

from smtp_panel.deliverability.finding import (
    SEVERITY,
    TO_MEND,
    CheckKind,
    Finding,
    Record,
    State,
    worst,
)
from smtp_panel.telling.language import in_words
from smtp_panel.words import N_

CHECK_LABELS = {
    CheckKind.SPF: "SPF",
    CheckKind.DKIM: "DKIM",
    CheckKind.DMARC: "DMARC",
    CheckKind.MX: "MX",
    CheckKind.PTR: N_("Reverse name"),
    CheckKind.MTA_STS: "MTA-STS",
    CheckKind.TLS_RPT: "TLS-RPT",
    CheckKind.BIMI: "BIMI",
}
STATE_LABELS = {
    State.GOOD: N_("Right"),
    State.NOTE: N_("Note"),
    State.UNKNOWN: N_("Not known"),
    State.MISSING: N_("Missing"),
    State.WRONG: N_("Wrong"),
}
POLICIES = {
    "none": N_("none: mail that fails is delivered all the same"),
    "quarantine": N_("quarantine: mail that fails goes to the spam folder"),
    "reject": N_("reject: mail that fails is refused"),
}
ALIGNED = N_("The envelope sender, or a known DKIM key, belongs to the domain of From.")
NOT_ALIGNED = N_("Neither the envelope sender nor a known DKIM key belongs to the domain of From.")
PUBLISH = N_("Publish this record")
REPLACE = N_("Publish this record in place of the one that is there")
GIVE_UP = N_(
    "If nothing sends by %(terms)s any more, publish this record in place of the one that is there"
)
RIGHT = (State.GOOD, State.NOTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingInWords:
    """A finding in the reader's language; `state` and the rest are as the finding has them.

    `facts` are what only this check has to tell, each with what it is called.
    """

    check: CheckKind
    name: str
    state: State
    label: str
    id: str
    found: str
    expected: str
    why: str
    record: Record | None
    more: Mapping[str, Any]
    facts: Sequence[tuple[str, str]]

    @property
    def what_to_do(self) -> str:
        """What to do with the record."""
        if terms := self.more.get("without"):
            return gettext(GIVE_UP, terms=", ".join(terms))
        return gettext(REPLACE if self.record and self.record.replaces else PUBLISH)

    @property
    def to_mend(self) -> bool:
        """Whether something is to be done."""
        return self.state in TO_MEND


@dataclass(frozen=True, slots=True)
class Summary:
    """How a domain is, in a sentence; `state` is that of the worst that was found of it."""

    state: State
    text: str


def finding_in_words(finding: Finding) -> FindingInWords:
    """`finding` in the reader's language."""
    return FindingInWords(
        check=finding.check,
        name=check_name(finding.check),
        state=finding.state,
        label=gettext(STATE_LABELS[finding.state]),
        id=finding.id,
        found=in_words(finding.found),
        expected=in_words(finding.expected),
        why=in_words(finding.why),
        record=finding.record,
        more=finding.more,
        facts=list(_facts(finding.check, finding.more)) if finding.with_facts else [],
    )


def findings_json(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """The `findings` as programs get them, in the reader's language (NAMES).

    Each has `check`, `state`, `id`, `found`, `expected`, `why` and `record`, and what only its
    check has to tell.
    """
    told = []
    for each in map(finding_in_words, findings):
        record = each.record
        names = ("name", "type", "value", "strings")
        shown = {name: getattr(record, name) for name in names} if record else None
        about = {"check": each.check, "state": each.state, "id": each.id, "found": each.found}
        texts = {"expected": each.expected, "why": each.why, "record": shown}
        told.append({**about, **texts, **each.more})
    return told


def is_fine(findings: Sequence[Finding]) -> bool:
    """Whether there is something, and all of it is right or a note."""
    return bool(findings) and all(each.state in RIGHT for each in findings)


def check_name(check: CheckKind) -> str:
    """What `check` is called."""
    return gettext(CHECK_LABELS[check])


def summary(findings: Sequence[Finding]) -> Summary:
    """What there is to say of `findings`, of which there is one at least, in one sentence."""
    of_checks = list(worst(findings))
    to_mend = [each.check for each in of_checks if each.state in TO_MEND]
    unknown = [each.check for each in of_checks if each.state is State.UNKNOWN]
    if to_mend:
        text = ngettext(
            "%(names)s needs a change.",
            "%(names)s need a change.",
            len(to_mend),
            names=names(to_mend),
        )
        state = max((each.state for each in of_checks), key=SEVERITY.index)
        return Summary(state, text)
    if unknown:
        text = gettext("%(names)s could not be looked up.", names=names(unknown))
        return Summary(State.UNKNOWN, text)
    return Summary(State.GOOD, gettext("All is right."))


def _facts(check: CheckKind, more: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if check is CheckKind.SPF and "result" in more:
        yield gettext("Result"), more["result"]
    if check is CheckKind.DMARC:
        if (policy := more.get("policy")) in POLICIES:
            yield gettext("Policy"), gettext(POLICIES[policy])
        if (aligned := more.get("aligned")) is not None:
            yield gettext("Alignment"), gettext(ALIGNED if aligned else NOT_ALIGNED)
        if reports := more.get("reports"):
            yield gettext("Reports go to"), ", ".join(reports)


def names(checks: Sequence[CheckKind]) -> str:
    """What several checks are called, one after the other."""
    return format_list(list(map(check_name, checks)), locale=get_locale())
