"""The worker: it sends what is accepted, by itself, and heeds what happens meanwhile (SPEC M5)."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from threading import Event, Semaphore, Thread

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from smtp_panel.config import Config
from smtp_panel.outbox import volume, worker
from smtp_panel.outbox.courier import IDLE_SECONDS
from smtp_panel.outbox.limits import limits
from smtp_panel.outbox.model import MessageState, Queued, WorkerHeartbeat
from smtp_panel.outbox.outbox import Outbox
from smtp_panel.outbox.volume import SentMail
from smtp_panel.storage import db, utcnow
from smtp_panel.storage.sqlite import Watch
from tests.outbox.conftest import (
    SILENT,
    Clock,
    Hand,
    StartHand,
    StartSending,
    environ_of,
    journals,
    letter,
    route_to,
)
from tests.servers.chaotic import chaotic_server
from tests.servers.fixtures import StartScripted
from tests.servers.ports import free_ports
from tests.servers.processes import wait_until
from tests.servers.scripted import Conversation, Step, expect, greet, reply, take_content

PATIENCE = 60.0  # seconds


@pytest.mark.both_engines
def test_what_is_accepted_is_sent_at_once(sending: StartSending) -> None:
    """SPEC M3, M5."""
    with chaotic_server() as sink:
        running = sending(route_to(sink.port))
        messages = [running.hand.accept() for _ in range(3)]
        for message in messages:
            running.wait_for(message, MessageState.SENT)

    assert sink.taken.total() == 3
    assert running.delivered == [running.route], "told once, so that no message waits for it"


def test_what_another_process_accepts_is_sent_before_the_next_look(
    sending: StartSending, another_hand: StartHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SPEC M3: whether a connection stands and waits, or none does yet."""
    monkeypatch.setattr(worker, "POLL_SECONDS", 3600)
    with chaotic_server() as sink:
        running, other = sending(route_to(sink.port)), another_hand()
        for _ in range(2):
            message = other.accept()
            running.wait_for(message, MessageState.SENT)


@pytest.mark.both_engines
def test_a_database_that_fails_between_two_looks_does_not_end_the_worker(
    sending: StartSending, another_hand: StartHand, caplog: pytest.LogCaptureFixture
) -> None:
    """SPEC M3: what is accepted once the database is well again is sent."""
    with chaotic_server() as sink:
        running, other = sending(route_to(sink.port)), another_hand()
        with running.hand.engine.begin() as connection:
            connection.execute(text("ALTER TABLE queue RENAME TO lost"))
        wait_until(lambda: "can't be worked on" in caplog.text)
        with running.hand.engine.begin() as connection:
            connection.execute(text("ALTER TABLE lost RENAME TO queue"))

        running.wait_for(other.accept(), MessageState.SENT)


@pytest.mark.both_engines
def test_a_worker_ends_while_the_database_fails_and_says_what_becomes_of_its_messages(
    sending: StartSending, caplog: pytest.LogCaptureFixture
) -> None:
    """SPEC M3: others take it for dead, as one that was killed."""
    running = sending(None)
    with running.hand.engine.begin() as connection:
        connection.execute(text("ALTER TABLE queue RENAME TO lost"))
    running.worker.stop()
    assert "others take up what this worker had in hand" in caplog.text
    with running.hand.engine.begin() as connection:
        connection.execute(text("ALTER TABLE lost RENAME TO queue"))


