"""S4: the sandbox takes mail like any submission server, and keeps it for admins to read."""

from __future__ import annotations

import json
import os
import smtplib
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from smtp_panel.net import own_certificate
from smtp_panel.net.own_certificate import Contents
from smtp_panel.net.tls import TLSVersion
from smtp_panel.sandbox import Sandbox, SandboxError, SandboxMail, named
from smtp_panel.sandbox.maildrop import MAX_KEPT, Maildrop
from smtp_panel.sandbox.server import MAX_MESSAGE, MAX_RECIPIENTS
from smtp_panel.smtp.endpoint import Endpoint, Security
from tests.servers.certificates import client_context
from tests.servers.ports import free_ports

TIMEOUT = 60.0
SENDER = "panel@test.example"
RECIPIENT = "ada@test.example"


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path, 0)
    running.start()
    yield running
    running.stop()


def endpoint_of(sandbox: Sandbox) -> Endpoint:
    endpoint = sandbox.endpoint()
    assert endpoint is not None
    return endpoint


def connect(endpoint: Endpoint, *, tls: bool = True) -> smtplib.SMTP:
    client = smtplib.SMTP(endpoint.server, endpoint.port, timeout=TIMEOUT)
    if tls:
        assert endpoint.ca_pem is not None
        client.starttls(context=client_context(endpoint.ca_pem))
    client.ehlo()
    return client


def sign_in(endpoint: Endpoint) -> smtplib.SMTP:
    assert endpoint.password is not None
    client = connect(endpoint)
    client.login(endpoint.username, endpoint.password.reveal())
    return client


def deliver(sandbox: Sandbox, content: bytes) -> SandboxMail:
    with sign_in(endpoint_of(sandbox)) as client:
        client.sendmail(SENDER, [RECIPIENT], content.replace(b"\n", b"\r\n"))
    return sandbox.message(sandbox.messages()[0].key)


def test_mail_sent_to_its_endpoint_can_be_read(sandbox: Sandbox) -> None:
    """S4: over TLS 1.2 or newer, by STARTTLS, with the certificate that the endpoint trusts."""
    endpoint = endpoint_of(sandbox)
    assert (endpoint.security, endpoint.tls_version) == (Security.STARTTLS, TLSVersion.V1_2)
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = (
        "メールのテスト",
        "Panel <p@a.b>",
        RECIPIENT,
    )
    message.set_content("It works.\n")
    mail = deliver(sandbox, message.as_bytes())
    assert mail.message == sandbox.messages()[0]
    assert mail.message.subject == "メールのテスト"
    assert (mail.message.from_, mail.message.to) == ("Panel <p@a.b>", RECIPIENT)
    assert (mail.message.envelope_sender, mail.message.recipients) == (SENDER, (RECIPIENT,))
    assert timedelta() <= datetime.now(UTC) - mail.message.received_at < timedelta(minutes=1)
    assert mail.content.headers[0] == ("Subject", "メールのテスト")
    assert mail.content.text == "It works.\n"
    assert mail.content.raw == message.as_bytes()


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_it_asks_for_its_own_user_by_plain_and_login(sandbox: Sandbox, mechanism: str) -> None:
    endpoint = endpoint_of(sandbox)
    assert endpoint.password is not None
    with connect(endpoint) as client:
        assert client.esmtp_features["auth"].split() == ["LOGIN", "PLAIN"]
        client.esmtp_features["auth"] = mechanism
        assert client.mail(SENDER)[0] == 530
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login(endpoint.username, "wrong")
        client.login(endpoint.username, endpoint.password.reveal())
        assert client.mail(SENDER)[0] == 250


def test_it_takes_no_password_in_clear_text(sandbox: Sandbox) -> None:
    with connect(endpoint_of(sandbox), tls=False) as client:
        assert not client.has_extn("auth")
        assert client.docmd("AUTH", "PLAIN")[0] == 530
        assert client.mail(SENDER)[0] == 530


def test_it_listens_on_loopback_alone(sandbox: Sandbox) -> None:
    """127.0.0.2 would answer a server that is bound to every address."""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", endpoint_of(sandbox).port), TIMEOUT)


def test_its_certificate_holds_for_localhost_too(sandbox: Sandbox) -> None:
    endpoint = endpoint_of(sandbox)
    assert endpoint.ca_pem is not None
    context = client_context(endpoint.ca_pem)
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_STRICT
    with smtplib.SMTP("127.0.0.1", endpoint.port, timeout=TIMEOUT) as client:
        client._host = "localhost"  # type: ignore[attr-defined]  # the name that smtplib checks
        client.starttls(context=context)


