"""An entry of the catalogue: one fault, how it is told, and what is said of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from smtp_panel.diagnosis.conditions import Test
from smtp_panel.diagnosis.evidence import Evidence
from smtp_panel.diagnosis.scope import Scope
from smtp_panel.smtp.facts import Stage


class Explanation(NamedTuple):
    """Templates in one language, whose placeholders are written `{server}`."""

    cause: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One fault of the mail path.

    `stages` are the steps at which it is met; `when` the alternatives of which one must hold, each
    a group of tests that must all hold; `by_codes` further ones, which go by reply codes alone that
    servers use loosely; `explanations` the texts by language; `covers` other names of the same
    fault. `blames` is the step to report where it is not the one that failed, `field` the form
    field to change, `retryable` whether the same attempt may pass later, where the codes of the
    reply don't tell it; `scope` whose failure it is; `repair` the change of form fields that is
    likeliest to help, in which `{username}` and `{certificate}` (the one that the server showed)
    are filled in. `codes` and `phrases` are what servers say with it, for people to compare.
    """

    id: str
    stages: frozenset[Stage]
    when: tuple[tuple[Test, ...], ...]
    by_codes: tuple[tuple[Test, ...], ...] = ()
    explanations: Mapping[str, Explanation]
    covers: tuple[str, ...] = ()
    blames: Stage | None = None
    field: str | None = None
    retryable: bool | None = None
    scope: Scope = Scope.SERVICE
    repair: Mapping[str, str] = dataclasses.field(default_factory=dict)
    codes: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()

    @property
    def stage(self) -> Stage:
        """The step to report; where it is met at several, the first of those."""
        return self.blames or min(self.stages, key=list(Stage).index)

    def applies(self, evidence: Evidence) -> bool:
        """Whether one of its alternatives holds in full, at a stage at which it is met."""
        return _one_holds(self.when, evidence)

    def applies_by_codes(self, evidence: Evidence) -> bool:
        """The same by the codes alone."""
        return _one_holds(self.by_codes, evidence)


def _one_holds(alternatives: tuple[tuple[Test, ...], ...], evidence: Evidence) -> bool:
    for tests in alternatives:
        for test in tests:
            if not test(evidence):
                break
        else:
            return True
    return False
