"""Which senders a mail server takes, asked in one conversation without sending anything."""

from __future__ import annotations

from smtp_panel.check.senders import SenderAnswer, SenderState, ask_senders
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.network import Network
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.limits import overall
from tests.servers.fixtures import StartScripted
from tests.servers.scripted import close, expect, greet, reply
from tests.smtp.conversations import Server, endpoint_of

SENDERS = ("ada@test.example", "boss@test.example", "news@test.example")
RECIPIENT = "eve@test.example"
TAKEN, REFUSED, UNKNOWN = SenderState.TAKEN, SenderState.REFUSED, SenderState.UNKNOWN


def answers_of(server: Server) -> list[SenderAnswer]:
    connection = Connection(endpoint_of(server, username=""), overall(Deadline(5)), Network())
    return list(ask_senders(connection, SENDERS, RECIPIENT))


def test_each_sender_is_asked_for_on_one_connection(scripted: StartScripted) -> None:
    """Between them RSET; no DATA, so that nothing is sent."""
    server = scripted(
        [
            greet(),
            expect("MAIL FROM:<ada@test.example>", "250 ok"),
            expect("RCPT TO:<eve@test.example>", "250 ok"),
            expect("RSET", "250 ok"),
            expect("MAIL FROM:<boss@test.example>", "553 5.7.1 not owned by user ada"),
            expect("MAIL FROM:<news@test.example>", "250 ok"),
            expect("RCPT TO:<eve@test.example>", "550 5.7.1 Sender rejected"),
            expect("QUIT", "221 bye"),
        ]
    )
    answers = answers_of(server)
    assert [each.state for each in answers] == [TAKEN, REFUSED, REFUSED]
    assert answers[1].diagnosis
    assert answers[1].diagnosis.id == "mail-from-must-equal-user"
    assert [SenderAnswer.from_json(each.to_json()) for each in answers] == answers


def test_what_is_refused_for_now_or_for_the_recipient_says_nothing_of_the_sender(
    scripted: StartScripted,
) -> None:
    """D3: a server that delays or does not know the recipient may well take the sender."""
    server = scripted(
        [
            greet(),
            expect("MAIL FROM", "450 4.7.0 come back later"),
            expect("MAIL FROM", "250 ok"),
            expect("RCPT TO", "450 4.2.0 Greylisted, try again later"),
            expect("RSET", "250 ok"),
            expect("MAIL FROM", "250 ok"),
            expect("RCPT TO", "550 5.1.1 User unknown"),
            expect("QUIT", "221 bye"),
        ]
    )
    answers = answers_of(server)
    assert [each.state for each in answers] == [UNKNOWN, UNKNOWN, UNKNOWN]
    assert answers[1].diagnosis
    assert answers[1].diagnosis.id == "rcpt-greylisted"


def test_what_could_not_be_asked_any_more_is_unknown(scripted: StartScripted) -> None:
    """D3: a server that ends the conversation has not judged the senders behind."""
    server = scripted(
        [
            greet(),
            expect("MAIL FROM", "250 ok"),
            expect("RCPT TO", "250 ok"),
            expect("RSET", "250 ok"),
            expect("MAIL FROM", "421 4.7.0 too many of them"),
            close(),
        ]
    )
    answers = answers_of(server)
    assert [each.state for each in answers] == [TAKEN, UNKNOWN, UNKNOWN]
    assert answers[1].diagnosis == answers[2].diagnosis
    assert answers[1].diagnosis


def test_where_no_conversation_begins_all_are_unknown(scripted: StartScripted) -> None:
    """For the reason that a check would give."""
    answers = answers_of(scripted([reply("554 no service")]))
    assert {each.state for each in answers} == {UNKNOWN}
    assert all(each.diagnosis for each in answers)
    assert [each.address for each in answers] == list(SENDERS)
