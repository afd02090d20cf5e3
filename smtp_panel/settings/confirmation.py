"""Settings that go back to the last ones that worked, unless an admin confirms them in time."""

from __future__ import annotations

import datetime
import json

from sqlalchemy import update
from sqlalchemy.orm import Session

from smtp_panel import audit
from smtp_panel.audit import Actor, AuditAction
from smtp_panel.settings import earlier
from smtp_panel.settings.draft import Draft
from smtp_panel.settings.fields import SECRETS
from smtp_panel.settings.model import AwaitedConfirmation
from smtp_panel.settings.rules import Refused
from smtp_panel.settings.saved import Saved
from smtp_panel.settings.service import Environment, conflict_with, locked_settings
from smtp_panel.storage import ONLY_ROW
from smtp_panel.words import N_, Sentence

WITHIN = datetime.timedelta(minutes=10)
BY_ITSELF = Actor("automatic return")
UNCONFIRMED = N_(
    "Went back to the last settings that worked: nobody confirmed the new ones within 10 minutes."
)
REMOVES_SECRET = N_(
    "What is removed is kept nowhere, so that there would be no way back. Untick this, or remove"
    " nothing."
)


class NoWayBack(Refused):
    """A draft leaves nothing to go back to; an error of the field `name`."""

    name = "confirm"


class NotAwaited(Exception):
    """The settings in force need not be confirmed, or there is still time."""


def check(draft: Draft) -> None:
    """Raise NoWayBack where there will be no way back from `draft`."""
    if any(map(draft.removes, SECRETS)):
        raise NoWayBack(REMOVES_SECRET)


def ask(session: Session, saved: Saved, by: Actor, now: datetime.datetime) -> None:
    """Let the settings that `by` has just `saved` go back after 10 minutes, unless confirmed.

    Nothing is awaited where they are those that worked last.
    """
    way_back = earlier.way_back(session)
    if way_back and way_back.version < saved.version:
        awaited = AwaitedConfirmation(
            id=ONLY_ROW,
            version=saved.version,
            deadline=now + WITHIN,
            saved_by=by.name,
            works=False,
            failure="",
        )
        session.merge(awaited)


def confirm(session: Session, environment: Environment, version: int | None, *, by: Actor) -> None:
    """Let the settings of `version` stay in force. Raises Conflict where they are not any more."""
    row = locked_settings(session, environment)
    if row.version != version:
        raise conflict_with(session, row, version or 0)
    awaited = session.get(AwaitedConfirmation, ONLY_ROW, populate_existing=True)
    if awaited is None:
        return  # another admin was first
    if awaited.works:
        earlier.keep_row(session, row)
    session.delete(awaited)
    audit.record(session, AuditAction.SETTINGS_CONFIRMED, by, settings_version=version)


def is_due(session: Session, now: datetime.datetime) -> bool:
    """Whether settings that nobody has confirmed are to go back."""
    return _due(session, now) is not None


def go_back(session: Session, environment: Environment, now: datetime.datetime) -> Saved:
    """Put the last settings that worked in force again, as `earlier.go_back` does.

    Raises NotAwaited as well, where somebody has confirmed or replaced the others meanwhile.
    """
    version = locked_settings(session, environment).version
    if not is_due(session, now):
        raise NotAwaited
    return earlier.go_back(session, environment, version, by=BY_ITSELF, note=UNCONFIRMED)


def give_up(session: Session, why: Sentence, now: datetime.datetime) -> None:
    """Leave settings in force that are due to go back, and can't."""
    if awaited := _due(session, now):
        this = update(AwaitedConfirmation).where(AwaitedConfirmation.version == awaited.version)
        session.execute(this.values(failure=json.dumps(why.to_json())))


def _due(session: Session, now: datetime.datetime) -> AwaitedConfirmation | None:
    """The confirmation that nobody has given in time.

    Nobody has as much time as that from now: such a deadline was set by a clock that was ahead.
    """
    awaited = session.get(AwaitedConfirmation, ONLY_ROW, populate_existing=True)
    if awaited is None or awaited.failure:
        return None
    return None if now < awaited.deadline <= now + 2 * WITHIN else awaited