def test_a_database_that_can_not_be_opened_for_a_moment_does_not_end_the_worker(
    sending: StartSending, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    """SPEC M3: as where the machine has no files left, or the disk is not there yet."""
    with app.app_context(), chaotic_server() as sink:
        db.engine.dispose()
        file = Path(str(db.engine.url.database))
        aside = file.rename(file.with_name("aside"))
        file.mkdir()
        running = sending(route_to(sink.port))
        wait_until(lambda: "can't be worked on" in caplog.text)
        file.rmdir()
        aside.rename(file)

        message = running.hand.accept()
        running.wait_for(message, MessageState.SENT)


@pytest.mark.both_engines
def test_a_machine_that_lacked_a_thread_for_a_moment_sends_all_the_same(
    sending: StartSending, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """SPEC M3: what no thread could be had for counts as no connection that is under way."""
    begin = Thread.start
    lacks = iter([RuntimeError("can't start new thread")])

    def start(thread: Thread) -> None:
        if thread.name == "courier" and (error := next(lacks, None)):
            raise error
        begin(thread)

    monkeypatch.setattr(Thread, "start", start)
    with chaotic_server() as sink:
        running = sending(route_to(sink.port))
        message = running.hand.accept()
        running.wait_for(message, MessageState.SENT)

    assert "can't start new thread" in caplog.text


@pytest.mark.both_engines
def test_without_settings_what_is_accepted_waits_for_them(sending: StartSending) -> None:
    """SPEC M5: no service is set up yet."""
    with chaotic_server() as sink:
        running = sending(None)
        message = running.hand.accept()
        assert running.hand.state(message) is MessageState.WAITING

        running.route = route_to(sink.port)

        running.wait_for(message, MessageState.SENT)


@pytest.mark.both_engines
def test_an_outage_pauses_and_everything_leaves_in_order_after_it(sending: StartSending) -> None:
    """SPEC M5: attempts are not burnt, and it drains by itself, oldest first."""
    [port] = free_ports(1)
    running = sending(route_to(port))
    messages = [running.hand.accept() for _ in range(20)]
    wait_until(lambda: running.hand.pause().failures == 1)
    assert all(running.hand.attempts(each) == [] for each in messages)

    with chaotic_server() as sink:
        running.change_to(route_to(sink.port))
        for message in messages:
            running.wait_for(message, MessageState.SENT)

    assert running.hand.pause().failures == 0
    assert running.delivered == [running.route]
    order = [running.hand.attempts(each)[0].at for each in messages]
    assert order == sorted(order)


class Held:
    """Lets a server wait before it goes on, until the test has seen to something."""

    def __init__(self) -> None:
        self.reached, self.go_on = Event(), Event()

    def __call__(self, _conversation: Conversation) -> None:
        self.reached.set()
        assert self.go_on.wait(60)


BEGUN = [greet(), expect("MAIL FROM")]


@pytest.mark.both_engines
def test_no_more_connections_are_being_made_than_there_are(
    sending: StartSending, scripted: StartScripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """QUEUE 3.11, M5: a server that is just back is not overrun, however much waits for it."""
    stands, comes, looks = Held(), Held(), Semaphore(0)
    script: list[Step] = [*BEGUN, stands]
    first = iter([script])

    def play(conversation: Conversation) -> None:
        for step in next(first, [comes]):
            step(conversation)
        conversation.close()

    server = scripted([play])
    running = sending(route_to(server.port), most=8)
    outbox = running.hand.outbox
    look = outbox.look

    def counted() -> None:
        looks.release()
        look()

    for _ in range(30):
        running.hand.accept()
    assert stands.reached.wait(PATIENCE)
    running.hand.clock.wait(seconds=5)
    assert comes.reached.wait(PATIENCE)
    monkeypatch.setattr(outbox, "look", counted)
    for _ in range(5):
        assert looks.acquire(timeout=PATIENCE)

    assert server.connections == 2
    for each in (stands, comes):
        each.go_on.set()


@pytest.mark.both_engines
@pytest.mark.parametrize(
    ("before", "says"),
    [([], "421 4.3.2 Try again in 30 minutes"), (BEGUN, "550 5.4.5 Daily sending limit exceeded")],
    ids=["of the service", "of a quota"],
)
def test_a_failure_of_settings_that_have_changed_meanwhile_stops_nobody(
    sending: StartSending, scripted: StartScripted, before: list[Step], says: str
) -> None:
    """SPEC M5, P3: what is in force now may work; nor is anything learnt of it."""
    held = Held()
    old = route_to(scripted([*before, held, reply(says)]).port)
    with chaotic_server() as sink:
        running = sending(old)
        with running.hand.engine.begin() as connection:
            volume.count(connection, [SentMail(old.account.key, running.hand.clock.now(), 3)])
        message = running.hand.accept()
        assert held.reached.wait(60)

        running.change_to(route_to(sink.port))
        held.go_on.set()

        running.wait_for(message, MessageState.SENT)
    assert running.hand.pause().since is None
    with running.hand.engine.connect() as connection:
        assert limits(connection, old.account.key, running.hand.clock.now()) == {}


@pytest.mark.both_engines
def test_what_leaves_by_settings_that_have_changed_meanwhile_ends_no_pause(
    sending: StartSending, scripted: StartScripted
) -> None:
    """SPEC M5: those in force now are still to be tried."""
    held = Held()
    taken = [reply("250 OK"), expect("RCPT TO", "250 OK"), expect("DATA", "354 Go"), take_content()]
    server = scripted([*BEGUN, *taken, held, reply("250 OK"), expect("QUIT", "221 Bye")])
    [nobody] = free_ports(1)
    running = sending(None)
    running.hand.outbox.service_failed(SILENT, 0, probing=False)
    message = running.hand.accept()
    running.change_to(route_to(server.port))
    assert held.reached.wait(60)

    running.change_to(route_to(nobody))
    held.go_on.set()

    running.wait_for(message, MessageState.SENT)
    running.worker.stop()
    assert running.hand.pause().failures == 1


@pytest.mark.both_engines
def test_a_worker_process_sends_until_sigterm_and_ends_well(app: Flask, config: Config) -> None:
    """SPEC section 11: `smtp worker`."""
    with app.app_context(), chaotic_server() as sink:
        outbox = Outbox(db.engine, "test", journals(config))
        hand = Hand(outbox, Clock())
        message = hand.accept()
        service = {"SMTP_PANEL_DEFAULT_URL": f"smtp://127.0.0.1:{sink.port}?tls=none"}
        command = [sys.executable, "-m", "smtp_panel", "smtp", "worker"]
        with subprocess.Popen(
            command, env=environ_of(config) | service, stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                wait_until(lambda: hand.state(message) is MessageState.SENT)
            finally:
                process.send_signal(signal.SIGTERM)
            output = process.communicate(timeout=60)[0]
        outbox.close()

    assert process.returncode == 0
    assert output == "Sending what waits in the outbox.\n"


@pytest.mark.both_engines
def test_what_the_database_refuses_of_one_message_ends_no_connection(
    sending: StartSending,
) -> None:
    """SPEC M7: else a program that brings it again and again would keep all others from leaving."""
    with chaotic_server() as sink:
        running = sending(route_to(sink.port))
        outbox, first = running.hand.outbox, letter()
        outbox.accept(first)
        running.wait_for(first.id, MessageState.SENT)
        assert outbox.accept(first) == first.id, "there is one of this id"
        running.wait_for(running.hand.accept(), MessageState.SENT)

    assert len(sink.arrivals) == 1


@pytest.mark.both_engines
def test_a_claim_whose_answer_was_lost_is_taken_back_though_connections_stand(
    sending: StartSending,
) -> None:
    """QUEUE, failure 3: on an installation that is never idle it would be `sending` for ever."""
    with chaotic_server() as sink:
        running = sending(route_to(sink.port))
        hand = running.hand
        running.wait_for(hand.accept(), MessageState.SENT)
        message = hand.accept(send_at=hand.clock.now() + timedelta(days=1))
        with hand.engine.begin() as connection:
            own = select(WorkerHeartbeat.id).scalar_subquery()
            connection.execute(update(Queued).values(owner=own, claims=1, due=utcnow()))

        hand.outbox.transaction.in_doubt = True

        before_it_ends = IDLE_SECONDS / 2
        wait_until(lambda: hand.state(message) is MessageState.SENT, before_it_ends)


@pytest.mark.both_engines
def test_a_machine_that_lacks_a_thread_between_two_looks_does_not_end_the_worker(
    sending: StartSending, another_hand: StartHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SPEC M3: what another process accepts is sent once there are threads again."""
    with chaotic_server() as sink:
        running, other = sending(route_to(sink.port)), another_hand()
        running.wait_for(running.hand.accept(), MessageState.SENT)
        lacking = Event()

        def look() -> None:
            lacking.set()
            raise RuntimeError("can't start new thread")

        with monkeypatch.context() as full:
            full.setattr(running.hand.outbox, "look", look)
            first = other.accept()
            assert lacking.wait(PATIENCE)

        running.wait_for(first, MessageState.SENT)


def test_a_surprise_between_two_looks_is_said_once_and_does_not_end_the_worker(
    sending: StartSending,
    another_hand: StartHand,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """SPEC M3: what another process accepts is sent with the next look."""

    def surprise(_watch: Watch) -> bool:
        raise LookupError("a surprise")

    monkeypatch.setattr(Watch, "has_changed", surprise)
    with chaotic_server() as sink:
        running, other = sending(route_to(sink.port)), another_hand()
        for _ in range(2):
            running.wait_for(other.accept(), MessageState.SENT)

    assert caplog.text.count("LookupError: a surprise") == 1
