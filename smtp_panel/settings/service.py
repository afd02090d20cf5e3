"""Saving the settings: one transaction for them and their audit entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from smtp_panel import audit
from smtp_panel.audit import Actor, AuditAction, AuditEntry
from smtp_panel.config import Config
from smtp_panel.secret import Secret
from smtp_panel.settings.cipher import Cipher
from smtp_panel.settings.default_service import DefaultService
from smtp_panel.settings.draft import Draft
from smtp_panel.settings.fields import SECRETS, VALUES, unused
from smtp_panel.settings.locked import Locked, locked
from smtp_panel.settings.model import (
    AwaitedConfirmation,
    EarlierSettings,
    Settings,
    Tested,
    WorkingSettings,
)
from smtp_panel.settings.saved import Saved, first_row, required, saved_from
from smtp_panel.settings.secrets import BoundSecret, Secrets, secrets_after, store_secrets
from smtp_panel.settings.values import Service, Values
from smtp_panel.storage import ONLY_ROW, locked_row, utcnow
from smtp_panel.words import N_

TEST_NOTES = {
    Tested.PASSED: N_("Saved after a test that passed."),
    Tested.FAILED: N_("Saved after a test that failed."),
    Tested.UNTESTED: None,
}

Differences = dict[str, tuple[object, object]]


@dataclass(frozen=True)
class Environment:
    """What the operator provides: the variables, the keys, and the default service or none."""

    config: Config
    cipher: Cipher
    default: DefaultService | None

    @property
    def lock(self) -> Locked:
        """The fields that variables fix."""
        return locked(self.config)


@dataclass(frozen=True)
class Change:
    """The values and secrets after a save, and which of them differ from before, by field."""

    after: Values
    secrets: Secrets
    differences: Differences


class Conflict(Exception):
    """A draft did not start from the settings in force (SPEC V3).

    `by` is who saved since, `at` the time of the last save, and `changes` what was changed, by
    field. Where nothing was ever saved, `by` is empty.
    """

    def __init__(self, by: str, at: datetime, changes: Mapping[str, tuple[Any, Any]]) -> None:
        super().__init__(f"The settings in force are of {at:%Y-%m-%d %H:%M} UTC, saved by {by!r}")
        self.by = by
        self.at = at
        self.changes = changes


def check_save(
    session: Session, draft: Draft, environment: Environment, base_version: int | None
) -> Saved:
    """The settings as `save` would leave them now, but for their version; raises what it raises.

    Without locking or writing anything.
    """
    row = row_in_force(session, environment)
    change = _change(session, row, draft, environment, base_version)
    before = saved_from(row, environment.lock, environment.cipher)
    return replace(before, **vars(change.after), secrets=change.secrets)


def save(
    session: Session,
    draft: Draft,
    environment: Environment,
    base_version: int | None,
    *,
    by: Actor,
    tested: Tested = Tested.UNTESTED,
) -> Saved:
    """Put `draft` in force, in the transaction of `session`, which must be able to write.

    `base_version` is the version that the draft started from, None where that is not known.
    Raises Conflict where it is not the version in force (SPEC V3), SecretNeeded, NoDefaultService,
    and KeyUnavailable for a new secret that can't be encrypted. Nothing is written then.
    """
    row = locked_settings(session, environment)
    change = _change(session, row, draft, environment, base_version)
    if any(map(draft.removes, SECRETS)):
        for kept in (WorkingSettings, EarlierSettings):  # which may hold what is to be removed
            session.execute(delete(kept))
        session.execute(delete(AwaitedConfirmation))  # for there is no way back
    note = TEST_NOTES[tested]
    return put_in_force(session, row, change, environment, by=by, tested=tested, note=note)


def row_in_force(session: Session, environment: Environment, *, locked: bool = False) -> Settings:
    """The row of the settings in force; before the first save, one that is not stored.

    If it is `locked`, nobody saves others until the end of the transaction.
    """
    row = session.get(Settings, ONLY_ROW, with_for_update=locked, populate_existing=locked)
    return row or first_row(environment.config, environment.default)


def locked_settings(session: Session, environment: Environment) -> Settings:
    """The row of the settings in force, locked until the end of the transaction."""
    first = partial(first_row, environment.config, environment.default)
    return locked_row(session, Settings, ONLY_ROW, first)


def put_in_force(
    session: Session,
    row: Settings,
    change: Change,
    environment: Environment,
    *,
    by: Actor,
    tested: Tested,
    note: str | None,
) -> Saved:
    """Write `change` into `row`, which is locked, with an audit entry that has the `note`."""
    store_secrets(row, change.secrets, environment.cipher)
    _write(row, change.after, environment.lock)
    _record(session, row, change.differences, tested, by, note=note)
    session.flush()
    return saved_from(row, environment.lock, environment.cipher)


def replaced_by(
    session: Session,
    row: Settings,
    worked: Saved,
    environment: Environment,
    base_version: int | None,
) -> Change:
    """The change of `row` to the values and secrets of `worked`; raises as `save` does."""
    _check_base(session, row, worked, environment, base_version)
    before = saved_from(row, environment.lock, environment.cipher)
    others = {
        name: (_masked(old), _masked(worked.secrets[name]))
        for name, old in before.secrets.items()
        if old.secret != worked.secrets[name].secret
    }
    return Change(_plain(worked), worked.secrets, _differences(before, worked) | others)


def _change(
    session: Session,
    row: Settings,
    draft: Draft,
    environment: Environment,
    base_version: int | None,
) -> Change:
    _check_base(session, row, draft, environment, base_version)
    before = saved_from(row, environment.lock, environment.cipher)
    after = _after(before, draft, environment.lock)
    secrets = secrets_after(before.secrets, draft, after)
    differences = _differences(before, after) | _secret_changes(before.secrets, secrets)
    return Change(after, secrets, differences)


def _check_base(
    session: Session,
    row: Settings,
    values: Values,
    environment: Environment,
    base_version: int | None,
) -> None:
    """Raise NoDefaultService or Conflict where `values` can't follow the settings in `row`."""
    if values.service is Service.DEFAULT:
        required(environment.default)
    if base_version != row.version:
        raise conflict_with(session, row, base_version or 0)


