"""The last settings that worked, and the way back to them."""

from __future__ import annotations

from functools import partial

from sqlalchemy.orm import Session

from smtp_panel.audit import Actor
from smtp_panel.settings.fields import SECRETS
from smtp_panel.settings.model import ONLY_ROW, Settings, Tested, WorkingSettings
from smtp_panel.settings.rules import Refused
from smtp_panel.settings.saved import Saved, first_row, saved_from
from smtp_panel.settings.secrets import SecretLost
from smtp_panel.settings.service import Environment, put_in_force, replaced_by
from smtp_panel.storage import locked_row
from smtp_panel.words import N_

WENT_BACK = N_("Went back to the last settings that worked.")
NOTHING_EARLIER = N_(
    "There are no earlier settings that worked. The settings in force are as they were."
)
COLUMNS = Settings.__table__.columns.keys()


def keep(session: Session, environment: Environment, version: int) -> None:
    """Keep the settings in force as those that worked, unless they are no more of `version`."""
    row = session.get(Settings, ONLY_ROW) or first_row(environment.config, environment.default)
    if row.version == version:
        session.merge(WorkingSettings(**{name: getattr(row, name) for name in COLUMNS}))


def can_go_back(session: Session, version: int) -> bool:
    """Whether other settings worked before those of `version`."""
    kept = session.get(WorkingSettings, ONLY_ROW)
    return kept is not None and kept.version < version


def go_back(
    session: Session, environment: Environment, base_version: int | None, *, by: Actor
) -> Saved:
    """Put the last settings that worked in force again, with their secrets.

    `base_version` is the version that is left. A secret goes only where it went then, so that
    nothing is asked for again (SPEC F9). Raises Refused where there are no such settings,
    SecretLost where one of their secrets can't be decrypted, and what `service.save` raises.
    """
    first = partial(first_row, environment.config, environment.default)
    row = locked_row(session, Settings, ONLY_ROW, first)
    kept = session.get(WorkingSettings, ONLY_ROW)
    if kept is None or kept.version >= row.version:
        raise Refused(NOTHING_EARLIER)
    worked = saved_from(kept, environment.lock, environment.cipher)
    for name in SECRETS:
        if worked.lost(name):
            raise SecretLost(name)
    change = replaced_by(session, row, worked, environment, base_version)
    saved = put_in_force(
        session, row, change, environment, by=by, tested=Tested.UNTESTED, note=WENT_BACK
    )
    kept.version = saved.version
    return saved
