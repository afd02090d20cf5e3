"""The relay: what it takes, from whom, and what it answers otherwise (SPEC M2)."""

from __future__ import annotations

import base64
import errno
import json
import os
import re
import select
import smtplib
import socket
import ssl
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, NoReturn

import pytest
from sqlalchemy import update

from smtp_panel.access import keys
from smtp_panel.access.keys import KeyScope
from smtp_panel.audit import Actor
from smtp_panel.mail.mounted import EXTENSION
from smtp_panel.outbox.model import Pause
from smtp_panel.panel import Panel as Installation
from smtp_panel.relay.service import CannotRelay, Relay, relay_port
from smtp_panel.storage import db, utcnow, writing
from tests.outbox.sizes import MOST, TOO_LONG, know_size
from tests.relay.conftest import BOB, TIMEOUT, MakeRelay, Relayed, program_of
from tests.servers.certificates import CertificateAuthority, client_context
from tests.servers.ports import HOST
from tests.servers.processes import wait_until
from tests.web.conftest import MAILING, MakePanel
from tests.web.test_broken_storage import Trouble, trouble

ROOT = Path(__file__).parents[2]
TEXT = "From: Billing <billing@acme.example>\r\nSubject: Hi\r\n\r\nHello\r\n"
BILLING = "billing@acme.example"


class FullDisk(SpooledTemporaryFile[bytes]):
    """A file on a disk that is full."""

    def write(self, _octets: object) -> NoReturn:
        """Raise what the system does."""
        raise OSError(errno.ENOSPC, "No space left on device")


def test_what_it_takes_is_in_the_outbox(relayed: Relayed) -> None:
    """M3: 250 means that it is on disk, and an admin sees by which key it came."""
    with relayed.connected() as client:
        client.sendmail(BILLING, [BOB, "eve@test.example"], TEXT)
        code, reply = client.noop()
    assert code == 250, reply
    ((message, people),) = relayed.queued()
    assert sorted(people) == [BOB, "eve@test.example"]
    assert (message.subject, message.key_id) == ("Hi", relayed.client_id)
    assert message.sender == "news@acme.example"
    assert relayed.only()["From"] == "Acme <news@acme.example>"
    assert relayed.only()["Reply-To"] == "Billing <billing@acme.example>"


def test_who_is_named_twice_gets_a_message_once(relayed: Relayed) -> None:
    """M7: servers may send it to each that they are told."""
    with relayed.connected() as client:
        client.sendmail(BILLING, [BOB, "eve@test.example", BOB], TEXT)
    ((_, people),) = relayed.queued()
    assert sorted(people) == [BOB, "eve@test.example"]


def test_the_programs_own_from_is_kept_where_that_is_chosen(make_relay: MakeRelay) -> None:
    relayed = make_relay(relay_from="program")
    with relayed.connected() as client:
        client.sendmail("bounces@acme.example", [BOB], TEXT)
    ((message, _),) = relayed.queued()
    assert message.sender == "bounces@acme.example"
    assert relayed.only()["From"] == "Billing <billing@acme.example>"


@pytest.mark.parametrize(
    ("whose", "author"),
    [("program", "Billing <billing@acme.example>"), ("saved", "Acme <news@acme.example>")],
)
def test_a_notice_has_no_sender_to_answer_to(
    make_relay: MakeRelay, whose: str, author: str
) -> None:
    """RFC 5321, section 4.5.5: the null path, so that nobody answers an answer."""
    relayed = make_relay(relay_from=whose)
    with relayed.connected() as client:
        client.sendmail("", [BOB], TEXT)
    ((message, _),) = relayed.queued()
    assert message.sender == ""
    assert relayed.only()["From"] == author


