"""Nothing that was accepted is lost, whatever is killed when (SPEC M3)."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from random import Random
from typing import Self

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select, update

from smtp_panel.audit import Actor
from smtp_panel.config import Config
from smtp_panel.outbox import handling
from smtp_panel.outbox.enqueue import MailObject
from smtp_panel.outbox.model import Message, MessageState, Pause, Queued
from smtp_panel.outbox.outbox import Outbox
from smtp_panel.storage import db, utcnow, writing
from tests.outbox import hasty_worker
from tests.outbox.conftest import ADA, BOB, journals
from tests.servers.chaotic import chaotic_server
from tests.servers.processes import wait_until

MESSAGES = int(os.environ.get("OUTBOX_SOAK_MESSAGES", "200"))
WORKERS = 4
KILLS = MESSAGES // 100


class Workers:
    """Processes of `smtp worker`, of which one is killed and replaced now and then."""

    def __init__(self, config: Config, port: int) -> None:
        self._start = partial(hasty_worker.start, config, port)
        self._running = deque(self._start() for _ in range(WORKERS))
        self._random = Random(7)
        self._lock = threading.Lock()

    def kill_one(self) -> None:
        """Kill a worker, and start another."""
        with self._lock:
            self._running.rotate(self._random.randrange(WORKERS))
            killed = self._running.popleft()
            killed.kill()
            killed.join()
            self._running.append(self._start())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running:
            process.kill()
            process.join()

    def end(self) -> None:
        """Ask all of them to end."""
        for process in self._running:
            process.terminate()
        for process in self._running:
            process.join(30)


@contextmanager
def accepting(engine: Engine, config: Config) -> Iterator[Outbox]:
    """The outbox, for accepting only."""
    outbox = Outbox(engine, "test", journals(config))
    yield outbox
    outbox.close()


def count(engine: Engine, state: MessageState) -> int:
    """How many messages are in this state."""
    with engine.connect() as connection:
        found = select(func.count()).select_from(Message).where(Message.state == state)
        return connection.scalar(found) or 0


def let_time_pass() -> None:
    """Let what is put off be due, and a rest of the queue be over: both go by the time of day."""
    with writing(db.session) as session:
        put_off = select(Queued.id).where(Queued.owner.is_(None), Queued.due > utcnow())
        put_off = put_off.with_for_update(skip_locked=True)
        session.execute(update(Queued).where(Queued.id.in_(put_off)).values(due=utcnow()))
        session.execute(update(Pause).where(Pause.until > utcnow()).values(until=utcnow()))


def send_again_what_may_be_missing() -> int:
    """What an admin does with the uncertain ones; how many."""
    let_time_pass()
    with writing(db.session) as session:
        uncertain = select(Message.id).where(Message.state == MessageState.UNCERTAIN)
        found = session.scalars(uncertain).all()
        for message in found:
            handling.resend(session, message, Actor("test"))
    return len(found)


@pytest.mark.both_engines
def test_nothing_is_lost_though_workers_are_killed_and_the_server_drops_what_it_likes(
    app: Flask, config: Config
) -> None:
    """SPEC M3: at least once, and nothing is sent twice by itself."""
    steps = {round(MESSAGES * n / (KILLS + 1)) for n in range(1, KILLS + 1)}
    due, killed = threading.Semaphore(0), threading.Semaphore(0)

    def is_due() -> bool:
        """Whether so many messages are taken that a worker is to be killed."""
        let_time_pass()
        return due.acquire(blocking=False)

    def at(number: int) -> None:
        """Hold the answer to this message back until a worker is killed."""
        if number in steps:
            due.release()
            assert killed.acquire(timeout=60)

    with (
        app.app_context(),
        accepting(db.engine, config) as outbox,
        chaotic_server(3, ease=60, at=at) as sink,
    ):
        ids = [f"<{number}@test.example>" for number in range(MESSAGES)]
        for id_ in ids:
            outbox.accept(
                MailObject(
                    sender=ADA,
                    recipients=[BOB],
                    octets=f"Message-ID: {id_}\r\n\r\nThe news.\r\n".encode(),
                    message_id=id_,
                )
            )
        with Workers(config, sink.port) as workers:
            for _ in range(KILLS):
                wait_until(is_due, seconds=120)
                workers.kill_one()
                killed.release()

            uncertain = []

            def all_sent() -> bool:
                uncertain.append(send_again_what_may_be_missing())
                return count(db.engine, MessageState.SENT) == MESSAGES

            wait_until(all_sent, seconds=120)
            workers.end()

    assert set(sink.taken) == set(ids), "0 lost"
    twice = sink.taken.total() - MESSAGES
    assert twice <= sum(uncertain), "and only by the word of whoever sent it again"
    print(f"{MESSAGES} messages, {KILLS} kills: 0 lost, {twice} twice, {sum(uncertain)} uncertain")
