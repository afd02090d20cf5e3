"""An outbox, and what becomes of the messages in it."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from smtp_panel.config import Config
from smtp_panel.diagnosis.diagnosis import Diagnosis, diagnose
from smtp_panel.net.network import Network
from smtp_panel.outbox import pause
from smtp_panel.outbox.courier import Courier
from smtp_panel.outbox.enqueue import MailObject
from smtp_panel.outbox.model import Attempt, Body, Message, MessageState, Pause, Queued, Recipient
from smtp_panel.outbox.outbox import Outbox
from smtp_panel.outbox.pace import Pace
from smtp_panel.outbox.route import Route
from smtp_panel.outbox.staging import Staging
from smtp_panel.outbox.suspects import Suspects
from smtp_panel.outbox.worker import Worker
from smtp_panel.smtp.endpoint import Endpoint, Security
from smtp_panel.smtp.facts import Facts, FaultKind, Stage
from smtp_panel.smtp.tokens import Tokens
from smtp_panel.storage import db, utcnow
from tests.servers.processes import wait_until

HERE = "test"  # the name of this machine
ADA, BOB, EVE = "ada@test.example", "bob@test.example", "eve@test.example"
# The server of the settings says nothing.
SILENT = diagnose(
    Facts(
        stage=Stage.CONNECT,
        kind=FaultKind.TIMEOUT,
        server="mail.test.example",
        port=587,
        security=Security.STARTTLS,
    )
)
OCTETS = b"Subject: news\r\nMessage-ID: <1@test.example>\r\n\r\nThe news.\r\n"


def environ_of(config: Config) -> dict[str, str]:
    """The variables by which another process finds the same data and database."""
    own = {
        "SMTP_PANEL_DATA_DIR": str(config.data_dir),
        "SMTP_PANEL_DATABASE_URL": config.database_url.reveal(),
    }
    return {**os.environ, **own}


@dataclass
class Clock:
    """A clock that is ahead by as much as it is told, and may be set wrong."""

    later: datetime.timedelta = datetime.timedelta()
    wrong: datetime.timedelta = datetime.timedelta()

    def monotonic(self) -> float:
        """The seconds so far."""
        return self.later.total_seconds()

    def now(self) -> datetime.datetime:
        """The moment that it says it is."""
        return utcnow() + self.later + self.wrong

    def jump(self, **time: float) -> None:
        """Be set to another time, though none has passed."""
        self.wrong += datetime.timedelta(**time)

    def wait(self, **time: float) -> None:
        """Let so much time pass, such as `seconds=60`."""
        self.later += datetime.timedelta(**time)


@dataclass
class Hand:
    """A worker's hand on the outbox, which sends when it is told and not by itself."""

    outbox: Outbox
    clock: Clock
    staging: Staging | None = None
    envelope_sender: str = ""  # of the settings
    operator_variable: str = ""
    idle_seconds: float = 0.0  # that a connection waits for another message
    failures: list[Diagnosis] = field(default_factory=list)
    suspects: Suspects = field(default_factory=Suspects)
    pace: Pace = field(init=False)

    def __post_init__(self) -> None:
        self.pace = Pace(self.clock.monotonic)

    @property
    def engine(self) -> Engine:
        """The database."""
        return self.outbox.engine

    def accept(self, *recipients: str, **about: Any) -> str:
        """Accept a message; its id."""
        mail = letter(*recipients, **about)
        self.outbox.accept(mail)
        return mail.id

    def deliver(self, port: int, **choices: Any) -> int:
        """Send all that is due on one connection to `port`; how many messages were settled."""
        courier = self.courier(port, **choices)
        courier.run()
        self.settled()
        return courier.delivered

    def probe(self, port: int) -> int:
        """Send one message to `port`; how many were settled."""
        courier = self.courier(port)
        courier.probe()
        self.settled()
        return courier.delivered

    def state(self, message: str) -> MessageState:
        """Where a message stands."""
        with self.engine.connect() as connection:
            return connection.execute(
                select(Message.state).where(Message.id == message)
            ).scalar_one()

    def states(self, message: str) -> dict[str, MessageState]:
        """Where a message stands for each of its recipients."""
        whole = self.state(message)
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(Recipient.address, Recipient.state).where(Recipient.message == message)
            )
            return {row.address: row.state or whole for row in rows}

    def instead(self, message: str) -> dict[str, str]:
        """Where staging let a message go in the place of each of its recipients."""
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(Recipient.address, Recipient.instead).where(Recipient.message == message)
            )
            return {row.address: row.instead for row in rows}

    def queued(self, message: str) -> Queued | None:
        """The row of a message that is not finished."""
        with Session(self.engine) as session:
            return session.get(Queued, message)

    def attempts(self, message: str) -> Sequence[Attempt]:
        """The attempts to hand a message over."""
        found = select(Attempt).where(Attempt.message == message).order_by(Attempt.id)
        with Session(self.engine) as session:
            return session.scalars(found).all()

    def parts(self, message: str) -> int:
        """How many parts of a message's octets are stored."""
        with self.engine.connect() as connection:
            stored = select(func.count()).select_from(Body).where(Body.message == message)
            return connection.scalar(stored) or 0

    def pause(self) -> Pause:
        """How the queue rests."""
        with Session(self.engine) as session:
            return session.scalars(select(Pause)).one()

    def settled(self) -> None:
        """Wait until what was sent is written down."""
        self.outbox.flush()

    def _no_service(self, diagnosis: Diagnosis) -> bool:
        self.failures.append(diagnosis)
        return False

    def courier(self, port: int, **choices: Any) -> Courier:
        """One that hands messages over to `port`, once it is told to run."""
        route = Route(
            endpoint=Endpoint(**{"server": "127.0.0.1", "port": port, "tls": False, **choices}),
            network=Network(),
            tokens=Tokens(),
            envelope_sender=self.envelope_sender,
            version=1,
            staging=self.staging,
            operator_variable=self.operator_variable,
        )
        return Courier(
            self.outbox,
            route,
            lambda: True,
            self._no_service,
            lambda: None,
            in_force=lambda: True,
            accepted=lambda: None,
            pace=self.pace,
            suspects=self.suspects,
            idle_seconds=self.idle_seconds,
        )