@pytest.mark.parametrize("claimed", ["AUTH=<>", "SIZE=100 auth=eve@test.example BODY=8BITMIME"])
def test_who_wrote_a_message_is_no_matter(relayed: Relayed, claimed: str) -> None:
    """RFC 4954, section 5: where AUTH is offered, its parameter is taken, and need not count."""
    with relayed.connected() as client:
        client.ehlo()
        client.sendmail(BILLING, [BOB], TEXT, [claimed])
    ((message, _),) = relayed.queued()
    assert message.key_id == relayed.client_id


def nested(depth: int) -> bytes:
    """A message of one part, which is in a part, which is in a part, and so on."""
    parts = (
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (each, each)
        for each in range(depth)
    )
    return b"From: a@acme.example\r\n" + b"".join(parts) + "\r\nZürich\r\n".encode()


@pytest.mark.parametrize("deep", [nested(500), b"From: %sa@acme.example\r\n\r\n" % (b"(" * 3000)])
def test_what_nests_deeper_than_any_mail_is_refused_for_good(relayed: Relayed, deep: bytes) -> None:
    """M2: by 451 a program would bring it again and again."""
    with relayed.connected() as client, pytest.raises(smtplib.SMTPDataError) as caught:
        client.sendmail(BILLING, [BOB], deep)
    assert caught.value.smtp_code == 554
    assert b"nests" in caught.value.smtp_error


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("initial", [True, False])
def test_a_key_signs_in(relayed: Relayed, mechanism: str, initial: bool) -> None:
    """A5: in one line or step by step (RFC 4954, section 4)."""
    with relayed.connected(signed_in=False) as client:
        client.ehlo()
        client.user, client.password = relayed.client_id, relayed.secret
        step = {"PLAIN": client.auth_plain, "LOGIN": client.auth_login}[mechanism]
        assert client.auth(mechanism, step, initial_response_ok=initial)[0] == 235


def test_a_mechanism_may_be_written_in_small_letters(relayed: Relayed) -> None:
    """M2: as .NET's System.Net.Mail does."""
    name, secret = (
        base64.b64encode(each.encode()).decode() for each in (relayed.client_id, relayed.secret)
    )
    with relayed.connected(signed_in=False) as client:
        client.ehlo()
        assert client.docmd("AUTH", f"login {name}")[0] == 334
        assert client.docmd(secret)[0] == 235


def test_without_a_key_it_takes_nothing(relayed: Relayed) -> None:
    with relayed.connected(signed_in=False) as client:
        client.ehlo()
        assert client.mail(BILLING)[0] == 530
    assert relayed.queued() == []


@pytest.mark.parametrize(
    ("scopes", "login", "secret"),
    [
        ((KeyScope.SEND,), "", "wrong"),
        ((KeyScope.SEND,), "nobody", ""),
        ((KeyScope.READ,), "", ""),
    ],
)
def test_a_wrong_key_is_none(
    make_relay: MakeRelay, scopes: tuple[KeyScope, ...], login: str, secret: str
) -> None:
    """Nor is one that may not send."""
    relayed = make_relay(*scopes)
    with relayed.connected(signed_in=False) as client:
        with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
            client.login(login or relayed.client_id, secret or relayed.secret)
        assert refused.value.smtp_code == 535
        assert client.mail(BILLING)[0] == 530


def test_a_connection_ends_with_its_key(relayed: Relayed) -> None:
    """A5: nobody gets in by a key that was revoked, nor stays in."""
    with relayed.connected() as client:
        with relayed.panel.app.app_context(), writing(db.session) as session:
            keys.revoke(session, relayed.client_id, Actor("test"))
        assert client.mail(BILLING)[0] == 530
    assert relayed.queued() == []


def test_wrong_keys_are_limited_and_right_ones_are_not(make_relay: MakeRelay) -> None:
    """L4."""
    relayed = make_relay(login_limit="2 per hour")
    wrong = base64.b64encode(f"\0{relayed.client_id}\0wrong".encode()).decode()
    with relayed.connected(signed_in=False) as client:
        client.ehlo()
        answers = [client.docmd("AUTH", f"PLAIN {wrong}")[0] for _ in range(3)]
    assert answers == [535, 535, 421]
    with relayed.connected() as client:
        client.sendmail(BILLING, [BOB], TEXT)


