"""The link in a test message: signed, once, for a week, and never stored (SPEC T5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from smtp_panel.check.check import Check
from smtp_panel.runs import arrival
from smtp_panel.runs.arrival import LIFETIME
from smtp_panel.runs.model import Run
from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.storage import utcnow, writing
from tests.runs.runs import begun, plan_of, row

pytestmark = pytest.mark.both_engines

KEY = "the key of this installation"
CHECK = Check(Endpoint(server="127.0.0.1", port=1))


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session


def sent(engine: Engine, token: str) -> str:
    """A test whose message has a link with `token`; its id."""
    return begun(engine, CHECK, arrival_hash=Secret(token).digest())


def opened(session: Session, token: str, *, now: datetime | None = None) -> bool:
    """Open the link as its page does."""
    found = arrival.find(session, token, KEY, now)
    if found and not found.noted:
        with writing(session) as writer:
            arrival.record(writer, found, now)
    return found is not None


def test_a_token_can_not_be_guessed_and_is_not_stored(engine: Engine) -> None:
    """T5: 128 random bits, of which the database has a hash."""
    tokens = {arrival.new_token(KEY) for _ in range(100)}
    assert len({token.partition(".")[0] for token in tokens}) == 100
    assert min(len(token.partition(".")[0]) for token in tokens) * 6 >= 128
    token = tokens.pop()
    run = row(engine, sent(engine, token))
    assert token not in repr(vars(run))
    assert token.partition(".")[0] not in repr(vars(run))


def test_a_token_ends_with_what_mail_programs_take_into_a_link() -> None:
    """T5: a `-` or `_` at the end of an address is often left out."""
    assert all(arrival.new_token(KEY)[-1].isalnum() for _ in range(500))


def test_the_first_opening_is_the_arrival(engine: Engine, session: Session) -> None:
    """T5: once; a link opened again is as good, and changes nothing."""
    token, now = arrival.new_token(KEY), utcnow()
    run_id = sent(engine, token)
    later = now + timedelta(hours=1)
    assert opened(session, token, now=now)
    assert opened(session, token, now=later)
    assert row(engine, run_id).arrived_at == now


def test_what_only_asks_does_not_count(engine: Engine, session: Session) -> None:
    """T5: a HEAD is no arrival."""
    token = arrival.new_token(KEY)
    run_id = sent(engine, token)
    assert arrival.find(session, token, KEY)
    assert row(engine, run_id).arrived_at is None


def test_a_link_outlives_a_change_of_the_signing_key(engine: Engine, session: Session) -> None:
    """T5, section 11: while the older key stands behind the newer."""
    token = arrival.new_token(KEY)
    sent(engine, token)
    assert arrival.find(session, token, [KEY, "the newer key"])
    assert not arrival.find(session, token, ["the newer key"])


def test_of_two_who_open_it_at_once_the_first_counts(engine: Engine, session: Session) -> None:
    """T5: both found it unopened."""
    token, now = arrival.new_token(KEY), utcnow()
    run_id = sent(engine, token)
    found = arrival.find(session, token, KEY)
    assert found
    for moment in (now, now + timedelta(seconds=1)):
        with writing(session) as writer:
            arrival.record(writer, found, moment)
    assert row(engine, run_id).arrived_at == now


def test_only_the_test_of_the_link_arrives(engine: Engine, session: Session) -> None:
    """T5."""
    tokens = [arrival.new_token(KEY) for _ in range(3)]
    runs = [sent(engine, token) for token in tokens]
    assert opened(session, tokens[1])
    assert [bool(row(engine, run).arrived_at) for run in runs] == [False, True, False]


def test_a_link_ends_after_a_week(engine: Engine, session: Session) -> None:
    """T5: opened before or not."""
    token = arrival.new_token(KEY)
    run = row(engine, sent(engine, token))
    end = run.started_at + LIFETIME
    assert not opened(session, token, now=end)
    assert row(engine, run.id).arrived_at is None
    assert opened(session, token, now=end - timedelta(seconds=1))
    assert not opened(session, token, now=end)


def test_what_is_not_signed_costs_no_query(engine: Engine, session: Session) -> None:
    """T5: guessing is cheap for the panel, and tells nothing by the time it takes."""
    token = arrival.new_token(KEY)
    sent(engine, token)
    queries: list[str] = []

    def note(*arguments: Any) -> None:
        if not arguments[2].startswith("BEGIN"):
            queries.append(arguments[2])

    event.listen(engine, "before_cursor_execute", note)
    guess, signature = token.split(".")
    forged = [
        *("", "x", ".", "\0", "ü", guess, f"{guess}.", f".{signature}", f"{guess}x.{signature}"),
        *(token[:-2] + "AA", token + "A", f"{token}.{signature}", "x" * 100_000),
        arrival.new_token("another key"),
    ]
    assert not any(arrival.find(session, each, KEY) for each in forged)
    assert not queries
    assert not arrival.find(session, arrival.new_token(KEY), KEY)
    assert len(queries) == 1


def test_an_arrival_is_found_by_an_index(engine: Engine) -> None:
    """T5: in however long a history."""
    found = select(Run.id).where(Run.arrival_hash == "x", Run.started_at > utcnow())
    assert "ix_check_run_arrival_hash" in plan_of(engine, found)


def test_an_arrival_is_awaited_until_it_happens_or_the_link_has_ended() -> None:
    """T5: and never for a message without a link."""
    now = utcnow()
    run = Run(arrival_hash="x", started_at=now)
    assert arrival.awaited(run, now)
    assert not arrival.awaited(run, now + LIFETIME)
    assert not arrival.awaited(Run(started_at=now), now)
    run.arrived_at = now
    assert not arrival.awaited(run, now)


@pytest.mark.parametrize("installation", ["https://x.example/mail/", "https://x.example/mail"])
def test_the_link_leads_below_the_address_of_the_installation(installation: str) -> None:
    """T5, A2."""
    assert arrival.link(installation, "token") == "https://x.example/mail/arrived/token"
