"""The transaction that writes. It is opened by a view, a command or a loop, never by a service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, scoped_session

from smtp_panel.storage import sqlite
from smtp_panel.storage.base import Base

Row = TypeVar("Row", bound=Base)

_under_way: ContextVar[Session | None] = ContextVar("the transaction that writes", default=None)


class NestedWriting(RuntimeError):
    """A transaction was opened inside another: the caller owns the transaction."""


@contextmanager
def writing(session: Session | scoped_session[Any]) -> Iterator[Session]:
    """One transaction that may write: commits at its end, rolls back on an exception.

    It begins anew: what the session has not committed is dropped. On SQLite it holds the write
    lock of the database from its beginning, so that what it reads stays true until it commits. On
    PostgreSQL (READ COMMITTED) it holds only the rows that it has written or locked: what it
    decides by, it reads with `with_for_update` or `locked_row`, or writes with a condition.

    Raises NestedWriting inside another one of this thread, which would wait for itself.
    """
    if _under_way.get() is not None:
        raise NestedWriting("a transaction is under way: take its session")
    own = session() if isinstance(session, scoped_session) else session
    token = _under_way.set(own)
    session.rollback()
    try:
        session.connection(execution_options={sqlite.BEGIN: "IMMEDIATE"})
        yield own
        session.commit()
    finally:
        _under_way.reset(token)
        session.rollback()


def under_way() -> Session | None:
    """The session of the transaction that `writing` has opened in this thread."""
    return _under_way.get()


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