@pytest.mark.parametrize("apart", [False, True], ids=["one file", "two files"])
def test_it_speaks_tls_with_the_certificate_of_the_operator(
    make_relay: MakeRelay, ca: CertificateAuthority, tmp_path: Path, apart: bool
) -> None:
    """NAMES, Relay: STARTTLS is always offered; the key is in a file of its own, or in the same."""
    pem, key = tmp_path / "relay.pem", tmp_path / "relay.key"
    pem.write_bytes(ca.good.chain if apart else ca.good.pem)
    key.write_bytes(ca.good.key)
    relayed = make_relay(relay_tls_cert=str(pem), relay_tls_key=str(key) if apart else "")
    with relayed.connected(signed_in=False) as client:
        client.starttls(context=client_context(ca.pem))
        client.login(relayed.client_id, relayed.secret)
        client.sendmail(BILLING, [BOB], TEXT)
    assert len(relayed.queued()) == 1


def test_a_renewed_certificate_is_shown_without_a_restart(
    make_relay: MakeRelay, ca: CertificateAuthority, tmp_path: Path
) -> None:
    """Those of Let's Encrypt are valid for weeks, and the relay runs for months."""
    pem = tmp_path / "relay.pem"
    pem.write_bytes(ca.made_out_for("old.example").pem)
    relayed = make_relay(relay_tls_cert=str(pem))
    assert names_shown(relayed, ca) == {"old.example"}
    pem.write_bytes(b"half of a file")
    pem.with_name("new").write_bytes(ca.made_out_for("new.example").pem)
    pem.with_name("new").replace(pem)
    wait_until(lambda: names_shown(relayed, ca) == {"new.example"})


def names_shown(relayed: Relayed, ca: CertificateAuthority) -> set[str]:
    """For which hosts the certificate is that the relay shows."""
    context = client_context(ca.pem)
    context.check_hostname = False
    with relayed.connected(signed_in=False) as client:
        client.starttls(context=context)
        secured = client.sock
        assert isinstance(secured, ssl.SSLSocket)
        shown = secured.getpeercert()
    return {str(each[1]) for each in (shown or {})["subjectAltName"]}


