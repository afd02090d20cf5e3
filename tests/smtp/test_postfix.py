"""The conversation with Postfix and Dovecot, as they are installed everywhere (SPEC F7, F8, T3)."""

from __future__ import annotations

from typing import Any

import pytest

from smtp_panel.check.check import Check, Verdict
from smtp_panel.diagnosis.diagnosis import diagnose
from smtp_panel.mail.message import AutomaticMessage
from smtp_panel.net.network import Address, Network
from smtp_panel.secret import Secret
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.content import Content
from smtp_panel.smtp.endpoint import Auth, Endpoint
from smtp_panel.smtp.envelope import Envelope
from smtp_panel.smtp.facts import Stage
from smtp_panel.smtp.limits import per_phase
from tests.servers.certificates import CertificateAuthority
from tests.servers.inbox import Received
from tests.servers.postfix import Postfix
from tests.servers.processes import wait_until
from tests.servers.smtpd import Mode
from tests.smtp.conversations import (
    CONTENT,
    RECIPIENT,
    diagnosed,
    endpoint_of,
    failed_at,
    outgoing,
    sent,
)

TEXT = (
    """\
.
..hidden and not hidden
.a line that begins with a dot

Grüße, こんにちは 🙂
"""
    + "long " * 1000
)


def via(postfix: Postfix, ca: CertificateAuthority, port: str, **choices: Any) -> Endpoint:
    """The `submission`, `smtps` or `plain` port, signed in as its user."""
    modes: dict[str, Mode] = {"submission": "starttls", "smtps": "implicit", "plain": "none"}
    at = Address(postfix.host, getattr(postfix, port))
    usual = {
        "ca_pem": ca.pem,
        "username": postfix.username,
        "password": Secret(postfix.password),
    }
    return endpoint_of(at, modes[port], **(usual | choices))


def arrived(postfix: Postfix, test: Check) -> Received:
    """The message that `test` sent to its own recipient."""
    assert test.verdict is Verdict.ACCEPTED, test.transcript
    assert test.message
    return postfix.inbox.to(test.message.recipient)


@pytest.mark.parametrize("port", ["submission", "smtps", "plain"])
@pytest.mark.parametrize("choice", [Auth.AUTO, Auth.PLAIN, Auth.LOGIN])
def test_postfix_takes_the_message_by_every_road(
    postfix: Postfix, ca: CertificateAuthority, port: str, choice: Auth
) -> None:
    """T3, F7, F8: STARTTLS, implicit TLS and none; PLAIN and LOGIN."""
    recipient = f"{port}.{choice}@test.example"
    test = sent(via(postfix, ca, port, auth=choice), message=outgoing(CONTENT, recipient))
    assert arrived(postfix, test).content.endswith(b"\r\n\r\nworld\r\n")
    used = test.steps[Stage.AUTH].detail["mechanism"]
    assert used == ("LOGIN" if choice is Auth.LOGIN else "PLAIN")


def test_the_queue_id_is_the_one_in_the_servers_log(
    postfix: Postfix, ca: CertificateAuthority
) -> None:
    """T4: with it the server's administrator finds the message."""
    message = outgoing(CONTENT, "queue@test.example")
    test = sent(via(postfix, ca, "submission"), message=message)
    arrived(postfix, test)
    queue_id = test.steps[Stage.DATA].detail["queue_id"]
    assert f": {queue_id}: from=<ada@test.example>" in postfix.log


def test_the_message_arrives_as_it_was_composed(postfix: Postfix, ca: CertificateAuthority) -> None:
    """M8, RFC 5321, section 4.5.2: dots, long lines, and subject and name of any script."""
    recipient = "composed@test.example"
    subject = "Grüße von こんにちは " + "und noch ein Wort " * 20
    content = AutomaticMessage(
        sender="Jürgen 太郎 <ada@test.example>",
        recipient=recipient,
        subject=subject.strip(),
        text=TEXT,
        html=f"<p>{TEXT}</p>",
    ).as_bytes()
    test = sent(via(postfix, ca, "smtps"), message=outgoing(content, recipient))
    message = arrived(postfix, test).message
    assert message["Subject"] == subject.strip()
    assert message["From"].addresses[0].display_name == "Jürgen 太郎"
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().splitlines() == TEXT.splitlines()
    assert html.get_content().splitlines() == f"<p>{TEXT}</p>".splitlines()


def test_lines_of_the_content_arrive_to_the_octet(
    postfix: Postfix, ca: CertificateAuthority
) -> None:
    """RFC 5321, section 4.5.3.1.6: a line may have 998 octets, and dots at its start."""
    lines = [b"." * 998, b"x" * 998, b".", b"..", b"", b" end"]
    content = b"Subject: octets\r\n\r\n" + b"\r\n".join(lines) + b"\r\n"
    test = sent(via(postfix, ca, "plain"), message=outgoing(content, "octets@test.example"))
    assert arrived(postfix, test).content.endswith(b"\r\n".join(lines) + b"\r\n")


