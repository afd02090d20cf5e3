"""Checks in the background: bounded, told as they happen, and always ended (SPEC T4, T8, W2)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from smtp_panel.check.check import Check, OutgoingMessage, Verdict
from smtp_panel.check.steps import Step, StepState
from smtp_panel.runs.model import Run, RunKind, RunState
from smtp_panel.runs.runner import (
    FORGOTTEN_AFTER,
    GRACE,
    TEST_FORGOTTEN_AFTER,
    Runner,
    forget_old,
)
from smtp_panel.runs.threads import Busy
from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.facts import Stage
from smtp_panel.status.service import record
from smtp_panel.status.standing import standing
from smtp_panel.storage import utcnow
from tests.runs.runs import PATIENCE, Gate, begun, nothing, row, settle, start
from tests.servers.fixtures import StartScripted
from tests.servers.scripted import (
    Conversation,
    close,
    expect,
    greet,
    hang,
    reply,
    take_content,
    take_message,
)
from tests.servers.scripted import Step as Play
from tests.smtp.conversations import MAIL, SUBMISSION, USER, endpoint_of, outgoing

pytestmark = pytest.mark.both_engines

HELLO = reply("220 mail.test.example")
OFFER = reply("250-mail.test.example", "250 AUTH PLAIN")
REST = SUBMISSION[1:]


def broken(_steps: Mapping[Stage, object]) -> bytes:
    """Fail as no check should."""
    raise RuntimeError("a bug")


def test_the_row_of_a_run_tells_what_was_asked(engine: Engine, scripted: StartScripted) -> None:
    """T4: the whole ladder is known before its first step, and nothing secret is kept."""
    check = Check(endpoint_of(scripted([])), USER, outgoing(), seconds=7.0)
    run = row(engine, begun(engine, check, kind=RunKind.CHECK, settings_version=3))
    assert run.stages == [stage.value for stage in check.stages()]
    assert (run.state, run.verdict, run.steps) == (RunState.RUNNING, None, [])
    assert run.ends_by - run.started_at == timedelta(seconds=7.0) + GRACE
    assert len(run.id) >= 20


def test_steps_are_told_while_they_happen(engine: Engine, scripted: StartScripted) -> None:
    """T4: any process can tell how far a test is."""
    gate = Gate()
    server = scripted([HELLO, expect("EHLO"), gate, OFFER, *REST])
    run_id = start(engine, Check(endpoint_of(server), USER, outgoing()))
    gate.wait()
    half_way = row(engine, run_id)
    assert half_way.state is RunState.RUNNING
    assert [(step.step.value, step.state.value) for step in half_way.ladder()] == [
        ("dns", "passed"),
        ("connect", "passed"),
        ("banner", "passed"),
        ("ehlo", "running"),
    ]
    gate.open()
    settle()
    assert row(engine, run_id).state is RunState.PASSED


def test_the_end_is_told_with_all_that_was_met(engine: Engine, scripted: StartScripted) -> None:
    """T5, T7: verdict, steps and transcript, without the password."""
    check = Check(endpoint_of(scripted(SUBMISSION)), USER, outgoing())
    run = row(engine, _run(engine, check))
    assert (run.state, run.verdict) == (RunState.PASSED, Verdict.ACCEPTED)
    assert run.explanation() is None
    assert run.ladder() == list(check.steps.values())
    assert check.transcript == f"{run.transcript}\nC: QUIT\nS: 221 bye"
    assert "correct horse" not in repr(vars(run))


class Belated:
    """Work whose last news come after its end, when less of it is known."""

    def __init__(self) -> None:
        self.steps = [Step(Stage.CONNECT, StepState.PASSED, 1.0).to_json()]

    def run(self, follow: Callable[[object], None], finished: Callable[[], None]) -> None:
        """End, and tell of no steps after that."""
        finished()
        self.steps = []
        follow(None)

    def steps_json(self) -> list[dict[str, Any]]:
        """The steps so far."""
        return self.steps

    def outcome(self) -> Mapping[str, Any]:
        """That it went well."""
        return {"verdict": Verdict.CONNECTED}


def test_news_that_come_too_late_take_nothing_back(engine: Engine) -> None:
    """T4: they may have been on their way when the run ended."""
    run_id, runner = (
        begun(engine, Check(Endpoint(server="a", port=1))),
        Runner(engine, 1, every=0.0),
    )
    runner.start(runner.reserve(), run_id, Belated(), nothing)
    settle()
    assert [step.step for step in row(engine, run_id).ladder()] == [Stage.CONNECT]


def test_a_failure_is_told_with_its_diagnosis(engine: Engine, scripted: StartScripted) -> None:
    """T6: as it was found."""
    check = Check(endpoint_of(scripted([*SUBMISSION[:1], expect("AUTH", "535 no"), MAIL[-1]])))
    run = row(engine, _run(engine, check))
    assert (run.state, run.verdict) == (RunState.FAILED, Verdict.FAILED)
    assert run.explanation() == check.diagnosis


def test_a_message_that_may_have_been_sent_did_not_pass(
    engine: Engine, scripted: StartScripted
) -> None:
    """D4: uncertain is no success."""
    server = scripted([*SUBMISSION[:-2], take_message(), close()])
    run = row(engine, _run(engine, Check(endpoint_of(server), USER, outgoing())))
    assert (run.state, run.verdict) == (RunState.FAILED, Verdict.UNCERTAIN)


def test_past_the_bound_it_is_busy_at_once(engine: Engine, scripted: StartScripted) -> None:
    """T8: never a queue that hangs."""
    runner, gate = Runner(engine, 2), Gate()
    server = scripted([gate, *SUBMISSION])
    for _ in range(2):
        start(engine, Check(endpoint_of(server), USER, outgoing()), runner=runner)
    with pytest.raises(Busy):
        runner.reserve()
    gate.open()
    settle()
    places = [runner.reserve(), runner.reserve()]
    with pytest.raises(Busy):
        runner.reserve()
    places[0].close()
    runner.reserve()


def test_a_place_is_free_before_the_end_is_told(engine: Engine, scripted: StartScripted) -> None:
    """T8: who reads the result can test again."""
    runner = Runner(engine, 1)
    server = scripted([reply("554 no"), expect("QUIT")])
    free: list[bool] = []

    def finished(_session: Session, _run: Run) -> None:
        runner.reserve().close()
        free.append(True)

    start(engine, Check(endpoint_of(server), USER), runner=runner, finished=finished)
    settle()
    assert free == [True]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_check_with_a_bug_frees_its_place_and_ends_its_run(
    engine: Engine, scripted: StartScripted
) -> None:
    """T8: nothing hangs, whatever happens."""
    runner = Runner(engine, 1)
    server = scripted([greet(), hang()])
    check = Check(endpoint_of(server, username=""), USER, OutgoingMessage(USER, broken))
    run_id = start(engine, check, runner=runner)
    settle()
    run = row(engine, run_id)
    assert (run.state, run.verdict) == (RunState.FAILED, Verdict.FAILED)
    runner.reserve()


def test_what_follows_the_end_belongs_to_it(engine: Engine, scripted: StartScripted) -> None:
    """W2: `finished` sees the end, and writes in the same transaction."""
    told: list[tuple[str, RunState]] = []

    def finished(session: Session, run: Run) -> None:
        told.append((run.id, run.state))
        assert session.in_transaction()
        assert row(engine, run.id).state is RunState.RUNNING

    check = Check(endpoint_of(scripted(SUBMISSION)), USER, outgoing())
    run_id = start(engine, check, finished=finished)
    settle()
    assert told == [(run_id, RunState.PASSED)]


def test_progress_that_cannot_be_written_does_not_stop_a_test(
    engine: Engine, scripted: StartScripted, caplog: pytest.LogCaptureFixture
) -> None:
    """T8: the end is written all the same."""
    before, after = Gate(), Gate()
    data: list[Play] = [expect("DATA", "354 go ahead"), after, take_content("250 2.0.0 ok")]
    server = scripted([HELLO, before, expect("EHLO"), OFFER, *REST[:-2], *data, REST[-1]])
    run_id = start(engine, Check(endpoint_of(server), USER, outgoing()))
    before.wait()
    _rename(engine, "check_run", "elsewhere")
    before.open()
    after.wait()
    _rename(engine, "elsewhere", "check_run")
    assert len(row(engine, run_id).ladder()) < 5
    after.open()
    settle()
    run = row(engine, run_id)
    assert (run.state, run.verdict) == (RunState.PASSED, Verdict.ACCEPTED)
    assert len(run.ladder()) == 9
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert {record.name for record in warnings} == {"smtp_panel.runs.runner"}


def test_an_end_that_cannot_be_written_is_logged(
    engine: Engine, scripted: StartScripted, caplog: pytest.LogCaptureFixture
) -> None:
    """T8: the message went out, the place is free, and the log says what is missing."""
    gate, runner = Gate(), Runner(engine, 1)
    server = scripted([gate, *SUBMISSION])
    endpoint = endpoint_of(server, password=Secret("hunter2"))
    start(engine, Check(endpoint, USER, outgoing()), runner=runner)
    gate.wait()
    _rename(engine, "check_run", "elsewhere")
    gate.open()
    settle()
    assert "the end of check" in caplog.text
    assert "hunter2" not in caplog.text
    runner.reserve()
    _rename(engine, "elsewhere", "check_run")


def test_a_run_that_was_removed_meanwhile_ends_quietly(
    engine: Engine, scripted: StartScripted
) -> None:
    """T8: nothing is left to be told."""
    gate = Gate()
    server = scripted([gate, *SUBMISSION])
    start(engine, Check(endpoint_of(server), USER, outgoing()), finished=_never)
    gate.wait()
    with engine.begin() as connection:
        connection.execute(delete(Run))
    gate.open()
    settle()


def test_many_checks_that_end_at_once_are_all_told(engine: Engine, scripted: StartScripted) -> None:
    """T8: each end is read and written as one, so that none is lost to another."""
    count = 12
    runner, barrier = Runner(engine, count), threading.Barrier(count)

    def together(_conversation: Conversation) -> None:
        barrier.wait(PATIENCE)

    server = scripted([*SUBMISSION[:-2], together, *SUBMISSION[-2:]])

    def finished(session: Session, run: Run) -> None:
        record(session, "node", run)

    runs = [
        start(
            engine, Check(endpoint_of(server), USER, outgoing()), runner=runner, finished=finished
        )
        for _ in range(count)
    ]
    settle()
    assert [row(engine, run_id).state for run_id in runs] == [RunState.PASSED] * count
    with Session(engine) as session:
        assert len(standing(session).nodes) == 1


def test_a_run_whose_process_died_is_abandoned(engine: Engine, scripted: StartScripted) -> None:
    """T8: nobody waits for an end that will not come."""
    check = Check(endpoint_of(scripted([])), USER, seconds=1.0)
    run = row(engine, begun(engine, check))
    assert not run.abandoned(run.ends_by)
    assert run.abandoned(run.ends_by + timedelta(microseconds=1))
    run.state = RunState.FAILED
    assert not run.abandoned(run.ends_by + timedelta(days=1))


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        (RunKind.TEST, TEST_FORGOTTEN_AFTER),
        (RunKind.CHECK, FORGOTTEN_AFTER),
        (RunKind.SEARCH, FORGOTTEN_AFTER),
    ],
)
def test_runs_are_forgotten_tests_after_thirty_days_and_others_after_one(
    engine: Engine, scripted: StartScripted, kind: RunKind, after: timedelta
) -> None:
    """T8, W5: no page grows with history, and no table with the checks of many nodes."""
    check = Check(endpoint_of(scripted([])), USER)
    old, recent = begun(engine, check, kind=kind), begun(engine, check, kind=kind)
    minute = timedelta(minutes=1)
    with Session(engine) as session, session.begin():
        for run_id, age in ((old, after + minute), (recent, after - minute)):
            run = session.get(Run, run_id)
            assert run
            run.started_at = utcnow() - age
        forget_old(session)
    assert row(engine, recent)
    with Session(engine) as session:
        assert session.get(Run, old) is None


def _run(engine: Engine, check: Check) -> str:
    run_id = start(engine, check)
    settle()
    return run_id


def _never(_session: Session, _run: Run) -> None:
    raise AssertionError("there is no run")


def _rename(engine: Engine, name: str, other: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {name} RENAME TO {other}")


def test_where_no_thread_can_be_had_it_is_busy_and_the_place_free(engine: Engine) -> None:
    """T8."""
    runner, nowhere = Runner(engine, 1), Endpoint(server="127.0.0.1", port=1)
    usual = threading.stack_size(1 << 46)  # more than there are addresses
    try:
        with pytest.raises(Busy):
            runner.start(runner.reserve(), "run", Check(nowhere), lambda _session, _run: None)
    finally:
        threading.stack_size(usual)
    runner.reserve()
