"""The table of mail servers in README.md says what the tests prove."""

from __future__ import annotations

import re

from scripts.interop import PART, part
from scripts.readme import README, with_part
from tests.interop.servers import SERVERS


def test_the_table_has_a_row_for_each_server_with_what_it_can() -> None:
    """`make interop` writes it; the versions are those that were met then."""
    text = README.read_text()
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| (?:yes|no \(\d+\)) \|", text, re.MULTILINE)
    assert [name for name, _ in rows] == [server.name for server in SERVERS]
    assert with_part(text, PART, part(dict(rows))) == text


def test_every_reason_why_a_server_can_not_is_given_once() -> None:
    text = part({server.name: "1" for server in SERVERS})
    reasons = {reason for server in SERVERS for reason in server.cannot.values()}
    assert re.findall(r"^\d+\. (.*)\.$", text, re.MULTILINE) == sorted(reasons, key=text.index)
