"""Which domains belong together, by the DMARC records above them (RFC 9989, 4.10).

Many receivers still go by the Public Suffix List, as RFC 7489 has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from smtp_panel.deliverability.tags import tags, versioned
from smtp_panel.diagnosis.hosts import public_suffixes
from smtp_panel.net.dns import Lookup, LookupFailed
from smtp_panel.net.together import together

DMARC_VERSION = "v=DMARC1"
MOST_LABELS = 7  # of a name that is asked for on the way up; so no way has more than 8 names


@dataclass(frozen=True, slots=True)
class WayUp:
    """The names from `domain` to the top, and the DMARC `records` of each, or why there are none.

    It leads no further than to a record that says of its domain whether it is a public suffix.
    """

    domain: str
    records: Mapping[str, Sequence[str] | LookupFailed]

    @classmethod
    def from_domain(cls, domain: str, lookup: Lookup) -> WayUp:
        """The way up from `domain`, in ASCII.

        What is above its organisation by the Public Suffix List is asked only where that one has no
        record, for else it decides nothing.
        """

        def published(name: str) -> Sequence[str] | LookupFailed:
            try:
                return versioned(f"_dmarc.{name}", DMARC_VERSION, lookup)
            except LookupFailed as failed:
                return failed

        names, top = list(_upwards(domain.lower())), organisation(domain)
        below = [each for each in names if len(each) >= len(top)]
        records = dict(zip(below, together(published, below), strict=True))
        if not records.get(top):
            above = names[len(below) :]
            records |= zip(above, together(published, above), strict=True)
        return cls(names[0], records)

    def published_at(self, name: str) -> Sequence[str]:
        """The records of `name`, none where it is not on the way; raises LookupFailed."""
        records = self.records.get(name, ())
        if isinstance(records, LookupFailed):
            raise records
        return records

    @property
    def organisation(self) -> str:
        """The organisational domain. Raises LookupFailed where that depends on what is not known.

        It is the one whose record says so (psd=n), else the one below a public suffix (psd=y), else
        the highest that has a record; where none has one, the domain itself.
        """
        found = self.domain
        for below, name, suffix in self._valid():
            if suffix == "n":
                return name
            if suffix == "y" and name != self.domain:
                return below
            found = name
        return found

    def _valid(self) -> Iterator[tuple[str, str, str]]:
        """Each name that has one record, with the name below it and what the record says of it."""
        below = self.domain
        for name in self.records:
            if len(records := self.published_at(name)) == 1:
                suffix = (tags(records[0]) or {}).get("psd", "u").lower()
                yield below, name, suffix
                if suffix in {"y", "n"}:
                    return
            below = name


def organisation(domain: str) -> str:
    """The organisational domain: one label below a public suffix (RFC 7489, 3.2)."""
    return public_suffixes().privatesuffix(domain.lower()) or domain.lower()


def related(domain: str, other: str) -> bool:
    """Whether both domains are of one organisation by the Public Suffix List."""
    return organisation(domain) == organisation(other)


def count_as_one(domain: str, other: str, lookup: Lookup) -> bool:
    """Whether all receivers take both domains for one, by the list and by records.

    As far as is known: what can't be looked up parts nobody.
    """
    if domain == other or not related(domain, other):
        return domain == other
    try:
        ways = together(lambda each: WayUp.from_domain(each, lookup), (domain, other))
        return ways[0].organisation == ways[1].organisation
    except LookupFailed:
        return True


def _upwards(domain: str) -> Iterator[str]:
    yield domain
    labels = domain.split(".")[1:][-MOST_LABELS:]
    for first in range(len(labels)):
        yield ".".join(labels[first:])
