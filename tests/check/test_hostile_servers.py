"""Servers that mean harm get a diagnosis in time, and neither memory nor threads (SPEC T8, D1)."""

from __future__ import annotations

import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice

import pytest

from smtp_panel.check.check import Verdict
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.network import Network
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.content import Content
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.envelope import Envelope
from smtp_panel.smtp.facts import Handover
from smtp_panel.smtp.limits import overall
from tests.servers.certificates import CertificateAuthority
from tests.servers.scripted import (
    Conversation,
    ScriptedServer,
    Step,
    UnexpectedLine,
    close,
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
    checked,
    endpoint_of,
    outgoing,
    sent,
)

BRIEFLY = 0.3  # seconds; the deadline where a server says little or nothing
GRACE = 1.0  # seconds past the deadline, and of work
PAUSE = 0.02  # seconds
PAUSES = int((BRIEFLY + GRACE) / PAUSE)  # how many a client waits for that keeps its deadline
MEMORY = 10_000_000  # octets
SIGN_IN = expect("AUTH", "235 ok")
HELLO = [expect("STARTTLS", "220 go")]


def flood(octets: bytes) -> Step:
    """Send these octets over and over, as fast as they are taken."""

    def step(conversation: Conversation) -> None:
        while not conversation.stopping.is_set():
            conversation.send(octets * 100)

    return step


def drip(octets: bytes) -> Step:
    """One octet after each pause."""

    def step(conversation: Conversation) -> None:
        for octet in islice(cycle(octets), PAUSES):
            conversation.send(bytes([octet]))
            conversation.stopping.wait(PAUSE)
        raise UnexpectedLine("the client waits past its deadline")

    return step


def silence(conversation: Conversation) -> None:
    """No word in any pause."""
    for _ in range(PAUSES):
        conversation.listen(PAUSE)
    raise UnexpectedLine("the client waits past its deadline")


ATTACKS: dict[str, list[Step]] = {
    "endless reply": [flood(b"250-and another thing\r\n")],
    "endless line": [flood(b"250 " + b"x" * 1000)],
    "a line of 1 MB": [send(b"250 " + b"x" * 1_000_000 + b"\r\n"), hang()],
    "NUL": [flood(b"\0")],
    "no UTF-8": [send(b"250-\xff\xfe\xc3\x28\xed\xa0\x80\r\n" * 99 + b"599 \xff\r\n"), close()],
    "one octet at a time": [drip(b"250-still here\r\n")],
    "an answer to nothing": [reply("599 no", "250 ok", "250 ok"), hang()],
    "silence": [silence],
    "the end": [close()],
}
SLOW = {"one octet at a time", "silence"}
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
    """T8: a diagnosis within the deadline and a second, memory flat, no thread left behind."""
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
    seconds = BRIEFLY if attack in SLOW else LONG
    before = set(threading.enumerate())
    with ScriptedServer(script) as server:
        endpoint = endpoint_of(
            server, "starttls" if tls else "none", server="mail.test.example", ca_pem=ca.pem
        )
        network = Network(lookup=lambda _: [server.host])
        with little_work():
            test = sent(
                endpoint, message=outgoing(recipient=RECIPIENT), seconds=seconds, network=network
            )
    assert test.verdict in (Verdict.FAILED, Verdict.UNCERTAIN)
    assert test.diagnosis
    assert len(test.transcript) < 100_000
    assert not [thread for thread in threading.enumerate() if stays(thread, before)]


@contextmanager
def little_work() -> Iterator[None]:
    """The block keeps the processor busy for a moment only, however long others keep it."""
    began = time.thread_time()
    yield
    assert time.thread_time() - began < GRACE


def stays(thread: threading.Thread, before: set[threading.Thread]) -> bool:
    """Whether a thread that was not there before does not end by itself."""
    if thread not in before:
        thread.join(LONG)
    return thread not in before and thread.is_alive()


# What leaves the second message on a connection without an answer.
SILENT_IN_THE_END = {*SLOW, "an answer to nothing"}
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
    seconds = BRIEFLY if attack in SILENT_IN_THE_END else LONG
    messages = ((Envelope(USER, (RECIPIENT,)), Content(CONTENT)) for _ in range(3))
    with ScriptedServer([*KEPT[step], *ATTACKS[attack]]) as server:
        endpoint = endpoint_of(server, username="")
        connection = Connection(endpoint, overall(Deadline(seconds)), Network())
        with little_work():
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
