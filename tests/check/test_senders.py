"""Which senders a mail server takes, asked in one conversation without sending anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import pytest

from smtp_panel.check.senders import SenderAnswer, SenderState, ask_senders
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.network import Network, system_connect
from smtp_panel.operations.senders import SenderInUse, SenderQuestion, Use
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.facts import Stage
from smtp_panel.smtp.limits import overall
from smtp_panel.smtp.tokens import Tokens
from tests.servers.fixtures import StartScripted
from tests.servers.scripted import Conversation, Step, close, expect, greet, hang, reply
from tests.smtp.conversations import LONG, SOON, Server, endpoint_of

SENDERS = ("ada@test.example", "boss@test.example", "news@test.example")
RECIPIENT = "eve@test.example"
TAKEN, REFUSED, UNKNOWN = SenderState.TAKEN, SenderState.REFUSED, SenderState.UNKNOWN


def answers_of(
    server: Server, senders: Iterable[str] = SENDERS, seconds: float = 5
) -> list[SenderAnswer]:
    limits = overall(Deadline(seconds))
    connect = partial(Connection, endpoint_of(server, username=""), limits, Network())
    return list(ask_senders(connect, senders, RECIPIENT))


def asked(sender: str, answer: str = "250 ok") -> list[Step]:
    """The steps of a question that the server answers so at RCPT TO."""
    return [expect(f"MAIL FROM:<{sender}>", "250 ok"), expect("RCPT TO", answer)]


def in_turn(*scripts: Sequence[Step]) -> list[Step]:
    """The steps of a server that plays another script with each connection, the last for ever."""
    left = list(scripts)

    def play(conversation: Conversation) -> None:
        for step in left.pop(0) if len(left) > 1 else left[0]:
            step(conversation)

    return [greet(), play]


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
    assert answers[1].diagnosis.id == "mail-from-not-without-login"
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


ENDS: dict[str, list[Step]] = {
    "421": [expect("RSET", "421 4.7.0 Too many messages on this connection"), close()],
    "a drop": [expect("RSET", "250 ok"), close()],
    "452 at RCPT TO": [
        expect("RSET", "250 ok"),
        *asked(SENDERS[1], "452 4.5.3 Too many recipients"),
        expect("QUIT", "221 bye"),
    ],
    "452 at MAIL FROM": [
        expect("RSET", "250 ok"),
        expect("MAIL FROM", "452 4.3.0 Too many recipients received this session"),
        expect("QUIT", "221 bye"),
    ],
}


@pytest.mark.parametrize("ends", ENDS.values(), ids=ENDS)
def test_where_a_connection_ends_too_early_the_rest_is_asked_on_another(
    scripted: StartScripted, ends: list[Step]
) -> None:
    """D3: a limit of so many messages or recipients on one connection says nothing of a sender."""
    boss, news = asked(SENDERS[1]), asked(SENDERS[2], "550 5.7.1 Sender rejected")
    rest = [*boss, expect("RSET", "250 ok"), *news, expect("QUIT", "221 bye")]
    server = scripted(in_turn([*asked(SENDERS[0]), *ends], rest))
    assert [each.state for each in answers_of(server)] == [TAKEN, TAKEN, REFUSED]
    assert server.connections == 2


def test_a_server_that_drops_one_sender_is_asked_for_those_behind(
    scripted: StartScripted,
) -> None:
    """D3: asked again on a connection of its own, it is dropped again, and so unknown."""
    dropped = [expect(f"MAIL FROM:<{SENDERS[1]}>"), close()]
    server = scripted(
        in_turn(
            [*asked(SENDERS[0]), expect("RSET", "250 ok"), *dropped],
            dropped,
            [*asked(SENDERS[2]), expect("QUIT", "221 bye")],
        )
    )
    answers = answers_of(server)
    assert [each.state for each in answers] == [TAKEN, UNKNOWN, TAKEN]
    assert answers[1].diagnosis
    assert answers[1].diagnosis.id == "conversation-broken-off"


def test_it_makes_four_connections_at_most(scripted: StartScripted) -> None:
    """L1: what is left then is unknown, for the reason that ended the last one."""
    server = scripted([greet(), expect("MAIL FROM", "421 4.7.0 too many of them"), close()])
    senders = [f"{number}@test.example" for number in range(6)]
    answers = answers_of(server, senders)
    assert [(each.address, each.state) for each in answers] == [(at, UNKNOWN) for at in senders]
    assert answers[5].diagnosis == answers[3].diagnosis
    assert server.connections == 4


def test_each_connection_goes_where_the_first_look_up_led(scripted: StartScripted) -> None:
    """L1, L3: else one question would reach other addresses with each of its connections."""
    server = scripted([greet(), expect("MAIL FROM", "421 4.7.0 too many of them"), close()])
    looked_up: list[str] = []

    def lookup(name: str) -> list[str]:
        looked_up.append(name)
        return [server.host]

    asking = SenderQuestion(
        endpoint=endpoint_of(server, server="mail.test.example", username=""),
        network=Network(lookup, system_connect),
        tokens=Tokens(),
        version=1,
        seconds=LONG,
        senders=[SenderInUse(address, (Use.PROGRAMS,)) for address in SENDERS],
        recipient=RECIPIENT,
        operator_variable="",
    )
    assert [each.state for each in asking.answers()] == [UNKNOWN] * 3
    assert server.connections == 3
    assert looked_up == ["mail.test.example"]


def test_what_there_was_no_time_for_is_unknown(scripted: StartScripted) -> None:
    """T8: and the reason is the silence, no connection that there was no more time for."""
    server = scripted([greet(), *asked(SENDERS[0]), expect("RSET", "250 ok"), hang()])
    answers = answers_of(server, seconds=SOON)
    assert [each.state for each in answers] == [TAKEN, UNKNOWN, UNKNOWN]
    assert answers[1].diagnosis == answers[2].diagnosis
    assert answers[1].diagnosis
    assert answers[1].diagnosis.stage is Stage.MAIL_FROM
    assert server.connections == 1


def test_where_no_conversation_begins_all_are_unknown(scripted: StartScripted) -> None:
    """For the reason that a check would give."""
    answers = answers_of(scripted([reply("554 no service")]))
    assert {each.state for each in answers} == {UNKNOWN}
    assert all(each.diagnosis for each in answers)
    assert [each.address for each in answers] == list(SENDERS)
