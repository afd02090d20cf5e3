"""Servers that mean harm get a diagnosis in time, and neither memory nor threads (SPEC T8, D1)."""

from __future__ import annotations

import threading
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from smtp_panel.check.check import Verdict
from smtp_panel.net.network import Network
from smtp_panel.smtp.endpoint import Endpoint
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
from tests.smtp.conversations import LONG, MAIL, RECIPIENT, checked, endpoint_of, outgoing, sent

GRACE = 1.0  # seconds past the deadline
MEMORY = 10_000_000  # octets
SIGN_IN = expect("AUTH", "235 ok")
HELLO = [expect("STARTTLS", "220 go")]


def flood(octets: bytes) -> Step:
    """Send these octets over and over, as fast as they are taken."""

    def step(conversation: Conversation) -> None:
        while not conversation.stopping.is_set():
            conversation.send(octets * 100)

    return step


ATTACKS: dict[str, list[Step]] = {
    "endless reply": [flood(b"250-and another thing\r\n")],
    "endless line": [flood(b"250 " + b"x" * 1000)],
    "a line of 1 MB": [send(b"250 " + b"x" * 1_000_000 + b"\r\n"), hang()],
    "NUL": [flood(b"\0")],
    "no UTF-8": [send(b"250-\xff\xfe\xc3\x28\xed\xa0\x80\r\n" * 99 + b"599 \xff\r\n"), close()],
    "one octet at a time": [drip(b"250-still here\r\n", 0.02)],
    "an answer to nothing": [reply("599 no", "250 ok", "250 ok"), hang()],
    "silence": [hang()],
    "the end": [close()],
}
SLOW = {"one octet at a time", "silence"}
BRIEFLY = 0.3  # seconds
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
        began = time.monotonic()
        test = sent(
            endpoint, message=outgoing(recipient=RECIPIENT), seconds=seconds, network=network
        )
        assert time.monotonic() - began < seconds + GRACE
    assert test.verdict in (Verdict.FAILED, Verdict.UNCERTAIN)
    assert test.diagnosis
    assert len(test.transcript) < 100_000
    assert not [thread for thread in threading.enumerate() if stays(thread, before)]


def stays(thread: threading.Thread, before: set[threading.Thread]) -> bool:
    """Whether a thread that was not there before does not end by itself."""
    if thread not in before:
        thread.join(LONG)
    return thread not in before and thread.is_alive()
