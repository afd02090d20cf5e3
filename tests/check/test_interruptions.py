"""Each step may meet silence, a closed door or a refusal, and the network its own (T6, T8, D2)."""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from smtp_panel.check.check import Verdict
from smtp_panel.net.network import Address, Network
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.facts import Stage
from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartScripted
from tests.servers.scripted import Step, close, expect, greet, hang, reply, reset, start_tls
from tests.smtp.conversations import (
    SOON,
    SUBMISSION,
    checked,
    diagnosed,
    endpoint_of,
    failed_at,
    sent,
    states,
)

# The command of each step, and a server that got as far as to be asked it.
REACHED: dict[Stage, tuple[str, list[Step]]] = {
    Stage.EHLO: ("EHLO", [reply("220 mail.test.example")]),
    Stage.AUTH: ("AUTH", [SUBMISSION[0]]),
    Stage.MAIL_FROM: ("MAIL", list(SUBMISSION[:2])),
    Stage.RCPT_TO: ("RCPT", list(SUBMISSION[:3])),
    Stage.DATA: ("DATA", list(SUBMISSION[:4])),
}


@pytest.mark.parametrize("stage", REACHED)
@pytest.mark.parametrize("end", [close(), reset(), hang()])
def test_silence_and_a_closed_door_are_told_at_every_step(
    scripted: StartScripted, stage: Stage, end: Step
) -> None:
    """T6, T8: the step under way is the one to blame, and may pass another time."""
    command, before = REACHED[stage]
    server = scripted([*before, expect(command), end])
    test = sent(endpoint_of(server), clock=server.clock)
    assert (test.verdict, failed_at(test)) == (Verdict.FAILED, stage)
    assert test.diagnosis
    assert (test.diagnosis.stage, test.diagnosis.retryable) == (stage, True)
    assert list(states(test))[-1] is stage
    assert test.transcript.splitlines()[-1].startswith(f"C: {command}")


@pytest.mark.parametrize("stage", REACHED)
@pytest.mark.parametrize("code", [421, 451, 550])
def test_a_refusal_is_told_at_every_step_in_the_servers_words(
    scripted: StartScripted, stage: Stage, code: int
) -> None:
    """T6: and a server that still listens is taken leave of."""
    command, before = REACHED[stage]
    hello = [expect("HELO", f"{code} xyzzy")] if (stage, code) == (Stage.EHLO, 550) else []
    script = [*before, expect(command, f"{code} xyzzy"), *hello, expect("QUIT", "221 bye")]
    test = sent(endpoint_of(scripted(script)))
    assert (test.verdict, failed_at(test)) == (Verdict.FAILED, stage)
    assert test.diagnosis
    assert test.diagnosis.server_says == f"{code} xyzzy"
    assert test.transcript.endswith("C: QUIT\nS: 221 bye")


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (close(), "banner-closed-without-greeting"),
        (hang(), "banner-silent-port"),
        (reply("421 4.3.2 not now"), "banner-421-not-available"),
        (reply("554 no SMTP service here"), "banner-554-no-service"),
    ],
)
def test_a_server_may_refuse_to_greet(scripted: StartScripted, end: Step, expected: str) -> None:
    """T6: before a word of ours."""
    server = scripted([end])
    test = sent(endpoint_of(server), clock=server.clock)
    assert (failed_at(test), diagnosed(test)) == (Stage.BANNER, expected)


@pytest.mark.parametrize(
    ("end", "expected"),
    [(close(), "ehlo-dropped"), (hang(), "ehlo-silent"), (reply("550 no"), "ehlo")],
)
def test_trouble_with_the_ehlo_after_tls_is_the_ehlos(
    ca: CertificateAuthority, scripted: StartScripted, end: Step, expected: str
) -> None:
    """T6: TLS works, and is not to blame, though the row of the ladder is that of TLS."""
    secure = start_tls(ca.good.context())
    server = scripted(
        [greet("STARTTLS"), expect("STARTTLS", "220 go"), secure, expect("EHLO"), end]
    )
    test = sent(endpoint_of(server, "starttls", ca_pem=ca.pem), clock=server.clock)
    assert failed_at(test) is Stage.TLS
    assert test.diagnosis
    assert test.diagnosis.stage is Stage.EHLO
    assert diagnosed(test).startswith(expected)


