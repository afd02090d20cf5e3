"""Sees when mail breaks and when it works again, each once for the installation (SPEC W4, W8)."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import replace

from flask_babel import force_locale
from sqlalchemy.orm import Session

from smtp_panel.alerts.event import AlertType, Outage
from smtp_panel.alerts.installation import Installation
from smtp_panel.alerts.model import ToldLast
from smtp_panel.status.model import Health
from smtp_panel.status.standing import Standing, standing
from smtp_panel.storage import ONLY_ROW, locked_row
from smtp_panel.telling.language import ENGLISH, LANGUAGES
from smtp_panel.telling.problem import problem_in

# For so long mail is broken, or works again, before it is told: longer than the first rest of the
# queue, so that a mail server that starts anew is no alarm.
MOMENT = datetime.timedelta(seconds=20)

ByLanguage = Mapping[str, Outage]
Announce = Callable[[Session, AlertType, ByLanguage], None]


def look(
    session: Session, installation: Installation, now: datetime.datetime, tell: Announce
) -> None:
    """Call `tell` where what was told last is so no more, in the transaction of `session`.

    Of several that look at the same time, one tells: they wait for the row that says what was told.
    """
    watch = locked_row(session, ToldLast, ONLY_ROW, lambda: ToldLast(id=ONLY_ROW))
    found = standing(session, now)
    broken = is_broken(found)
    if broken is None:
        return
    if broken is (watch.outage is not None):
        watch.differs_since = None
        return
    watch.differs_since = min(watch.differs_since or now, now)  # a clock may have been ahead
    if now - watch.differs_since < MOMENT:
        return
    watch.differs_since = None
    if watch.outage is None:
        facts = {language: _facts(found, installation, language) for language in LANGUAGES}
        watch.outage = {language: each.to_json() for language, each in facts.items()}
        tell(session, AlertType.BROKEN, facts)
    else:
        # Which was told by a version that knew other languages, perhaps.
        outage = {each: watch.outage.get(each, watch.outage[ENGLISH]) for each in LANGUAGES}
        watch.outage = None
        ended = {
            language: replace(Outage.from_json(each), waiting=found.waiting, remedy="")
            for language, each in outage.items()
        }
        tell(session, AlertType.RECOVERED, ended)


def is_broken(found: Standing) -> bool | None:
    """Whether something keeps mail from leaving; None where nobody has found out.

    That one message was given up is a warning on the pages, and wakes nobody.
    """
    problem = problem_in(found)
    if problem and problem.keeps_mail:
        return True
    works = any(node.health is Health.HEALTHY for node in found.nodes)
    return False if works else None


def _facts(found: Standing, installation: Installation, language: str) -> Outage:
    """What is told in `language` of mail that was `found` broken."""
    with force_locale(language):
        problem = problem_in(found)
    if problem is None:
        raise ValueError("mail is not broken")
    return Outage(
        installation=installation.name,
        since=problem.since,
        cause=problem.cause,
        remedy=problem.remedy,
        node=problem.node,
        waiting=found.waiting,
        url=installation.page("/admin/smtp"),
    )
