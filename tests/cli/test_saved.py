"""`smtp check` and `smtp test` without --server: the saved settings (section 11, A6)."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from smtp_panel.app import command_app, panel_app
from smtp_panel.cli.options import Options
from smtp_panel.cli.target import target_of
from smtp_panel.config import Config
from smtp_panel.secret import Secret
from tests.cli.conftest import PASSWORD, USER, Command
from tests.servers.fixtures import StartSmtpd
from tests.servers.smtpd import SubmissionServer
from tests.web.conftest import MakePanel, Panel, fields_of

TO = ("--to", "bob@test.example")


def dump(panel: Panel) -> list[str]:
    """All that is in the database."""
    with closing(sqlite3.connect(panel.config.data_dir / "panel.db")) as database:
        return list(database.iterdump())


def test_the_saved_settings_are_checked_with_the_kept_password(
    saved: Panel, server: SubmissionServer
) -> None:
    """Section 11."""
    ran = Command(saved.app)("check", "--json")
    assert ran.code == 0
    assert ran.json["steps"][5]["state"] == "passed"
    assert ran.json["steps"][6]["detail"]["address"] == "no-reply@test.example"
    assert PASSWORD not in ran.stdout
    assert len(server.messages) == 0


def test_a_test_goes_by_the_saved_settings(saved: Panel, server: SubmissionServer) -> None:
    """Section 11, T5."""
    ran = Command(saved.app)("test", *TO, "--json")
    assert (ran.code, ran.json["verdict"]) == (0, "accepted")
    received = server.messages.to("bob@test.example")
    assert received.username == USER
    assert "saved" in received.text


def test_the_saved_addresses_and_time_limit_hold_here_too(
    panel: Panel, server: SubmissionServer
) -> None:
    """F12: envelope sender, Reply-To and the seconds that everything may take."""
    advanced = {"envelope_sender": "bounces@test.example", "reply_to": "Help <help@test.example>"}
    panel.saved(panel.admin(), **fields_of(server), **advanced, time_limit="7")
    assert Command(panel.app)("test", *TO, "--json").code == 0
    received = server.messages.to("bob@test.example")
    assert received.sender == "bounces@test.example"
    assert received.message["From"] == "Panel <no-reply@test.example>"
    assert received.message["Reply-To"] == "Help <help@test.example>"
    with panel.app.app_context():
        assert target_of(Options()).seconds == 7.0


@pytest.mark.parametrize("words", [("check",), ("test", *TO)])
def test_the_command_line_only_looks(
    make_panel: MakePanel, server: SubmissionServer, words: Sequence[str]
) -> None:
    """L1, W4: it changes neither the status nor the counts of the limits."""
    panel = make_panel(test_limit="1 per minute")
    panel.saved(panel.admin(), **fields_of(server))
    before = dump(panel)
    for _ in range(3):
        assert Command(panel.app)(*words).code == 0
    assert dump(panel) == before
    assert panel.admin().test().status_code == 303
    panel.settle()


def test_what_fails_is_explained_without_options(saved: Panel) -> None:
    """T6: the field is on the page, not on this command line."""
    admin = saved.admin()
    saved.saved(admin, password="wrong horse")
    ran = Command(saved.app)("check")
    assert ran.code == 1
    assert "Field to change: Password" in ran.stdout
    assert "--password-stdin" not in ran.stdout


def test_a_time_limit_may_stand_beside_them(saved: Panel) -> None:
    """Section 11: it says nothing about where or how to connect."""
    assert Command(saved.app)("check", "--timeout", "5").code == 0
    ran = Command(saved.app)("check", "--timeout", "x", "--json")
    assert (ran.code, list(ran.json["errors"])) == (2, ["timeout"])


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--port", "25"), "--port"),
        (("--tls",), "--tls"),
        (("--no-tls", "--auth", "plain"), "--auth, --no-tls"),
        (("--password-stdin",), "--password-stdin"),
        (("--sender", "a@b.example"), "--sender"),
        (("--ca-file", "x"), "--ca-file"),
    ],
)
def test_options_beside_them_need_a_server(saved: Panel, words: Sequence[str], named: str) -> None:
    """Section 11, F9: the kept password goes nowhere else."""
    ran = Command(saved.app)("check", *words, "--json")
    assert ran.code == 2
    error = ran.json["errors"]["server"]
    assert error["option"] == "--server"
    assert named in error["message"]


def test_nothing_is_set_up_yet(panel: Panel) -> None:
    """W3: then mail fails, whoever asks."""
    ran = Command(panel.app)("check", "--json")
    assert ran.code == 1
    assert (
        "Save one by `smtp set`, or name one by --server." in ran.json["errors"]["panel"]["message"]
    )
    assert "No mail server is set up yet" in Command(panel.app)("check").stderr


def test_a_lost_key_is_told(saved: Panel) -> None:
    """V6."""
    (saved.config.data_dir / "fernet.key").unlink()
    ran = Command(panel_app(saved.config))("check")
    assert ran.code == 1
    assert "can't be read" in ran.stderr


def test_the_default_service_is_checked_where_it_is_chosen(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """S1."""
    server = smtpd("none", auth=())
    url = Secret(f"smtp://127.0.0.1:{server.port}?tls=none&from=a@b.example")
    ran = Command(make_panel(default_url=url).app)("check", "--json")
    assert ran.code == 0
    assert ran.json["steps"][6]["detail"]["address"] == "a@b.example"


def test_the_panel_is_made_by_the_environment_when_it_is_needed(
    saved: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Section 11: which is how `flask --app wsgi` comes by it."""
    smtp = Command(command_app())
    monkeypatch.setenv("SMTP_PANEL_DATA_DIR", str(saved.config.data_dir))
    assert smtp("check", "--json").code == 0


