"""The last settings that worked, and the way back to them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import delete, select, true, update
from sqlalchemy.orm import Session

from smtp_panel.audit import Actor
from smtp_panel.settings.fields import SECRETS
from smtp_panel.settings.model import (
    AwaitedConfirmation,
    EarlierSettings,
    Settings,
    SettingsRow,
    Tested,
    WorkingSettings,
)
from smtp_panel.settings.rules import Refused
from smtp_panel.settings.saved import Saved, saved_from
from smtp_panel.settings.secrets import SecretLost
from smtp_panel.settings.service import (
    Change,
    Environment,
    locked_settings,
    put_in_force,
    replaced_by,
    row_in_force,
)
from smtp_panel.storage import ONLY_ROW, locked_row
from smtp_panel.words import N_, Marked, Sentence

WENT_BACK = N_("Went back to the last settings that worked.")
NOTHING_EARLIER = N_("There are no other settings that worked. Those in force are as they were.")
EarlierRow: TypeAlias = WorkingSettings | EarlierSettings
COLUMNS = Settings.__table__.columns.keys()


class Awaited(NamedTuple):
    """A confirmation that is awaited; see AwaitedConfirmation."""

    version: int
    deadline: datetime
    saved_by: str
    failure: str

    @property
    def why_not(self) -> Sentence | None:
        """Why the settings could not go back; what an older version has stored is no JSON."""
        try:
            return Sentence.from_json(json.loads(self.failure)) if self.failure else None
        except json.JSONDecodeError:
            return Sentence(Marked(self.failure))


_WAY_BACK = (
    select(
        *(WorkingSettings.version, WorkingSettings.updated_by, WorkingSettings.updated_at),
        EarlierSettings.version.label("earlier"),
        *(getattr(AwaitedConfirmation, name) for name in Awaited._fields),
    )
    .select_from(WorkingSettings)
    .outerjoin(EarlierSettings, true())
    .outerjoin(AwaitedConfirmation, true())
)


@dataclass(frozen=True, slots=True)
class WayBack:
    """That settings of `version`, which `saved_by` has saved at `saved_at`, worked and are kept.

    As long as no message has left by them, those of the version `earlier` are kept as well, which
    worked before. Where those in force go back unless they are confirmed, it is `awaited`.
    """

    version: int
    saved_by: str
    saved_at: datetime
    earlier: int | None
    awaited: Awaited | None


def way_back(session: Session) -> WayBack | None:
    """The last settings that worked; None where there are none."""
    row = session.connection().execute(_WAY_BACK).one_or_none()
    if row is None:
        return None
    version, saved_by, saved_at, earlier, *awaited = row
    until = Awaited(*awaited) if row.deadline else None
    return WayBack(version, saved_by, saved_at, earlier, until)


def keep(session: Session, environment: Environment, version: int, *, sent: bool) -> None:
    """Keep the settings in force as those that worked, unless they are no more of `version`.

    Whether a message was `sent` by them decides if those that worked before are still of use. Until
    they are confirmed, where that is awaited, the way back still leads to those before.
    """
    row = row_in_force(session, environment, locked=True)
    if row.version != version:
        return
    awaited = update(AwaitedConfirmation).where(AwaitedConfirmation.version == version)
    if session.connection().execute(awaited.values(works=True)).rowcount:
        return
    keep_row(session, row)
    if sent:
        session.execute(delete(EarlierSettings))


def keep_row(session: Session, row: Settings) -> None:
    """Keep the settings in `row` as those that worked, and those before them."""
    before = _put(session, row)
    if before["version"] != row.version and session.get(EarlierSettings, ONLY_ROW) is None:
        session.add(EarlierSettings(**before))


def _put(session: Session, row: Settings) -> dict[str, Any]:
    """Let `row` be the settings that worked last; the values of those that were."""
    working = _values(row)
    stored = locked_row(session, WorkingSettings, ONLY_ROW, lambda: WorkingSettings(**working))
    before = _values(stored)
    for name, value in working.items():
        setattr(stored, name, value)
    return before


def _values(row: SettingsRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in COLUMNS}


def check(
    session: Session, environment: Environment, base_version: int | None, *, refused: bool = False
) -> None:
    """Raise what `go_back` would raise now, without locking or writing anything."""
    row = row_in_force(session, environment)
    _change_to(
        _last_working(session, row, refused=refused), session, row, environment, base_version
    )


def go_back(
    session: Session,
    environment: Environment,
    base_version: int | None,
    *,
    by: Actor,
    note: str = WENT_BACK,
    refused: bool = False,
) -> Saved:
    """Put the last settings that worked in force again, with their secrets.

    Where real mail is `refused`, those that pass a check and have sent no message do not count.
    `base_version` is the version that is left; `note` says in the audit log why. A secret goes only
    where it went then, so that nothing is asked for again (SPEC F9). Raises Refused where there are
    no other settings that worked, SecretLost where one of their secrets can't be decrypted, and
    what `service.save` raises.
    """
    row = locked_settings(session, environment)
    last = _last_working(session, row, refused=refused)
    change = _change_to(last, session, row, environment, base_version)
    saved = put_in_force(
        session, row, change, environment, by=by, tested=Tested.UNTESTED, note=note
    )
    _put(session, row)
    if isinstance(last, EarlierSettings):
        session.delete(last)
    return saved


def _last_working(session: Session, row: Settings, *, refused: bool) -> EarlierRow | None:
    """The last settings that worked before those in `row`; None where there are none."""
    last = session.get(WorkingSettings, ONLY_ROW)
    if last and last.version < row.version:
        return last
    return session.get(EarlierSettings, ONLY_ROW) if refused else None


def _change_to(
    last: EarlierRow | None,
    session: Session,
    row: Settings,
    environment: Environment,
    base_version: int | None,
) -> Change:
    """The change of the settings in `row` to the `last` that worked."""
    if last is None:
        raise Refused(NOTHING_EARLIER)
    worked = saved_from(last, environment.lock, environment.cipher)
    for name in SECRETS:
        if worked.lost(name):
            raise SecretLost(name)
    change = replaced_by(session, row, worked, environment, base_version)
    if not change.differences:  # for what differs comes from the environment
        raise Refused(NOTHING_EARLIER)
    return change
