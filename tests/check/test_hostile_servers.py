"""Servers that mean harm get a diagnosis in time, and neither memory nor threads (SPEC T8, D1)."""

from __future__ import annotations

import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from smtp_panel.check.check import Verdict
from smtp_panel.diagnosis.diagnosis import diagnose
from smtp_panel.net.deadline import Clock, Deadline
from smtp_panel.net.network import Network
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.content import Content
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.envelope import Envelope
from smtp_panel.smtp.facts import Handover, Stage
from smtp_panel.smtp.limits import overall
from tests.diagnosis.examples import said
from tests.little_work import little_work
from tests.servers.certificates import CertificateAuthority
from tests.servers.scripted import (
    Conversation,
    ScriptedServer,
    Step,
    close,
    drip,
    ehlo,
    expect,
    greet,
    hang,
    reply,
    send,
    start_tls,
    take_message,
)
from tests.smtp.conversations import (
    CONTENT,
    LONG,
    MAIL,
    RECIPIENT,
    USER,
    Passing,
    checked,
    endpoint_of,
    outgoing,
    sent,
)

GRACE = 3.0  # seconds past the deadline, by a clock that passes with each look
MEMORY = 10_000_000  # octets
SIGN_IN = expect("AUTH", "235 ok")
HELLO = [expect("STARTTLS", "220 go")]


@pytest.fixture(autouse=True, scope="module")
def catalogue_in_use() -> None:
    """A process makes its phrases ready once, whatever a server says."""
    for stage in Stage:
        diagnose(said(stage, "550 no"))


def flood(octets: bytes) -> Step:
    """Send these octets over and over, as fast as they are taken."""

    def step(conversation: Conversation) -> None:
        while not conversation.stopping.is_set():
            conversation.send(octets * 100)

    return step


DRIPPING = "one octet at a time"
SILENT_IN_THE_END = {"silence", "an answer to nothing"}
ATTACKS: dict[str, list[Step]] = {
    "endless reply": [flood(b"250-and another thing\r\n")],
    "endless line": [flood(b"250 " + b"x" * 1000)],
    "a line of 1 MB": [send(b"250 " + b"x" * 1_000_000 + b"\r\n"), hang()],
    "NUL": [flood(b"\0")],
    "no UTF-8": [send(b"250-\xff\xfe\xc3\x28\xed\xa0\x80\r\n" * 99 + b"599 \xff\r\n"), close()],
    DRIPPING: [drip(b"250-still here\r\n", 0.001)],
    "an answer to nothing": [reply("599 no", "250 ok", "250 ok"), hang()],
    "silence": [hang()],
    "the end": [close()],
}
# How far a server behaves, by the step at which it no longer does.
CLEAR: dict[str, list[Step]] = {
    "greeting": [],
    "EHLO": [reply("220 mail.test.example"), expect("EHLO")],
    "AUTH": [greet("AUTH PLAIN"), expect("AUTH")],
    "MAIL": [greet("AUTH PLAIN"), SIGN_IN, expect("MAIL")],
    "RCPT": [greet("AUTH PLAIN"), SIGN_IN, MAIL[0], expect("RCPT")],
    "DATA": [greet("AUTH PLAIN"), SIGN_IN, *MAIL[:2], expect("DATA")],
    "the word on the message": [greet("AUTH PLAIN"), SIGN_IN, *MAIL[:2], take_message()],
}


def secured(ca: CertificateAuthority) -> dict[str, list[Step]]:
    """The same where TLS comes into it."""
    asked = [greet("STARTTLS"), expect("STARTTLS")]
    secure = [*asked, reply("220 go"), start_tls(ca.good.context())]
    return {
        "STARTTLS": asked,
        "the handshake": [*asked, reply("220 go")],
        "EHLO in TLS": [*secure, expect("EHLO")],
        "AUTH in TLS": [*secure, ehlo("AUTH PLAIN"), expect("AUTH")],
        "a refused certificate": [*secure[:-1], start_tls(ca.untrusted.context())],
    }


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    """What is read once for all checks is read beforehand."""
    checked(Endpoint(server="mail.test.example", port=1), network=Network(lookup=lambda _: []))


