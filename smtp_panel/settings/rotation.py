"""New keys for the secrets that are stored, whatever table they are in (SPEC V6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Column, Table, select, update
from sqlalchemy.orm import Session

from smtp_panel import audit
from smtp_panel.audit import Actor, AuditAction
from smtp_panel.config import keyfile
from smtp_panel.settings.cipher import Cipher, Undecryptable, new_key
from smtp_panel.storage import Base

ENCRYPTED = "_encrypted"  # how the name of every column ends that holds such a secret


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many secrets are encrypted with the newest key now, and how many no key can read."""

    secrets: int
    unreadable: int


def encrypt_anew(session: Session, cipher: Cipher, by: Actor) -> Rotated:
    """Encrypt every secret with the newest key of `cipher`, with an audit entry.

    What no key can read stays as it is, for the key may be found again. Raises KeyUnavailable.
    """
    secrets = unreadable = 0
    for table, column in _columns():
        keys = list(table.primary_key.columns)
        for *key, token in session.execute(select(*keys, column).where(column.is_not(None))).all():
            try:
                fresh = cipher.encrypt_anew(token)
            except Undecryptable:
                unreadable += 1
                continue
            this_row = (each == value for each, value in zip(keys, key, strict=True))
            unchanged = update(table).where(*this_row, column == token)  # by a save meanwhile
            secrets += session.connection().execute(unchanged.values({column: fresh})).rowcount
    audit.record(session, AuditAction.SECRETS_ENCRYPTED_ANEW, by)
    return Rotated(secrets, unreadable)


def _columns() -> Iterator[tuple[Table, Column[str]]]:
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if column.name.endswith(ENCRYPTED):
                yield table, column


def add_key(file: Path) -> None:
    """Put a new key before the one in `file`, unless there are several already. Raises OSError."""
    keys = file.read_text("ascii").split()
    if len(keys) == 1:
        keyfile.replace(file, "\n".join([new_key(), *keys]))


def drop_old_keys(file: Path) -> None:
    """Leave the newest key alone in `file`. Raises OSError."""
    keyfile.replace(file, file.read_text("ascii").split()[0])