def unverified() -> ssl.SSLContext:
    """TLS with whoever answers."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def test_without_one_it_has_its_own(relayed: Relayed) -> None:
    with relayed.connected(signed_in=False) as client:
        assert client.starttls(context=unverified())[0] == 220
        client.login(relayed.client_id, relayed.secret)


def test_who_does_not_trust_its_certificate_is_told_in_a_sentence(
    relayed: Relayed, caplog: pytest.LogCaptureFixture
) -> None:
    """Its own is self-signed, so that this is what an administrator meets first."""
    with (
        pytest.raises(ssl.SSLCertVerificationError),
        relayed.connected(signed_in=False) as client,
    ):
        client.starttls(context=ssl.create_default_context())
    wait_until(lambda: caplog.records)
    (told,) = caplog.records
    assert (told.levelname, told.exc_info) == ("WARNING", None)
    assert f"at {HOST} did not come to TLS" in told.message


def test_on_ipv6_it_is_a_mail_server_too(
    make_relay: MakeRelay, caplog: pytest.LogCaptureFixture
) -> None:
    """NAMES, Relay: `SMTP_PANEL_RELAY_HOST`; on loopback a key may come in the clear."""
    relayed = make_relay(relay_host="::1")
    with smtplib.SMTP("::1", relayed.port, timeout=TIMEOUT) as client:
        client.login(relayed.client_id, relayed.secret)
        client.sendmail(BILLING, [BOB], TEXT)
    assert len(relayed.queued()) == 1
    assert f"takes mail at [::1]:{relayed.port}" in caplog.text


def test_from_another_machine_a_key_comes_by_tls_alone(
    make_relay: MakeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smtp_panel.relay.conversation.is_loopback", lambda _: False)
    relayed = make_relay()
    with relayed.connected(signed_in=False) as client:
        client.ehlo()
        assert not client.has_extn("AUTH")
        assert client.docmd("AUTH", "PLAIN AGEAYg==")[0] == 538


def test_a_message_that_is_too_large_is_refused_as_soon_as_that_is_known(
    make_relay: MakeRelay,
) -> None:
    """552 at MAIL where SIZE says so, else at the dot (RFC 1870)."""
    relayed = make_relay(relay_max_bytes=2000)
    with relayed.connected() as client:
        client.ehlo()
        assert client.esmtp_features["size"] == "2000"
        assert client.mail(BILLING, ["SIZE=2001"])[0] == 552
        assert client.mail(BILLING)[0] == 250
        assert client.rcpt(BOB)[0] == 250
        assert client.data(TEXT + "x" * 2000)[0] == 552
        client.sendmail(BILLING, [BOB], TEXT)
    assert len(relayed.queued()) == 1


def test_what_the_mail_server_does_not_take_the_relay_does_not_either(relayed: Relayed) -> None:
    """QUEUE, failure 6: 552 at MAIL where SIZE says so, else at the dot, with what to do."""
    know_size(relayed.panel.app)
    with relayed.connected() as client:
        code, words = client.mail(BILLING, [f"SIZE={MOST + 1}", "BODY=8BITMIME"])
        assert (code, words.startswith(b"5.3.4 ")) == (552, True)
        assert str(MOST).encode() in words
        assert client.mail(BILLING)[0] == 250
        assert client.rcpt(BOB)[0] == 250
        code, words = client.data(TEXT + TOO_LONG)
        assert (code, words.startswith(b"5.3.4 ")) == (552, True)
        assert str(MOST).encode() in words
        client.sendmail(BILLING, [BOB], TEXT)
    assert len(relayed.queued()) == 1


@pytest.mark.parametrize(
    ("flood", "code"), [("\r\n" * 3000, 250), ("x" * 30_000, 552)], ids=["lines", "a line"]
)
def test_a_message_of_odd_lines_is_judged_by_its_size_alone(
    make_relay: MakeRelay, flood: str, code: int
) -> None:
    """M8: at the dot; the connection goes on."""
    relayed = make_relay(relay_max_bytes=20_000)
    with relayed.connected() as client:
        for octets in (flood, ""):
            client.mail(BILLING)
            client.rcpt(BOB)
            assert client.docmd("DATA")[0] == 354
            client.send(f"{TEXT}{octets}\r\n.\r\n")
            assert client.getreply()[0] == (code if octets else 250)


def test_what_is_large_lies_on_the_disk_while_it_arrives(make_relay: MakeRelay) -> None:
    """M8: memory is bounded, however many programs send large messages at once."""
    relayed = make_relay()
    with relayed.connected() as client:
        client.mail(BILLING)
        client.rcpt(BOB)
        client.docmd("DATA")
        tracemalloc.start()
        client.send(TEXT)
        for _ in range(160):
            client.send("x" * 99_998 + "\r\n")
        with relayed.connected() as other:
            other.noop()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        client.send(".\r\n")
        assert client.getreply()[0] == 250
    assert most < 8_000_000, "of 16 million octets"


def test_a_disk_without_room_is_told_at_the_dot_and_nothing_of_the_message_is_a_command(
    make_relay: MakeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 5321, 4.2.3: 452, for the program to try again."""
    monkeypatch.setattr("smtp_panel.relay.conversation.SpooledTemporaryFile", FullDisk)
    relayed = make_relay()
    with relayed.connected() as client:
        client.mail(BILLING)
        client.rcpt(BOB)
        client.docmd("DATA")
        client.send(f"{TEXT}\r\nQUIT\r\n.\r\n")
        assert client.getreply()[0] == 452
        assert client.noop()[0] == 250
    assert relayed.queued() == []