def route_to(port: int) -> Route:
    """The way to a server on loopback."""
    endpoint = Endpoint(server="127.0.0.1", port=port, tls=False)
    return Route(
        endpoint=endpoint, network=Network(), tokens=Tokens(), envelope_sender="", version=1
    )


@dataclass
class Sending:
    """A worker that is running, and the way that it takes."""

    hand: Hand
    route: Route | None
    most: int = 1
    worker: Worker = field(init=False)
    delivered: list[Route] = field(default_factory=list)

    def start(self) -> None:
        """Begin to send."""
        self.worker = Worker(
            self.hand.outbox,
            lambda: self.route,
            self.delivered.append,
            most=self.most,
            wait=lambda event, seconds: event.wait(seconds / 20),
        )
        self.worker.start()

    def change_to(self, route: Route) -> None:
        """Let mail leave another way from now on, as a save does."""
        with self.hand.engine.begin() as connection:
            pause.try_now(connection, self.hand.clock.now())
            generation = pause.generation(connection)
        self.route = replace(route, generation=generation)

    def wait_for(self, message: str, state: MessageState) -> None:
        """Return once a message is in this state."""
        wait_until(lambda: self.hand.state(message) is state)


def letter(*recipients: str, **about: Any) -> MailObject:
    """A message of Ada's, to Bob unless `recipients` are given."""
    given: dict[str, Any] = {
        "sender": ADA,
        "octets": OCTETS,
        "recipients": recipients or (BOB,),
        **about,
    }
    return MailObject(**given)


def journals(config: Config, node: str = HERE) -> Path:
    """The folder of the journals of the workers of a machine, of this one unless it is named."""
    return config.data_dir / ("outbox" if node == HERE else f"outbox of {node}")


StartHand = Callable[..., Hand]


@pytest.fixture
def another_hand(app: Flask, config: Config) -> Iterator[StartHand]:
    """Starts workers' hands on the outbox of the application, which end with the test.

    Those of another `node` are on another machine, with journals of their own.
    """
    hands: list[Hand] = []

    def start(node: str = HERE) -> Hand:
        clock = Clock()
        outbox = Outbox(
            db.engine,
            node,
            journals(config, node),
            chance=lambda: 0.0,
            clock=clock.monotonic,
            now=clock.now,
        )
        outbox.beat()
        hands.append(Hand(outbox, clock))
        return hands[-1]

    with app.app_context():
        yield start
        for hand in hands:
            hand.outbox.close()


@pytest.fixture
def hand(another_hand: StartHand) -> Hand:
    """A worker's hand on the outbox."""
    return another_hand()


StartSending = Callable[..., Sending]


@pytest.fixture
def sending(app: Flask, config: Config) -> Iterator[StartSending]:
    """Starts a worker, which ends with the test."""
    with app.app_context(), ExitStack() as stack:

        def start(route: Route | None, *, most: int = 1) -> Sending:
            clock = Clock()
            outbox = Outbox(db.engine, "test", journals(config), chance=lambda: 0.0, now=clock.now)
            found = Sending(Hand(outbox, clock), route, most)
            found.start()
            stack.callback(found.worker.stop)
            return found

        yield start
