"""The page of staging, and the banner on every page while it is on (issue 7, item 6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from smtp_panel.audit import AuditAction, AuditEntry
from smtp_panel.outbox import staging
from smtp_panel.outbox.history import history
from smtp_panel.outbox.staging import SANDBOX
from smtp_panel.outbox.worker import Worker
from smtp_panel.sandbox import named
from smtp_panel.secret import Secret
from smtp_panel.settings.values import Service
from smtp_panel.storage import db
from tests.cli.conftest import Command
from tests.outbox.conftest import BOB, EVE, letter
from tests.servers.fixtures import StartSmtpd
from tests.servers.ports import free_ports
from tests.servers.processes import wait_until
from tests.web.conftest import ADMIN, MAILING, MakePanel, Panel, fields_of
from tests.web.html import Element

STAGING = "/admin/staging"
TESTERS = "testers@acme.example"
DAN = "dan@acme.example"


def banner(page: Element) -> list[str]:
    """What the banner of a page names."""
    return [each["data-staging"] for each in page.all("div", data_staging=None)]


@pytest.mark.both_engines
def test_while_it_is_on_every_page_of_an_admin_says_so(panel: Panel) -> None:
    admin, member = panel.admin(), panel.member()
    assert banner(admin.page(STAGING)) == []

    page = admin.follow(admin.post(STAGING, address=f" {TESTERS} ", exceptions="@Acme.example"))

    assert banner(page) == [TESTERS]
    assert not page.all("p", **{"class": "note success"}), "it is said once"
    assert page.id("address")["value"] == TESTERS
    assert page.id("exceptions")["value"] == "acme.example"
    for path in ("/", "/admin/smtp", "/admin/outbox", "/admin/audit", "/admin/users"):
        page = admin.page(path)
        assert banner(page) == [TESTERS], path
        text = page.all("div", data_staging=None)[0].text
        assert f"By {ADMIN}" in text
        assert "acme.example" in text
        assert page.all("a", href=STAGING), path
    assert banner(member.page("/")) == [], "N2: a member learns nothing about mail"

    admin.page(STAGING)
    assert banner(admin.follow(admin.post(f"{STAGING}/off"))) == []


def test_what_no_person_has_done_is_told_in_the_reader_s_words(panel: Panel) -> None:
    """A6: the banner, and whatever else names who did something."""
    Command(panel.app)("staging", "--to", TESTERS)
    admin = panel.admin()
    admin.client.set_cookie("smtp_panel_language", "ja")
    assert "コマンドライン" in admin.page("/").all("div", data_staging=None)[0].text


@pytest.mark.both_engines
def test_the_way_that_mail_leaves_follows_it_at_once(make_panel: MakePanel) -> None:
    """At a worker's next look, and where mail is handed over at once as well."""
    panel = make_panel(**MAILING)
    admin = panel.admin()
    before = panel.operations.route()
    assert before
    assert before.envelope(["bob@test.example"]) == ("bob@test.example",)

    admin.page(STAGING)
    admin.post(STAGING, address=TESTERS)

    after = panel.operations.route()
    assert after
    assert after.envelope(["bob@test.example"]) == (TESTERS,)
    assert not after.is_like(before), "what a connection has not begun goes by the new way"