@pytest.mark.parametrize(
    ("env", "code", "told"),
    [
        ({"SMTP_PANEL_DATABASE_URL": "nonsense://"}, 2, "SMTP_PANEL_DATABASE_URL"),
        ({"SMTP_PANEL_DATA_DIR": "{file}/data", "SMTP_PANEL_SECRET_KEY": "x" * 32}, 1, "folder"),
        ({"SMTP_PANEL_DATA_DIR": "{file}/data"}, 2, "SMTP_PANEL_SECRET_KEY"),
        ({"SMTP_PANEL_DATABASE_URL": "sqlite:///{file}"}, 1, "not a SQLite database"),
    ],
)
def test_a_panel_out_of_order_ends_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, env: dict[str, str], code: int, told: str
) -> None:
    """Section 11: 2 for a variable that can't be used, 1 for the database; JSON all the same."""
    file = tmp_path / "file"
    file.write_text("no database" * 100)
    monkeypatch.setenv("SMTP_PANEL_DATA_DIR", str(tmp_path / "data"))
    for name, value in env.items():
        monkeypatch.setenv(name, value.format(file=file))
    ran = Command(command_app())("check")
    assert ran.code == code
    assert told in ran.stderr
    found = Command(command_app())("check", "--json")
    assert found.code == code
    assert told in found.json["errors"]["panel"]["message"]


def test_an_open_panel_is_not_made_again(config: Config) -> None:
    """Section 11: by the environment of the tests it would be another one."""
    app = panel_app(replace(config, default_url=Secret("smtp://127.0.0.1:1?tls=none")))
    assert Command(app)("check", "--json").json["steps"][0]["detail"]["server"] == "127.0.0.1"


def test_the_operators_guard_holds_for_the_saved_settings(
    make_panel: MakePanel, server: SubmissionServer
) -> None:
    """L3: whoever starts the check, nothing is dialled."""
    panel = make_panel()
    panel.saved(panel.admin(), **fields_of(server))
    before = server.connections
    for guarded, told in (
        ({"block_private": True}, "blocked: loopback"),
        ({"allowed_ports": (587,)}, "not among those that the operator allows"),
    ):
        strict = panel_app(replace(panel.config, **guarded))
        for words in (("check",), ("test", *TO)):
            ran = Command(strict)(*words)
            assert ran.code == 1
            assert told in " ".join(ran.stdout.split())
    assert server.connections == before


def test_no_change_is_offered_of_what_the_environment_fixes(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """F14, T6: the same failure is mended where nothing is fixed."""
    server = smtpd("none", auth=("LOGIN",))
    panel = make_panel()
    panel.saved(panel.admin(), **fields_of(server), auth="plain")
    ran = Command(panel.app)("check", "--json")
    assert list(ran.json["diagnosis"]["repair"]["changes"]) == ["auth"]
    fixed = panel_app(replace(panel.config, auth="plain"))
    assert Command(fixed)("check", "--json").json["diagnosis"]["repair"] is None


def test_no_change_is_offered_of_the_operators_own_service(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """S1, T6: the same failure is mended where the service is an admin's."""
    server = smtpd("none", auth=("LOGIN",))
    url = f"smtp://{USER}:{quote(PASSWORD)}@127.0.0.1:{server.port}?tls=none&auth=plain"
    ran = Command(make_panel(default_url=Secret(url)).app)("check", "--json")
    assert (ran.code, ran.json["diagnosis"]["stage"]) == (1, "auth")
    assert ran.json["diagnosis"]["repair"] is None


def test_what_mends_the_operators_own_service_is_said_of_their_variable(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """S1, T6: no field of the page is there to change; page, terminal and JSON say whose it is."""
    server = smtpd("none", auth=("PLAIN",))
    panel = make_panel(default_url=Secret(f"smtp://{USER}:no@127.0.0.1:{server.port}?tls=none"))
    said = "sets the default mail service, in SMTP_PANEL_DEFAULT_URL."
    diagnosis = panel.tested(panel.admin(), service="default").id("diagnosis")
    assert diagnosis["data-diagnosis"] == "auth-credentials-refused"
    assert "data-field" not in diagnosis
    assert said in diagnosis.text
    assert "Field to change" not in diagnosis.text
    ran = Command(panel.app)("check", "--json")
    assert ran.json["diagnosis"]["field"] is None
    assert said in ran.json["diagnosis"]["remedy"]
    assert said in " ".join(Command(panel.app)("check").stdout.split())