@pytest.fixture(autouse=True)
def _flat_memory() -> Iterator[None]:
    tracemalloc.start()
    yield
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MEMORY


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("step", CLEAR)
def test_no_step_can_be_used_against_the_panel(
    ca: CertificateAuthority, step: str, attack: str
) -> None:
    """T8: a diagnosis at the deadline, little work, memory flat, no thread left behind."""
    assert_harmless([*CLEAR[step], *ATTACKS[attack]], ca, attack)


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize(
    "step", ["STARTTLS", "the handshake", "EHLO in TLS", "AUTH in TLS", "a refused certificate"]
)
def test_no_step_of_tls_can_either(ca: CertificateAuthority, step: str, attack: str) -> None:
    """T8, F7: the second look at a refused certificate included."""
    assert_harmless([*secured(ca)[step], *ATTACKS[attack]], ca, attack, tls=True)


def assert_harmless(
    script: list[Step], ca: CertificateAuthority, attack: str, *, tls: bool = False
) -> None:
    """A test against a server with this script ends as it should."""
    before = set(threading.enumerate())
    with ScriptedServer(script) as server:
        endpoint = endpoint_of(
            server, "starttls" if tls else "none", server="mail.test.example", ca_pem=ca.pem
        )
        network = Network(lookup=lambda _: [server.host])
        message = outgoing(recipient=RECIPIENT)
        with little_work(), deadline_kept(attack, server) as clock:
            test = sent(endpoint, message=message, network=network, clock=clock)
    assert test.verdict in (Verdict.FAILED, Verdict.UNCERTAIN)
    assert test.diagnosis
    assert len(test.transcript) < 100_000
    assert not [thread for thread in threading.enumerate() if stays(thread, before)]


@contextmanager
def deadline_kept(attack: str, server: ScriptedServer) -> Iterator[Clock]:
    """A clock for the block, which is over once LONG has passed by it.

    A server that hangs fails the test itself where a client waits on.
    """
    if attack in SILENT_IN_THE_END:
        yield server.clock
    elif attack == DRIPPING:
        clock = Passing()
        yield clock
        assert clock.now < LONG + GRACE
    else:
        yield time.monotonic


def stays(thread: threading.Thread, before: set[threading.Thread]) -> bool:
    """Whether a thread that was not there before does not end by itself."""
    if thread not in before:
        thread.join(LONG)
    return thread not in before and thread.is_alive()


# How far a server behaves on a connection that is kept, its messages one behind the other.
KEPT: dict[str, list[Step]] = {
    "the first envelope": [greet("PIPELINING"), expect("MAIL")],
    "the go-ahead": [greet("PIPELINING"), *MAIL[:2], expect("DATA")],
    "the word on the message": [greet("PIPELINING"), *MAIL[:2], take_message()],
    "the envelope that rides": [greet("PIPELINING"), *MAIL[:2], take_message("250 ok")],
    "the second message": [greet("PIPELINING"), *MAIL[:2], take_message("250 ok"), *MAIL[:2]],
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("step", KEPT)
def test_no_message_of_a_kept_connection_is_lost_or_sent_twice(step: str, attack: str) -> None:
    """T8, D4: each has its receipt in time; one may be uncertain, and only once its dot is out."""
    messages = ((Envelope(USER, (RECIPIENT,)), Content(CONTENT)) for _ in range(3))
    with ScriptedServer([*KEPT[step], *ATTACKS[attack]]) as server:
        endpoint = endpoint_of(server, username="")
        with little_work(), deadline_kept(attack, server) as clock:
            connection = Connection(endpoint, overall(Deadline(LONG, clock)), Network())
            connection.open()
            receipts = list(connection.send_all(messages))
            connection.quit()
        server.wait_until_idle()
        dots = server.received.count(".")
    failures = [receipt.failure for receipt in receipts if receipt.failure]
    known = [failure for failure in failures if not failure.may_have_been_sent]
    assert len(receipts) - len(known) <= dots
    assert all(failure.handover is not Handover.FINISHED or failure.code for failure in known)
    assert all(len(str(receipt.transcript)) < 100_000 for receipt in receipts)
    assert not connection.usable