def test_a_message_or_recipient_too_many_is_refused(sandbox: Sandbox) -> None:
    with sign_in(endpoint_of(sandbox)) as client:
        assert client.mail(SENDER, [f"SIZE={MAX_MESSAGE + 1}"])[0] == 552
        client.mail(SENDER)
        codes = [client.rcpt(f"user{n}@test.example")[0] for n in range(MAX_RECIPIENTS + 1)]
        assert codes == [250] * MAX_RECIPIENTS + [452]


def test_a_message_that_cannot_be_kept_is_not_accepted(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "sandbox/mail").write_text("in the way")
    with sign_in(endpoint_of(sandbox)) as client, pytest.raises(smtplib.SMTPDataError) as caught:
        client.sendmail(SENDER, [RECIPIENT], b"Subject: x\r\n\r\nx")
    assert caught.value.smtp_code == 452
    assert b"could not keep the message" in caught.value.smtp_error


def test_a_fixed_port_is_used(tmp_path: Path) -> None:
    """S4: `SMTP_PANEL_SANDBOX_PORT` fixes the port."""
    (port,) = free_ports(1)
    sandbox = Sandbox(tmp_path, port)
    sandbox.start()
    assert endpoint_of(sandbox).port == port
    sandbox.stop()


def test_a_port_in_use_is_told_in_a_sentence(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with socket.create_server(("127.0.0.1", port)):
        sandbox = Sandbox(tmp_path, port)
        with pytest.raises(SandboxError, match=rf"port {port} of 127.0.0.1: another program uses"):
            sandbox.start()
        assert sandbox.endpoint() is None
    sandbox.start()
    assert endpoint_of(sandbox).port == port
    sandbox.stop()


def test_a_folder_that_cannot_be_used_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "sandbox").write_text("in the way")
    with pytest.raises(SandboxError, match="can't use its folder"):
        Sandbox(tmp_path, 0).start()


def test_two_panels_on_one_machine_never_clash(sandbox: Sandbox, tmp_path: Path) -> None:
    """S4: the sandbox takes a free port."""
    second = Sandbox(tmp_path / "second", 0)
    second.start()
    assert endpoint_of(second).port != endpoint_of(sandbox).port
    second.stop()


def test_of_many_started_at_once_one_serves_and_all_know_it(tmp_path: Path) -> None:
    sandboxes = [Sandbox(tmp_path, 0) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(Sandbox.start, sandboxes))
    assert len({endpoint_of(sandbox) for sandbox in sandboxes}) == 1
    for sandbox in sandboxes:
        sandbox.stop()
    assert sandboxes[0].endpoint() is None


def test_another_process_fails_as_it_is_told_and_once_it_is_killed_this_one_takes_over(
    tmp_path: Path,
) -> None:
    """P3: one serves the sandbox, and the page of another switches the failure on."""
    code = (
        "import sys; from pathlib import Path; from smtp_panel.sandbox import Sandbox;"
        "sandbox = Sandbox(Path(sys.argv[1]), 0); sandbox.start();"
        "print('serving', flush=True); sys.stdin.read()"
    )
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"serving\n"
        sandbox = Sandbox(tmp_path, 0)
        sandbox.start()
        theirs = endpoint_of(sandbox)
        sandbox.switch(named("unavailable"), "", 60)
        with pytest.raises(smtplib.SMTPConnectError):
            connect(theirs)
        sandbox.switch(None, "", 0)
        connect(theirs).close()
        process.kill()
    sandbox.start()
    assert endpoint_of(sandbox) != theirs
    assert deliver(sandbox, b"Subject: taken over\n\n").message.subject == "taken over"
    sandbox.stop()


def test_mail_and_certificate_outlive_a_restart(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path, 0)
    sandbox.start()
    before = endpoint_of(sandbox).ca_pem
    deliver(sandbox, b"Subject: kept\n\n")
    sandbox.stop()
    sandbox.start()
    assert endpoint_of(sandbox).ca_pem == before
    assert [message.subject for message in sandbox.messages()] == ["kept"]
    sandbox.stop()


