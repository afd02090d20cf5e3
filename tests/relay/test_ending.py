"""How a connection ends, and the relay itself, so that nothing is sent twice (SPEC M2, M3)."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress

import pytest
from sqlalchemy import Connection, event

from smtp_panel.mail.mounted import EXTENSION
from smtp_panel.panel import Panel as Installation
from smtp_panel.relay.conversation import COMMAND_SECONDS, IDLE_SECONDS, Conversations
from smtp_panel.relay.reception import Reception
from smtp_panel.relay.service import Relay
from smtp_panel.smtp_server import SMTPThread
from tests.relay.conftest import BOB, TIMEOUT, MakeRelay, Relayed
from tests.servers.ports import HOST
from tests.servers.processes import wait_until

BILLING = "billing@acme.example"
TEXT = "Subject: Hi\r\n\r\nHello\r\n"
SlowDisk = Callable[[Relayed], AbstractContextManager[threading.Event]]


class Clock(asyncio.SelectorEventLoop):
    """A loop whose time goes on only as the test says."""

    now = 0.0

    def time(self) -> float:
        """The seconds of this loop."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The loop of the next relay."""
    clock = Clock()
    monkeypatch.setattr("smtp_panel.smtp_server.asyncio.new_event_loop", lambda: clock)
    return clock


@pytest.fixture
def slow_disk() -> SlowDisk:
    """Commits end only with the block; the event says that one has begun."""

    @contextmanager
    def slow(relayed: Relayed) -> Iterator[threading.Event]:
        begun, over = threading.Event(), threading.Event()

        def wait(_connection: Connection) -> None:
            begun.set()
            over.wait(TIMEOUT)

        installation: Installation = relayed.panel.app.extensions[EXTENSION]
        event.listen(installation.outbox.engine, "commit", wait)
        try:
            yield begun
        finally:
            over.set()

    return slow


def begin_message(client: smtplib.SMTP) -> None:
    client.mail(BILLING)
    client.rcpt(BOB)
    assert client.docmd("DATA")[0] == 354


def listens(port: int) -> bool:
    with suppress(ConnectionError), socket.create_connection((HOST, port), TIMEOUT):
        return True
    return False


def test_a_message_may_take_its_time(clock: Clock, make_relay: MakeRelay) -> None:
    """RFC 5321, section 4.5.3.2: the limit is for silence, and counts from the last octets."""
    relayed = make_relay()
    with relayed.connected() as client:
        begin_message(client)
        for line in ("Subject: Hi\r\n", "\r\n", "Hello\r\n", ".\r\n"):
            clock.now += IDLE_SECONDS - 1
            client.send(line)
        assert client.getreply()[0] == 250
    assert len(relayed.queued()) == 1


def test_a_message_that_never_ends_is_hung_up_on(clock: Clock, make_relay: MakeRelay) -> None:
    """So that nobody keeps the room of a message by an octet now and then."""
    relayed = make_relay()
    with relayed.connected() as client:
        begin_message(client)
        clock.now += COMMAND_SECONDS
        client.send("x\r\n")
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.getreply()


def test_who_has_handed_a_message_over_is_answered_before_the_relay_ends(
    relayed: Relayed, slow_disk: SlowDisk
) -> None:
    """M3: without a reply the program would send it again. Who begins now is told to come back."""
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(1))
        first, second, third = (stack.enter_context(relayed.connected()) for _ in range(3))
        begin_message(first)
        begin_message(second)
        with slow_disk(relayed) as storing:
            first.send(f"{TEXT}.\r\n")
            assert storing.wait(TIMEOUT)
            ended = pool.submit(relayed.relay.stop)
            wait_until(lambda: not listens(relayed.port))
            second.send(f"{TEXT}.\r\n")
            assert second.getreply()[0] == 421
            assert third.mail(BILLING)[0] == 421
        assert first.getreply()[0] == 250
        for client in (first, second, third):
            assert client.getreply()[0] == 421
            with pytest.raises(smtplib.SMTPServerDisconnected):
                client.getreply()
        ended.result()
    assert len(relayed.queued()) == 1


def test_a_disk_that_takes_too_long_holds_up_no_end(
    relayed: Relayed, slow_disk: SlowDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smtp_panel.relay.hooks.ENDING_SECONDS", 0.0)
    with relayed.connected() as client, ThreadPoolExecutor(1) as pool:
        begin_message(client)
        with slow_disk(relayed) as storing:
            client.send(f"{TEXT}.\r\n")
            assert storing.wait(TIMEOUT)
            pool.submit(relayed.relay.stop)
            assert client.getreply()[0] == 421


def test_a_process_that_is_ending_already_refuses_nothing_for_good(relayed: Relayed) -> None:
    """Its threads end before it says so: a program keeps its mail, and learns nothing of why."""
    installation: Installation = relayed.panel.app.extensions[EXTENSION]
    with ThreadPoolExecutor() as ended:
        pass
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    folder = relayed.panel.config.data_dir
    conversations = Conversations(Reception(installation), ended, ended, tls, folder)
    server = SMTPThread(socket.create_server((HOST, 0)), conversations)
    server.start()
    try:
        with (
            smtplib.SMTP(HOST, server.port, timeout=TIMEOUT) as client,
            pytest.raises(smtplib.SMTPAuthenticationError) as refused,
        ):
            client.login(relayed.client_id, relayed.secret)
        assert refused.value.smtp_code == 451
        assert b"futures" not in refused.value.smtp_error
    finally:
        server.stop()


def test_another_process_takes_over_once_the_port_is_free_and_not_before(
    make_relay: MakeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NAMES, Relay: at the same port, so that programs go on."""
    stop, others = SMTPThread.stop, list[Relay]()

    def meanwhile(server: SMTPThread) -> None:
        for other in others:
            other.start()
            assert not other.place
        others.clear()
        stop(server)

    monkeypatch.setattr(SMTPThread, "stop", meanwhile)
    relayed = make_relay()
    other = Relay(relayed.panel.app.extensions[EXTENSION])
    others.append(other)

    relayed.relay.stop()

    wait_until(lambda: other.port == relayed.port)
    other.stop()
