"""What admins are told by mail, each of them what they want (SPEC M1, W8)."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from smtp_panel.access.external import able_admins
from smtp_panel.access.users import AnySession, User
from smtp_panel.alerts.installation import Located, installation_of
from smtp_panel.alerts.model import DeclinedNotice
from smtp_panel.audit import Actor, AuditAction, AuditEntry
from smtp_panel.mail import occasions
from smtp_panel.mail.occasions import NOTICES, SETTINGS_CHANGED, MailFacts, MailKind
from smtp_panel.telling.labels import FIELD_LABELS


def wanted_by(session: AnySession, user_id: int) -> set[str]:
    """The ids of the notices that an admin wants: all but those that they have declined."""
    declined = session.scalars(select(DeclinedNotice.kind).where(DeclinedNotice.user_id == user_id))
    return {kind.id for kind in NOTICES} - set(declined)


def choose(session: Session, user_id: int, wanted: Collection[str]) -> None:
    """Let an admin have the notices with the ids in `wanted` alone; who chooses last counts."""
    session.get(User, user_id, with_for_update=True)
    session.execute(delete(DeclinedNotice).where(DeclinedNotice.user_id == user_id))
    session.add_all(
        DeclinedNotice(user_id=user_id, kind=kind.id) for kind in NOTICES if kind.id not in wanted
    )


class Reader(NamedTuple):
    """An admin who is told something: their account, mail address and language."""

    user_id: int
    email: str
    language: str


def readers(session: Session, kind: MailKind) -> list[Reader]:
    """The admins who can sign in, have a mail address and want notices of this kind."""
    declined = exists().where(DeclinedNotice.user_id == User.id, DeclinedNotice.kind == kind.id)
    wanting = select(User).where(User.id.in_(able_admins()), ~declined)
    found = session.scalars(wanting.order_by(User.id))
    return [Reader(each.id, each.email, each.mail_language) for each in found if each.email]


def notify(session: Session, kind: MailKind, facts: MailFacts, *, but: int | None = None) -> None:
    """Send a notice by the outbox, with the transaction of `session`, to all who want it.

    Except to the user with the id `but`. Where there is no mail service, nobody gets it.
    """
    if not occasions.can_send():
        return
    for reader in readers(session, kind):
        if reader.user_id != but:
            occasions.send(kind, facts, recipient=reader.email, language=reader.language)


def settings_saved(
    session: Session, panel: Located, version: int, before: int | None, by: Actor
) -> None:
    """Tell the other admins that `by` has changed the settings, of `version` now.

    It goes by the new settings, with the transaction that saves them. Nobody is told where nothing
    was changed: the version is that from `before`.
    """
    if version == before:
        return
    entry = session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.action == AuditAction.SETTINGS_SAVED, AuditEntry.settings_version == version
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    ).one()
    installation = installation_of(panel)
    facts = {
        "installation": installation.name,
        "by": by.name,
        "at": entry.at,
        "fields": [FIELD_LABELS.get(name, name) for name in entry.changes],
        "link": installation.page("/admin/audit"),
    }
    notify(session, SETTINGS_CHANGED, facts, but=by.user_id)
