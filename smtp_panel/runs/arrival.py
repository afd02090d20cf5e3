"""The signed link in a test message, which tells that the message arrived (SPEC T5)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import Signer
from sqlalchemy import select, update
from sqlalchemy.orm import Session, scoped_session

from smtp_panel.runs.model import Run
from smtp_panel.secret import Secret
from smtp_panel.storage import utcnow

TOKEN_BYTES = 16  # 128 bits, which nobody guesses
LIFETIME = timedelta(days=7)


@dataclass(frozen=True)
class Opened:
    """The test whose link was opened, and whether that had been noted before."""

    run_id: str
    noted: bool


def new_token(key: str) -> str:
    """A random token for the link in one message, signed with `key`. Only its digest is stored."""
    return _signer(key).sign(secrets.token_urlsafe(TOKEN_BYTES)).decode()


def link(installation: str, token: str) -> str:
    """The link to put into a message of the `installation` at this URL."""
    return f"{installation.rstrip('/')}/arrived/{token}"


def awaited(run: Run, now: datetime) -> bool:
    """Whether the message of `run` has a link that was not opened yet and is still valid."""
    return bool(run.arrival_hash and not run.arrived_at and now < run.started_at + LIFETIME)


def find(
    session: Session | scoped_session[Any],
    token: str,
    keys: str | list[str],
    now: datetime | None = None,
) -> Opened | None:
    """The test whose message has `token` in its link; None if there is none or the link expired.

    A token that is not signed by one of `keys` costs no query.
    """
    if not _signer(keys).validate(token):
        return None
    begun = (now or utcnow()) - LIFETIME
    found = select(Run.id, Run.arrived_at).where(Run.arrival_hash == Secret(token).digest())
    row = session.execute(found.where(Run.started_at > begun)).one_or_none()
    return Opened(row.id, row.arrived_at is not None) if row else None


def record(session: Session, opened: Opened, now: datetime | None = None) -> None:
    """Write, in the transaction of `session`, that the message arrived; the first time counts."""
    first = update(Run).where(Run.id == opened.run_id, Run.arrived_at.is_(None))
    session.execute(first.values(arrived_at=now or utcnow()))


def _signer(keys: str | list[str]) -> Signer:
    return Signer(keys, salt="arrival", digest_method=hashlib.sha256)
