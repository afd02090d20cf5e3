"""`smtp show`, `smtp set` and `smtp status` (section 11, A6)."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from smtp_panel.app import panel_app
from smtp_panel.outbox import pause
from smtp_panel.outbox.enqueue import enqueue
from smtp_panel.secret import Secret
from smtp_panel.settings.fields import FIELD, SECRETS, VALUES
from smtp_panel.status.model import NODE_LEASE, NodeStatus
from smtp_panel.status.service import beat
from smtp_panel.storage import db, utcnow, writing
from tests.cli.conftest import PASSWORD, STDIN, USER, Command
from tests.outbox.conftest import SILENT, letter
from tests.servers.fixtures import StartSmtpd
from tests.servers.smtpd import SubmissionServer
from tests.web.conftest import NOBODY, MakePanel, Panel


def shown(panel: Panel) -> dict[str, Any]:
    """What `smtp show` says of each setting."""
    ran = Command(panel.app)("show", "--json")
    assert ran.code == 0
    settings: dict[str, Any] = ran.json["settings"]
    return settings


def test_the_settings_are_shown_with_their_origin_and_without_secrets(
    saved: Panel, server: SubmissionServer
) -> None:
    """A6, F4, F14."""
    app = panel_app(replace(saved.config, server="127.0.0.1"))
    ran = Command(app)("show", "--json")
    assert (ran.code, ran.json["version"], ran.json["updated_by"]) == (0, 1, "ada@example.com")
    settings = ran.json["settings"]
    assert set(settings) == {*VALUES, *SECRETS}
    assert settings["server"] == {"value": "127.0.0.1", "origin": "SMTP_PANEL_SERVER"}
    assert settings["port"] == {"value": str(server.port), "origin": "saved"}
    assert settings["password"] == {"state": "set", "origin": "saved"}
    assert settings["client_secret"]["state"] == "empty"
    plain = Command(app)("show")
    assert f"port={server.port}  (Port, saved)" in plain.lines
    assert "server=127.0.0.1  (Mail server, SMTP_PANEL_SERVER)" in plain.lines
    assert PASSWORD not in ran.stdout + plain.stdout


def test_before_anything_is_saved_the_settings_are_the_defaults(panel: Panel) -> None:
    """A6."""
    settings = shown(panel)
    assert settings["port"] == {"value": "587", "origin": "default"}
    assert settings["password"] == {"state": "empty", "origin": "default"}


def test_what_is_set_is_checked_and_logged_and_the_rest_stays(
    panel: Panel, server: SubmissionServer
) -> None:
    """A6, V1, V5: exit code 0 where mail leaves."""
    smtp = Command(panel.app)
    words = ("server=127.0.0.1", f"port={server.port}", "tls=", "sender=Panel <a@b.example>")
    ran = smtp("set", *words, f"username={USER}", "--password-stdin", "--json", stdin=STDIN)
    assert (ran.code, ran.json["ok"], ran.json["version"]) == (0, True, 1), ran
    assert ran.json["status"]["health"] == "healthy"
    ran = smtp("set", "reply_to=help@b.example")
    assert ran.code == 0
    assert ran.lines[0] == "Saved."
    settings = shown(panel)
    assert settings["reply_to"]["value"] == "help@b.example"
    assert settings["port"]["value"] == str(server.port)
    assert settings["password"]["state"] == "set"
    log = panel.admin().page("/admin/audit").one("tbody").text
    assert log.count("command line") == 2
    assert PASSWORD not in log + ran.stdout


def test_settings_by_which_no_mail_leaves_are_saved_and_end_with_1(saved: Panel) -> None:
    """V4, section 11."""
    ran = Command(saved.app)("set", "username=", "--remove-password", "port=1", "--json")
    assert (ran.code, ran.json["ok"], ran.json["version"]) == (1, False, 2)
    assert ran.json["status"]["diagnosis"]["id"].startswith("connect-refused")
    assert shown(saved)["password"]["state"] == "empty"
    ran = Command(saved.app)("status")
    assert ran.code == 1
    assert "Mail is not leaving this installation" in ran.stdout


def test_what_a_change_would_do_is_told_and_nothing_is_done(saved: Panel) -> None:
    """A6, A5: as /api/v1/settings?dry_run=true, by the rules of a save."""
    smtp, before = Command(saved.app), shown(saved)
    words = ("set", "reply_to=Help <help@b.example>", "--password-stdin", "--dry-run")
    ran = smtp(*words, "--json", stdin="another\n")
    assert (ran.code, ran.json["ok"]) == (0, True)
    assert ran.json["changes"] == {
        "reply_to": {"from": "", "to": "Help <help@b.example>", "locked": False},
        "password": {"from": "set", "to": "changed", "locked": False},
    }
    assert smtp(*words, stdin="another\n").lines[1] == "password: set -> changed"
    ran = smtp("set", "server=evil.example", "--dry-run", "--json")
    assert (ran.code, list(ran.json["errors"])) == (2, ["password"])
    assert shown(saved) == before


@pytest.mark.parametrize(
    "words", [("server=evil.example",), ("port=2525",), ("username=eve",), ("tls_version=auto",)]
)
def test_a_change_of_destination_asks_for_the_password_again(
    make_panel: MakePanel, words: tuple[str, ...]
) -> None:
    """F9: as on the page."""
    panel = make_panel()
    panel.saved(panel.admin(), **NOBODY | {"tls": "1"}, username="ada", password="x")
    before = shown(panel)
    ran = Command(panel.app)("set", *words, "--json")
    assert ran.code == 2
    assert list(ran.json["errors"]) == ["password"]
    assert ran.json["errors"]["password"]["option"] == "--password-stdin"
    assert shown(panel) == before
    ran = Command(panel.app)("set", *words, "--password-stdin", "--json", stdin="y\n")
    assert ran.json["version"] == 2


def test_the_rules_of_the_page_hold_and_a_better_value_is_told(saved: Panel) -> None:
    """Section 3: exit code 2, and nothing is saved."""
    smtp = Command(saved.app)
    ran = smtp("set", "port=0587", "sender=O'Brien <o@b.example>", "--json")
    assert (ran.code, list(ran.json["errors"])) == (2, ["port", "sender"])
    assert ran.json["errors"]["port"]["suggestion"] == "587"
    plain = smtp("set", "port=0587")
    assert "Try port=587" in plain.stderr
    assert shown(saved)["port"]["value"] != "587"


def test_what_the_environment_fixes_is_not_set_here(saved: Panel) -> None:
    """F14."""
    app = panel_app(replace(saved.config, sender="a@b.example"))
    ran = Command(app)("set", "sender=c@d.example", "--json")
    assert (ran.code, list(ran.json["errors"])) == (2, ["sender"])
    assert "SMTP_PANEL_SENDER" in ran.json["errors"]["sender"]["message"]


def test_nothing_is_saved_where_nothing_is_named(saved: Panel) -> None:
    """A6: "Saved." would be no answer to it."""
    for words in ((), ("--confirm",)):
        ran = Command(saved.app)("set", *words, "--json")
        assert (ran.code, list(ran.json["errors"])) == (2, ["usage"])


@pytest.mark.parametrize("word", ["password=x", "nonsense=1", "version=1"])
def test_what_is_no_setting_is_bad_input(saved: Panel, word: str) -> None:
    """F4: a password on the command line could be seen by everybody on the machine."""
    ran = Command(saved.app)("set", word, "--json")
    assert (ran.code, list(ran.json["errors"])) == (2, [word.partition("=")[0]])


def test_a_word_without_a_value_is_bad_input(saved: Panel) -> None:
    """Section 11."""
    ran = Command(saved.app)("set", "port", "--json")
    assert (ran.code, list(ran.json["errors"])) == (2, ["usage"])


def test_a_change_that_would_have_no_effect_is_refused(make_panel: MakePanel) -> None:
    """A6: nobody is told that something is saved which is not."""
    panel = make_panel(default_url=Secret("smtp://127.0.0.1:1?tls=none"))
    smtp, before = Command(panel.app), shown(panel)
    assert before["service"]["value"] == "default"
    for words in (("server=smtp.example.com",), ("--password-stdin",), ("--remove-password",)):
        ran = smtp("set", *words, "--json", stdin=STDIN)
        (told,) = ran.json["errors"].values()
        assert (ran.code, told["message"]) == (
            2,
            "This has no effect unless service is custom. Set that as well.",
        )
    here = ("server=127.0.0.1", "port=1", "tls=", "sender=a@b.example")
    assert smtp("set", "service=custom", *here).lines[0] == "Saved."
    ran = smtp("set", "client_id=x", "ca_pem=y")
    assert ran.code == 2
    assert "client_id: This has no effect unless auth is oauth2." in ran.stderr
    assert "ca_pem: This has no effect unless tls is true." in ran.stderr


def test_the_default_service_needs_one(saved: Panel) -> None:
    """S2."""
    ran = Command(saved.app)("set", "service=default", "--json")
    assert (ran.code, list(ran.json["errors"])) == (2, ["service"])


def test_the_default_service_is_chosen_by_a_word(make_panel: MakePanel, smtpd: StartSmtpd) -> None:
    """S1, S3: and the custom values stay."""
    server = smtpd("none", auth=())
    url = Secret(f"smtp://127.0.0.1:{server.port}?tls=none&from=a@b.example")
    panel = make_panel(default_url=url)
    panel.saved(panel.admin(), **NOBODY, service="custom")
    ran = Command(panel.app)("set", "service=default", "--json")
    assert (ran.code, ran.json["status"]["health"]) == (0, "healthy")
    assert shown(panel)["port"]["value"] == "1"


def test_status_tells_how_mail_is_on_each_node(saved: Panel) -> None:
    """A6, W3: exit code 0 where it leaves everywhere."""
    ran = Command(saved.app)("status", "--json")
    assert (ran.code, ran.json["ok"]) == (0, True)
    (node,) = ran.json["nodes"]
    assert (node["node"], node["health"]) == (saved.config.node_name, "healthy")
    assert (node["version"], node["diagnosis"], node["state"]) == (1, None, "valid")
    assert f"{saved.config.node_name}: Healthy" in Command(saved.app)("status").stdout


def test_status_tells_what_real_mail_has_met(saved: Panel) -> None:
    """A6, W3: exit code 1, though every check passes."""
    with saved.app.app_context(), writing(db.session) as session:
        enqueue(session.connection(), [letter()])
        pause.service_failed(session.connection(), SILENT, utcnow(), 0.0, probing=False)
    ran = Command(saved.app)("status", "--json")
    assert (ran.code, ran.json["ok"], ran.json["waiting"]) == (1, False, 1)
    assert "mail.test.example" in ran.json["problem"]["cause"]
    assert [node["state"] for node in ran.json["nodes"]] == ["valid"]
    said = Command(saved.app)("status").stdout
    assert "Mail is not leaving this installation" in said
    assert "mail.test.example" in said
    assert "1 message waits" in said


def test_status_tells_of_a_node_that_is_gone_and_counts_it_no_more(saved: Panel) -> None:
    """W3, A6."""
    saved.saved(saved.admin(), port="1", password=PASSWORD)
    with saved.app.app_context(), writing(db.session) as session:
        session.execute(update(NodeStatus).values(node="old", seen_at=utcnow() - NODE_LEASE))
    with saved.app.app_context(), writing(db.session) as session:
        beat(session, saved.config.node_name, saved.config.check_seconds)
    ran = Command(saved.app)("status", "--json")
    assert ran.json["ok"]
    assert {node["node"]: node["state"] for node in ran.json["nodes"]} == {
        saved.config.node_name: "unknown",
        "old": "gone",
    }
    assert "old: Gone, last seen" in Command(saved.app)("status").stdout


def test_where_no_node_runs_nothing_is_known(panel: Panel) -> None:
    """W3, section 11: which is no good news for who waits for mail."""
    ran = Command(panel.app)("status", "--json")
    assert ran.code == 1
    nothing: dict[str, object] = {
        "problem": None,
        "paused": None,
        "nodes": [],
        "relay": {"port": None},
        "ends": [],
    }
    sent = {span: gauge["sent"] for span, gauge in ran.json["sent"].items()}
    assert sent == {"minute": 0, "hour": 0, "day": 0}
    assert ran.json == {"ok": False, "waiting": 0, **nothing, "sent": ran.json["sent"]}
    assert "No node is running" in Command(panel.app)("status").stdout


def test_every_setting_that_is_shown_can_be_set_by_the_same_text(saved: Panel) -> None:
    """A6."""
    settings = shown(saved)
    pairs = [f"{name}={settings[name]['value']}" for name in FIELD if name in VALUES]
    ran = Command(saved.app)("set", *pairs, "--json")
    assert (ran.code, ran.json["version"]) == (0, 1)


def test_settings_go_back_at_a_time_unless_they_are_kept(
    saved: Panel, server: SubmissionServer
) -> None:
    """V3, A6: as on the page."""
    smtp = Command(saved.app)
    ran = smtp("set", "reply_to=a@b.example", "--json")
    assert ran.json["goes_back_at"] is None
    ran = smtp("set", "reply_to=help@b.example", "--confirm", "--json")
    assert (ran.code, ran.json["version"]) == (0, 3)
    assert datetime.datetime.fromisoformat(ran.json["goes_back_at"]) > utcnow()
    assert "smtp keep" in smtp("set", "reply_to=me@b.example", "--confirm").stdout
    assert smtp("keep", "--json").json == {"ok": True, "version": 4}
    assert smtp("set", "reply_to=me@b.example", "--json").json["goes_back_at"] is None

    ran = smtp("set", "--remove-password", "--confirm", "--json")
    assert (ran.code, ran.json["errors"]["confirm"]["option"]) == (2, "--confirm")


def test_the_last_settings_that_worked_are_put_in_force_again_by_a_word(saved: Panel) -> None:
    """V3, A6: with the password that they had, and exit code 2 where there are no others."""
    smtp = Command(saved.app)
    assert smtp("set", "reply_to=a@b.example").code == 0
    ran = smtp("back", "--json")
    assert (ran.code, list(ran.json["errors"])) == (2, ["service"])
    port = shown(saved)["port"]["value"]
    assert smtp("set", "port=1", "--password-stdin", stdin="x\n").code == 1
    ran = smtp("back", "--json")
    assert ran.code == 0, ran
    assert ran.json["status"]["health"] == "healthy"
    settings = shown(saved)
    assert (settings["port"]["value"], settings["password"]["state"]) == (port, "set")
