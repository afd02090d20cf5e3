"""The panel as a visitor without a browser meets it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from smtp_panel.access import passwords, users
from smtp_panel.access.users import Role
from smtp_panel.app import create_app
from smtp_panel.config import Config
from smtp_panel.secret import Secret
from smtp_panel.storage import db, writing

PASSWORD = "correct horse battery"
ADMIN = "ada@example.com"
MEMBER = "max@example.com"

MakePanel = Callable[..., "Panel"]


@dataclass
class Visitor:
    """A browser without JavaScript: it keeps cookies and sends the token of forms along."""

    client: FlaskClient
    token: str = ""

    def get(self, path: str, **options: Any) -> TestResponse:
        """Load a page, and remember the token of its forms."""
        return self._remember(self.client.get(path, **options))

    def post(self, path: str, *, htmx: bool = False, **fields: str) -> TestResponse:
        """Send a form; `htmx` as HTMX sends it."""
        headers = {"HX-Request": "true"} if htmx else {}
        data = {"csrf_token": self.token} | fields
        return self._remember(self.client.post(path, data=data, headers=headers))

    def sign_in(self, email: str, password: str = PASSWORD) -> Visitor:
        """Sign in by the form."""
        self.get("/login")
        response = self.post("/login", email=email, password=password)
        assert response.status_code == 303, response.text
        self.get("/")
        return self

    def _remember(self, response: TestResponse) -> TestResponse:
        found = re.search(r'name="csrf_token" value="([^"]+)"', response.text)
        self.token = found[1] if found else self.token
        return response


@dataclass
class Panel:
    """One installation with an admin and a member."""

    app: Flask

    def visitor(self) -> Visitor:
        """Someone who is not signed in."""
        return Visitor(self.app.test_client())

    def admin(self, email: str = ADMIN) -> Visitor:
        """An admin, signed in."""
        return self.visitor().sign_in(email)

    def member(self) -> Visitor:
        """A member, signed in."""
        return self.visitor().sign_in(MEMBER)

    def add_user(self, email: str, role: Role) -> None:
        """Add an account with PASSWORD."""
        with self.app.app_context(), writing(db.session) as session:
            password_hash = passwords.hashed(Secret(PASSWORD))
            users.create_user(
                session, email=email, role=role, actor="test", password_hash=password_hash
            )

    def settle(self) -> None:
        """Wait for the checks and tests that are under way."""
        for thread in threading.enumerate():
            if thread.name.startswith("check "):
                thread.join()


@pytest.fixture
def make_panel(config: Config) -> Iterator[MakePanel]:
    """Make a panel with variables other than the usual ones."""
    made: list[Panel] = []

    def make(**variables: Any) -> Panel:
        panel = Panel(create_app(replace(config, **variables)))
        panel.add_user(ADMIN, Role.ADMIN)
        panel.add_user(MEMBER, Role.MEMBER)
        made.append(panel)
        return panel

    yield make
    for panel in made:
        panel.settle()
        with panel.app.app_context():
            db.engine.dispose()


@pytest.fixture
def panel(make_panel: MakePanel) -> Panel:
    """A panel as an operator sets it up who provides nothing."""
    return make_panel()
