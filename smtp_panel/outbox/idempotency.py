"""A message that a program asks for twice is accepted once (Idempotency-Key; SPEC 11)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import Connection, ForeignKey, String, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from smtp_panel.outbox.model import ID
from smtp_panel.storage import Base, UTCDateTime, utcnow

LONGEST_KEY = 255  # characters
KEPT = datetime.timedelta(hours=24)


class Idempotency(Base):
    """The message that was accepted for what a program with the API key `key_id` calls `key`.

    `fingerprint` is of the request. The message is there when the transaction commits.
    """

    __tablename__ = "idempotency"

    key_id: Mapped[str] = mapped_column(String(ID), primary_key=True)
    key: Mapped[str] = mapped_column(String(LONGEST_KEY), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    message: Mapped[str] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED"),
        index=True,
    )
    created_at: Mapped[datetime.datetime] = mapped_column(UTCDateTime)


@dataclass(frozen=True, slots=True, order=True)
class IdempotencyKey:
    """What makes a message the one that was asked for before.

    `key` is what the program with the API key `key_id` calls it; `fingerprint` is of the request.
    """

    key_id: str
    key: str
    fingerprint: str


class KeyReused(Exception):
    """The same key was given to another message before."""


# They give the message, or nothing where there is a row of this key.
_INSERT = {
    "postgresql": postgresql.insert(Idempotency)
    .on_conflict_do_nothing()
    .returning(Idempotency.message),
    "sqlite": sqlite.insert(Idempotency).on_conflict_do_nothing().returning(Idempotency.message),
}


def first(
    connection: Connection, once: IdempotencyKey, message: str, now: datetime.datetime
) -> str:
    """The id of the message that was accepted for `once`: `message`, if there was none before.

    Of several transactions at once the others wait for the first to commit. Raises KeyReused.
    """
    row = {
        "key_id": once.key_id,
        "key": once.key,
        "fingerprint": once.fingerprint,
        "message": message,
        "created_at": now,
    }
    if connection.scalar(_INSERT[connection.dialect.name], row):
        return message
    return earlier(connection, once) or message


def earlier(connection: Connection, once: IdempotencyKey) -> str | None:
    """The id of the message that was accepted for `once` before, if any; raises KeyReused."""
    same = Idempotency.key_id == once.key_id, Idempotency.key == once.key
    found = connection.execute(
        select(Idempotency.message, Idempotency.fingerprint).where(*same)
    ).first()
    if found and found.fingerprint != once.fingerprint:
        raise KeyReused
    return found.message if found else None


def forget(session: Session, now: datetime.datetime | None = None) -> None:
    """Forget what was asked for longer ago than KEPT."""
    old = Idempotency.created_at <= (now or utcnow()) - KEPT
    session.execute(delete(Idempotency).where(old))
