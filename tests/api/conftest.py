"""The panel as a program meets it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from smtp_panel.access import keys
from smtp_panel.access.keys import KeyScope
from smtp_panel.audit import Actor
from smtp_panel.outbox.model import Body
from smtp_panel.storage import db, writing
from tests.web.conftest import Panel, mailing, make_panel, panel, with_users

__all__ = [
    "mailing",
    "make_panel",
    "panel",
    "with_users",
]  # fixtures of the pages that serve here as well

Headers = dict[str, str]
MESSAGES = "/api/v1/messages"
BOB, EVE = "bob@test.example", "eve@test.example"
HELLO: dict[str, Any] = {"from": "news@acme.example", "to": [BOB], "subject": "Hi", "text": "Hello"}


def told_by(answer: TestResponse) -> dict[str, Any]:
    """The JSON object of an answer."""
    assert answer.mimetype == "application/json"
    found: dict[str, Any] = answer.get_json()
    return found


def wrong(answer: TestResponse) -> dict[str, str]:
    """What is wrong with each field."""
    assert answer.status_code == 422, answer.text
    found: dict[str, str] = told_by(answer)["errors"]
    return found


@dataclass
class Program:
    """A program with an API key."""

    panel: Panel
    client: FlaskClient
    client_id: str
    secret: str

    @property
    def actor(self) -> str:
        """What the audit log calls it."""
        return f"key Billing ({self.client_id[:6]})"

    def get(self, path: str) -> TestResponse:
        """Ask by GET."""
        return self.client.get(path, auth=(self.client_id, self.secret))

    def ask(
        self, method: str, path: str, body: object = None, headers: Headers | None = None
    ) -> TestResponse:
        """Ask below /api/v1; without a body none is sent."""
        return self.client.open(
            f"/api/v1{path}",
            method=method,
            auth=(self.client_id, self.secret),
            headers=headers,
            json=body,
        )

    def post(self, body: object, key: str | None = None, **options: Any) -> TestResponse:
        """Hand over a message, with an Idempotency-Key."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.client.post(
            MESSAGES, json=body, auth=(self.client_id, self.secret), headers=headers, **options
        )

    def sent(self, **fields: Any) -> EmailMessage:
        """The message that was accepted for these fields, as it will be sent."""
        answer = self.post(HELLO | fields)
        assert answer.status_code == 202, answer.text
        return self.content(told_by(answer)["id"])

    def content(self, message: str) -> EmailMessage:
        """What will be sent."""
        with self.panel.app.app_context():
            parts = select(Body.octets).where(Body.message == message).order_by(Body.part)
            octets = b"".join(db.session.scalars(parts))
        assert octets.isascii()
        assert max(map(len, octets.split(b"\r\n"))) <= 998
        return message_from_bytes(octets, policy=default)


MakeProgram = Callable[..., Program]


def program_of(panel: Panel, *scopes: KeyScope, maker: str = "test") -> Program:
    """A program with a new key, which was made by `maker`."""
    with panel.app.app_context(), writing(db.session) as session:
        key, secret = keys.create(session, "Billing", scopes or [KeyScope.SEND], Actor(maker))
        return Program(panel, panel.app.test_client(), key.id, secret.reveal())


@pytest.fixture
def program(panel: Panel) -> Program:
    """A program that may send."""
    return program_of(panel)


@pytest.fixture
def manager(panel: Panel) -> Program:
    """A program that may manage everything."""
    return program_of(panel, KeyScope.MANAGE)