def test_the_worker_obeys_it_and_the_page_of_a_message_says_where_it_went(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    server = smtpd("none", auth=())
    service = Secret(f"smtp://{server.host}:{server.port}?tls=none&from=ops@test.example")
    panel = make_panel(default_url=service)
    admin = panel.admin()
    admin.page(STAGING)
    admin.post(STAGING, address=TESTERS)
    with panel.app.app_context():
        message = panel.operations.intake.accept(letter(BOB, EVE))
        panel.operations.send_now(letter(EVE))
        worker = Worker(panel.operations.outbox, panel.operations.route, panel.operations.delivered)
        worker.start()
        wait_until(lambda: len(server.messages) == 2)
        worker.stop()

    assert [received.recipients for received in server.messages] == [(TESTERS,), (TESTERS,)]
    page = admin.page(f"/admin/outbox/{message}")
    assert [each["data-instead"] for each in page.all("span", data_instead=None)] == [TESTERS] * 2
    panel.tested(admin)
    assert server.messages[-1].recipients == (ADMIN,), "T1: a test goes to whoever pressed"


def test_the_sandbox_is_a_choice_where_there_is_one(make_panel: MakePanel) -> None:
    panel = make_panel(sandbox=True)
    admin = panel.admin()
    assert admin.page(STAGING).has_id("to")

    assert banner(admin.follow(admin.post(STAGING, to=SANDBOX))) == [SANDBOX]

    route, endpoint = panel.operations.route(), panel.sandbox.endpoint()
    assert (route.endpoint if route else None) == endpoint

    page = admin.follow(admin.post(STAGING, to=SANDBOX, exceptions="acme.example"))
    assert page.id("exceptions")["value"] == "acme.example"
    assert "Recipients at acme.example get theirs as usual." in page.text


def test_but_for_the_sandbox_those_who_are_excepted_have_their_mail_by_the_service(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    server = smtpd("none", auth=())
    panel = in_sandbox(make_panel, server.port)
    with panel.app.app_context():
        panel.operations.send_now(letter(BOB, DAN))
        mixed = panel.operations.intake.accept(letter(BOB, DAN, EVE))
        panel.operations.intake.accept(letter(DAN))
        work(panel, lambda: len(server.messages) == 3)

    assert [received.recipients for received in server.messages] == [(DAN,)] * 3
    assert sandboxed(panel) == [(BOB,), (BOB, EVE)]
    assert fates(panel, mixed) == {
        BOB: ("sent", SANDBOX),
        DAN: ("sent", ""),
        EVE: ("sent", SANDBOX),
    }


def test_where_the_service_fails_the_others_have_theirs_in_the_sandbox(
    make_panel: MakePanel,
) -> None:
    """M5: who is excepted waits, and nobody has a message twice."""
    [nobody] = free_ports(1)
    panel = in_sandbox(make_panel, nobody)
    with panel.app.app_context():
        message = panel.operations.intake.accept(letter(BOB, DAN))
        work(panel, lambda: fates(panel, message)[BOB][0] == "sent")

    assert fates(panel, message) == {BOB: ("sent", SANDBOX), DAN: ("waiting", "")}
    assert sandboxed(panel) == [(BOB,)]
    why = panel.admin().page(f"/admin/outbox/{message}").text
    assert "SMTP_PANEL_DEFAULT_URL" in why, "T6: it is the service that is to blame"
    assert "turn staging off" not in why


@pytest.mark.parametrize("service", Service)
def test_where_the_sandbox_fails_no_field_is_to_blame_and_a_check_ends_no_pause(
    make_panel: MakePanel, smtpd: StartSmtpd, service: Service
) -> None:
    """T6, W4: what is checked is the service, which mail does not leave by."""
    server = smtpd("none", auth=())
    panel = in_sandbox(make_panel, server.port)
    admin = panel.admin()
    panel.saved(admin, **fields_of(server) | {"service": service, "username": "", "password": ""})
    panel.sandbox.switch(named("wrong-password"), ADMIN, 60)
    with panel.app.app_context():
        panel.operations.intake.accept(letter(BOB))
        work(panel, lambda: panel.operations.outbox.rest().failures > 0)
        panel.operations.check_saved()
    panel.settle()

    why = admin.page().one(data_warning="page").text
    assert "turn staging off" in why
    assert "SMTP_PANEL" not in why
    assert not admin.html.all("a", href="#password")


def in_sandbox(make_panel: MakePanel, port: int) -> Panel:
    """A panel whose mail goes to the sandbox, but for Dan's, which goes to `port`."""
    service = Secret(f"smtp://127.0.0.1:{port}?tls=none&from=ops@test.example")
    panel = make_panel(default_url=service, sandbox=True)
    panel.sandbox.start()
    admin = panel.admin()
    admin.page(STAGING)
    admin.post(STAGING, to=SANDBOX, exceptions="acme.example")
    return panel


def work(panel: Panel, done: Callable[[], bool]) -> None:
    """Let a worker send until it is done."""
    worker = Worker(panel.operations.outbox, panel.operations.route, panel.operations.delivered)
    worker.start()
    wait_until(done)
    worker.stop()


def sandboxed(panel: Panel) -> list[tuple[str, ...]]:
    """The recipients of each message in the sandbox, the oldest first."""
    return [tuple(each.recipients) for each in reversed(panel.sandbox.messages())]


def fates(panel: Panel, message: str) -> dict[str, tuple[str, str]]:
    """What became of a message for each recipient, and where it went instead."""
    with Session(panel.engine) as session:
        found = history(session, message)
        return {
            each.address: (each.state or found.message.state, each.instead)
            for each in found.recipients
        }


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("address", {"address": ""}),
        ("address", {"address": "nobody"}),
        ("address", {"to": SANDBOX}),
        ("exceptions", {"address": TESTERS, "exceptions": "a b/c"}),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_changes_nothing(
    panel: Panel, field: str, fields: dict[str, str]
) -> None:
    admin = panel.admin()
    admin.page(STAGING)
    assert admin.post(STAGING, **fields).status_code == 422
    assert admin.html.id(field)["aria-invalid"] == "true"
    with panel.app.app_context():
        assert staging.load(db.session.connection()) is None


@pytest.mark.both_engines
def test_it_stands_in_the_audit_log(panel: Panel) -> None:
    """V5."""
    admin = panel.admin()
    admin.page(STAGING)
    admin.post(STAGING, address=TESTERS, exceptions="acme.example")
    admin.page(STAGING)
    admin.post(f"{STAGING}/off")

    with panel.app.app_context():
        actions = (AuditAction.STAGING_ON, AuditAction.STAGING_OFF)
        on, off = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action.in_(actions)).order_by(AuditEntry.id)
        ).all()
    assert on.actor == off.actor == ADMIN
    assert on.changes == {"staged_to": [None, TESTERS], "exceptions": [None, "acme.example"]}
    assert off.changes == {"staged_to": [TESTERS, None], "exceptions": ["acme.example", None]}
    assert "Staging turned on" in admin.page("/admin/audit").one("tbody").text


