"""What was found of a domain, what would be right, and the record that makes it so (SPEC D5)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

from smtp_panel.newer import known_fields
from smtp_panel.words import N_, Marked, Sentence

LONGEST_STRING = 255  # octets of one string of a TXT record (RFC 1035, 3.3.14)
NOT_KNOWN = N_("%(host)s could not be looked up: look again in a few minutes.")


class CheckKind(StrEnum):
    """What is looked at, in the order in which it is shown."""

    SPF = "spf"
    DKIM = "dkim"
    DMARC = "dmarc"
    MX = "mx"
    PTR = "ptr"
    MTA_STS = "mta_sts"
    TLS_RPT = "tls_rpt"
    BIMI = "bimi"


class State(StrEnum):
    """How it is. UNKNOWN is what could not be looked up, which is never 'has none'."""

    GOOD = "good"
    NOTE = "note"
    UNKNOWN = "unknown"
    MISSING = "missing"
    WRONG = "wrong"


SEVERITY = tuple(State)  # the worst comes last
TO_MEND = frozenset({State.MISSING, State.WRONG})


@dataclass(frozen=True, slots=True)
class Record:
    """A record to publish: the name that has it, its type, and its value as one piece.

    One that `replaces` another goes in its place, not beside it.
    """

    name: str
    type: str
    value: str
    replaces: bool = False

    @property
    def strings(self) -> list[str]:
        """The value in pieces that fit into the strings of a TXT record (RFC 7208, 3.3)."""
        octets = self.value.encode()
        starts = range(0, len(octets), LONGEST_STRING)
        return [octets[start : start + LONGEST_STRING].decode(errors="replace") for start in starts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was found: how it is, what would be right, and why it matters.

    `record` is what to publish, where that mends it. `more` is what only one check has: of SPF
    `result`, `lookups`, `void_lookups`, `tree`, the record and all it leads to, and `without`, the
    terms that the record to publish gives up; of DMARC `policy`, `aligned` and `reports`, the
    addresses that get them. All of it is data for JSON. People are shown it `with_facts` alone,
    where it tells of what was found.
    """

    check: CheckKind
    state: State
    id: str
    found: Sentence
    expected: Sentence
    why: Sentence
    record: Record | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    with_facts: bool = True

    def to_json(self) -> dict[str, Any]:
        """The finding as what JSON can hold; `from_json` makes it again."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The finding that `to_json` gave, in this version or another.

        What a newer one tells more is left out. Raises ValueError for a check or state of which
        this version does not know.
        """
        words = {name: Sentence.from_json(stored[name]) for name in ("found", "expected", "why")}
        kinds = {"check": CheckKind(stored["check"]), "state": State(stored["state"])}
        older = {"replaces": kinds["state"] is not State.MISSING}  # where that was not stored yet
        told = {**older, **stored["record"]} if stored["record"] else None
        record = Record(**known_fields(Record, told)) if told else None
        return cls(**known_fields(cls, stored) | kinds | words | {"record": record})


@dataclass(frozen=True, slots=True)
class Topic:
    """What a check is about: what would be right, and why it matters."""

    check: CheckKind
    expected: Sentence
    why: Sentence
    with_facts: bool = True

    def finding(
        self,
        state: State,
        name: str,
        text: Marked,
        record: Record | None = None,
        /,
        **params: str | Sentence,
    ) -> Finding:
        """What was found, by its id and by a text for translation over `params`."""
        return Finding(
            check=self.check,
            state=state,
            id=name,
            found=Sentence(text, params),
            expected=self.expected,
            why=self.why,
            record=record,
            with_facts=self.with_facts,
        )


def worst(findings: Collection[Finding]) -> Iterator[Finding]:
    """The worst finding of each check, the first of equal ones, in the order of the checks."""
    for check in CheckKind:
        if of_check := [each for each in findings if each.check is check]:
            yield max(of_check, key=lambda each: SEVERITY.index(each.state))