def test_a_message_waits_until_there_is_room_for_it(
    make_relay: MakeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smtp_panel.relay.conversation.AT_ONCE", 1)
    relayed = make_relay()
    with relayed.connected() as first, relayed.connected() as second:
        for client in (first, second):
            client.mail(BILLING)
            client.rcpt(BOB)
        assert first.docmd("DATA")[0] == 354
        second.putcmd("DATA")
        with relayed.connected() as third:
            assert third.noop()[0] == 250
        assert second.sock
        assert select.select([second.sock], [], [], 0)[0] == []
        first.send(f"{TEXT}.\r\n")
        assert first.getreply()[0] == 250
        assert second.getreply()[0] == 354
        second.send(f"{TEXT}.\r\n")
        assert second.getreply()[0] == 250


def test_one_recipient_too_many_is_for_another_message(make_relay: MakeRelay) -> None:
    """RFC 5321, section 4.5.3.1.10: 452."""
    relayed = make_relay(relay_max_recipients=2)
    with relayed.connected() as client:
        refused = client.sendmail(BILLING, [BOB, "a@test.example", "b@test.example"], TEXT)
    assert {address: code for address, (code, _) in refused.items()} == {"b@test.example": 452}
    ((_, people),) = relayed.queued()
    assert len(people) == 2


def held(since: datetime) -> dict[str, Any]:
    return {"held_by": "ada@example.com", "held_at": since}


def failing(since: datetime) -> dict[str, Any]:
    return {"failures": 1, "since": since}


@pytest.mark.parametrize("rests", [held, failing])
@pytest.mark.parametrize(("seconds", "code"), [(30, 250), (90, 451)])
def test_while_sending_is_paused_for_long_programs_keep_their_mail(
    make_relay: MakeRelay, rests: Callable[[datetime], dict[str, Any]], seconds: int, code: int
) -> None:
    """NAMES, Relay: 451 at MAIL, which a program tries again; for a while the outbox waits."""
    relayed = make_relay(relay_paused_seconds=60)
    with relayed.panel.app.app_context(), writing(db.session) as session:
        session.execute(update(Pause).values(rests(utcnow() - timedelta(seconds=seconds))))
    with relayed.connected() as client:
        assert client.mail(BILLING)[0] == code


@trouble
def test_what_can_not_be_stored_stays_with_the_program(relayed: Relayed, trouble: Trouble) -> None:
    """M3: a full or locked database is a reason to try again, never a message lost."""
    with relayed.connected() as client:
        client.mail(BILLING)
        client.rcpt(BOB)
        with trouble(relayed.panel):
            assert client.data(TEXT + "x\r\n" * 50_000)[0] == 452
        client.sendmail(BILLING, [BOB], TEXT)
    assert len(relayed.queued()) == 1


@pytest.mark.parametrize("end", ["\n.\n", "\r.\r", "\n.\r\n", "\r\n.\n", "\r\n.\r"])
def test_nobody_smuggles_a_second_message_in(relayed: Relayed, end: str) -> None:
    """A line end of one octet ends no message here, and is none in what is sent on."""
    hidden = "MAIL FROM:<eve@test.example>\r\nRCPT TO:<max@test.example>\r\nDATA\r\nGotcha"
    with relayed.connected() as client:
        client.mail(BILLING)
        client.rcpt(BOB)
        client.docmd("DATA")
        client.send(f"Subject: Hi\r\n\r\nHello{end}{hidden}\r\n.\r\n")
        assert client.getreply()[0] == 250
    ((_, people),) = relayed.queued()
    assert people == [BOB]
    assert "Gotcha" in relayed.only().get_content()


ENVELOPE = f"MAIL FROM:<{BILLING}>\r\nRCPT TO:<{BOB}>\r\nDATA\r\n"


def test_commands_may_come_together_up_to_data(relayed: Relayed) -> None:
    """RFC 2920, 3.1."""
    with relayed.connected() as client:
        client.send(ENVELOPE)
        assert [client.getreply()[0] for _ in range(3)] == [250, 250, 354]
        client.send(f"{TEXT}\r\n.\r\n{ENVELOPE}")
        assert [client.getreply()[0] for _ in range(4)] == [250, 250, 250, 354]
        client.close()  # a QUIT would be of the message, and have no reply
    ((_, people),) = relayed.queued()
    assert people == [BOB]


def test_no_part_of_a_message_that_came_too_soon_is_a_command(relayed: Relayed) -> None:
    """RFC 2920, 3.1: DATA is the last of commands that come together."""
    with relayed.connected() as client:
        client.send(f"{ENVELOPE}{ENVELOPE}{TEXT}\r\n.\r\n")
        assert [client.getreply()[0] for _ in range(3)] == [250, 250, 503]
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.getreply()
    assert relayed.queued() == []


@pytest.mark.parametrize(
    "path",
    [
        *("<a b@test.example>", "<bob@test.example\u00a0>", "<>", "<", "<bob@test.example", '<"'),
        *("bob@", "<bob@[>", "(bob@test.example", "<bob@test.example>>", f"<{'b' * 320}@x.test>"),
        *(f"{'(' * 450}<bob@test.example>", f"<{'(' * 450}bob@test.example>"),
    ],
)
def test_a_recipient_that_is_no_address_is_refused(relayed: Relayed, path: str) -> None:
    with relayed.connected() as client:
        client.mail(BILLING)
        client.sock.sendall(f"RCPT TO:{path}\r\n".encode())  # type: ignore[union-attr]
        code, _ = client.getreply()
    assert 500 <= code < 600


@pytest.mark.parametrize(
    "command",
    ["MAIL FROM:<", 'MAIL FROM:<"', "VRFY <", "VRFY bob@", "EXPN <", f"MAIL FROM:{'(' * 450}"],
)
def test_a_command_that_is_none_is_refused_for_good(
    relayed: Relayed, caplog: pytest.LogCaptureFixture, command: str
) -> None:
    """A program must not try again for days what can't be understood, nor fill the log."""
    with relayed.connected() as client:
        code, _ = client.docmd(command)
    assert code == 252 or 500 <= code < 600
    assert not caplog.records


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("bob@test.example", "bob@test.example"),
        ("<@hop.example,@next.example:bob@test.example>", "bob@test.example"),
        (" <bob@[192.0.2.1]>", "bob@[192.0.2.1]"),
        ("<postmaster>", "postmaster"),
        ('<"bob"@test.example>', "bob@test.example"),
    ],
)
def test_an_address_is_taken_however_it_is_written(
    relayed: Relayed, written: str, meant: str
) -> None:
    """RFC 5321, sections 3.6.1, 4.1.1.3 and 4.1.3."""
    with relayed.connected() as client:
        assert client.docmd(f"MAIL FROM:{BILLING} SIZE=10 BODY=8BITMIME")[0] == 250
        assert client.docmd(f"RCPT TO:{written}")[0] == 250
        assert client.data(TEXT)[0] == 250
    ((_, people),) = relayed.queued()
    assert people == [meant]


