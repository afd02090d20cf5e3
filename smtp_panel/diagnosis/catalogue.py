"""The catalogue of known faults, read once and searched in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial

from smtp_panel.diagnosis.conditions import evidence_of
from smtp_panel.diagnosis.entry import Entry
from smtp_panel.diagnosis.loading import entries_of, providers_of
from smtp_panel.diagnosis.providers import Provider
from smtp_panel.diagnosis.wordings import fold
from smtp_panel.smtp.facts import Facts

GREETING = 200  # characters of the greeting in which the provider is looked for


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Entries in the order in which they are asked; the first that applies is the diagnosis."""

    entries: tuple[Entry, ...]
    providers: tuple[Provider, ...]

    def find(self, facts: Facts) -> Entry | None:
        """The first entry that applies to `facts`, or None."""
        return next(self.applying(facts), None)

    def applying(self, facts: Facts) -> Iterator[Entry]:
        """The entries that apply to `facts`, in the order of asking."""
        evidence = evidence_of(facts, partial(self.recognise, facts))
        return (entry for entry in self.entries if entry.applies(evidence))

    def recognise(self, facts: Facts, says: str) -> frozenset[str]:
        """The ids of the providers that the server's name, greeting or reply give away."""
        said = f"{fold(facts.greeting[:GREETING])}\n{says}"
        return frozenset(each.id for each in self.providers if each.recognised(facts, said))

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
    return Catalogue(entries_of(), providers_of())
