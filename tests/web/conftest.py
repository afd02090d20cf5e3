"""The panel as a visitor without a browser meets it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Event
from threading import enumerate as running_threads
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from smtp_panel.access import principal, sessions, users
from smtp_panel.access.sessions import SessionOrigin
from smtp_panel.access.users import Role
from smtp_panel.alerts import notices
from smtp_panel.app import panel_app, start
from smtp_panel.config import Config
from smtp_panel.mail.occasions import MailKind
from smtp_panel.panel import Panel as Installation
from smtp_panel.sandbox import Sandbox
from smtp_panel.secret import Secret
from smtp_panel.storage import db, writing
from tests.access import application
from tests.conftest import begin_with, close_databases
from tests.servers.scripted import Conversation, Step
from tests.servers.smtpd import USERS, SubmissionServer
from tests.web.html import Element, parse

PASSWORD = application.PASSWORD.reveal()
ADMIN = "ada@example.com"
SECOND_ADMIN = "eve@example.com"
MEMBER = "max@example.com"
PAGE, TEST = "/admin/smtp", "/admin/smtp/test"
# A port of loopback at which nobody listens, so that a check fails at once.
NOBODY: Fields = {"server": "127.0.0.1", "port": "1", "sender": "ada@example.com"}
# A mail service that never answers: what is accepted waits.
MAILING = {"default_url": Secret("smtp://127.0.0.1:9"), "default_from": "Acme <news@acme.example>"}

MakePanel = Callable[..., "Panel"]
Fields = dict[str, str | None]


@dataclass
class Visitor:
    """A browser without JavaScript: it keeps cookies and sends the fields of forms along.

    With `htmx` it sends forms as HTMX does; `html` is the last page or fragment with a form in it.
    """

    client: FlaskClient
    html: Element
    htmx: bool = False

    @property
    def token(self) -> str:
        """The token in the forms of the page."""
        tokens = self.html.all("input", name="csrf_token")
        return tokens[0]["value"] if tokens else ""

    def get(self, path: str, *, htmx: bool = False, **options: Any) -> TestResponse:
        """Load a page; `htmx` loads a fragment as HTMX does."""
        return self._remember(self.client.get(path, headers=_headers(htmx), **options))

    def page(self, path: str = PAGE, **options: Any) -> Element:
        """Load a page, which is there, and give its elements."""
        assert self.get(path, **options).status_code == 200
        return self.html

    def post(self, path: str, /, **fields: str | None) -> TestResponse:
        """Send these fields and the page's token; None leaves a field out."""
        data = {"csrf_token": self.token} | fields
        sent = {name: value for name, value in data.items() if value is not None}
        return self._remember(self.client.post(path, data=sent, headers=_headers(self.htmx)))

    def press(self, path: str, /, **fields: str | None) -> TestResponse:
        """Send the SMTP form as it stands on the page, but for `fields`."""
        if not self.html.has_id("smtp-form"):
            self.page()
        return self.post(path, **(self.html.id("smtp-form").form() | fields))

    def save(self, **fields: str | None) -> TestResponse:
        """Press Save."""
        return self.press(PAGE, **fields)

    def test(self, **fields: str | None) -> TestResponse:
        """Press Send test email."""
        return self.press(TEST, **fields)

    def follow(self, response: TestResponse) -> Element:
        """Go where a redirect leads."""
        assert response.status_code == 303, (response.status_code, self._complaints())
        return self.page(response.headers["Location"])

    def sign_in(self, email: str, password: str = PASSWORD) -> TestResponse:
        """Sign in by the form."""
        self.get("/login")
        return self.post("/login", email=email, password=password)

    def _remember(self, response: TestResponse) -> TestResponse:
        if "<form" in response.text:
            self.html = parse(response.text)
        return response

    def _complaints(self) -> list[str]:
        return [element.text for element in self.html if element["class"].startswith("wrong")]


def _headers(htmx: bool) -> dict[str, str]:
    """What a browser says of a request that a page of this site makes."""
    here = {"Sec-Fetch-Site": "same-origin"}
    return here | {"HX-Request": "true"} if htmx else here


class Client(FlaskClient):
    """A client that closes what it has read, files too, and notes every answer."""

    answers: list[bytes]

    def open(self, *arguments: Any, **options: Any) -> TestResponse:
        """Make a request."""
        response = super().open(*arguments, **{"buffered": True} | options)
        self.answers.append(f"{response.headers}".encode() + response.data)
        return response


