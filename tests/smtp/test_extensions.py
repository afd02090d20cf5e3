"""What a server offers is used where it is offered, and nowhere else (SPEC D2, D4, M8)."""

from __future__ import annotations

import pytest

from smtp_panel.check.check import Verdict
from smtp_panel.smtp.facts import Stage
from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartScripted
from tests.servers.scripted import (
    Conversation,
    Step,
    UnexpectedLine,
    ehlo,
    expect,
    greet,
    hang,
    reply,
    send,
    start_tls,
)
from tests.smtp.conversations import (
    CONTENT,
    MAIL,
    RECIPIENT,
    USER,
    checked,
    diagnosed,
    endpoint_of,
    failed_at,
    outgoing,
    sent,
)

EIGHT_BIT = "Subject: hello\r\n\r\nこんにちは\r\n".encode()
UTF8_HEADER = "Subject: 日本語\r\n\r\nhello\r\n".encode()
FOREIGN = "用户@例子.example"
BYE = expect("QUIT", "221 bye")


@pytest.mark.parametrize(
    ("offered", "content", "recipient", "command"),
    [
        (["SIZE 25"], CONTENT, RECIPIENT, f"MAIL FROM:<{USER}> SIZE=25"),
        (["SIZE"], CONTENT, RECIPIENT, f"MAIL FROM:<{USER}> SIZE=25"),
        (["SIZE 0"], CONTENT, RECIPIENT, f"MAIL FROM:<{USER}> SIZE=25"),
        (["8BITMIME", "SMTPUTF8"], CONTENT, RECIPIENT, f"MAIL FROM:<{USER}>"),
        (["8BITMIME"], EIGHT_BIT, RECIPIENT, f"MAIL FROM:<{USER}> BODY=8BITMIME"),
        (["SMTPUTF8"], CONTENT, FOREIGN, f"MAIL FROM:<{USER}> SMTPUTF8"),
        (
            *(["8BITMIME", "SMTPUTF8"], UTF8_HEADER, RECIPIENT),
            f"MAIL FROM:<{USER}> BODY=8BITMIME SMTPUTF8",
        ),
        (["SIZE 30"], b"a\n.b\r\r\nc", RECIPIENT, f"MAIL FROM:<{USER}> SIZE=12"),
        (
            *(["PIPELINING", "SIZE 99", "8BITMIME", "SMTPUTF8"], EIGHT_BIT, FOREIGN),
            f"MAIL FROM:<{USER}> SIZE={len(EIGHT_BIT)} BODY=8BITMIME SMTPUTF8",
        ),
    ],
)
def test_the_sender_is_named_with_what_the_message_asks_for(
    scripted: StartScripted, offered: list[str], content: bytes, recipient: str, command: str
) -> None:
    """RFC 1870, RFC 6152, RFC 6531: as far as the server offers it, and no further.

    Line ends count as CRLF, and a header in UTF-8 asks for what an address in UTF-8 does.
    """
    server = scripted([greet(*offered), *MAIL])
    test = sent(endpoint_of(server, username=""), message=outgoing(content, recipient))
    assert test.verdict is Verdict.ACCEPTED
    assert f"C: {command}\n" in test.transcript


@pytest.mark.parametrize(
    ("offered", "content", "recipient", "expected", "words"),
    [
        (
            *(["SIZE 24"], CONTENT, RECIPIENT, "mail-from-552-size"),
            "message of 25 octets exceeds the size limit of 24 octets",
        ),
        (
            ["SMTPUTF8"],
            EIGHT_BIT,
            RECIPIENT,
            "general-mail_from-not_offered",
            "8BITMIME not offered",
        ),
        (["8BITMIME"], CONTENT, FOREIGN, "mail-from-smtputf8", "SMTPUTF8 not offered"),
        (["8BITMIME"], UTF8_HEADER, RECIPIENT, "mail-from-smtputf8", "SMTPUTF8 not offered"),
        (
            *(["SIZE 11"], b"a\nb\nc\nd\n", RECIPIENT, "mail-from-552-size"),
            "message of 12 octets exceeds the size limit of 11 octets",
        ),
    ],
)
def test_what_the_server_does_not_take_is_not_sent(
    scripted: StartScripted,
    *,
    offered: list[str],
    content: bytes,
    recipient: str,
    expected: str,
    words: str,
) -> None:
    """D2, D3: it is said before anything else is, in so many words, and is over for good."""
    server = scripted([greet(*offered), BYE])
    test = sent(endpoint_of(server, username=""), message=outgoing(content, recipient))
    assert (test.verdict, failed_at(test)) == (Verdict.FAILED, Stage.MAIL_FROM)
    assert diagnosed(test).startswith(expected)
    assert test.diagnosis
    assert (test.diagnosis.server_says, test.diagnosis.retryable) == (words, False)
    server.wait_until_idle()
    assert server.received == ["EHLO [127.0.0.1]", "QUIT"]


