"""`smtp audit` finds entries by action and by actor (SPEC V5, A6)."""

from __future__ import annotations

from tests.cli.conftest import Command
from tests.web.conftest import Panel


def test_entries_are_found_by_action_and_actor(panel: Panel) -> None:
    smtp = Command(panel.app)
    smtp("pause")
    (entry,) = smtp("audit", "--action", "sending.paused", "--json").json["entries"]
    assert entry["actor"] == "command line"
    assert entry in smtp("audit", "--actor", "command line", "--json").json["entries"]
    nothing = smtp("audit", "--actor", "proxy", "--action", "sending.paused", "--json")
    assert nothing.json["entries"] == []
    assert smtp("audit", "--action", "nonsense").code == 2
