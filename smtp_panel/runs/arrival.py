"""Whether a test message arrived: the signed one-time link in it tells (SPEC T5)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import Signer
from sqlalchemy import select, update
from sqlalchemy.orm import Session, scoped_session

from smtp_panel.runs.model import Run
from smtp_panel.storage import utcnow, writing

TOKEN_BYTES = 16  # 128 bits, which nobody guesses
LIFETIME = timedelta(days=7)


def new_token(key: str) -> str:
    """What makes a link that of one message, signed by `key`. Store its `digest`, not itself."""
    return _signer(key).sign(secrets.token_urlsafe(TOKEN_BYTES)).decode()


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def link(installation: str, token: str) -> str:
    """The link to put into a message of the `installation` at this URL."""
    return f"{installation.rstrip('/')}/arrived/{token}"


def awaited(run: Run, now: datetime) -> bool:
    """Whether the link in the message of `run` may yet be opened for the first time."""
    return bool(run.arrival_hash and not run.arrived_at and now < run.started_at + LIFETIME)


def opened(
    session: Session | scoped_session[Any],
    token: str,
    key: str,
    *,
    counts: bool = True,
    now: datetime | None = None,
) -> bool:
    """Whether `token` is that of a test not older than LIFETIME.

    The first time that `counts` is noted as the arrival, in a transaction of its own. What is
    not signed by `key` costs no query.
    """
    if not _signer(key).validate(token):
        return False
    now = now or utcnow()
    of_token = (Run.arrival_hash == digest(token), Run.started_at > now - LIFETIME)
    found = session.execute(select(Run.id, Run.arrived_at).where(*of_token)).one_or_none()
    if found is None:
        return False
    if counts and found.arrived_at is None:
        first = update(Run).where(Run.id == found.id, Run.arrived_at.is_(None))
        with writing(session) as writer:
            writer.execute(first.values(arrived_at=now))
    return True


def _signer(key: str) -> Signer:
    return Signer(key, salt="arrival", digest_method=hashlib.sha256)
