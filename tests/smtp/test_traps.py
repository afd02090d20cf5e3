"""The traps of mail libraries, and servers that do what no decent one does (SPEC D4, L3, T8)."""

from __future__ import annotations

import socket
import ssl
from functools import partial

import pytest

from smtp_panel.check.check import Check, Verdict
from smtp_panel.check.steps import Step, StepState
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.tls import context_for
from smtp_panel.smtp.facts import FaultKind, Stage
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.inspection import come_to_handshake
from smtp_panel.smtp.limits import overall
from smtp_panel.smtp.stream import Stream
from smtp_panel.smtp.transcript import Redactor, Transcript
from smtp_panel.smtp.wire import Wire
from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartScripted
from tests.servers.scripted import (
    Conversation,
    close,
    drip,
    ehlo,
    expect,
    greet,
    hang,
    reply,
    reset,
    send,
    start_tls,
    take_message,
)
from tests.servers.scripted import Step as Play
from tests.smtp.conversations import (
    LONG,
    MAIL,
    SUBMISSION,
    USER,
    Passing,
    checked,
    diagnosed,
    endpoint_of,
    facts_of,
    failed_at,
    nearly_over,
    outgoing,
    sent,
    shown,
    states,
)

MYSQL = b"J\0\0\0\n5.7.33-internal\0\x08\0\0\0abcdefgh\0mysql_native_password\0"
HTTP = b"HTTP/1.1 400 Bad Request\r\nServer: internal-nginx/1.22.1\r\n\r\n<html>"
FOREIGN = [
    (HTTP, "banner-http-server"),
    (b"<!DOCTYPE html><title>internal</title>", "banner-http-server"),
    (b"SSH-2.0-OpenSSH_9.2p1 internal\r\n", "banner-ssh-server"),
    (b"* OK [CAPABILITY IMAP4rev1] internal ready.\r\n", "banner-imap-server"),
    (b"+OK internal POP3 ready.\r\n", "banner-pop3-server"),
    (MYSQL, "banner-mysql-server"),
    (b"\x15\x03\x01\x00\x02\x02\x46", "banner-tls-expected"),
    (b"-NOAUTH internal\r\n", "banner-not-smtp"),
    (b"220", "banner-closed-without-greeting"),
    (b"2200 internal\r\n", "banner-not-smtp"),
    (b"\r\n\r\n", "banner-not-smtp"),
]


@pytest.mark.parametrize(("octets", "expected"), FOREIGN)
def test_a_foreign_server_is_told_by_its_kind_and_not_echoed(
    scripted: StartScripted, octets: bytes, expected: str
) -> None:
    """D4, L3: the first characters are kept, and a test is no scanner that reads banners."""
    check = checked(endpoint_of(scripted([send(octets), close()])))
    assert check.verdict is Verdict.FAILED
    assert diagnosed(check) == expected
    assert "internal" not in shown(check)
    assert len(check.transcript) < 200


def test_an_ftp_server_is_told_though_it_greets_like_a_mail_server(
    scripted: StartScripted,
) -> None:
    """D2: 220 is a greeting of FTP as well; what follows tells them apart."""
    greeting = reply(f"220 (vsFTPd 3.0.5) {'welcome ' * 500}")
    refusal = expect("EHLO", "530 Please login with USER and PASS.")
    check = checked(endpoint_of(scripted([greeting, refusal, expect("QUIT", "221 Goodbye.")])))
    assert (failed_at(check), diagnosed(check)) == (Stage.EHLO, "ehlo-ftp-server")
    assert len(check.steps[Stage.BANNER].detail["greeting"]) <= 300
    assert len(check.transcript) < 2000


@pytest.mark.parametrize("octets", [HTTP, MYSQL, b"SSH-2.0-x\r\n", b"* OK hi\r\n"])
def test_the_first_characters_of_a_foreign_greeting_are_kept(
    scripted: StartScripted, octets: bytes
) -> None:
    """D4: they are what the diagnosis tells one protocol from another by."""
    server = scripted([send(octets), hang()])
    assert facts_of(endpoint_of(server)).raw == octets.decode("latin-1")
    transcript = checked(endpoint_of(server)).transcript
    if octets[:4].isascii() and octets[:4].decode().isprintable():
        assert f"S: {octets[:4].decode()}..." in transcript


