"""The transaction that writes. It is opened by a view, a command or a loop, never by a service."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, scoped_session

from smtp_panel.storage import sqlite
from smtp_panel.storage.base import Base

MOMENT = 100  # milliseconds

Row = TypeVar("Row", bound=Base)

_under_way: ContextVar[Mapping[Engine, Session]] = ContextVar(
    "the transactions that write, at most one of each database", default=MappingProxyType({})
)


class NestedWriting(RuntimeError):
    """A transaction was opened inside another: the caller owns the transaction."""


@contextmanager
def writing(session: Session | scoped_session[Any], *, patient: bool = True) -> Iterator[Session]:
    """One transaction that may write: commits at its end, rolls back on an exception.

    It begins anew: what the session has not committed is dropped. On SQLite it holds the write
    lock of the database from its beginning, so that what it reads stays true until it commits. On
    PostgreSQL (READ COMMITTED) it holds only the rows that it has written or locked: what it
    decides by, it reads with `with_for_update` or `locked_row`, or writes with a condition.

    What is not worth a wait is not `patient`: on SQLite it waits a MOMENT for a lock that others
    hold, in place of seconds, and raises the error of a busy database then.

    Raises NestedWriting inside another one of this thread and database: it would wait for itself.
    """
    own = session() if isinstance(session, scoped_session) else session
    engine, others = own.get_bind().engine, _under_way.get()
    if engine in others:
        raise NestedWriting("a transaction is under way: take its session")
    patience = sqlite.BUSY_TIMEOUT if patient else MOMENT
    token = _under_way.set({**others, engine: own})
    own.rollback()
    with sqlite.turn(engine, patience):
        try:
            own.connection(execution_options={sqlite.BEGIN: "IMMEDIATE", sqlite.PATIENCE: patience})
            yield own
            own.commit()
        finally:
            _under_way.reset(token)
            own.rollback()


def under_way(engine: Engine) -> Session | None:
    """The session of the transaction that `writing` has opened in this thread on `engine`."""
    return _under_way.get().get(engine)


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that reads what a transaction under way on `engine` has written, if there is one.

    Else one of its own: a thread has no more than one connection at a time.
    """
    session = under_way(engine)
    if session:
        yield session
    else:
        with Session(engine) as own:
            yield own


def locked_row(session: Session, model: type[Row], key: object, first: Callable[[], Row]) -> Row:
    """The row of `model` with this primary key, locked until the end of the transaction.

    If there is none yet, it is the one that `first` makes, or that another process just inserted.
    """
    row = session.get(model, key, with_for_update=True, populate_existing=True)
    if row:
        return row
    try:
        with session.begin_nested():
            session.add(first())
    except IntegrityError:
        pass  # the other process was first
    return session.get_one(model, key, with_for_update=True, populate_existing=True)
