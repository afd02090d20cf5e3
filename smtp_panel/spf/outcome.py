"""What a check of SPF comes to, how it got there, and what was wrong (RFC 7208, 2.6 and 8)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from smtp_panel.words import N_, Sentence

MOST_LOOKUPS, MOST_VOID, MOST_NAMES = 10, 2, 10  # RFC 7208, 4.6.4


class Result(StrEnum):
    """The seven results, in the words of RFC 7208, 2.6."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105  (no password)
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


class SPFProblem(StrEnum):
    """What ends a check before its end."""

    SEVERAL = "several"
    SYNTAX = "syntax"
    LOOKUPS = "lookups"
    VOID = "void"
    NAMES = "names"
    NO_RECORD = "no-record"
    LOOP = "loop"
    LOOKUP_FAILED = "lookup-failed"


WORDS = {
    SPFProblem.SEVERAL: N_(
        "%(domain)s publishes several SPF records, where one is allowed: join them into one."
    ),
    SPFProblem.SYNTAX: N_(
        "%(domain)s has “%(term)s” in its SPF record, which no receiver can read."
    ),
    SPFProblem.LOOKUPS: N_(
        "More than 10 look-ups are needed; receivers give up at “%(term)s” of %(domain)s."
    ),
    SPFProblem.VOID: N_(
        "More than 2 look-ups find nothing; receivers give up at “%(term)s” of %(domain)s."
    ),
    SPFProblem.NAMES: N_("“%(term)s” of %(domain)s leads to more than 10 mail servers."),
    SPFProblem.NO_RECORD: N_(
        "“%(term)s” of %(domain)s leads to a domain that publishes no SPF record."
    ),
    SPFProblem.LOOP: N_("“%(term)s” of %(domain)s leads back to a record that leads to it."),
    SPFProblem.LOOKUP_FAILED: N_("%(domain)s could not be looked up: look again in a few minutes."),
}


class ProblemFound(NamedTuple):
    """A problem, the domain whose record has it or that was asked, and the term where it is one."""

    problem: SPFProblem
    domain: str
    term: str = ""

    @property
    def sentence(self) -> Sentence:
        """What people are told."""
        return Sentence(WORDS[self.problem], {"domain": self.domain, "term": self.term})


class Stopped(Exception):
    """A check ends at once, with temperror or permerror."""

    def __init__(self, problem: SPFProblem, domain: str, term: str = "") -> None:
        super().__init__(problem)
        temporary = problem is SPFProblem.LOOKUP_FAILED
        self.result = Result.TEMPERROR if temporary else Result.PERMERROR
        self.fault = ProblemFound(problem, domain, term)


class WalkStep(NamedTuple):
    """A term that a check went by, and the domain whose record has it."""

    domain: str
    term: str


class PublishedRecord(NamedTuple):
    """The SPF record of a domain."""

    domain: str
    text: str


@dataclass(frozen=True, slots=True)
class SPFOutcome:
    """The result of a check, and why.

    `explanation` is what the domain says of a fail, for it to be shown as its words; empty where it
    says nothing. `lookups` and `void_lookups` were counted until the result stood: one more than
    allowed where that ended the check. `path` leads by the terms include and redirect to the
    mechanism that matched, or to the `fault`, which ended the check with temperror or permerror; it
    is empty where nothing matched, or the first record could not be read. `records` are those that
    were read, in order.
    """

    result: Result
    explanation: str
    lookups: int
    void_lookups: int
    path: tuple[WalkStep, ...]
    records: tuple[PublishedRecord, ...]
    fault: ProblemFound | None
