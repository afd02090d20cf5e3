"""A DMARC record, read as receivers read it (RFC 9989, and RFC 7489 that many still follow)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from smtp_panel.deliverability.organisations import DMARC_VERSION
from smtp_panel.deliverability.tags import tags

NONE, QUARANTINE = "none", "quarantine"
POLICIES = (NONE, QUARANTINE, "reject")  # the strictest comes last
STRICT, RELAXED = "s", "r"
ALL = 100  # percent of the mail
_PERCENT = re.compile(r"[0-9]{1,3}")  # RFC 7489, section 6.4
_MAILTO = re.compile(r"mailto:([^!,\s]+@([^!,\s]+))(?:![0-9]+[kmgt]?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a record asks of receivers.

    `name` is the policy itself; it is `named` unless receivers take it for none since the record
    has no name that they know. It holds for `percent` of the mail as older receivers read it, and
    while it is `tested` the next weaker one is applied. `aspf` and `adkim` say how strictly domains
    are compared. `reports` are the addresses that get aggregate reports, each with
    its domain, and `unusable` the places beside them that get none. `tags` are all of the record.
    """

    name: str
    named: bool
    percent: int
    tested: bool
    aspf: str
    adkim: str
    reports: Mapping[str, str]
    unusable: tuple[str, ...]
    tags: Mapping[str, str]

    @classmethod
    def read(cls, record: str, *, of_sub_domain: bool) -> Self | None:
        """The policy in `record`, for a sub-domain where that is asked; None where it has none."""
        said = tags(record)
        if said is None:
            return None
        places = [each.strip() for each in said.get("rua", "").split(",") if each.strip()]
        found = {each: _MAILTO.fullmatch(each) for each in places}
        reports = {each[1]: each[2].lower() for each in found.values() if each}
        own = said.get("p", "").lower()
        below = said.get("sp", own).lower()
        named = {own, below, said.get("np", own).lower()} <= {*POLICIES}
        if not (named or reports):
            return None
        percent = said.get("pct", "")
        return cls(
            name=(below if of_sub_domain else own) if named else NONE,
            named=named,
            percent=int(percent) if _PERCENT.fullmatch(percent) else ALL,
            tested=said.get("t", "n").lower() == "y",
            aspf=said.get("aspf", RELAXED).lower(),
            adkim=said.get("adkim", RELAXED).lower(),
            reports=reports,
            unusable=tuple(each for each, usable in found.items() if not usable),
            tags=said,
        )

    @property
    def usable_reports(self) -> str:
        """The places that get reports, and those that would if "mailto:" stood before them."""
        places = (each.strip() for each in self.tags.get("rua", "").split(","))
        meant = (f"mailto:{each}" if each in self.unusable else each for each in places)
        return ",".join(filter(_MAILTO.fullmatch, dict.fromkeys(meant)))

    def with_tags(self, *without: str, **changed: str) -> str:
        """The record with these tags `changed`, or left out; the policy comes first.

        A policy that receivers do not know goes, for they would take the others for none as well.
        """
        rest = {
            name: value
            for name, value in self.tags.items()
            if name not in {"v", "p", *without}
            and (name not in {"sp", "np"} or value.lower() in POLICIES)
        }
        said = {"p": self.tags["p"] if self.named else NONE, **rest, **changed}
        return "; ".join((DMARC_VERSION, *(f"{name}={value}" for name, value in said.items())))