@pytest.mark.parametrize("ruin", ["expired", "unreadable", "empty"])
def test_a_useless_certificate_is_replaced(tmp_path: Path, ruin: str) -> None:
    path = tmp_path / "certificate.pem"
    expired = own_certificate.key_and_certificate("sandbox", Contents(ends_in=timedelta(hours=1)))
    path.write_bytes({"expired": expired, "unreadable": b"\xff-----", "empty": b""}[ruin])
    _, pem = own_certificate.server_context(path, "sandbox")
    assert pem.encode() in path.read_bytes()
    assert pem.encode() not in expired


def test_its_password_stands_in_one_file_that_its_owner_alone_reads(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    password = endpoint_of(sandbox).password
    assert password is not None
    deliver(sandbox, b"Subject: x\n\n")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    holding = [path for path in files if password.reveal().encode() in path.read_bytes()]
    assert [path.name for path in holding] == ["service.json"]
    assert json.loads(holding[0].read_bytes())["password"] == password.reveal()
    for path in (holding[0], tmp_path / "sandbox/certificate.pem"):
        assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "sandbox").stat().st_mode & 0o777 == 0o700
    assert password.reveal() not in repr(sandbox.endpoint())


def test_nobody_else_reads_what_is_in_its_folder(tmp_path: Path) -> None:
    """S4: though the folder was there before, and whatever the umask."""
    folder = tmp_path / "sandbox"
    folder.mkdir()
    folder.chmod(0o755)
    usual = os.umask(0)
    try:
        sandbox = Sandbox(tmp_path, 0)
        sandbox.start()
        deliver(sandbox, b"Subject: x\n\n")
        sandbox.stop()
    finally:
        os.umask(usual)
    modes = {path: path.stat().st_mode & 0o077 for path in [folder, *folder.rglob("*")]}
    assert len(modes) > 5
    assert [str(path) for path, others in modes.items() if others] == []


def test_a_client_that_stays_does_not_keep_it_from_stopping(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path, 0)
    sandbox.start()
    client = sign_in(endpoint_of(sandbox))
    sandbox.stop()
    with pytest.raises((smtplib.SMTPServerDisconnected, ssl.SSLError, ConnectionResetError)):
        client.noop()
    client.close()


def test_a_client_that_owes_its_handshake_does_not_keep_it_from_stopping(tmp_path: Path) -> None:
    """T8: nothing hangs, whatever the other side does."""
    sandbox = Sandbox(tmp_path, 0)
    sandbox.start()
    client = connect(endpoint_of(sandbox), tls=False)
    assert client.docmd("STARTTLS")[0] == 220
    stopping = threading.Thread(target=sandbox.stop, daemon=True)
    stopping.start()
    stopping.join(TIMEOUT)
    assert not stopping.is_alive()
    client.close()


def test_it_keeps_the_newest_messages(tmp_path: Path) -> None:
    maildrop = Maildrop(tmp_path / "mail")
    for number in range(MAX_KEPT + 3):
        maildrop.add(SENDER, [RECIPIENT], b"Subject: %d\r\n\r\n" % number)
    subjects = [message.subject for message in maildrop.messages()]
    assert subjects == [str(number) for number in range(MAX_KEPT + 2, 2, -1)]


@pytest.mark.parametrize("key", ["nothing", "../service.json", "../../etc/passwd", "", "\x00"])
def test_a_key_that_names_no_message_is_a_key_error(sandbox: Sandbox, key: str) -> None:
    with pytest.raises(KeyError):
        sandbox.message(key)
    deliver(sandbox, b"Subject: x\n\n")
    with pytest.raises(KeyError):
        sandbox.message(key)


@pytest.mark.parametrize("made", [(), ("tmp",), ("tmp", "new")])
def test_it_is_read_and_filled_while_another_process_makes_its_folder(
    tmp_path: Path, made: tuple[str, ...]
) -> None:
    """S4: whatever of the folder is there already."""
    maildrop = Maildrop(tmp_path / "mail")
    for name in made:
        (tmp_path / "mail" / name).mkdir(parents=True)
    assert maildrop.messages() == []
    maildrop.add("ada@test.example", ["bob@test.example"], b"Subject: Hi\r\n\r\n")
    assert [each.subject for each in maildrop.messages()] == ["Hi"]


def test_before_its_first_start_it_has_nothing(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path, 0)
    assert sandbox.endpoint() is None
    assert sandbox.messages() == []
    sandbox.stop()
