"""Sign-in by the application that the panel is mounted in (SPEC A4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Request, Response

from smtp_panel.access.keys import KeyScope
from smtp_panel.access.users import Role, User
from smtp_panel.app import panel_app
from smtp_panel.audit import AuditAction, AuditEntry
from smtp_panel.config import Config
from smtp_panel.storage import db
from tests.api.conftest import program_of, told_by
from tests.web.conftest import ADMIN, PAGE, PASSWORD, Panel, Visitor

ADA = {"id": 7, "email": "ada@host.example", "name": "Ada Host", "admin": True}
BOB = {"id": 8, "email": "bob@host.example", "name": "Bob", "admin": False}
EVE = "eve@host.example"
USER = "host.user"  # in the WSGI environment: whom the host has signed in


def current_user(environ: dict[str, Any]) -> Mapping[str, Any] | None:
    """Whom the host has signed in. It reads the form, as a careless one may."""
    Request(environ).form.to_dict()
    found: Mapping[str, Any] | None = environ.get(USER)
    return found


@pytest.fixture
def panel(prepared: Config) -> Panel:
    """One in an application that signs people in, with accounts of its own from before."""
    panel = Panel(panel_app(prepared, current_user), prepared)
    panel.add_users()
    return panel


def ask(visitor: Visitor, path: str, who: Mapping[str, Any] | None, **options: Any) -> TestResponse:
    """Load a page as somebody whom the host has signed in, or as nobody."""
    return visitor.get(path, environ_overrides={USER: who}, **options)


def accounts(panel: Panel) -> dict[str, tuple[str | None, str, Role]]:
    """Mail address, name and role by the id that the host gives."""
    with panel.app.app_context():
        found = db.session.scalars(select(User).where(User.external_id.is_not(None)))
        return {each.known_as: (each.external_id, each.name, each.role) for each in found}


def test_the_host_says_who_is_signed_in_and_who_is_an_admin(panel: Panel) -> None:
    """An account is made at first sight, and has at each request what the host says."""
    visitor = panel.visitor()
    assert ask(visitor, PAGE, ADA).status_code == 200
    assert ask(visitor, PAGE, BOB).status_code == 403
    assert ask(visitor, "/", BOB).status_code == 200
    assert accounts(panel) == {
        "ada@host.example": ("7", "Ada Host", Role.ADMIN),
        "bob@host.example": ("8", "Bob", Role.MEMBER),
    }
    assert ask(visitor, PAGE, ADA | {"admin": False, "email": "ada@new.example"}).status_code == 403
    assert accounts(panel)["ada@new.example"] == ("7", "Ada Host", Role.MEMBER)


def test_the_audit_log_says_that_the_host_did_it(panel: Panel) -> None:
    """V5: who made the account."""
    ask(panel.visitor(), "/", ADA)
    created = select(AuditEntry.actor).where(AuditEntry.action == AuditAction.USER_CREATED)
    with panel.app.app_context():
        assert db.session.scalars(created).all()[-1] == "host application"


def test_whom_the_host_does_not_sign_in_is_told_to_sign_in_there(panel: Panel) -> None:
    """N2; a session of the panel's own counts for nothing."""
    for someone in (panel.visitor(), panel.admin()):
        wanted = ask(someone, "/admin/smtp", None)
        assert wanted.headers["Location"] == "/login?next=%2Fadmin%2Fsmtp"
        page = someone.page(wanted.headers["Location"])
        assert page.one("h1").text == "You are not signed in"
        assert page.id("main").one("a")["href"] == "/admin/smtp"
        assert not page.id("main").all("form")
    assert "nothing was done" in panel.visitor().page("/login?next=/&undone=1").text
    back = ask(panel.visitor(), "/login?next=/admin/smtp", ADA)
    assert back.headers["Location"] == "/admin/smtp"


def test_there_is_no_other_way_in(panel: Panel) -> None:
    """No password of the panel's, none to reset, and no link that lets one choose it."""
    visitor = panel.visitor()
    assert visitor.post("/login", email=ADMIN, password=PASSWORD).status_code == 404
    for path in ("/forgot", "/link/unknown"):
        assert visitor.get(path).status_code == 404
        assert visitor.post(path, email=ADMIN, password=PASSWORD).status_code == 404


