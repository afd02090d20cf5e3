"""Schedules as programs see and handle them (SPEC M1, A5)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask_mail import Message
from sqlalchemy import Connection, Engine, event, update

from smtp_panel import Mail
from smtp_panel.access.keys import KeyScope
from smtp_panel.schedules.model import Schedule, ScheduleRun
from smtp_panel.storage import db, utcnow, writing
from tests.api.conftest import BOB, EVE, Program, program_of, told_by
from tests.web.conftest import MakePanel

SCHEDULES = "/schedules"
REPORT: dict[str, Any] = {
    "name": "Sales",
    "url": "https://reports.acme.example/sales",
    "header": "Authorization",
    "secret": "Bearer hush",
    "subject": "Sales of the week",
    "recipients": [BOB, EVE],
    "cron": "0 9 * * MON",
    "zone": "Europe/Berlin",
}


def made(manager: Program, **fields: object) -> str:
    """The path of a new schedule."""
    answer = manager.ask("POST", SCHEDULES, REPORT | fields)
    assert answer.status_code == 201, answer.text
    return f"{SCHEDULES}/{told_by(answer)['id']}"


@contextmanager
def somebody_renames(engine: Engine, name: str) -> Iterator[None]:
    """Somebody else gives each schedule another name as soon as this one has looked at it."""
    to_do = [update(Schedule).values(name=name, version=Schedule.version + 1)]

    def be_faster(_connection: Connection, _cursor: object, sql: str, *_: object) -> None:
        if to_do and sql.startswith("SELECT schedule"):
            statement = to_do.pop()
            with engine.begin() as other:
                other.execute(statement)

    event.listen(engine, "after_cursor_execute", be_faster)
    try:
        yield
    finally:
        event.remove(engine, "after_cursor_execute", be_faster)


def wrong(manager: Program, method: str, path: str, body: object) -> list[str]:
    """The fields that are refused."""
    answer = manager.ask(method, path, body)
    assert answer.status_code == 422, answer.text
    return list(told_by(answer)["errors"])


@pytest.mark.both_engines
def test_a_schedule_is_made_changed_and_removed(manager: Program) -> None:
    """M1: what is absent stays; its secret is told to nobody; the log names the key."""
    one = made(manager)
    answer = manager.ask("GET", one)
    told = told_by(answer)
    shown = {name: told[name] for name in REPORT if name != "secret"}
    assert shown == {name: value for name, value in REPORT.items() if name != "secret"}
    assert (told["state"], told["secret_saved"], told["last"]) == ("active", True, None)
    assert (told["created_by"], told["function"]) == (manager.actor, "")
    assert "hush" not in answer.text + manager.ask("GET", "/audit").text
    change = {"cron": "30 7 1 * *", "recipients": [EVE]}
    changed = told_by(manager.ask("PUT", one, change))
    assert changed == told | change | {"next_at": changed["next_at"]}
    assert told_by(manager.ask("GET", SCHEDULES))["schedules"] == [changed]
    assert manager.ask("DELETE", one).status_code == 204
    assert manager.ask("GET", one).status_code == 404
    (entry, *_) = told_by(manager.ask("GET", "/audit"))["entries"]
    assert (entry["action"], entry["actor"]) == ("schedule.removed", manager.actor)


@pytest.mark.both_engines
def test_of_two_who_change_a_schedule_at_once_none_takes_back_what_the_other_did(
    manager: Program,
) -> None:
    """V3: what is absent stays as it is by then, and not as it was when somebody looked."""
    one = made(manager)
    with somebody_renames(manager.panel.engine, "Sales of July"):
        answer = manager.ask("PUT", one, {"cron": "30 7 1 * *"})
    assert answer.status_code == 409
    assert "saved the schedule meanwhile" in told_by(answer)["message"]
    told = told_by(manager.ask("PUT", one, {"cron": "30 7 1 * *"}))
    assert (told["name"], told["cron"]) == ("Sales of July", "30 7 1 * *")


def test_a_secret_goes_nowhere_else_unless_it_is_sent_again(manager: Program) -> None:
    """The rule of the page."""
    one = made(manager)
    elsewhere = {"url": "https://elsewhere.example/"}
    assert wrong(manager, "PUT", one, elsewhere) == ["secret"]
    assert manager.ask("PUT", one, elsewhere | {"secret": "Bearer new"}).status_code == 200
    assert wrong(manager, "POST", SCHEDULES, REPORT | {"secret": ""}) == ["secret"]


def test_content_is_of_a_function_or_of_a_web_address(manager: Program) -> None:
    """A web address takes the place of a function, whose name the application alone decides."""
    Mail(manager.panel.app).content("sales")(lambda: Message(body="7"))
    one = made(manager, function="sales")
    told = told_by(manager.ask("GET", one))
    assert (told["function"], told["url"], told["secret_saved"]) == ("sales", "", False)
    told = told_by(manager.ask("PUT", one, {"url": REPORT["url"]}))
    assert (told["function"], told["url"]) == ("", REPORT["url"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("function", "unknown"),
        ("url", "ftp://acme.example"),
        ("header", "a b"),
        ("secret", "a\nb"),
        ("recipients", []),
        ("recipients", ["bob"]),
        ("subject", ""),
        ("cron", "every day"),
        ("zone", "Berlin/Europe"),
    ],
)
def test_the_rules_of_the_form_hold(manager: Program, field: str, value: object) -> None:
    """422 by field, of a new schedule and of a change, which then changes nothing."""
    assert wrong(manager, "POST", SCHEDULES, REPORT | {field: value}) == [field]
    one = made(manager)
    before = manager.ask("GET", one).text
    assert wrong(manager, "PUT", one, {field: value}) == [field]
    assert manager.ask("GET", one).text == before


@pytest.mark.both_engines
def test_it_rests_goes_on_and_runs_once_at_a_time(manager: Program) -> None:
    """M1: run now is refused while it runs; the history has the run and who asked for it."""
    one = made(manager)
    paused = told_by(manager.ask("POST", f"{one}/pause"))
    assert (paused["state"], paused["paused_by"]) == ("paused", manager.actor)
    assert paused["next_at"] is None
    assert told_by(manager.ask("POST", f"{one}/resume"))["next_at"]
    answer = manager.ask("POST", f"{one}/run")
    assert answer.status_code == 202
    assert told_by(answer)["last"]["by"] == manager.actor
    again = manager.ask("POST", f"{one}/run")
    assert (again.status_code, "running" in told_by(again)["message"]) == (409, True)
    history = told_by(manager.ask("GET", f"{one}/runs"))
    assert (history["runs"], history["next"]) == ([told_by(answer)["last"]], None)


def test_its_history_is_read_to_the_end(manager: Program) -> None:
    """NAMES, cursor: each run once, with the reason where it failed."""
    one, now = made(manager), utcnow()
    number = int(one.rpartition("/")[2])
    error = {"message": "%(host)s gave nothing. Look at its log.", "params": {"host": "acme"}}
    with manager.panel.app.app_context(), writing(db.session) as session:
        for hour in range(103):
            due = now.replace(year=2020 + hour // 24, hour=hour % 24)
            session.add(ScheduleRun(schedule=number, due_at=due, ended_at=due, error=error))
    first = told_by(manager.ask("GET", f"{one}/runs"))
    rest = told_by(manager.ask("GET", f"{one}/runs?cursor={first['next']}"))
    runs = [*first["runs"], *rest["runs"]]
    assert (len(first["runs"]), len({each["due_at"] for each in runs})) == (100, 103)
    assert rest["next"] is None
    assert {each["error"] for each in runs} == {"acme gave nothing. Look at its log."}


def test_a_run_counts_as_a_test(make_panel: MakePanel) -> None:
    """L1: it makes the panel connect."""
    manager = program_of(make_panel(test_limit="1 per minute"), KeyScope.MANAGE)
    one, other = made(manager), made(manager, name="Other")
    statuses = [manager.ask("POST", f"{each}/run").status_code for each in (one, other)]
    assert statuses == [202, 429]


def test_a_key_that_may_read_may_see_them_and_change_nothing(manager: Program) -> None:
    """NAMES, scopes."""
    one = made(manager)
    reader = program_of(manager.panel, KeyScope.READ)
    for path in (SCHEDULES, one, f"{one}/runs"):
        assert reader.ask("GET", path).status_code == 200
    for method, path in (
        ("DELETE", one),
        ("PUT", one),
        ("POST", SCHEDULES),
        ("POST", f"{one}/run"),
    ):
        assert reader.ask(method, path, {}).status_code == 403


def test_what_is_not_there_is_404(manager: Program) -> None:
    for method, path in (
        ("GET", ""),
        ("PUT", ""),
        ("DELETE", ""),
        ("GET", "/runs"),
        ("POST", "/run"),
    ):
        body: object = {} if method == "PUT" else None
        assert manager.ask(method, f"{SCHEDULES}/999{path}", body).status_code == 404