GREETING = reply("220 mail.test.example ESMTP")


@pytest.mark.parametrize(
    ("script", "stage", "expected"),
    [
        ([drip(b"220-still here\r\n", 0.01)], Stage.BANNER, "banner-drip-fed"),
        ([drip(b"2", 0.01)], Stage.BANNER, "banner-drip-fed"),
        ([GREETING, drip(b"250-x\r\n", 0.01)], Stage.EHLO, "ehlo-silent"),
        ([greet("AUTH PLAIN"), drip(b"235-x\r\n", 0.01)], Stage.AUTH, "auth-hangs"),
    ],
)
def test_a_dripping_server_is_over_at_the_deadline(
    scripted: StartScripted, script: list[Play], stage: Stage, expected: str
) -> None:
    """D4, T8: each octet is in time, and the whole is not."""
    clock = Passing()
    check = checked(endpoint_of(scripted(script)), seconds=LONG, clock=clock)
    assert (check.verdict, failed_at(check)) == (Verdict.FAILED, stage)
    assert diagnosed(check) == expected
    assert LONG < clock.now < LONG + 3


def test_a_dripping_handshake_is_over_at_the_deadline(scripted: StartScripted) -> None:
    """T8: a TLS record that grows by an octet at a time."""
    server = scripted([send(b"\x16\x03\x03\x40\x00"), drip(b"\0", 0.01)])
    clock = Passing()
    check = checked(endpoint_of(server, "implicit"), seconds=LONG, clock=clock)
    assert (check.verdict, failed_at(check)) == (Verdict.FAILED, Stage.TLS)
    assert LONG < clock.now < LONG + 3


def test_a_reset_before_the_handshake_leaves_no_socket_behind(scripted: StartScripted) -> None:
    """T8: a port of implicit TLS that hangs up at once, and is tried again and again."""
    server = scripted([partial(Conversation.close, reset=True)])
    client = socket.create_connection((server.host, server.port))
    server.wait_for_connections(1)
    server.wait_until_idle()
    stream = Stream(client, overall(Deadline(LONG)))
    with pytest.raises(Fault) as caught:
        stream.start_tls(context_for(), "mail.test.example")
    assert caught.value.kind is FaultKind.CLOSED
    assert client.fileno() >= 0
    stream.close()
    assert client.fileno() == -1


def read_no_more(conversation: Conversation) -> None:
    """Leave what the client sends where it is."""
    conversation.stopping.wait()


@pytest.mark.parametrize("secure", [False, True])
def test_a_server_that_stops_reading_is_over_at_the_deadline(
    ca: CertificateAuthority, scripted: StartScripted, secure: bool
) -> None:
    """T8: the message does not fit the buffers in between; it was not sent, for sure."""
    script: list[Play] = [
        *(greet("AUTH PLAIN"), expect("AUTH", "235 ok"), *MAIL[:2], expect("DATA", "354 go")),
        read_no_more,
    ]
    server = scripted(script, tls=ca.good.context() if secure else None)
    endpoint = endpoint_of(server, "implicit" if secure else "none", ca_pem=ca.pem)
    test = sent(endpoint, message=outgoing(bytes(20_000_000)), clock=nearly_over())
    assert (test.verdict, failed_at(test)) == (Verdict.FAILED, Stage.DATA)
    assert diagnosed(test) == "data-closed-mid-body"


@pytest.mark.parametrize("secure", [False, True])
def test_what_a_server_says_before_it_hangs_up_is_heard(
    ca: CertificateAuthority, scripted: StartScripted, secure: bool
) -> None:
    """D4: a drop in the middle of the message does not hide the refusal."""
    refusal = reply("552 5.3.4 Message too big, I have had enough")
    script = [*SUBMISSION[:4], expect("DATA", "354 go"), expect("Subject"), refusal, close()]
    server = scripted(script, tls=ca.good.context() if secure else None)
    endpoint = endpoint_of(server, "implicit" if secure else "none", ca_pem=ca.pem)
    test = sent(endpoint, message=outgoing(b"Subject: x\r\n\r\n" + bytes(20_000_000)))
    assert (test.verdict, failed_at(test)) == (Verdict.FAILED, Stage.DATA)
    assert diagnosed(test) == "mail-from-552-size"


