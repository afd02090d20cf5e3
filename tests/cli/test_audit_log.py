"""`smtp audit` finds entries by action and by actor (SPEC V5, A6)."""

from __future__ import annotations

import re
from datetime import datetime

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


def test_a_person_reads_times_to_the_second_and_a_program_as_json_has_them(panel: Panel) -> None:
    """A6: what is read at 2 a.m. has no microseconds."""
    smtp = Command(panel.app)
    smtp("pause")
    (line,) = smtp("audit", "--action", "sending.paused").lines
    assert re.fullmatch(r"\d+  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC  command line  .*", line)
    assert re.search(r"since \w{3} \d+, \d{4} \d\d:\d\d:\d\d UTC\.", smtp("queue").stdout)
    assert datetime.fromisoformat(smtp("queue", "--json").json["paused"]["since"])
