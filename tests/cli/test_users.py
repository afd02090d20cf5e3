"""SPEC A6 and section 11: people, by the command line."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from smtp_panel.access import external, links, users
from smtp_panel.access.errors import LinkRefused
from smtp_panel.access.links import Purpose
from smtp_panel.access.users import Role
from smtp_panel.audit import AuditEntry
from smtp_panel.secret import Secret
from smtp_panel.storage import db, utcnow, writing
from tests.access.application import ADA, PASSWORD, add_user, application, redeem, with_tables


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return with_tables(application(tmp_path))


def run(app: Flask, *words: str, **env: str) -> Result:
    plain = {"HOST": None, "PORT": None}
    return app.test_cli_runner().invoke(args=["users", *words], env={**plain, **env})


def test_that_there_are_no_users_is_said(app: Flask) -> None:
    """A6: silence would leave it open whether the command has done anything."""
    assert run(app, "list").stdout == "There are no users. `users create` makes one.\n"


def test_a_user_is_created_with_a_link_to_set_a_password(app: Flask) -> None:
    """Section 11: email, role and a one-time link, nothing else."""
    ran = run(app, "create", "--email", "Ada@Example.com", "--role", "admin", "--json")
    assert ran.exit_code == 0
    printed = json.loads(ran.stdout)
    assert list(printed) == ["email", "role", "link"]
    assert (printed["email"], printed["role"]) == (ADA, "admin")
    address, token = printed["link"].rsplit("/link/")
    assert address == "http://127.0.0.1:8000"
    with app.app_context():
        redeem(token, PASSWORD, address="::1")
        user = users.find(db.session, ADA)
        assert users.verify_password(user, PASSWORD)


def test_a_user_is_a_member_unless_said_otherwise(app: Flask) -> None:
    """Section 11."""
    printed = json.loads(run(app, "create", "--email", ADA, "--json").stdout)
    assert printed["role"] == "member"


def test_people_read_plain_sentences(app: Flask) -> None:
    """A6."""
    ran = run(app, "create", "--email", ADA, "--name", "Ada King")
    assert ran.exit_code == 0
    assert f"{ADA} (member)" in ran.stdout
    assert "72 hours" in ran.stdout
    assert "http://127.0.0.1:8000/link/" in ran.stdout.splitlines()[-1]
    with app.app_context():
        user = users.find(db.session, ADA)
        assert user is not None
        assert user.name == "Ada King"


def test_the_locked_out_get_in_again(app: Flask) -> None:
    """A6: the link replaces the one before; the old password works until it is used."""
    add_user(app)
    first, second = (
        json.loads(run(app, "reset-link", "--email", ADA.upper(), "--json").stdout)
        for _ in range(2)
    )
    assert first["role"] == second["role"] == "admin"
    old, new = (each["link"].rsplit("/")[-1] for each in (first, second))
    with app.app_context():
        assert users.verify_password(users.find(db.session, ADA), PASSWORD)
        with pytest.raises(LinkRefused):
            links.peek(db.session, old)
        redeem(new, Secret("a new password"), address="::1")


@pytest.mark.parametrize(
    ("active", "purpose", "told"),
    [
        (True, Purpose.RESET_PASSWORD, "once, within 1 hour:"),
        (False, Purpose.SET_PASSWORD, "once, within 72 hours:"),
    ],
)
def test_a_link_to_another_password_works_for_an_hour_and_an_invitation_for_three_days(
    app: Flask, active: bool, purpose: Purpose, told: str
) -> None:
    """A1, A6: printed as well as by mail."""
    if active:
        add_user(app)
    else:
        run(app, "create", "--email", ADA)
    printed = run(app, "reset-link", "--email", ADA).stdout
    assert told in printed
    with app.app_context():
        link = links.peek(db.session, printed.split("/")[-1].strip())
        left = link.expires_at - utcnow()
        assert link.purpose is purpose
        assert timedelta(0) < links.LINK_LIFETIME[purpose] - left < timedelta(minutes=10)


@pytest.mark.parametrize(("command", "hours"), [("create", "72"), ("reset-link", "an hour|72")])
def test_the_help_says_for_how_long_a_link_works(app: Flask, command: str, hours: str) -> None:
    """A6."""
    told = run(app, command, "--help").stdout
    assert all(each in told for each in hours.split("|"))


@pytest.mark.parametrize(
    ("env", "options", "base"),
    [
        ({"PORT": "8123"}, (), "http://127.0.0.1:8123"),
        ({"HOST": "0.0.0.0", "PORT": "80"}, (), "http://127.0.0.1:80"),
        ({"HOST": "panel.example"}, (), "http://panel.example:8000"),
        ({"HOST": "::1"}, (), "http://[::1]:8000"),
        ({"PORT": "1"}, ("--base-url", "https://mail.example/x/"), "https://mail.example/x"),
    ],
)
def test_the_link_leads_to_where_the_panel_is(
    app: Flask, env: dict[str, str], options: tuple[str, ...], base: str
) -> None:
    """Section 11: HOST and PORT, or as told."""
    ran = run(app, "create", "--email", ADA, "--json", *options, **env)
    assert json.loads(ran.stdout)["link"].startswith(f"{base}/link/")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("create", "--email", ADA), "There is an account with the mail address ada@"),
        (("create", "--email", "ada"), "not a mail address"),
        (("create", "--email", ""), "not a mail address"),
        (("create",), "--email"),
        (("create", "--email", "b@b.example", "--role", "root"), "'root' is not one of"),
        (("create", "--email", "b@b.example", "--base-url", "panel"), "http://"),
        (("create", "--email", "b@b.example", "--name", "x" * 201), "at most 200"),
        (("reset-link", "--email", "eve@example.com"), "There is no account"),
        (("reset-link", "--email", "eve"), "There is no account"),
    ],
)
def test_bad_input_ends_with_a_sentence_and_2(
    app: Flask, words: tuple[str, ...], told: str
) -> None:
    """Section 11: exit code 2, nothing done, and with --json an object."""
    add_user(app)
    ran = run(app, *words)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert told in ran.stderr
    ran = run(app, *words, "--json")
    assert (ran.exit_code, ran.stderr) == (2, "")
    ((_, wrong),) = json.loads(ran.stdout)["errors"].items()
    assert told in wrong["message"]
    with app.app_context():
        assert len(db.session.scalars(select(users.User)).all()) == 1
        assert len(db.session.scalars(select(links.OneTimeLink)).all()) == 0


def test_everybody_is_listed(app: Flask) -> None:
    """A6."""
    add_user(app)
    run(app, "create", "--email", "bob@example.com", "--name", "Bob")
    people = json.loads(run(app, "list", "--json").stdout)["users"]
    assert [(each["email"], each["role"], each["state"]) for each in people] == [
        (ADA, "admin", "active"),
        ("bob@example.com", "member", "invited"),
    ]
    assert run(app, "list").stdout.splitlines()[1].split() == [
        *("bob@example.com", "member", "invited", "Bob"),
    ]


def test_accounts_are_handled_as_on_the_page(app: Flask) -> None:
    """A1, A6: and the last admin who can sign in stays one."""
    add_user(app)
    for words in (("remove",), ("role", "member")):
        ran = run(app, *words, "--email", ADA)
        assert ran.exit_code == 2
        assert "This is the last admin who can sign in." in ran.stderr
    add_user(app, "bob@example.com", Role.MEMBER)
    assert run(app, "role", "admin", "--email", "bob@example.com").exit_code == 0
    assert run(app, "end-sessions", "--email", "bob@example.com", "--json").exit_code == 0
    assert run(app, "remove", "--email", ADA).stdout == f"The account {ADA} is removed.\n"
    assert run(app, "remove", "--email", ADA).exit_code == 2
    with app.app_context():
        done = db.session.scalars(select(AuditEntry).where(AuditEntry.actor == "command line"))
        assert [entry.action for entry in done] == [
            *("user.role_changed", "user.signed_out", "user.removed"),
        ]


def test_an_account_without_a_mail_address_is_handled_by_its_name_at_the_proxy(app: Flask) -> None:
    """A2, A6: and the proxy alone says what it may do."""
    with app.app_context(), writing(db.session) as session:
        session.add(users.User(external_id="root", role=Role.MEMBER))
    (listed,) = json.loads(run(app, "list", "--json").stdout)["users"]
    assert (listed["email"], listed["state"]) == ("root", "active")
    app.extensions[external.EXTENSION] = external.ExternalSignIn(
        actor="proxy", identify=lambda environ: None
    )
    ran = run(app, "role", "admin", "--email", "root")
    assert ran.exit_code == 2
    assert "Change it there" in ran.stderr
    assert run(app, "remove", "--email", "root").stdout == "The account root is removed.\n"


def test_a_database_out_of_order_ends_with_a_sentence_and_1(tmp_path: Path) -> None:
    """A6: no traceback at 2 a.m."""
    (tmp_path / "panel.db").write_bytes(b"no database" * 1000)
    ran = run(application(tmp_path), "create", "--email", ADA)
    assert ran.exit_code == 1
    assert "is damaged" in ran.stderr
    assert str(tmp_path / "panel.db") in ran.stderr
    assert "Traceback" not in ran.output


def test_what_the_command_line_did_is_in_the_audit_log(app: Flask) -> None:
    """V5: with no token."""
    link = json.loads(run(app, "create", "--email", ADA, "--json").stdout)["link"]
    with app.app_context():
        entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        told = [(entry.action, entry.actor, entry.note) for entry in entries]
    assert told == [
        ("user.created", "command line", None),
        ("link.created", "command line", "To set a password."),
    ]
    assert link.rsplit("/")[-1] not in str(told)