def test_a_sender_outside_ascii_is_named_where_the_server_knows_such(
    scripted: StartScripted,
) -> None:
    """RFC 6531: in UTF-8, and a check finds out as well."""
    server = scripted([greet("SMTPUTF8"), MAIL[0], BYE])
    endpoint = endpoint_of(server, username="")
    assert checked(endpoint, sender=FOREIGN).verdict is Verdict.CONNECTED
    server.wait_until_idle()
    named = server.received[1].encode("latin-1").decode()
    assert named == f"MAIL FROM:<{FOREIGN}> SMTPUTF8"
    without = checked(endpoint_of(scripted([greet(), BYE]), username=""), sender=FOREIGN)
    assert failed_at(without) is Stage.MAIL_FROM


def alone(conversation: Conversation) -> None:
    """Read one line after the other, and answer each only once nothing more came with it."""
    for answer in ("250 ok", "250 ok", "354 go ahead"):
        conversation.line()
        if conversation.unread:
            raise UnexpectedLine("commands are pipelined")
        reply(answer)(conversation)


def test_one_command_is_said_at_a_time(scripted: StartScripted) -> None:
    """RFC 2920: a server that offers PIPELINING need not be taken at its word."""
    server = scripted([greet("PIPELINING"), alone, expect("Subject"), hang()])
    test = sent(endpoint_of(server, username=""), clock=server.clock)
    assert failed_at(test) is Stage.DATA


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ((), ("AUTH PLAIN",), "appeared"),
        (("AUTH PLAIN",), (), "vanished"),
        (("AUTH LOGIN",), ("AUTH PLAIN",), None),
    ],
)
def test_a_change_of_the_offer_with_tls_is_told(
    ca: CertificateAuthority,
    scripted: StartScripted,
    *,
    before: tuple[str, ...],
    after: tuple[str, ...],
    told: str | None,
) -> None:
    """D2, T4: AUTH that appears only with TLS, and AUTH that is lost by it."""
    server = scripted(
        [
            greet("STARTTLS", *before),
            expect("STARTTLS", "220 go"),
            start_tls(ca.good.context()),
            ehlo(*after),
            BYE,
        ]
    )
    endpoint = endpoint_of(server, "starttls", ca_pem=ca.pem, username="")
    check = checked(endpoint, sender="")
    assert check.steps[Stage.TLS].detail.get("auth") == told
    notes = [line for line in check.transcript.splitlines() if line.startswith("*  AUTH")]
    assert notes == ([f"*  AUTH {told} with TLS"] if told else [])


UNASKED = "250 2.0.0 an answer to nothing"


@pytest.mark.parametrize(
    ("script", "stage", "kind"),
    [
        ([reply("220 mail.test.example", UNASKED)], Stage.EHLO, "unasked"),
        ([reply("220 mail.test.example", "421 4.3.2 going down")], Stage.EHLO, "reply"),
        ([reply("220 hi"), expect("EHLO", "250 hi", UNASKED)], Stage.MAIL_FROM, "unasked"),
        ([greet(), expect("MAIL", "250 ok", UNASKED)], Stage.RCPT_TO, "unasked"),
        ([greet(), *MAIL[:2], expect("DATA", "354 go", UNASKED)], Stage.DATA, "unasked"),
        ([greet(), *MAIL[:2], expect("DATA", "354 go", "552 no")], Stage.DATA, "reply"),
        ([greet(), *MAIL[:2], expect("DATA", "354 go"), send(b"")], Stage.DATA, "closed"),
    ],
)
def test_an_answer_to_a_command_that_was_not_sent_is_none(
    scripted: StartScripted, script: list[Step], stage: Stage, kind: str
) -> None:
    """D4: else a message would count as accepted that was never handed over."""
    test = sent(endpoint_of(scripted([*script]), username=""))
    assert (test.verdict is not Verdict.ACCEPTED, failed_at(test)) == (True, stage)
    assert test.diagnosis
    assert test.diagnosis.values["kind"] == kind
    assert UNASKED not in test.diagnosis.server_says
