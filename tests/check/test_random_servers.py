"""Whatever a server says, a check ends with a verdict and raises nothing (SPEC D1, T7, T8)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtp_panel.check.check import Check, Verdict
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.network import Network
from smtp_panel.net.tls import TLSVersion
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.content import Content
from smtp_panel.smtp.envelope import Envelope
from smtp_panel.smtp.limits import overall
from tests.conftest import FUZZ
from tests.servers.certificates import CertificateAuthority
from tests.servers.scripted import (
    Conversation,
    ScriptedServer,
    Step,
    close,
    expect,
    greet,
    reply,
    send,
    start_tls,
    take_message,
)
from tests.smtp.conversations import (
    CONTENT,
    MAIL,
    PASSWORD,
    RECIPIENT,
    SUBMISSION,
    USER,
    endpoint_of,
    sent,
    shown,
)

WORDS = [
    *(b"220 ", b"220-", b"250 ", b"250-", b"235 ", b"334 ", b"354 ", b"421 ", b"535 5.7.8 "),
    *(b"AUTH PLAIN LOGIN", b"AUTH=", b"SIZE 99", b"STARTTLS", b"ok", b"\r\n", b"\n", b"\r"),
    *(b"\r\n250 ok\r\n", b"\0", b"\xff\xfe", b"\x16\x03\x01", b"HTTP/1.1 ", b"*" * 9, b"99"),
]
sentences = st.lists(st.sampled_from(WORDS), max_size=9).map(b"".join)
octets = st.one_of(st.binary(max_size=60), sentences)
COMMANDS = ["EHLO", "AUTH", "MAIL", "RCPT", "DATA"]
CA = CertificateAuthority()
CONTEXT, UNTRUSTED = CA.good.context(), CA.untrusted.context()
SECONDS = 60.0  # never needed, for the server closes the connection; a busy machine may take some


def examples(count: int) -> Callable[[Any], Any]:
    """The same examples in every run; by `make fuzz` as many others as its profile says."""
    if settings.get_current_profile_name() == FUZZ:
        return settings()
    return settings(max_examples=count, derandomize=True, deadline=None, database=None)


def whatever(random: bytes) -> list[Step]:
    """Nonsense, and the end."""
    return [send(random), close()]


def assert_over(test: Check) -> None:
    """It has a verdict, a diagnosis where it failed, and all of it can be stored and shown."""
    assert test.verdict is not None
    assert (test.diagnosis is None) == (test.verdict is Verdict.ACCEPTED)
    assert json.loads(json.dumps([step.to_json() for step in test.steps.values()]))
    assert all(line.isprintable() for line in test.transcript.splitlines())
    assert PASSWORD not in shown(test)


def before(command: str) -> list[Step]:
    """As many decent answers as it takes to be asked `command`."""
    return list(SUBMISSION[: COMMANDS.index(command)]) or [reply("220 mail.test.example")]


@examples(100)
@given(octets)
def test_any_greeting_ends_in_a_verdict(random: bytes) -> None:
    """D1, T8: from the first octet on."""
    with ScriptedServer(whatever(random)) as server:
        assert_over(sent(endpoint_of(server), seconds=SECONDS))


@pytest.mark.parametrize("command", COMMANDS)
@examples(50)
@given(octets)
def test_any_answer_to_any_command_ends_in_a_verdict(command: str, random: bytes) -> None:
    """D1, T8: it has a verdict."""
    with ScriptedServer([*before(command), expect(command), *whatever(random)]) as server:
        assert_over(sent(endpoint_of(server), seconds=SECONDS))


@pytest.mark.parametrize("command", COMMANDS)
@examples(15)
@given(octets)
def test_any_answer_in_tls_ends_in_a_verdict(command: str, random: bytes) -> None:
    """D1, T8: likewise."""
    script = [*before(command), expect(command), *whatever(random)]
    with ScriptedServer(script, tls=CONTEXT) as server:
        assert_over(sent(endpoint_of(server, "implicit", ca_pem=CA.pem), seconds=SECONDS))


@examples(60)
@given(octets)
def test_any_word_on_the_message_ends_in_a_verdict(random: bytes) -> None:
    """D4: the message was accepted, refused, or may have been sent."""
    with ScriptedServer([*SUBMISSION[:-2], take_message(), *whatever(random)]) as server:
        assert_over(sent(endpoint_of(server), seconds=SECONDS))


@examples(60)
@given(octets, st.booleans())
def test_any_answer_to_starttls_and_inside_it_ends_in_a_verdict(
    random: bytes, through: bool
) -> None:
    """F7, D1: in place of the handshake, and after it."""
    secure = [reply("220 go"), start_tls(CONTEXT)] if through else []
    script = [greet("STARTTLS"), expect("STARTTLS"), *secure, *whatever(random)]
    with ScriptedServer(script) as server:
        assert_over(sent(endpoint_of(server, "starttls", ca_pem=CA.pem), seconds=SECONDS))


def in_turn(*scripts: Sequence[Step]) -> Step:
    """The first of `scripts` in the first connection, and so on."""
    turns = iter(scripts)

    def play(conversation: Conversation) -> None:
        for step in next(turns):
            step(conversation)

    return play


def up_to(at: int, random: bytes) -> list[Step]:
    """Nonsense in another connection, after so many decent answers on the way to STARTTLS."""
    decent = [reply("220 hi"), expect("EHLO", "250 hi"), expect("STARTTLS", "220 go")]
    return [*decent[:at], send(random)]


@examples(40)
@given(octets, st.sampled_from(range(4)))
def test_a_second_look_at_a_certificate_ends_in_a_verdict(random: bytes, at: int) -> None:
    """T4, T8: whatever a server says once its certificate was refused."""
    decent = [greet("STARTTLS"), expect("STARTTLS", "220 go"), start_tls(UNTRUSTED)]
    with ScriptedServer([in_turn(decent, up_to(at, random)), close()]) as server:
        test = sent(endpoint_of(server, "starttls", ca_pem=CA.pem), seconds=SECONDS)
        assert_over(test)
        assert test.verdict is Verdict.FAILED


@examples(40)
@given(octets, st.sampled_from(range(4)))
def test_a_second_handshake_ends_in_a_verdict(random: bytes, at: int) -> None:
    """F6, T8: whatever a server says that hung up on the first one, as one of old TLS may."""
    decent = [greet("STARTTLS"), expect("STARTTLS", "220 go"), close()]
    with ScriptedServer([in_turn(decent, up_to(at, random)), close()]) as server:
        endpoint = endpoint_of(server, "starttls", ca_pem=CA.pem, tls_version=TLSVersion.AUTO)
        test = sent(endpoint, seconds=SECONDS)
        assert_over(test)
        assert test.verdict is Verdict.FAILED
        assert server.connections == 2


@pytest.mark.parametrize("behaved", range(5))
@examples(40)
@given(octets)
def test_any_answer_on_a_kept_connection_ends_in_a_receipt(behaved: int, random: bytes) -> None:
    """D4: no message counts as taken whose dot never went out, whatever is answered ahead."""
    before = [greet("PIPELINING"), *MAIL[:2], take_message("250 ok"), expect("MAIL", "250 ok")]
    messages = ((Envelope(USER, (RECIPIENT,)), Content(CONTENT)) for _ in range(3))
    with ScriptedServer([*before[: behaved + 1], *whatever(random)]) as server:
        endpoint = endpoint_of(server, username="")
        connection = Connection(endpoint, overall(Deadline(SECONDS)), Network())
        connection.open()
        receipts = list(connection.send_all(messages))
        connection.quit()
    sent = [each for each in receipts if not each.failure or each.failure.may_have_been_sent]
    assert len(sent) <= sum("(message" in str(each.transcript) for each in receipts)
    assert all(each.failure for each in receipts if not each.accepted)
    told = "\n".join(str(each.transcript) for each in receipts)
    assert all(line.isprintable() for line in told.splitlines())
