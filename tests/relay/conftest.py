"""The relay as a program meets it."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select

from smtp_panel.access import keys
from smtp_panel.access.keys import KeyScope
from smtp_panel.audit import Actor
from smtp_panel.mail.mounted import EXTENSION
from smtp_panel.outbox.model import Message, Queued
from smtp_panel.panel import Panel as Installation
from smtp_panel.relay.service import Relay
from smtp_panel.storage import db, writing
from tests.api.conftest import Program
from tests.servers.ports import HOST
from tests.web.conftest import MAILING, MakePanel, Panel, make_panel, with_users

__all__ = ["make_panel", "with_users"]  # fixtures of the pages that serve here as well

BOB = "bob@test.example"
TIMEOUT = 60.0


@dataclass
class Relayed(Program):
    """A program with a key, and the relay that it sends by."""

    relay: Relay
    port: int

    @contextmanager
    def connected(self, *, signed_in: bool = True) -> Iterator[smtplib.SMTP]:
        """A connection of smtplib."""
        with smtplib.SMTP(HOST, self.port, local_hostname="program", timeout=TIMEOUT) as client:
            if signed_in:
                client.login(self.client_id, self.secret)
            yield client

    def queued(self) -> list[tuple[Message, list[str]]]:
        """The messages in the outbox, the oldest first, with their recipients."""
        with self.panel.app.app_context():
            found = select(Message, Queued.recipients).join(Queued, Queued.id == Message.id)
            rows = db.session.execute(found.order_by(Message.id)).all()
            db.session.expunge_all()
        return [(message, [address for _, address in people]) for message, people in rows]

    def only(self) -> EmailMessage:
        """The content of the one message in the outbox."""
        ((message, _),) = self.queued()
        return self.content(message.id)


MakeRelay = Callable[..., Relayed]


@pytest.fixture
def make_relay(make_panel: MakePanel) -> Iterator[MakeRelay]:
    """Starts the relay of a new panel, for a program whose key has `scopes`."""
    with ExitStack() as stack:

        def make(*scopes: KeyScope, **variables: Any) -> Relayed:
            panel = make_panel(**{**MAILING, **variables})
            installation: Installation = panel.app.extensions[EXTENSION]
            relay = Relay(installation)
            relay.start()
            stack.callback(relay.stop)
            assert relay.port
            return program_of(panel, relay, relay.port, *scopes)

        yield make


@pytest.fixture
def relayed(make_relay: MakeRelay) -> Relayed:
    """A program that may send by the relay."""
    return make_relay()


def program_of(panel: Panel, relay: Relay, port: int, *scopes: KeyScope) -> Relayed:
    """A program with a new key, which may send where it has no other `scopes`."""
    with panel.app.app_context(), writing(db.session) as session:
        key, secret = keys.create(session, "Billing", scopes or (KeyScope.SEND,), Actor("test"))
        return Relayed(panel, panel.app.test_client(), key.id, secret.reveal(), relay, port)