def test_forms_of_the_panel_work_with_tokens_of_its_own(panel: Panel) -> None:
    """Also where the host has read the form before."""
    visitor = panel.visitor()
    ask(visitor, "/", ADA)
    form = visitor.html.all("form", action="/profile")[0].form()
    sent = visitor.client.post(
        "/profile", data=form | {"language": "ja"}, environ_overrides={USER: ADA}
    )
    assert sent.status_code == 303
    assert ask(visitor, "/", ADA).text.count('lang="ja"')
    refused = visitor.client.post("/profile", data={}, environ_overrides={USER: ADA})
    assert refused.status_code == 400


def test_the_own_page_offers_nothing_that_is_the_hosts_to_change(panel: Panel) -> None:
    """No name, no password, no sessions, and no signing out."""
    visitor = panel.visitor()
    ask(visitor, "/", ADA)
    page = visitor.html
    assert "Ada Host" in page.one("nav", aria_label="Global").text
    assert not page.has_id("name")
    assert not page.has_id("current")
    assert not page.all("form", action="/logout")
    assert "The application that this panel is part of" in page.id("main").text


def test_nobody_is_invited_or_given_a_password(panel: Panel) -> None:
    """The page of users shows who was here, and by whom they are signed in."""
    visitor = panel.visitor()
    ask(visitor, "/admin/users", ADA)
    assert not visitor.html.has_id("invite")
    row = visitor.html.one("tr", data_user="ada@host.example")
    assert "signed in by the host application" in row.text
    ask(visitor, row.one("a")["href"], ADA)
    assert not visitor.html.all("form", action=f"{row.one('a')['href']}/link")
    ask(visitor, "/", ADA)
    form = {"csrf_token": visitor.token, "email": EVE, "role": "admin", "language": "en"}
    sent = visitor.client.post("/admin/users", data=form, environ_overrides={USER: ADA})
    assert sent.status_code == 404
    program = program_of(panel, KeyScope.MANAGE)
    refused = program.ask("POST", "/users", {"email": EVE})
    assert refused.status_code == 409
    assert "application around" in told_by(refused)["message"]


def test_what_an_account_can_not_have_is_not_taken(panel: Panel) -> None:
    """A host has other rules for names and addresses: nobody is kept out for that."""
    odd = {"id": "x-1", "email": "nobody", "name": "a" * 1000, "admin": True}
    assert ask(panel.visitor(), PAGE, odd).status_code == 200
    assert accounts(panel) == {"x-1": ("x-1", "", Role.ADMIN)}


@pytest.mark.parametrize(
    "own_id", ["", None, "a\0", "x" * 256], ids=["empty", "none", "unseen", "long"]
)
def test_an_id_that_can_be_of_nobody_is_a_fault_of_the_host(
    panel: Panel, own_id: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    """It signs nobody in, and the log says what is wrong with it.

    Flask-Login's anonymous users have None, and would all be one.
    """
    assert ask(panel.visitor(), PAGE, ADA | {"id": own_id}).status_code == 500
    assert "the id of a user has 1 to 255 visible characters" in caplog.text


def test_a_host_that_fails_signs_nobody_in(
    prepared: Config, caplog: pytest.LogCaptureFixture
) -> None:
    """The page that says that something failed is ours, and its cause is in the log."""

    def failing(_environ: dict[str, Any]) -> None:
        raise LookupError("the session of the host")

    app = panel_app(prepared, failing)
    for path in ("/", PAGE, "/login"):
        told = app.test_client().get(path)
        assert told.status_code == 500
        assert "The panel made a mistake" in told.text
    assert "the session of the host" in caplog.text


@pytest.mark.parametrize("path", ["/mail", "/mail/"])
def test_the_mount_is_reached_with_a_slash_and_without(panel: Panel, path: str) -> None:
    """By whichever link the host has."""
    application = DispatcherMiddleware(Response("the host"), {"/mail": panel.app})
    client = Client(lambda environ, start: application({**environ, USER: ADA}, start))
    told = client.get(path, follow_redirects=True)
    assert told.request.path == "/mail/"
    assert 'href="/mail/admin/platform"' in told.text


def test_the_warning_elsewhere_follows_the_host(panel: Panel) -> None:
    """A3: what one is told is told to nobody else."""
    with panel.app.app_context():
        panel.operations.check_saved()  # there is no mail service
    visitor = panel.visitor()
    told = [bool(ask(visitor, "/embed/warning", who).data) for who in (ADA, BOB, None, ADA)]
    assert told == [True, False, False, True]