def conflict_with(session: Session, row: Settings, base_version: int) -> Conflict:
    """That not the settings of `base_version` are in force, but those in `row`."""
    entries = session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.action == AuditAction.SETTINGS_SAVED,
            AuditEntry.settings_version > base_version,
        )
        .order_by(AuditEntry.id)
    ).all()
    changes: dict[str, tuple[Any, Any]] = {}
    for entry in entries:
        for name, (old, new) in entry.changes.items():
            changes[name] = (changes[name][0] if name in changes else old, new)
    by = dict.fromkeys(entry.actor for entry in entries) or [row.updated_by]
    return Conflict(", ".join(by), row.updated_at, changes)


def _after(before: Saved, draft: Draft, lock: Locked) -> Values:
    """The values in force after the save; fields that they do not use keep their old value."""
    values = lock.over(_plain(draft))
    return replace(values, **{name: getattr(before, name) for name in unused(values)})


def _plain(values: Values) -> Values:
    return Values(**{name: getattr(values, name) for name in VALUES})


def _differences(before: Values, after: Values) -> Differences:
    pairs = {name: (getattr(before, name), getattr(after, name)) for name in VALUES}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _secret_changes(before: Secrets, after: Secrets) -> Differences:
    return {
        name: (_masked(old), _masked(after[name]))
        for name, old in before.items()
        if old.secret is not after[name].secret or old.undecryptable != after[name].undecryptable
    }


def _masked(secret: BoundSecret) -> Secret | None:
    return Secret("") if secret.bound else None


def _write(row: Settings, after: Values, lock: Locked) -> None:
    """Write `after` into `row`. Locked fields keep what was saved, for when they are unlocked."""
    for name in VALUES:
        if name not in lock.values:
            setattr(row, name, getattr(after, name))


def _record(
    session: Session,
    row: Settings,
    changes: Differences,
    tested: Tested,
    by: Actor,
    *,
    note: str | None,
) -> None:
    """Add the audit entry and the new version; saving the same again, untested, makes neither."""
    if not changes and tested is Tested.UNTESTED:
        return
    row.test_outcome = tested
    if changes:
        row.version += 1
        row.updated_at, row.updated_by = utcnow(), by.name
        session.execute(delete(AwaitedConfirmation))  # of the version before
    audit.record(
        session,
        AuditAction.SETTINGS_SAVED,
        by,
        changes=changes,
        note=note,
        settings_version=row.version,
    )