def test_the_command_line_turns_it_on_tells_and_turns_it_off(app: Flask) -> None:
    """SPEC A6."""
    smtp = Command(app)
    assert smtp("staging", "--json").json == {"ok": True, "staging": False}

    on = smtp("staging", "--to", TESTERS, "--except", "acme.example", "--json")

    assert (on.code, on.json["to"], on.json["except"]) == (0, TESTERS, ["acme.example"])
    assert on.json["by"] == "command line"
    (told,) = smtp("staging").lines
    assert told.startswith("Staging is on by command line since ")
    assert told.endswith(
        f" UTC: all mail goes to {TESTERS}. Recipients at acme.example have theirs all the same."
    )
    assert datetime.fromisoformat(on.json["since"])
    assert smtp("staging", "off", "--json").json == {"ok": True, "staging": False}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("to", ("--to", "nobody")),
        ("to", ("--to", "")),
        ("panel", ("--sandbox",)),
        ("usage", ("--to", TESTERS, "--sandbox")),
        ("usage", ("--except", "acme.example")),
        ("except", ("--to", TESTERS, "--except", "a/b")),
    ],
)
def test_the_command_line_refuses_what_makes_no_sense(
    app: Flask, wrong: str, words: tuple[str, ...]
) -> None:
    """Exit code 2 for bad input, and what of it; nothing is changed."""
    smtp = Command(app)
    ran = smtp("staging", *words, "--json")
    assert (ran.code, ran.json["ok"]) == (2, False)
    assert [*ran.json["errors"]] == [wrong]
    assert smtp("staging", "--json").json["staging"] is False