def test_large_messages_of_many_programs_at_once_arrive_whole(relayed: Relayed) -> None:
    def send(number: int) -> None:
        with relayed.connected() as client:
            client.sendmail(BILLING, [f"p{number}@test.example"], TEXT + f"{number}\r\n" * 100_000)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(send, range(6)))
    found = relayed.queued()
    assert {people[0] for _, people in found} == {f"p{number}@test.example" for number in range(6)}
    assert all(message.size > 300_000 for message, _ in found)


def test_a_port_that_is_taken_is_told(make_panel: MakePanel) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        panel: Installation = make_panel(relay_port=port).app.extensions[EXTENSION]
        with pytest.raises(CannotRelay, match=f"port {port} of {HOST}.*SMTP_PANEL_RELAY_PORT"):
            Relay(panel).start()


@pytest.mark.parametrize("name", [".", "certificate.pem", "relay.json"])
def test_a_folder_that_can_not_be_used_is_told(make_panel: MakePanel, name: str) -> None:
    panel: Installation = make_panel().app.extensions[EXTENSION]
    in_the_way(panel.config.data_dir / "relay" / name)
    with pytest.raises(CannotRelay, match=r"can't use its folder .*relay: .*Make it writable"):
        Relay(panel).start()


def in_the_way(path: Path) -> None:
    """Put a file where a folder is to be, and a folder where a file is."""
    if path.suffix:
        path.unlink(missing_ok=True)
        path.mkdir(parents=True)
    else:
        path.touch()


