"""The test servers themselves, by the standard library's client."""

from __future__ import annotations

import gc
import smtplib
import socket
import ssl
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.servers.certificates import CertificateAuthority, client_context
from tests.servers.chaotic import chaotic_server
from tests.servers.fixtures import StartScripted, StartSmtpd
from tests.servers.ports import HOST
from tests.servers.postfix import Postfix, postfix_server
from tests.servers.processes import processes_in, wait_until
from tests.servers.scripted import (
    ScriptedServer,
    UnexpectedLine,
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
from tests.servers.smtpd import USERS, Mode, aiosmtpd_server

SENDER = "ada@test.example"
MESSAGE = "Subject: hello\n\nworld\n"
TIMEOUT = 60.0


def connect(host: str, port: int, mode: Mode, tls: ssl.SSLContext) -> smtplib.SMTP:
    if mode == "implicit":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=tls)
    client = smtplib.SMTP(host, port, timeout=TIMEOUT)
    if mode == "starttls":
        client.starttls(context=tls)
    return client


@pytest.mark.parametrize("mode", ["none", "starttls", "implicit"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_aiosmtpd_takes_mail_in_every_mode(
    ca: CertificateAuthority, smtpd: StartSmtpd, mode: Mode, mechanism: str
) -> None:
    server = smtpd(mode, auth=[mechanism])
    with connect(server.host, server.port, mode, client_context(ca.pem)) as client:
        client.ehlo()
        assert client.esmtp_features["auth"].split() == [mechanism]
        client.login(SENDER, USERS[SENDER])
        client.sendmail(SENDER, ["bob@test.example"], MESSAGE)
    received = server.messages.to("bob@test.example")
    assert received.message["Subject"] == "hello"
    assert (received.sender, received.username) == (SENDER, SENDER)
    assert server.connections == 1


def test_aiosmtpd_refuses_a_wrong_password_and_mail_without_authentication(
    smtpd: StartSmtpd,
) -> None:
    server = smtpd("none")
    with smtplib.SMTP(server.host, server.port, timeout=TIMEOUT) as client:
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login(SENDER, "wrong")
        with pytest.raises(smtplib.SMTPSenderRefused):
            client.sendmail(SENDER, ["bob@test.example"], MESSAGE)
    assert len(server.messages) == 0


def test_aiosmtpd_leaves_no_connection_open_however_far_each_had_got(
    ca: CertificateAuthority,
) -> None:
    """One that was overtaken by another in its handshake, too."""
    tls = client_context(ca.pem)
    with ExitStack() as clients:
        with aiosmtpd_server("implicit", tls=ca.good.context()) as server:
            slow, fast, late = (
                clients.enter_context(socket.create_connection((server.host, server.port)))
                for _ in range(3)
            )
            greetings = [
                clients.enter_context(tls.wrap_socket(each, server_hostname=server.host)).recv(3)
                for each in (fast, slow)
            ]
        assert greetings == [b"220", b"220"]
        assert late.recv(1) == b""
    gc.collect()  # here a connection left open is a warning, which is an error


def test_aiosmtpd_leaves_no_connection_open_that_was_only_just_arriving(
    ca: CertificateAuthority,
) -> None:
    """However the stop and the arrival fall together; an open one fails the test."""
    context = ca.good.context()
    for _ in range(20):
        with aiosmtpd_server("implicit", tls=context) as server:
            client = socket.create_connection((server.host, server.port))
        client.close()
    gc.collect()


def test_aiosmtpd_takes_mail_without_authentication_when_it_offers_none(smtpd: StartSmtpd) -> None:
    server = smtpd("none", auth=())
    with smtplib.SMTP(server.host, server.port, timeout=TIMEOUT) as client:
        client.ehlo()
        assert not client.has_extn("auth")
        client.sendmail(SENDER, ["bob@test.example"], MESSAGE)
    assert server.messages[0].username == ""


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1", "TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize("mode", ["starttls", "implicit"])
def test_a_server_restricted_to_one_tls_version_speaks_that_one(
    ca: CertificateAuthority, smtpd: StartSmtpd, mode: Mode, version: str
) -> None:
    only = ssl.TLSVersion[version]
    server = smtpd(mode, tls=ca.good.context(only))
    with connect(server.host, server.port, mode, client_context(ca.pem, only)) as client:
        assert isinstance(client.sock, ssl.SSLSocket)
        assert client.sock.version() == version.replace("_", ".")


def test_a_server_restricted_to_tls_1_2_refuses_tls_1_3(
    ca: CertificateAuthority, smtpd: StartSmtpd
) -> None:
    server = smtpd("implicit", tls=ca.good.context(ssl.TLSVersion.TLSv1_2))
    context = client_context(ca.pem, ssl.TLSVersion.TLSv1_3)
    with pytest.raises(ssl.SSLError):
        connect(server.host, server.port, "implicit", context)


@pytest.mark.parametrize(
    ("name", "verify_code"),
    [("expired", 10), ("wrong_name", 64), ("untrusted", 20), ("self_signed", 18)],
)
def test_a_bad_certificate_is_bad_in_its_own_way(
    ca: CertificateAuthority, smtpd: StartSmtpd, name: str, verify_code: int
) -> None:
    """The codes are OpenSSL's X509_V_ERR; 64 is the mismatch of an IP address."""
    server = smtpd("implicit", tls=getattr(ca, name).context())
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        connect(server.host, server.port, "implicit", client_context(ca.pem))
    assert caught.value.verify_code == verify_code


def test_a_client_that_stays_does_not_keep_a_server_from_ending(smtpd: StartSmtpd) -> None:
    server = smtpd("none")
    client = socket.create_connection((server.host, server.port), TIMEOUT)
    assert client.recv(4) == b"220 "
    client.close()


def test_a_script_speaks_tls_and_takes_a_message(
    ca: CertificateAuthority, scripted: StartScripted
) -> None:
    context = ca.good.context()
    server = scripted(
        [
            greet("STARTTLS"),
            expect("STARTTLS", "220 go"),
            start_tls(context),
            ehlo("SIZE 1000"),
            expect("MAIL FROM", "250 ok"),
            expect("RCPT TO", "250 ok"),
            take_message("250 2.0.0 kept"),
            expect("QUIT", "221 bye"),
        ]
    )
    with connect(server.host, server.port, "starttls", client_context(ca.pem)) as client:
        client.sendmail(SENDER, ["bob@test.example"], MESSAGE)
    server.wait_until_idle()
    assert "Subject: hello" in server.received
    assert server.connections == 1


def test_a_script_can_send_octets_hang_drip_and_break_the_connection() -> None:
    for step, heard in [(send(b"\x15\x03"), b"\x15\x03"), (drip(b"220-", 0.0), b"2")]:
        with (
            ScriptedServer([step, hang()]) as server,
            socket.create_connection((server.host, server.port), TIMEOUT) as client,
        ):
            assert client.recv(len(heard)) == heard
    with (
        ScriptedServer([expect("EHLO"), reset()]) as server,
        socket.create_connection((server.host, server.port), TIMEOUT) as client,
    ):
        client.sendall(b"EHLO x\r\n")
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_a_script_may_end_in_the_midst_of_a_handshake(ca: CertificateAuthority) -> None:
    with socket.socket() as client, ScriptedServer([start_tls(ca.chained.context())]) as server:
        client.connect((server.host, server.port))
        server.wait_for_connections(1)
        server.clock()  # returns once the server waits for the client's word


def test_a_line_that_the_script_does_not_expect_fails_the_test() -> None:
    server = ScriptedServer([reply("220 hi"), expect("EHLO")])
    with ExitStack() as stack:
        stack.enter_context(server)
        with socket.create_connection((server.host, server.port), TIMEOUT) as client:
            client.sendall(b"HELO x\r\n")
            server.wait_for_connections(1)
            server.wait_until_idle()
        with pytest.raises(UnexpectedLine, match="expected 'EHLO', got 'HELO x'"):
            stack.close()


@pytest.mark.parametrize("mode", ["starttls", "implicit"])
def test_postfix_delivers_what_an_authenticated_client_submits(
    ca: CertificateAuthority, postfix: Postfix, mode: Mode
) -> None:
    port = postfix.submission if mode == "starttls" else postfix.smtps
    recipient = f"{mode}@test.example"
    with connect(postfix.host, port, mode, client_context(ca.pem)) as client:
        client.login(postfix.username, postfix.password)
        client.sendmail(SENDER, [recipient], MESSAGE)
    assert postfix.inbox.to(recipient).message["Subject"] == "hello"


def test_postfix_refuses_as_real_servers_do(ca: CertificateAuthority, postfix: Postfix) -> None:
    with connect(postfix.host, postfix.submission, "starttls", client_context(ca.pem)) as client:
        client.ehlo()
        assert client.docmd("AUTH", "PLAIN AGFkYQB3cm9uZw==")[0] == 535
        client.login(postfix.username, postfix.password)
        assert client.mail(SENDER, [f"SIZE={postfix.size_limit + 1}"])[0] == 552
        client.rset()
        client.mail(SENDER)
        assert client.rcpt("unknown@test.example")[0] == 550
        client.rset()
        client.mail("boss@test.example")
        assert client.rcpt("bob@test.example")[0] == 553
    with smtplib.SMTP(postfix.host, postfix.submission, timeout=TIMEOUT) as client:
        client.ehlo()
        assert not client.has_extn("auth")
        assert client.mail(SENDER)[0] == 530
    with smtplib.SMTP(postfix.host, postfix.plain, timeout=TIMEOUT) as client:
        client.ehlo()
        client.mail(SENDER)
        code, text = client.rcpt("bob@elsewhere.example")
        assert (code, b"Relay access denied" in text) == (554, True)


def test_postfix_leaves_no_process_and_no_file_behind(
    ca: CertificateAuthority, postfix: Postfix
) -> None:
    assert processes_in(postfix.folder)
    with postfix_server(ca.good) as second:
        folder: Path = second.folder
        with smtplib.SMTP(second.host, second.plain, timeout=TIMEOUT) as client:
            client.sendmail(SENDER, ["bob@test.example"], MESSAGE)
        second.inbox.to("bob@test.example")
    assert not processes_in(folder)
    assert not folder.exists()


def test_a_client_that_leaves_within_a_message_is_not_waited_for() -> None:
    """By the server on a bad day, whose clients are killed."""
    with chaotic_server() as server:
        with socket.create_connection((HOST, server.port), TIMEOUT) as client:
            client.sendall(b"DATA\r\nSubject: hello\r\n")
            answers = client.makefile("rb")
            assert [answers.readline()[:3] for _ in range(2)] == [b"220", b"354"]
            answers.close()
        wait_until(lambda: server.open == 0)
