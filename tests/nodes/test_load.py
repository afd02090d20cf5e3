"""Under load, while a worker is killed and PostgreSQL crashes (SPEC A8, M3, issue of the nodes).

`make soak` does it for 30 seconds.
"""

from __future__ import annotations

import json
import os
import threading
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection

from sqlalchemy import func, select

from smtp_panel.access import keys
from smtp_panel.access.keys import KeyScope
from smtp_panel.audit import Actor
from smtp_panel.outbox.model import Message, MessageState
from smtp_panel.storage import db, writing
from tests.deployed import PAGE, Visitor
from tests.nodes.deployment import Deployment, Machine, press
from tests.servers.chaotic import ChaoticServer, chaotic_server
from tests.servers.ports import HOST
from tests.servers.processes import wait_until

SECONDS = float(os.environ.get("NODES_SOAK_SECONDS", "0"))  # each kind of trouble once at least
SENDERS = READERS = 1  # at each node
ENOUGH = 5  # requests of each kind that are answered well, until there is trouble again
PATIENCE = 60.0  # seconds
ENDED = {MessageState.SENT, MessageState.UNCERTAIN}
NEWS = json.dumps(
    {"from": "news@acme.example", "to": ["bob@test.example"], "subject": "Hi", "text": "Hello"}
)


@dataclass
class Load:
    """What the answers were: how often each status came, and the ids of accepted messages."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    accepted: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def ask(self, machine: Machine, method: str, path: str, headers: dict[str, str]) -> None:
        """Ask again and again, on a connection each, until it is over."""
        while not self.over.is_set():
            connection = HTTPConnection(HOST, machine.port, timeout=PATIENCE)
            try:
                connection.request(method, path, NEWS if method == "POST" else None, headers)
                answer = connection.getresponse()
                content = answer.read()
            except OSError as error:
                self.failures.append(f"{method}: {error!r}")
                return
            finally:
                connection.close()
            if answer.status == HTTPStatus.ACCEPTED:
                self.accepted.append(json.loads(content)["id"])
            self.statuses[method, answer.status] += 1

    def goes_well(self) -> None:
        """Return once ENOUGH requests of each kind were answered well from now on."""
        good = [("GET", HTTPStatus.OK), ("POST", HTTPStatus.ACCEPTED)]
        goal = {each: self.statuses[each] + ENOUGH for each in good}
        wait_until(lambda: self.failures or all(self.statuses[each] >= goal[each] for each in good))
        assert self.failures == []


@contextmanager
def load(installation: Deployment, cookie: str, key: str) -> Iterator[Load]:
    """Readers of the SMTP page, and programs that send, at both nodes until the block ends."""
    made = Load()
    program = {"Authorization": f"Basic {key}", "Content-Type": "application/json"}
    threads = [
        threading.Thread(target=made.ask, args=(machine, *request))
        for machine in installation.machines
        for request in (
            *[("GET", PAGE, {"Cookie": cookie})] * READERS,
            *[("POST", "/api/v1/messages", program)] * SENDERS,
        )
    ]
    for thread in threads:
        thread.start()
    try:
        yield made
    finally:
        made.over.set()
        for thread in threads:
            thread.join()


def new_key(installation: Deployment) -> str:
    """The credentials of a program that may send, as HTTP Basic has them."""
    with installation.app.app_context(), writing(db.session) as session:
        key, secret = keys.create(session, "Load", [KeyScope.SEND], Actor("test"))
        return b64encode(f"{key.id}:{secret.reveal()}".encode()).decode()


def trouble(installation: Deployment, made: Load) -> None:
    """Kill a worker, which systemd starts again; then let PostgreSQL crash, and start it again."""
    made.goes_well()
    installation.machines[0].kill("worker")
    installation.machines[0].start()
    made.goes_well()
    with installation.without_database():
        seen = made.statuses["POST", HTTPStatus.SERVICE_UNAVAILABLE]
        wait_until(lambda: made.statuses["POST", HTTPStatus.SERVICE_UNAVAILABLE] > seen)
    installation.machines[0].start()  # the worker may have met no database at its start
    made.goes_well()


def states(installation: Deployment) -> Counter[MessageState]:
    """How many messages are in each state."""
    with installation.app.app_context():
        counted = select(Message.state, func.count().label("number")).group_by(Message.state)
        return Counter({each.state: each.number for each in db.session.execute(counted)})


def sent(installation: Deployment, ids: list[str], sink: ChaoticServer) -> list[str]:
    """Those of the messages `ids` that count as sent, all of which the server has taken."""
    with installation.app.app_context():
        wanted = select(Message.id, Message.message_id).where(Message.state == MessageState.SENT)
        known = {each.id: each.message_id for each in db.session.execute(wanted)}
    assert all(sink.taken[message_id] for message_id in known.values())
    return [each for each in ids if each in known]


def test_requests_fail_with_503_alone_and_what_was_accepted_is_sent(
    installation: Deployment, visitor: Visitor
) -> None:
    """A8, M3: whatever a worker and PostgreSQL go through, and all recovers by itself."""
    cookie = "; ".join(f"{each.name}={each.value}" for each in visitor.cookies)
    with chaotic_server() as sink:
        server: dict[str, str | None] = {"server": HOST, "port": str(sink.port), "tls": None}
        server |= {"username": "", "password": "", "sender": "news@acme.example"}
        press(visitor, PAGE, server)
        began = time.monotonic()
        with load(installation, cookie, new_key(installation)) as made:
            trouble(installation, made)
            while time.monotonic() - began < SECONDS:
                trouble(installation, made)
        wait_until(lambda: states(installation).keys() <= ENDED, PATIENCE)
        found, told = states(installation), sent(installation, made.accepted, sink)
    codes = {status for _, status in made.statuses}
    assert codes == {HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.SERVICE_UNAVAILABLE}
    missing = len(made.accepted) - len(told)
    assert missing <= found[MessageState.UNCERTAIN], "what is not sent may have been, and is told"
    print(f"{len(made.accepted)} accepted, 0 lost, {missing} uncertain; {dict(made.statuses)}")
