"""The last tests on the page: when, who, by which server, and how each ended (SPEC T5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from smtp_panel.check.check import Verdict
from smtp_panel.runs.model import Run, RunState
from smtp_panel.secret import Secret
from smtp_panel.storage import db, utcnow, writing
from tests.servers.fixtures import StartSmtpd
from tests.web.conftest import ADMIN, NOBODY, PAGE, SECOND_ADMIN, MakePanel, Panel, fields_of
from tests.web.html import Element, parse

pytestmark = pytest.mark.both_engines

RUNNING = {"state": RunState.RUNNING, "verdict": None}


def rows(page: Element) -> list[Element]:
    """The tests of the history, newest first."""
    return page.id("history").all("tr", data_test=None)


def alter(panel: Panel, **values: Any) -> None:
    """Give all tests other values."""
    with panel.app.app_context(), writing(db.session) as session:
        session.execute(update(Run).values(**values))


def test_an_empty_history_says_what_will_be_here(panel: Panel) -> None:
    """T5."""
    history = panel.admin().page().id("history")
    assert history.one("h2").text == "Last tests"
    assert history.one("p").text.startswith("No tests yet. Each test email will be listed here")


def test_every_test_says_when_who_where_and_how_it_ended(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """T5, T3: of all admins, for each of them."""
    panel = make_panel(test_limit="100 per minute")
    ada, eve, server = panel.admin(), panel.admin(SECOND_ADMIN), smtpd("none")
    panel.saved(ada, **fields_of(server))
    panel.tested(ada)
    alter(panel, started_at=utcnow() - timedelta(hours=2))
    panel.tested(eve, **fields_of(server) | {"password": "wrong"})
    failed, accepted = rows(panel.admin().page())
    assert accepted["data-test"] == "accepted"
    assert [cell.text for cell in accepted.all("td")] == [
        "Accepted", f"127.0.0.1:{server.port} {ADMIN} · with the saved settings", "2 hours ago",
    ]  # fmt: skip
    assert failed["data-test"] == "failed"
    assert failed.one("summary").text == "Failed: Authenticate"
    assert "open" not in failed.one("details")
    assert failed.one("p").text == "The server refused the user name or the password. Why?"
    assert failed.one("a", data_why=None)["href"].startswith("/admin/faults/auth-")
    assert f"{SECOND_ADMIN} · with unsaved settings" in failed.text
    time = accepted.all("td")[-1].one("time")
    assert time["datetime"].endswith("+00:00")
    assert time["title"].endswith(" UTC")


@pytest.mark.parametrize(
    ("values", "end", "words"),
    [
        ({"verdict": Verdict.ACCEPTED}, "accepted", "Accepted"),
        ({"arrived_at": utcnow()}, "arrived", "Arrived"),
        ({"verdict": Verdict.UNCERTAIN}, "uncertain", "Uncertain"),
        ({"diagnosis": None}, "failed", "Failed"),
        ({"state": RunState.RUNNING, "verdict": None}, "running", "Running"),
        (
            {"state": RunState.RUNNING, "verdict": None, "ends_by": utcnow()},
            "abandoned",
            "Interrupted",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_each_end_has_a_word_and_a_sign(
    panel: Panel, values: dict[str, Any], end: str, words: str
) -> None:
    """T5, T9: never only a colour."""
    admin = panel.admin()
    panel.tested(admin, **NOBODY)
    alter(panel, **values)
    row = rows(admin.page())[0]
    assert (row["data-test"], row.one("span", **{"class": "state"}).text) == (end, words)
    assert row.all("use")


def test_a_step_below_starttls_has_the_name_that_the_ladder_gives_it(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    """T6: STARTTLS that is not offered is a failure of TLS."""
    page = panel.tested(panel.admin(), **fields_of(smtpd("none"), tls=True))
    assert rows(page)[0].one("summary").text == "Failed: TLS"


def test_a_test_of_the_default_service_names_no_server_of_ones_own(make_panel: MakePanel) -> None:
    """S3: the custom values that are kept beside it were not used."""
    panel = make_panel(default_url=Secret("smtp://127.0.0.1:1?tls=none"))
    page = panel.tested(panel.admin(), **NOBODY | {"service": "default", "server": "x.example"})
    assert rows(page)[0].all("td")[1].text.startswith("Default mail service")


def test_an_ipv6_address_stands_in_brackets(panel: Panel) -> None:
    """T5."""
    page = panel.tested(panel.admin(), **NOBODY | {"server": "::1"})
    assert rows(page)[0].all("td")[1].text.startswith("[::1]:1")


def test_ten_tests_are_shown_three_at_once_and_cost_no_more_than_one(
    make_panel: MakePanel,
) -> None:
    """T5, W7: one query, whatever there is."""
    panel = make_panel(test_limit="100 per minute")
    admin = panel.admin()
    costs = []
    for times in (1, 11):
        for _ in range(times):
            panel.tested(admin, **NOBODY)
        admin.post("/theme", theme="dark" if times == 1 else "light", next="/")
        with panel.queries() as queries:
            page = admin.page()
        costs.append(queries)
    assert len(costs[0]) == len(costs[1])
    assert len([query for query in costs[0] if "check_run.kind" in query]) == 1
    assert len(rows(page)) == 10
    assert len(page.id("older-tests").all("tr", data_test=None)) == 7


def test_the_history_is_renewed_when_a_test_ends(panel: Panel) -> None:
    """T2, T5: out of band, with the result."""
    admin = panel.admin()
    admin.page()
    admin.htmx = True
    place = parse(admin.test(**NOBODY).text).id("test-result")
    panel.settle()
    fragment = parse(admin.get(place["hx-get"], htmx=True).text)
    assert fragment.id("history")["hx-swap-oob"] == "outerHTML"
    assert rows(fragment)[0]["data-test"] == "failed"


def test_members_see_no_history(panel: Panel) -> None:
    """N2."""
    panel.tested(panel.admin(), **NOBODY)
    for path in ("/", PAGE):
        assert "Last tests" not in panel.member().get(path).text


def test_markup_of_a_server_is_text(panel: Panel) -> None:
    """T4: what was typed and what a server said is escaped."""
    evil = "<b id=save>"
    admin = panel.admin()
    panel.tested(admin, **NOBODY)
    alter(panel, recipient=evil, draft={"server": evil, "port": "1"})
    row = rows(admin.page())[0]
    assert row.text.count(evil) == 2
    assert not row.all("b")
