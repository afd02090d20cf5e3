"""`smtp sandbox`: the mail that the sandbox took, in a terminal (SPEC S4, A6)."""

from __future__ import annotations

from smtp_panel.sandbox.maildrop import Maildrop
from tests.cli.conftest import Command
from tests.web.conftest import MakePanel, Panel

CONTENT = b"From: ada@test.example\r\nTo: bob@test.example\r\nSubject: Hi\r\n\r\nIt\x1b[2J is\r\n"


def test_what_the_sandbox_took_is_listed_and_read(make_panel: MakePanel) -> None:
    """S4: nothing in a message is obeyed by the terminal."""
    panel = make_panel(sandbox=True)
    smtp = Command(panel.app)
    assert smtp("sandbox", "mail", "--json").json == {"messages": []}
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
