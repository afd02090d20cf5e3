"""Sees when mail breaks and when it works again, each once for the installation (SPEC W4, W8)."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, replace

from flask_babel import force_locale
from sqlalchemy.orm import Session

from smtp_panel.alerts.event import Event, EventType, Facts
from smtp_panel.alerts.model import ONLY_ROW, Watch
from smtp_panel.config import Config
from smtp_panel.status.model import Health
from smtp_panel.status.standing import Standing, standing
from smtp_panel.storage import locked_row
from smtp_panel.telling.language import ENGLISH
from smtp_panel.telling.problem import problem_in

# For so long mail is broken, or works again, before it is told: longer than the first rest of the
# queue, so that a mail server that starts anew is no alarm.
MOMENT = datetime.timedelta(seconds=20)

Tell = Callable[[Session, Event], None]


@dataclass(frozen=True, slots=True)
class Place:
    """How an `installation` is called, and the `url` at which its mail can be mended, or empty."""

    installation: str
    url: str


def place_of(config: Config, url: str) -> Place:
    """The place of the installation that people reach at `url`, where that is known."""
    return Place(url or config.node_name, f"{url}/admin/smtp" if url else "")


def look(session: Session, place: Place, now: datetime.datetime, tell: Tell) -> None:
    """Call `tell` where what was told last is so no more, in the transaction of `session`.

    Of several that look at the same time, one tells: they wait for the row that says what was told.
    """
    watch = locked_row(session, Watch, ONLY_ROW, lambda: Watch(id=ONLY_ROW))
    found = standing(session, now)
    broken = is_broken(found)
    if broken is None:
        return
    if broken is (watch.outage is not None):
        watch.differs_since = None
        return
    watch.differs_since = watch.differs_since or now
    if now - watch.differs_since < MOMENT:
        return
    watch.differs_since = None
    if watch.outage is None:
        facts = facts_of(found, place, now)
        watch.outage = facts.to_json()
        tell(session, Event(EventType.BROKEN, now, facts))
    else:
        outage = replace(Facts.from_json(watch.outage), waiting=found.waiting, remedy="")
        watch.outage = None
        tell(session, Event(EventType.RECOVERED, now, outage))


def is_broken(found: Standing) -> bool | None:
    """Whether something keeps mail from leaving; None where nobody has found out."""
    if problem_in(found):
        return True
    works = any(node.health is Health.HEALTHY for node in found.nodes)
    return False if works else None


def facts_of(found: Standing, place: Place, now: datetime.datetime) -> Facts:
    """What is told of mail as it was `found`, in English: the road knows no language."""
    with force_locale(ENGLISH):
        problem = problem_in(found)
    return Facts(
        installation=place.installation,
        since=problem.since if problem else now,
        cause=problem.cause if problem else "",
        remedy=problem.remedy if problem else "",
        node=problem.node if problem else "",
        waiting=found.waiting,
        url=place.url,
    )
