"""A stand-in for the DNS: answers from a table, without a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import (
    NOTHING,
    TOO_LATE,
    Answer,
    DNSRecord,
    Kind,
    Lookup,
    LookupFailed,
)
from smtp_panel.spf.asked import asked_once

Records = Mapping[str, Sequence[DNSRecord]]


class Zone:
    """Names with their records by kind; `broken` ones can't be looked up, of a kind or of any.

    `asked` counts the questions.
    """

    def __init__(
        self,
        names: Mapping[str, Records],
        broken: frozenset[tuple[str, str]] = frozenset(),
    ) -> None:
        self._names = {name.lower().rstrip("."): records for name, records in names.items()}
        self._broken = broken
        self.asked: Counter[tuple[str, Kind]] = Counter()

    def with_record(self, name: str, text: str) -> Zone:
        """The zone in which `name` has another SPF record."""
        return Zone(self._names | {name: {**self._names[name], "TXT": [text.encode()]}})

    def __repr__(self) -> str:
        return f"Zone({self._names!r}, {self._broken!r})"

    def lookup(self, name: str, kind: Kind) -> Answer:
        """What a resolver would give."""
        name = name.lower()
        self.asked[name, kind] += 1
        if not {(name, kind), (name, "*")}.isdisjoint(self._broken):
            raise LookupFailed(name, kind, TOO_LATE)
        records = self._names.get(name)
        return NOTHING if records is None else Answer(True, tuple(records.get(kind, ())))


def remembering(lookup: Lookup) -> Lookup:
    """One that asks each question once, however long that takes."""
    return asked_once(lambda name, kind, _: lookup(name, kind), Deadline(3600))


def txt(**records: str) -> dict[str, Records]:
    """Names below example.com and their SPF records."""
    return {name_of(name): {"TXT": [text.encode()]} for name, text in records.items()}


def name_of(word: str) -> str:
    """The domain that stands for `word` in these tests."""
    return f"{word}.example.com"