@dataclass
class Panel:
    """One installation with two admins and a member; `answers` is all that it answered."""

    app: Flask
    config: Config
    answers: list[bytes] = field(default_factory=list, repr=False)
    stop: Callable[[], None] = lambda: None

    @property
    def engine(self) -> Engine:
        """Its database."""
        with self.app.app_context():
            return db.engine

    def serve_at(self, url: str) -> None:
        """Let links in mail lead to `url`, as `make run` does with its own address."""
        self.app.extensions["smtp_panel"] = replace(self.operations, url=url)

    @property
    def operations(self) -> Installation:
        """Its mail path."""
        path: Installation = self.app.extensions["smtp_panel"]
        return path

    @property
    def sandbox(self) -> Sandbox:
        """Its sandbox, which it has."""
        found = self.operations.sandbox
        assert found
        return found

    def visitor(self) -> Visitor:
        """Someone who is not signed in."""
        client = Client(self.app, self.app.response_class)
        client.answers = self.answers
        return Visitor(client, parse(""))

    def admin(self, email: str = ADMIN) -> Visitor:
        """An admin, signed in without the form, which takes its time on purpose."""
        visitor = self.visitor()
        with self.app.app_context():
            user = users.find(db.session, email)
            assert user
            with writing(db.session) as session:
                origin = SessionOrigin("127.0.0.1", "")
                key = sessions.create(session, user, origin, timedelta(hours=1))
        with visitor.client.session_transaction() as cookie:
            cookie.permanent = True
            cookie[principal.SESSION_KEY] = key
        return visitor

    def member(self) -> Visitor:
        """A member, signed in likewise."""
        return self.admin(MEMBER)

    def add_users(self) -> None:
        """Add the two admins, who want no notices, and the member."""
        self.add_user(ADMIN)
        self.add_user(SECOND_ADMIN)
        self.add_user(MEMBER, Role.MEMBER)
        for email in (ADMIN, SECOND_ADMIN):
            self.want(email)

    def add_user(self, email: str, role: Role = Role.ADMIN) -> None:
        """Add an account with PASSWORD."""
        application.add_user(self.app, email, role)

    def want(self, email: str, *kinds: MailKind) -> None:
        """Let an admin be told this by mail, and nothing else."""
        with self.app.app_context(), writing(db.session) as session:
            user = users.find(session, email)
            assert user
            notices.choose(session, user.id, {kind.id for kind in kinds})

    def start(self) -> None:
        """Begin what runs beside requests, until `stop()` or the end of the test."""
        self.stop = start(self.app)

    def settle(self) -> None:
        """Wait for the checks, tests and looks that are under way."""
        for thread in running_threads():
            if thread.name.startswith(("check ", "look ")):
                thread.join()

    def tested(self, admin: Visitor, **fields: str | None) -> Element:
        """The page with the result of a test by the form, `fields` filled in."""
        response = admin.test(**fields)
        self.settle()
        return admin.follow(response)

    def saved(self, admin: Visitor, **fields: str | None) -> Element:
        """The page after a save, once its check has ended."""
        response = admin.save(**fields)
        self.settle()
        return admin.follow(response)

    def at_once(self, work: Callable[[Session], object]) -> None:
        """Do `work` four times at the same time, each in a transaction of its own."""
        together = Barrier(4)

        def one() -> None:
            with Session(self.engine) as own:
                together.wait()
                with writing(own) as session:
                    work(session)

        with ThreadPoolExecutor(4) as pool:
            for each in [pool.submit(one) for _ in range(4)]:
                each.result()

    @contextmanager
    def queries(self) -> Iterator[list[str]]:
        """Collects the queries that are made meanwhile."""
        made: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if not statement.startswith("BEGIN"):
                made.append(statement)

        event.listen(self.engine, "before_cursor_execute", note)
        try:
            yield made
        finally:
            event.remove(self.engine, "before_cursor_execute", note)


def fields_of(server: SubmissionServer, *, tls: bool = False) -> Fields:
    """The form filled in for `server` and its user; without TLS it is in mode "none"."""
    (username, password), *_ = USERS.items()
    return {
        "service": "custom",
        "server": server.host,
        "port": str(server.port),
        "sender": "Panel <no-reply@test.example>",
        "username": username,
        "password": password,
        "tls": "1" if tls else None,
    }


def held(go_on: Event) -> Step:
    """A step of a script that goes on when it is told to, at the latest after a minute."""

    def step(_conversation: Conversation) -> None:
        go_on.wait(60)

    return step


@pytest.fixture(scope="session")
def with_users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder from which each panel begins: on SQLite there are two admins and a member."""
    config = Config(data_dir=tmp_path_factory.mktemp("users") / "data")
    Panel(panel_app(config), config).add_users()
    close_databases()
    return config.data_dir


@pytest.fixture
def make_panel(config: Config, with_users: Path) -> Iterator[MakePanel]:
    """Make a panel with variables other than the usual ones."""
    made: list[Panel] = []

    def make(**variables: Any) -> Panel:
        used = replace(config, **variables)
        if not made:
            begin_with(with_users, used)
        panel = Panel(panel_app(used), used)
        panel.serve_at(used.url or "http://localhost")
        if used.database_url and not made:
            panel.add_users()
        panel.operations.runner.every = 0.0  # each step can be seen at once
        made.append(panel)
        return panel

    yield make
    for panel in made:
        panel.settle()
        panel.stop()
        if panel.config.sandbox:
            panel.sandbox.stop()


@pytest.fixture
def panel(make_panel: MakePanel) -> Panel:
    """A panel as an operator sets it up who provides nothing."""
    return make_panel()


@pytest.fixture
def sandboxed(make_panel: MakePanel) -> Panel:
    """A panel whose default service is its sandbox, which runs."""
    panel = make_panel(sandbox=True)
    panel.sandbox.start()
    return panel


@pytest.fixture
def at_work(make_panel: MakePanel) -> Panel:
    """A panel with a sandbox as a process that serves has it, with all that it does by itself."""
    panel = make_panel(sandbox=True)
    panel.start()
    panel.settle()
    return panel


@pytest.fixture
def mailing(make_panel: MakePanel) -> Panel:
    """A panel with a mail service, so that links go by mail."""
    return make_panel(**MAILING)