NOBODY = {"username": "", "password": None}


@pytest.mark.parametrize(
    ("port", "login", "sender", "recipient", "step", "expected"),
    [
        ("submission", {"password": Secret("wrong")}, "", "", "auth", "auth-credentials-refused"),
        (
            "smtps",
            {"password": Secret("wrong"), "auth": Auth.LOGIN},
            *("", "", "auth", "auth-credentials-refused"),
        ),
        ("plain", NOBODY, "", "bob@elsewhere.example", "rcpt_to", "rcpt-relay-denied-454"),
        ("submission", {}, "boss@test.example", "", "rcpt_to", "mail-from-must-equal-user"),
        ("plain", {}, "", "unknown@test.example", "rcpt_to", "rcpt-user-unknown"),
    ],
)
def test_postfix_refusals_have_their_diagnosis(
    postfix: Postfix,
    ca: CertificateAuthority,
    *,
    port: str,
    login: dict[str, Any],
    sender: str,
    recipient: str,
    step: str,
    expected: str,
) -> None:
    """D1, T6: wrong password, relay denied, a sender of somebody else's, an unknown user."""
    test = sent(
        via(postfix, ca, port, **login),
        sender=sender or postfix.username,
        message=outgoing(CONTENT, recipient or RECIPIENT),
    )
    assert test.verdict is Verdict.FAILED
    assert (failed_at(test).value, diagnosed(test)) == (step, expected)
    assert test.transcript.endswith("Bye")


def test_a_message_that_is_too_large_is_refused_before_it_is_sent(
    postfix: Postfix, ca: CertificateAuthority
) -> None:
    """RFC 1870: the limit stands in the answer to EHLO, and the octets stay here."""
    large = outgoing(CONTENT + b"x" * postfix.size_limit)
    test = sent(via(postfix, ca, "submission"), message=large)
    assert test.steps[Stage.EHLO].detail["size_limit"] == postfix.size_limit
    assert (failed_at(test), diagnosed(test)) == (Stage.MAIL_FROM, "mail-from-552-size")
    assert "MAIL FROM" not in test.transcript
    assert "DATA" not in test.transcript


def test_without_tls_postfix_wants_tls_first(postfix: Postfix, ca: CertificateAuthority) -> None:
    """D2: the refusal comes at MAIL FROM or before; the remedy is TLS."""
    test = sent(via(postfix, ca, "submission", tls=False, **NOBODY))
    assert (failed_at(test), diagnosed(test)) == (Stage.MAIL_FROM, "mail-from-530-starttls-first")
    test = sent(via(postfix, ca, "submission", tls=False))
    assert (failed_at(test), diagnosed(test)) == (Stage.AUTH, "auth-not-offered-before-tls")


@pytest.mark.parametrize("port", ["submission", "smtps", "plain"])
def test_postfix_takes_many_messages_over_one_connection(
    postfix: Postfix, ca: CertificateAuthority, port: str
) -> None:
    """M3, RFC 2920: envelopes ahead of their turn, one of them refused, and each content whole."""
    names = [f"{port}-{number}@test.example" for number in range(5)]
    names[2] = f"unknown-{port}@test.example"
    messages = [
        (Envelope(postfix.username, (name,)), Content(f"Subject: x\n\n.to {name}".encode()))
        for name in names
    ]
    connection = Connection(via(postfix, ca, port), per_phase, Network())
    connection.open()
    receipts = list(connection.send_all(messages))
    assert connection.usable
    connection.quit()
    assert [bool(receipt.accepted) for receipt in receipts] == [True, True, False, True, True]
    assert receipts[2].failure
    assert receipts[2].failure.code == 550
    for name in names[:2] + names[3:]:
        arrived = postfix.inbox.to(name)
        assert arrived.content.endswith(f"\r\n\r\n.to {name}\r\n".encode())


def test_each_recipient_of_postfix_has_its_own_fate(
    postfix: Postfix, ca: CertificateAuthority
) -> None:
    """M3: who is known gets the message, and the answer to the other is the reason."""
    known, unknown = "fate@test.example", "unknown-fate@test.example"
    connection = Connection(via(postfix, ca, "submission"), per_phase, Network())
    connection.open()
    envelope = Envelope(postfix.username, (unknown, known))
    receipt = connection.send(envelope, Content(CONTENT))
    connection.quit()
    assert (receipt.accepted, receipt.failure) == ((known,), None)
    assert diagnose(receipt.refused[unknown]).id == "rcpt-user-unknown"
    assert receipt.reply
    queued = f"{receipt.reply.queue_id}: from=<{postfix.username}>"
    wait_until(lambda: queued in postfix.log)
    assert postfix.inbox.to(known).content.endswith(b"world\r\n")
