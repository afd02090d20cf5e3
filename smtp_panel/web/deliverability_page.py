"""What the page of deliverability, and the line of it on the SMTP page, show of a From domain."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from smtp_panel.deliverability import seen
from smtp_panel.deliverability.finding import CheckKind
from smtp_panel.deliverability.model import Deliverability
from smtp_panel.operations import looks
from smtp_panel.panel import Panel
from smtp_panel.settings.saved import Saved
from smtp_panel.storage import db, utcnow
from smtp_panel.telling.deliverability import (
    STATE_LABELS,
    FindingInWords,
    Summary,
    check_name,
    finding_in_words,
    names,
    summary,
)


@dataclass(frozen=True, slots=True)
class Loss:
    """What was right and is no longer, and when that was seen first."""

    check: CheckKind
    name: str
    at: datetime.datetime


@dataclass(frozen=True, slots=True)
class ChangeView:
    """That a check came to be otherwise; `before` is the label of the state that it had."""

    finding: FindingInWords
    before: str
    at: datetime.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainView:
    """What is known of `domain`, which is empty where the settings have none.

    `seen` is None where nobody has looked yet, and `summary` where nothing was found. A look is
    `awaited` while somebody is `looking`, and where the panel is about to look by itself, for
    nobody has by the settings in force.
    """

    domain: str
    seen: Deliverability | None
    looking: bool
    awaited: bool
    summary: Summary | None
    lost: list[Loss]

    @property
    def findings(self) -> list[FindingInWords]:
        """What was found."""
        return [finding_in_words(each) for each in self.seen.findings] if self.seen else []

    @property
    def lost_names(self) -> str:
        """What was right and is no longer."""
        return names([each.check for each in self.lost])


def domain_view(panel: Panel, saved: Saved) -> DomainView:
    """What is known of the From domain of the `saved` settings: one query."""
    domain = looks.domain_of(panel, saved)
    known = seen.last_seen(db.session(), domain) if domain else None
    findings = known.findings if known else []
    looking = known is not None and known.is_looking(utcnow())
    never = known is None or known.version != saved.version
    return DomainView(
        domain=domain,
        seen=known,
        looking=looking,
        awaited=looking or (bool(domain) and never),
        summary=summary(findings) if findings else None,
        lost=_lost(known) if known else [],
    )


def past_changes(domain: str) -> list[ChangeView]:
    """What changed of `domain`, the newest first."""
    return [
        ChangeView(finding_in_words(finding), STATE_LABELS[each.before], each.at)
        for each in seen.changes(db.session(), domain)
        if each.before and (finding := each.finding)
    ]


def _lost(known: Deliverability) -> list[Loss]:
    lost = known.no_longer_right
    return [Loss(check, check_name(check), at) for check, at in lost.items()]
