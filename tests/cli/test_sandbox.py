"""`smtp sandbox`: the mail that the sandbox took, and its failures, in a terminal (S4, P3, A6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from smtp_panel.sandbox import FAILURES
from smtp_panel.sandbox.maildrop import Maildrop
from tests.cli.conftest import Command
from tests.web.conftest import MakePanel, Panel

CONTENT = b"From: ada@test.example\r\nTo: bob@test.example\r\nSubject: Hi\r\n\r\nIt\x1b[2J is\r\n"


def test_what_the_sandbox_took_is_listed_and_read(make_panel: MakePanel) -> None:
    """S4: nothing in a message is obeyed by the terminal."""
    panel = make_panel(sandbox=True)
    smtp = Command(panel.app)
    assert smtp("sandbox", "mail", "--json").json == {"messages": []}
    assert smtp("sandbox", "mail").lines == [
        "The sandbox has taken no mail yet. `smtp test` sends some."
    ]
    (panel.config.data_dir / "sandbox").mkdir()
    drop = Maildrop(panel.config.data_dir / "sandbox" / "mail")
    key = drop.add("panel@test.example", ["bob@test.example"], CONTENT)

    (listed,) = smtp("sandbox", "mail", "--json").json["messages"]
    assert (listed["key"], listed["subject"]) == (key, "Hi")
    assert listed["recipients"] == ["bob@test.example"]
    assert key in smtp("sandbox", "mail").stdout
    told = smtp("sandbox", "mail", key, "--json").json
    assert listed.items() <= told.items()
    assert ["To", "bob@test.example"] in told["headers"]
    shown = smtp("sandbox", "mail", key).stdout
    assert "Subject: Hi" in shown
    assert "[2J is" in shown
    assert "\x1b" not in shown


def test_what_is_not_there_is_told(make_panel: MakePanel, panel: Panel) -> None:
    """A6: exit code 2, with what to do."""
    for made, words in ((make_panel(sandbox=True), "sandbox mail"), (panel, "SMTP_PANEL_SANDBOX")):
        refused = Command(made.app)("sandbox", "mail", "1.M1P1Q1.x", "--json")
        assert refused.code == 2
        assert words in refused.json["errors"]["panel"]["message"]


def test_a_failure_is_turned_on_and_off(sandboxed: Panel) -> None:
    """P3: a check follows, whose end it waits for; `smtp status` says what it found."""
    smtp = Command(sandboxed.app)
    told = smtp("sandbox", "failures", "--json").json
    assert told["on"] is None
    assert told["failures"][0] == {"id": "unknown-name", "name": "Unknown name", "stage": "dns"}
    assert [each["id"] for each in told["failures"]] == [each.id for each in FAILURES]
    assert {"id": "lost", "name": "Accepted and lost", "stage": ""} in told["failures"]

    on = smtp("sandbox", "fail", "wrong-password", "--json")
    assert (on.code, on.json["ok"], on.json["on"]) == (0, True, "wrong-password")
    left = datetime.fromisoformat(on.json["ends"]) - datetime.now(UTC)
    assert timedelta(seconds=500) < left <= timedelta(seconds=600)
    assert smtp("status").code == 1
    assert smtp("sandbox", "failures", "--json").json["on"] == "wrong-password"
    (line,) = (each for each in smtp("sandbox", "failures").lines if "on until" in each)
    assert line.startswith("wrong-password")

    off = smtp("sandbox", "fail", "off")
    assert (off.code, off.stdout) == (0, "The sandbox works.\n")
    assert smtp("status").code == 0


def test_a_failure_that_nobody_can_meet_is_bad_input(make_panel: MakePanel, panel: Panel) -> None:
    """A6: exit code 2, for one that does not exist, and where no sandbox runs or is wanted."""
    smtp = Command(make_panel(sandbox=True).app)
    refused = smtp("sandbox", "fail", "nonsense", "--json")
    assert refused.code == 2
    assert "greylisting" in refused.json["errors"]["usage"]["message"]
    refused = smtp("sandbox", "fail", "greylisting", "--json")
    assert refused.code == 2
    assert "Start the panel" in refused.json["errors"]["panel"]["message"]
    for words in (["fail", "off"], ["failures"]):
        refused = Command(panel.app)("sandbox", *words, "--json")
        assert refused.code == 2
        assert "SMTP_PANEL_SANDBOX" in refused.json["errors"]["panel"]["message"]