ENDPOINT = Endpoint(server="mail.test.example", port=587)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (socket.EAI_NONAME, "dns-name-not-found"),
        (socket.EAI_AGAIN, "dns-temporary-failure-container"),
        (socket.EAI_FAIL, "dns-temporary-failure-container"),
        (socket.EAI_NODATA, "dns-no-address-associated"),
    ],
)
def test_what_the_resolver_says_is_told(code: int, expected: str) -> None:
    """T6: a name that does not exist is another matter than a resolver that does not answer."""

    def lookup(_name: str) -> list[str]:
        raise socket.gaierror(code, "words of the resolver")

    check = checked(ENDPOINT, network=Network(lookup=lookup))
    assert (failed_at(check), diagnosed(check)) == (Stage.DNS, expected)


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        (ENDPOINT, "connect-local-resources"),
        (replace(ENDPOINT, server="127.0.0.1"), "connect-refused-on-this-machine"),
    ],
)
def test_a_machine_without_threads_is_told_and_not_raised(
    monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint, expected: str
) -> None:
    """T6: what would work instead can't be tried then, and the diagnosis stands by itself."""

    def no_thread(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    def refused(_address: Address) -> socket.socket:
        raise OSError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))

    monkeypatch.setattr(threading.Thread, "start", no_thread)
    check = checked(endpoint, network=Network(connect=refused), find_repair=True)
    assert (check.verdict, diagnosed(check)) == (Verdict.FAILED, expected)


def test_a_name_without_an_address_is_told() -> None:
    """T6: for resolvers that answer with nothing."""
    check = checked(ENDPOINT, network=Network(lookup=lambda _: []))
    assert (failed_at(check), diagnosed(check)) == (Stage.DNS, "dns-no-address-associated")


@pytest.mark.parametrize("server", ["a\0b", "x" * 64 + ".example", "\ud800", ".", ""])
def test_a_name_that_is_none_is_told_and_not_raised(server: str) -> None:
    """A check reports, whatever it is given."""
    check = checked(replace(ENDPOINT, server=server))
    assert (failed_at(check), check.verdict) == (Stage.DNS, Verdict.FAILED)


def test_a_resolver_that_never_answers_is_over_at_the_deadline() -> None:
    """T8: the system's resolver knows no deadline of ours."""
    answer = threading.Event()

    def lookup(_name: str) -> list[str]:
        answer.wait()
        return []

    check = checked(ENDPOINT, network=Network(lookup=lookup), seconds=SOON)
    answer.set()
    assert (failed_at(check), check.verdict) == (Stage.DNS, Verdict.FAILED)


def refusing(number: int) -> Callable[[Address], socket.socket]:
    """A network on which connections fail with this errno."""

    def connect(_address: Address) -> socket.socket:
        raise OSError(number, os.strerror(number))

    return connect


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ECONNREFUSED, "connect-refused-submission"),
        (errno.ETIMEDOUT, "connect-timeout-firewall"),
        (errno.EHOSTUNREACH, "connect-turned-back"),
        (errno.ENETUNREACH, "connect-no-way-out"),
        (errno.EACCES, "connect-selinux-permission-denied"),
        (errno.EPERM, "connect-firewall-of-this-machine"),
        (errno.ECONNRESET, "connect-reset"),
        (errno.EMFILE, "connect-local-resources"),
    ],
)
def test_what_the_network_says_is_told(number: int, expected: str) -> None:
    """T6: in the words of its own entry."""
    network = Network(lookup=lambda _: ["192.0.2.7"], connect=refusing(number))
    check = checked(ENDPOINT, network=network)
    assert (failed_at(check), diagnosed(check)) == (Stage.CONNECT, expected)


def test_nothing_is_sent_before_the_greeting(scripted: StartScripted) -> None:
    """RFC 5321, section 4.3.1: a client waits its turn."""
    server = scripted([hang()])
    check = checked(endpoint_of(server), clock=server.clock)
    server.wait_until_idle()
    assert server.received == []
    assert failed_at(check) is Stage.BANNER
