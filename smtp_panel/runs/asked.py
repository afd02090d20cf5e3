"""Checks and tests that are asked of a node: a row each, until that node claims it (SPEC A8).

What was typed, a secret among it, is encrypted for this one run and node, and goes with the row.
"""

from __future__ import annotations

import datetime
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Row, String, Text, delete, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, scoped_session

from smtp_panel.audit import Actor
from smtp_panel.runs.model import Run, RunKind
from smtp_panel.secret import Secret
from smtp_panel.settings.cipher import Cipher
from smtp_panel.storage import Base, UTCDateTime

ASKED_SECONDS = 1.0  # between a node's looks at what is asked of it
ANSWER_SECONDS = 10  # within which a node is to begin
# Then any node ends it, for the one that asked is gone as well, or clocks differ.
ORPHANED_AFTER = datetime.timedelta(seconds=45)


class OtherVersion(Exception):
    """What is asked was written by a version of the panel that knows more, or less."""


class AskedRun(Base):
    """That `node` is to begin the run `run_id` until `begin_by`, asked by the node `asked_by`.

    `request` is encrypted.
    """

    __tablename__ = "asked_run"

    run_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    node: Mapped[str] = mapped_column(String(255))
    asked_by: Mapped[str] = mapped_column(String(255))
    begin_by: Mapped[datetime.datetime] = mapped_column(UTCDateTime)
    request: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be walked, for `by`: a check, or a test whose message goes to `recipient`.

    `texts` is the draft as a form would send it, typed secrets included. The message is in
    `language`.
    """

    kind: RunKind
    texts: dict[str, str] = field(repr=False)
    by: Actor
    recipient: str
    language: str

    @property
    def sends(self) -> bool:
        """Whether a message is sent."""
        return self.kind is RunKind.TEST


def new_batch() -> str:
    """An id for runs that are asked together."""
    return secrets.token_urlsafe(16)


def ask(session: Session, run: Run, request: Request, cipher: Cipher, *, by: str) -> None:
    """Ask the node of `run`, a row of this transaction, to walk it; the node `by` asks.

    Raises KeyUnavailable.
    """
    text = Secret(json.dumps(asdict(request)))
    session.add(
        AskedRun(
            run_id=run.id,
            node=run.node,
            asked_by=by,
            begin_by=run.started_at + datetime.timedelta(seconds=ANSWER_SECONDS),
            request=cipher.encrypt(_purpose(run), text),
        )
    )


def waiting(session: Session | scoped_session[Any]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Everything that no node has begun yet: one query of a table that is mostly empty."""
    columns = AskedRun.run_id, AskedRun.node, AskedRun.asked_by, AskedRun.begin_by
    return session.connection().execute(select(*columns)).all()


def is_overdue(asked: Row[*tuple[Any, ...]], node: str, now: datetime.datetime) -> bool:
    """Whether `node` is to end a row of `waiting`, which its own node has not begun in time."""
    grace = datetime.timedelta() if asked.asked_by == node else ORPHANED_AFTER
    return bool(now > asked.begin_by + grace)


def claim(session: Session, run_id: str) -> tuple[Run, str] | None:
    """Take a row of `waiting` away: the run and its encrypted request; None if others were faster.

    Whoever claims it begins the run, or ends it.
    """
    taken = delete(AskedRun).where(AskedRun.run_id == run_id).returning(AskedRun.request)
    encrypted = session.scalar(taken)
    run = session.get(Run, run_id, populate_existing=True)
    return (run, encrypted) if run and encrypted else None


def request_of(run: Run, encrypted: str, cipher: Cipher) -> Request:
    """What `run` was asked for; raises Undecryptable where this node has other keys.

    What another version has asked in words that this one does not know is not guessed at: that
    raises OtherVersion.
    """
    fields = json.loads(cipher.decrypt(_purpose(run), encrypted).reveal())
    try:
        kind, by = RunKind(fields.pop("kind")), Actor(**fields.pop("by"))
        return Request(kind=kind, by=by, **fields)
    except (KeyError, TypeError, ValueError) as error:
        raise OtherVersion from error


def runs_of(session: Session | scoped_session[Any], asked_id: str) -> Sequence[Run]:
    """The check or test with this id, or all that were asked together under it, by node."""
    either = or_(Run.id == asked_id, Run.batch == asked_id)
    found = select(Run).where(either, Run.kind.in_((RunKind.CHECK, RunKind.TEST)))
    return session.scalars(found.order_by(Run.node)).all()


def _purpose(run: Run) -> str:
    return f"run {run.id} on {run.node}"
