"""What the tests of a conversation have in common: endpoints, messages and scripts."""

from __future__ import annotations

import json
from itertools import chain, repeat
from typing import Any, Protocol

from smtp_panel.check.check import Check, OutgoingMessage
from smtp_panel.check.steps import StepState
from smtp_panel.net.deadline import Clock, Deadline
from smtp_panel.net.network import Network
from smtp_panel.net.tls import TLSVersion
from smtp_panel.secret import Secret
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.endpoint import Endpoint, TLSStart
from smtp_panel.smtp.envelope import Envelope
from smtp_panel.smtp.facts import Facts, Stage
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.limits import overall
from tests.servers.scripted import SECONDS, Step, expect, greet, take_message
from tests.servers.smtpd import USERS, Mode

USER = "ada@test.example"
PASSWORD = USERS[USER]
RECIPIENT = "bob@test.example"
CONTENT = b"Subject: hello\r\n\r\nworld\r\n"
SOON = 1.0  # seconds; how long a wait is where nothing ever comes
LONG = SECONDS  # the deadline
BETWEEN_LOOKS = 0.5  # seconds, on the clock that passes

# What is asked of a server that takes one message, with and without a login.
MAIL: tuple[Step, ...] = (
    expect("MAIL FROM", "250 2.1.0 ok"),
    expect("RCPT TO", "250 2.1.5 ok"),
    take_message("250 2.0.0 Ok: queued as 4RmX2k1dJz"),
    expect("QUIT", "221 bye"),
)
SUBMISSION: tuple[Step, ...] = (
    greet("AUTH PLAIN LOGIN"),
    expect("AUTH PLAIN ", "235 2.7.0 ok"),
    *MAIL,
)


class Passing:
    """A clock on which some time passes from each look to the next, however long they are apart.

    A wait that is renewed with each octet looks at it again and again.
    """

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The seconds."""
        self.now += BETWEEN_LOOKS
        return self.now


def nearly_over(reserved: float = 0.0, waits: int = 1000) -> Clock:
    """A clock by which SOON is left of LONG from the beginning on, and `reserved` besides.

    It stands still, so that what a busy machine needs for one step takes no time from the next.
    After so many looks, one for each of `waits`, all of LONG is over.
    """
    looks = chain([0.0], repeat(LONG - reserved - SOON, waits), repeat(LONG))
    return looks.__next__


class Server(Protocol):
    """Where a test server listens."""

    @property
    def host(self) -> str:
        """Its address."""

    @property
    def port(self) -> int:
        """Its port."""


def endpoint_of(at: Server, mode: Mode = "none", **choices: Any) -> Endpoint:
    """How to reach the server `at` with the usual login; `choices` are fields of Endpoint."""
    start = TLSStart.IMPLICIT if mode == "implicit" else TLSStart.STARTTLS
    usual: dict[str, Any] = {
        "server": at.host,
        "port": at.port,
        "tls": mode != "none",
        "tls_version": TLSVersion.V1_2,
        "tls_start": start,
        "username": USER,
        "password": Secret(PASSWORD),
    }
    return Endpoint(**(usual | choices))


def outgoing(content: bytes = CONTENT, recipient: str = RECIPIENT) -> OutgoingMessage:
    """A message that is written beforehand."""
    return OutgoingMessage(recipient, lambda _steps: content)


def facts_of(endpoint: Endpoint, network: Network | None = None) -> Facts:
    """What there is to know of a connection to `endpoint` that can't be opened."""
    connection = Connection(endpoint, overall(Deadline(5.0)), network or Network())
    try:
        connection.open()
    except Fault as fault:
        return connection.facts(fault, Envelope(USER, (RECIPIENT,)))
    finally:
        connection.close()
    raise AssertionError("it can be opened")


def checked(endpoint: Endpoint, **choices: Any) -> Check:
    """A check of `endpoint` that has run to its end; `choices` are fields of Check."""
    check = Check(endpoint, **({"sender": USER} | choices))
    check.run()
    return check


def sent(endpoint: Endpoint, **choices: Any) -> Check:
    """A test of `endpoint` that has run to its end."""
    return checked(endpoint, **({"message": outgoing()} | choices))


def states(check: Check) -> dict[Stage, StepState]:
    """How each step ended, in the order of the ladder."""
    return {step.step: step.state for step in check.steps.values()}


def diagnosed(check: Check) -> str:
    """The id of the diagnosis; fails where there is none."""
    assert check.diagnosis
    return check.diagnosis.id


def failed_at(check: Check) -> Stage:
    """The step that failed."""
    return next(stage for stage, state in states(check).items() if state is StepState.FAILED)


def shown(check: Check) -> str:
    """All that a check leaves for others to read, as one text."""
    steps = [step.to_json() for step in check.steps.values()]
    diagnosis = check.diagnosis
    explained = [diagnosis.cause(), diagnosis.remedy(), diagnosis.to_json()] if diagnosis else []
    data = json.dumps([steps, explained], ensure_ascii=False)
    return "\n".join((data, json.dumps(data), repr(check), str(diagnosis), check.transcript))