def test_an_alert_with_which_a_server_hangs_up_is_heard(
    ca: CertificateAuthority, scripted: StartScripted
) -> None:
    """D2, RFC 8446, section 6: by TLS 1.3 it comes after the handshake, as EHLO is on its way."""
    wants_one = ca.good.context(ssl.TLSVersion.TLSv1_3)
    wants_one.verify_mode = ssl.CERT_REQUIRED
    server = scripted([greet("STARTTLS"), expect("STARTTLS", "220 go"), start_tls(wants_one)])
    client = socket.create_connection((server.host, server.port))
    redact = Redactor()
    wire = Wire(client, overall(Deadline(LONG)), Transcript(redact), redact)
    endpoint = endpoint_of(server, "starttls")
    come_to_handshake(wire, endpoint)
    wire.start_tls(context_for(ca_pem=ca.pem), endpoint.server)
    server.wait_until_idle()
    with pytest.raises(Fault) as caught:
        wire.command("EHLO client.test.example")
    wire.close()
    assert (caught.value.kind, caught.value.tls_reason) == (
        FaultKind.TLS,
        "TLSV13_ALERT_CERTIFICATE_REQUIRED",
    )


@pytest.mark.parametrize(
    "octets",
    [
        b"220-again\r\n" * 100_000,
        b"220 " + b"x" * 1_000_000 + b"\r\n",
        b"220 " + b"\0" * 1_000_000,
    ],
)
def test_an_endless_reply_is_no_reply(scripted: StartScripted, octets: bytes) -> None:
    """T8: neither endless lines nor endless many of them fill the memory or the page."""
    check = checked(endpoint_of(scripted([send(octets), hang()])))
    assert (failed_at(check), check.verdict) == (Stage.BANNER, Verdict.FAILED)
    assert len(check.transcript) < 25_000


def test_odd_octets_in_replies_do_no_harm(scripted: StartScripted) -> None:
    """T7: NUL, controls and other encodings are shown as what they are."""
    script = [
        send(b"220 \0\x1b[31m mail \xff\xe9\r\n"),
        expect("EHLO"),
        send("250-grüezi\r\n250-SIZE abc\r\n250-SIZE\r\n250-\r\n250 AUTH PLAIN\n".encode()),
        expect("AUTH", "235"),
        *MAIL,
    ]
    test = sent(endpoint_of(scripted(script)))
    assert test.verdict is Verdict.ACCEPTED
    assert "S: 220 \\x00\\x1b[31m mail ÿé" in test.transcript
    assert "S: 250-grüezi" in test.transcript
    assert all(line.isprintable() for line in test.transcript.splitlines())


@pytest.mark.parametrize("end", [hang(), close(), reset(), reply("500 what?"), send(b"\xff" * 9)])
def test_trouble_with_quit_is_no_failure(scripted: StartScripted, end: Play) -> None:
    """D4: what was accepted stays accepted."""
    server = scripted([*SUBMISSION[:-1], expect("QUIT"), end])
    test = sent(endpoint_of(server), clock=server.clock)
    assert (test.verdict, test.diagnosis) == (Verdict.ACCEPTED, None)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (hang(), "data-timeout-after-dot"),
        (close(), "data-closed-after-dot"),
        (reset(), "data-closed-after-dot"),
        (send(b"garbage"), "data-neither-yes-nor-no"),
        (reply("354 go on"), "data-neither-yes-nor-no"),
        (reply("150 being queued"), "data-neither-yes-nor-no"),
        (reply("699 2.0.0 ok"), "data-neither-yes-nor-no"),
    ],
)
def test_silence_after_the_final_dot_may_mean_that_it_was_sent(
    scripted: StartScripted, end: Play, expected: str
) -> None:
    """D4: and so it is not sent again."""
    server = scripted([*SUBMISSION[:-2], take_message(), end])
    test = sent(endpoint_of(server), clock=server.clock)
    assert test.verdict is Verdict.UNCERTAIN
    assert states(test)[Stage.DATA] is StepState.FAILED
    assert diagnosed(test) == expected
    assert test.diagnosis
    assert not test.diagnosis.retryable


