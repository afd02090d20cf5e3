"""The last settings that worked, and the way back to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select, true, update
from sqlalchemy.orm import Session

from smtp_panel.audit import Actor
from smtp_panel.settings.fields import SECRETS
from smtp_panel.settings.model import (
    ONLY_ROW,
    AwaitedConfirmation,
    Settings,
    Tested,
    WorkingSettings,
)
from smtp_panel.settings.rules import Refused
from smtp_panel.settings.saved import Saved, first_row, saved_from
from smtp_panel.settings.secrets import SecretLost
from smtp_panel.settings.service import (
    Change,
    Environment,
    locked_settings,
    put_in_force,
    replaced_by,
)
from smtp_panel.storage import locked_row
from smtp_panel.words import N_

WENT_BACK = N_("Went back to the last settings that worked.")
NOTHING_EARLIER = N_("There are no other settings that worked. Those in force are as they were.")
COLUMNS = Settings.__table__.columns.keys()


class Awaited(NamedTuple):
    """A confirmation that is awaited; see AwaitedConfirmation."""

    version: int
    deadline: datetime
    saved_by: str
    failure: str


_WAY_BACK = (
    select(
        *(WorkingSettings.version, WorkingSettings.updated_by, WorkingSettings.updated_at),
        *(getattr(AwaitedConfirmation, name) for name in Awaited._fields),
    )
    .select_from(WorkingSettings)
    .outerjoin(AwaitedConfirmation, true())
)


@dataclass(frozen=True, slots=True)
class WayBack:
    """That settings of `version`, which `saved_by` has saved at `saved_at`, worked and are kept.

    Where those in force go back to them unless they are confirmed, it is `awaited`.
    """

    version: int
    saved_by: str
    saved_at: datetime
    awaited: Awaited | None


def way_back(session: Session) -> WayBack | None:
    """The last settings that worked; None where there are none."""
    row = session.connection().execute(_WAY_BACK).one_or_none()
    if row is None:
        return None
    version, saved_by, saved_at, *awaited = row
    return WayBack(version, saved_by, saved_at, Awaited(*awaited) if row.deadline else None)


def keep(session: Session, environment: Environment, version: int) -> None:
    """Keep the settings in force as those that worked, unless they are no more of `version`.

    Until they are confirmed, where that is awaited, the way back still leads to those before.
    """
    row = session.get(Settings, ONLY_ROW) or first_row(environment.config, environment.default)
    if row.version != version:
        return
    awaited = update(AwaitedConfirmation).where(AwaitedConfirmation.version == version)
    if not session.connection().execute(awaited.values(works=True)).rowcount:
        keep_row(session, row)


def keep_row(session: Session, row: Settings) -> None:
    """Keep the settings in `row` as those that worked."""
    working = {name: getattr(row, name) for name in COLUMNS}
    kept = locked_row(session, WorkingSettings, ONLY_ROW, lambda: WorkingSettings(**working))
    for name, value in working.items():
        setattr(kept, name, value)


def check(session: Session, environment: Environment, base_version: int | None) -> None:
    """Raise what `go_back` would raise now, without locking or writing anything."""
    row = session.get(Settings, ONLY_ROW) or first_row(environment.config, environment.default)
    _change_to_working(session, row, environment, base_version)


def go_back(
    session: Session,
    environment: Environment,
    base_version: int | None,
    *,
    by: Actor,
    note: str = WENT_BACK,
) -> Saved:
    """Put the last settings that worked in force again, with their secrets.

    `base_version` is the version that is left; `note` says in the audit log why. A secret goes only
    where it went then, so that nothing is asked for again (SPEC F9). Raises Refused where there are
    no other settings that worked, SecretLost where one of their secrets can't be decrypted, and
    what `service.save` raises.
    """
    row = locked_settings(session, environment)
    change = _change_to_working(session, row, environment, base_version)
    saved = put_in_force(
        session, row, change, environment, by=by, tested=Tested.UNTESTED, note=note
    )
    keep_row(session, row)
    return saved


def _change_to_working(
    session: Session, row: Settings, environment: Environment, base_version: int | None
) -> Change:
    """The change of the settings in `row` to the last that worked."""
    kept = session.get(WorkingSettings, ONLY_ROW)
    if kept is None or kept.version >= row.version:
        raise Refused(NOTHING_EARLIER)
    worked = saved_from(kept, environment.lock, environment.cipher)
    for name in SECRETS:
        if worked.lost(name):
            raise SecretLost(name)
    change = replaced_by(session, row, worked, environment, base_version)
    if not change.differences:  # for what differs comes from the environment
        raise Refused(NOTHING_EARLIER)
    return change
