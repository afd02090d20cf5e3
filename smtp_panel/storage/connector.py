"""Connects to a database: where it is gone, nobody waits for long (SPEC A8)."""

from __future__ import annotations

import select
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Dialect, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError

from smtp_panel.net.deadline import Deadline, TimedOut
from smtp_panel.storage import clock

ANSWER_SECONDS = 5.0
NOTHING, WHAT_TIME = b"", b"SELECT extract(epoch FROM clock_timestamp())"


class Connector:
    """Connects to a database; each thread does, until one fails.

    From then on one alone tries, and what made it fail is told to all others at once. So a machine
    that is gone without a word keeps no more threads waiting, and requests that need no database
    are answered.

    A connection that was made before is replaced where the server does not answer within
    `answer_seconds`. No setting of libpq does that: where a server has stopped, or its storage
    hangs, its machine acknowledges on its behalf whatever is sent.
    """

    def __init__(self, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._answer_seconds = answer_seconds
        self._driver_error: type[Exception] = Exception
        self._failure: Exception | None = None
        self._trying = threading.Lock()

    def attach(self, engine: Engine) -> None:
        """Let `engine` connect so."""
        self._driver_error = engine.dialect.loaded_dbapi.Error
        event.listen(engine, "do_connect", self._connect)
        event.listen(engine, "checkout", self._check)

    def _check(self, connection: Any, _record: object, _proxy: object) -> None:
        """Let the pool replace a `connection` of psycopg that does not answer.

        Now and then it is asked for the time of the database.
        """
        machine = clock.machine
        question = WHAT_TIME if machine.is_to_be_compared else NOTHING
        asked = machine.system()
        try:
            answer = _answer(connection, question, Deadline(self._answer_seconds))
        except (TimedOut, self._driver_error):
            answer = None
        if answer is None:
            raise DisconnectionError("the database does not answer")
        if answer:
            machine.compare(asked, datetime.fromtimestamp(float(answer), UTC))

    def _connect(
        self, dialect: Dialect, _record: object, words: Sequence[Any], options: Mapping[str, Any]
    ) -> DBAPIConnection:
        failure = self._failure
        if failure is None:
            return self._try(dialect, words, options)
        if not self._trying.acquire(blocking=False):
            raise type(failure)(*failure.args)
        try:
            return self._try(dialect, words, options)
        finally:
            self._trying.release()

    def _try(
        self, dialect: Dialect, words: Sequence[Any], options: Mapping[str, Any]
    ) -> DBAPIConnection:
        try:
            connection: DBAPIConnection = dialect.connect(*words, **options)
        except Exception as error:
            self._failure = error
            raise
        self._failure = None
        return connection


def _answer(connection: Any, question: bytes, deadline: Deadline) -> bytes | None:
    """What the `question` is answered, empty where it is nothing; None by one who has left.

    It is sent by libpq itself, for psycopg would wait for ever. Raises TimedOut.
    """
    libpq = connection.pgconn
    waiting = select.poll()
    waiting.register(libpq.socket, select.POLLIN)
    libpq.send_query(question)
    answer = b""
    while True:
        while libpq.is_busy():
            waiting.poll(1000 * deadline.remaining())
            libpq.consume_input()
        result = libpq.get_result()
        if result is None:
            return None if connection.closed else answer
        if result.ntuples:
            answer = result.get_value(0, 0)