@pytest.mark.parametrize("end", [hang(), close(), reset()])
def test_silence_before_354_means_that_it_was_not_sent(scripted: StartScripted, end: Play) -> None:
    """D4: no octet of the message has left."""
    server = scripted([*SUBMISSION[:-2], expect("DATA"), end])
    test = sent(endpoint_of(server), clock=server.clock)
    assert (test.verdict, diagnosed(test)) == (Verdict.FAILED, "data-354-never-comes")


@pytest.mark.parametrize("code", [251, 252, 200, 299])
def test_every_2yz_is_an_acceptance(scripted: StartScripted, code: int) -> None:
    """D4: told as a failure worth repeating, it would send the message twice."""
    taken = [expect("MAIL", f"{code} ok"), expect("RCPT", f"{code} ok"), take_message(f"{code} ok")]
    test = sent(endpoint_of(scripted([*SUBMISSION[:2], *taken, MAIL[-1]])))
    assert (test.verdict, test.diagnosis) == (Verdict.ACCEPTED, None)


def test_a_refusal_after_the_final_dot_is_no_maybe(scripted: StartScripted) -> None:
    """D4: the server said that it did not take the message."""
    refused = take_message("554 5.7.1 no")
    test = sent(endpoint_of(scripted([*SUBMISSION[:-2], refused, MAIL[-1]])))
    assert (test.verdict, failed_at(test)) == (Verdict.FAILED, Stage.DATA)


def test_a_server_without_ehlo_is_greeted_with_helo(scripted: StartScripted) -> None:
    """RFC 5321, section 3.2: an old relay takes mail all the same."""
    hello = [GREETING, expect("EHLO", "502 what?"), expect("HELO", "250 hello")]
    test = sent(endpoint_of(scripted([*hello, *MAIL]), username=""))
    assert test.verdict is Verdict.ACCEPTED
    with_login = sent(endpoint_of(scripted([*hello, MAIL[-1]])))
    assert diagnosed(with_login) == "ehlo-not-supported-helo-only"
    with_tls = sent(endpoint_of(scripted([*hello, MAIL[-1]]), "starttls"))
    assert failed_at(with_tls) is Stage.TLS


def test_a_refusal_of_ehlo_is_told_though_the_server_hangs_up_at_helo(
    scripted: StartScripted,
) -> None:
    """D4: a drop after a refusal must not hide it."""
    refused = expect("EHLO", "550 5.7.1 Access denied: your HELO name does not resolve")
    test = sent(endpoint_of(scripted([GREETING, refused, expect("HELO"), close()])))
    assert (failed_at(test), diagnosed(test)) == (Stage.EHLO, "ehlo-name-refused")
    assert test.diagnosis
    assert test.diagnosis.server_says.startswith("550 5.7.1")


def test_the_failed_step_is_told_before_the_farewell(scripted: StartScripted) -> None:
    """T4: a server that is slow to say goodbye keeps nobody waiting for the result."""
    server = scripted([greet("AUTH PLAIN"), expect("AUTH", "535 no"), expect("QUIT", "221 bye")])
    check = Check(endpoint_of(server), USER)
    said: list[str] = []
    check.run(lambda step: said.extend(server.received if step.state is StepState.FAILED else []))
    assert said[-1].startswith("AUTH")
    server.wait_until_idle()
    assert server.received[-1] == "QUIT"


def test_the_result_is_known_before_the_farewell(scripted: StartScripted) -> None:
    """T4: what is stored at the end need not wait for the answer to QUIT."""
    server = scripted([*SUBMISSION[:-1], expect("QUIT"), hang()])
    test = Check(endpoint_of(server), USER, outgoing())
    known: list[object] = []

    def finished() -> None:
        known.extend((test.verdict, test.transcript, "QUIT" in server.received))

    test.run(finished=finished)
    assert known == [Verdict.ACCEPTED, test.transcript.removesuffix("\nC: QUIT"), False]


class Left(Exception):
    """Whoever followed the check left."""


def test_a_check_that_nobody_follows_leaves_no_connection_behind(scripted: StartScripted) -> None:
    """T8: a page that is closed leaves nothing behind."""
    server = scripted([GREETING, ehlo("AUTH PLAIN"), hang()])

    def leave(step: Step) -> None:
        if step.step is Stage.EHLO:
            raise Left

    with pytest.raises(Left):
        Check(endpoint_of(server), USER).run(leave)
    server.wait_until_idle()