def test_who_takes_over_and_can_not_says_why(
    make_panel: MakePanel, caplog: pytest.LogCaptureFixture
) -> None:
    """In a sentence, without a traceback."""
    panel: Installation = make_panel().app.extensions[EXTENSION]
    first, other = Relay(panel), Relay(panel)
    first.start()
    other.start()
    in_the_way(panel.config.data_dir / "relay" / "certificate.pem")
    first.stop()
    wait_until(lambda: "relay failed" in caplog.text)
    other.stop()
    assert "can't use its folder" in caplog.text
    assert "Traceback" not in caplog.text


def test_one_connection_too_many_is_turned_away(
    make_relay: MakeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smtp_panel.relay.service.MOST_CLIENTS", 1)
    relayed = make_relay()
    with relayed.connected(), socket.create_connection((HOST, relayed.port), TIMEOUT) as other:
        assert other.makefile().readline().startswith("421 ")


def test_who_says_nothing_for_long_is_hung_up_on(
    make_relay: MakeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 5321, section 4.5.3.2.7; so that nobody keeps a place by silence."""
    monkeypatch.setattr("smtp_panel.relay.conversation.IDLE_SECONDS", 0.05)
    relayed = make_relay()
    with socket.create_connection((HOST, relayed.port), TIMEOUT) as silent:
        assert silent.makefile().read().startswith("220 ")


def test_strangers_take_no_place_from_programs(
    make_relay: MakeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """L4: of those who have not signed in, whoever came first makes room for the next."""
    monkeypatch.setattr("smtp_panel.relay.service.MOST_CLIENTS", 3)
    relayed = make_relay()
    first = smtplib.SMTP(HOST, relayed.port, timeout=TIMEOUT)
    with relayed.connected() as before, relayed.connected(signed_in=False) as second:
        first.starttls(context=unverified())
        with relayed.connected() as client:
            client.sendmail(BILLING, [BOB], TEXT)
            assert first.getreply()[0] == 421
            assert second.noop()[0] == before.noop()[0] == 250
    first.close()
    assert len(relayed.queued()) == 1


def test_who_takes_no_reply_keeps_no_connection(
    make_relay: MakeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor a file of the process, of which there are not many."""
    monkeypatch.setattr("smtp_panel.relay.conversation.IDLE_SECONDS", 0.05)
    monkeypatch.setattr("smtp_panel.relay.conversation.LAST_WORD_SECONDS", 0.05)
    relayed = make_relay()
    with (
        socket.create_connection((HOST, relayed.port), TIMEOUT) as deaf,
        pytest.raises(ConnectionError),
    ):
        deaf.sendall(b"EHLO deaf\r\n" * 1_000_000)


def test_the_page_says_what_to_enter_and_what_came(relayed: Relayed) -> None:
    """NAMES, Relay: where it is, how to sign in, and the newest messages of programs."""
    with relayed.connected() as client:
        client.sendmail(BILLING, [BOB], TEXT)
    page = relayed.panel.admin().page("/admin/relay")
    assert page.one("dl", data_relay_port=str(relayed.port))
    assert HOST in page.text
    ((message, _),) = relayed.queued()
    assert page.one("tr", data_message=message.id)
    assert "Acme <news@acme.example>" in page.text


def test_the_page_of_a_relay_for_other_machines_wants_tls(make_relay: MakeRelay) -> None:
    """NAMES, Relay: a key comes in the clear on loopback only."""
    page = make_relay(relay_host="0.0.0.0").panel.admin().page("/admin/relay")
    assert "Any address of this machine" in page.text
    assert "None, or STARTTLS" not in page.text
    for program, line in (("msmtp", "tls on"), ("django", "EMAIL_USE_TLS = True")):
        assert line in page.id(f"relay-{program}").text


def test_the_page_of_a_relay_that_is_off_says_how_to_turn_it_on(make_panel: MakePanel) -> None:
    page = make_panel().admin().page("/admin/relay")
    assert "SMTP_PANEL_RELAY=on" in page.text
    assert "flask --app wsgi smtp relay" in page.text


def test_a_process_of_its_own_relays_until_it_is_told_to_end(make_panel: MakePanel) -> None:
    """NAMES, Relay: `smtp relay`; `smtp status --json` tells the port, and so does the log."""
    panel = make_panel()
    with relaying(panel.config.data_dir) as (process, port):
        with smtplib.SMTP(HOST, port, timeout=TIMEOUT) as client:
            assert client.ehlo()[0] == 250
        told = panel.app.test_cli_runner().invoke(args=["smtp", "status", "--json"])
        assert json.loads(told.output)["relay"] == {"port": port}
        process.terminate()
        errors = process.communicate(timeout=TIMEOUT)[1]
    assert process.returncode == 0, errors
    assert f"relay takes mail at {HOST}:{port}" in errors


def test_where_one_process_is_killed_another_takes_over_and_nothing_is_lost(
    make_panel: MakePanel,
) -> None:
    """M3, and NAMES, Relay: at the same port, so that programs go on."""
    panel = make_panel(**MAILING)
    installation: Installation = panel.app.extensions[EXTENSION]
    assert relay_port(installation.config) is None
    other = Relay(installation)
    with relaying(panel.config.data_dir) as (process, port):
        program = program_of(panel, other, port)
        other.start()
        assert other.port is None
        assert relay_port(installation.config) == port
        with ThreadPoolExecutor(4) as pool:
            sending = [pool.submit(send_until_it_ends, program, f"{n}-") for n in range(4)]
            wait_until(lambda: len(program.queued()) > 20)
            process.kill()
            accepted = {subject for each in sending for subject in each.result()}
        wait_until(lambda: other.port == port)
        with program.connected() as client:
            client.sendmail(BILLING, [BOB], TEXT)
        other.stop()
    assert accepted | {"Hi"} <= {message.subject for message, _ in program.queued()}


def send_until_it_ends(program: Relayed, word: str) -> list[str]:
    """Send one message after the other; the subjects of those that were taken."""
    taken: list[str] = []
    with suppress(smtplib.SMTPServerDisconnected, ConnectionError), program.connected() as client:
        while True:
            subject = f"{word}{len(taken)}"
            client.sendmail(BILLING, [BOB], TEXT.replace("Hi", subject))
            taken.append(subject)
    return taken


@contextmanager
def relaying(data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run `smtp relay`; gives the process, and the port that it tells."""
    with subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "smtp", "relay"],
        cwd=ROOT,
        env={**os.environ, "SMTP_PANEL_DATA_DIR": str(data_dir)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            told = re.search(rf"{HOST}:(\d+)", process.stdout.readline())
            assert told
            yield process, int(told[1])
        finally:
            process.kill()
