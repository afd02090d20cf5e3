"""The catalogue of known faults, read once and searched in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from smtp_panel.diagnosis.entry import Entry
from smtp_panel.diagnosis.evidence import Evidence
from smtp_panel.diagnosis.general import whose
from smtp_panel.diagnosis.loading import entries_of
from smtp_panel.smtp.facts import Stage


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Entries in the order in which they are asked; the first that applies is the diagnosis."""

    entries: tuple[Entry, ...]
    _of_stage: Mapping[Stage, list[Entry]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        met = {stage: [each for each in self.entries if stage in each.stages] for stage in Stage}
        object.__setattr__(self, "_of_stage", met)

    def find(self, evidence: Evidence) -> Entry | None:
        """The first entry that applies, or None."""
        return next(self.applying(evidence), None)

    def applying(self, evidence: Evidence) -> Iterator[Entry]:
        """The entries that apply, in the order of asking.

        Those that go by codes alone come after all others, for servers use the codes loosely, and
        only where the words blame nobody else.
        """
        met = self._of_stage[evidence.facts.stage]
        yield from (each for each in met if each.applies(evidence))
        blamed = whose(evidence)
        yield from (
            each for each in met if each.applies_by_codes(evidence) and blamed in {None, each.scope}
        )

    def likeliest_repair(self, name: str) -> Mapping[str, str]:
        """The change that most likely mends what the entry `name` tells, as the entry writes it."""
        entry = self.entry(name)
        return entry.repair if entry else {}

    def entry(self, name: str) -> Entry | None:
        """The entry with the id `name`, or None."""
        return next((entry for entry in self.entries if entry.id == name), None)


@cache
def catalogue() -> Catalogue:
    """The catalogue that comes with the panel.

    Raises ConfigurationError when a file is not what `loading` reads.
    """
    return Catalogue(entries_of())
