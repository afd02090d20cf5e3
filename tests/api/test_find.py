"""`GET /api/v1/find`: settings for an address, a domain or a provider (SPEC P1, A5)."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from smtp_panel.access.keys import KeyScope
from smtp_panel.operations import searches
from tests.api.conftest import program_of, told_by
from tests.servers.fixtures import StartDns
from tests.web.conftest import MakePanel, Panel


def test_a_key_that_reads_finds_what_the_table_has(panel: Panel) -> None:
    """NAMES: as `smtp find --json`."""
    told = told_by(program_of(panel, KeyScope.READ).get("/api/v1/find?q=ada%40gmail.com"))
    assert (told["ok"], told["domain"], told["message"]) == (True, "gmail.com", "")
    assert [each["port"] for each in told["offers"]] == [465, 587]
    assert told["offers"][0]["username"] == "ada@gmail.com"


def test_the_dns_is_asked_where_the_operator_says(
    make_panel: MakePanel, name_server: StartDns
) -> None:
    """P1: and what it does not know is a sentence, no error."""
    server = name_server({("a.example", "MX"): ["1 smtp.google.com."]})
    reader = program_of(make_panel(dns=(("127.0.0.1", server.port),)), KeyScope.READ)
    assert told_by(reader.get("/api/v1/find?q=a.example"))["offers"][0]["origin"] == "mx"
    answer = reader.get("/api/v1/find?q=gone.example")
    assert answer.status_code == 200
    assert told_by(answer)["message"].startswith("There is no domain gone.example.")


def test_what_can_be_nothing_of_the_kind_is_refused(panel: Panel) -> None:
    """A5: 422, and what to type."""
    answer = program_of(panel, KeyScope.READ).get("/api/v1/find?q=ada%40")
    assert answer.status_code == 422
    assert "whole mail address" in told_by(answer)["errors"]["q"]


def test_one_search_too_many_is_told_as_a_search(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P1: 429 with Retry-After; no test is under way."""
    monkeypatch.setattr(searches, "PATIENCE", 0)
    reader = program_of(panel, KeyScope.READ)
    with panel.app.app_context(), ExitStack() as held:
        for _ in range(searches.MOST_AT_ONCE):
            held.enter_context(searches.slot())
        answer = reader.get("/api/v1/find?q=a.example")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
    assert told_by(answer)["message"].startswith("As many searches as possible are under way")
