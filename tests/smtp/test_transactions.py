"""Many messages over one connection, each with a fate of its own (SPEC D3, D4, M3)."""

from __future__ import annotations

import errno
import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from smtp_panel.net.deadline import Clock, Deadline
from smtp_panel.net.network import Network
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.content import Content
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.envelope import Envelope, Receipt
from smtp_panel.smtp.facts import FaultKind, Handover, Stage
from smtp_panel.smtp.limits import Phase, overall
from smtp_panel.smtp.transaction import WINDOW
from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartScripted
from tests.servers.processes import wait_until
from tests.servers.scripted import (
    Conversation,
    Step,
    UnexpectedLine,
    close,
    expect,
    greet,
    hang,
    reply,
    reset,
    take_content,
    take_message,
)
from tests.smtp.conversations import CONTENT, LONG, MAIL, RECIPIENT, USER, Server, endpoint_of

ENVELOPE = Envelope(USER, (RECIPIENT,))
PIPELINING = greet("PIPELINING")
BYE = expect("QUIT", "221 bye")
TAKEN = "250 2.0.0 Ok: queued as 4RmX2k1dJz"
MESSAGE = [*MAIL[:2], take_message(TAKEN)]


def at(server: Server) -> Endpoint:
    """The server, without a login."""
    return endpoint_of(server, username="")


@contextmanager
def connected(server: Server | Endpoint, clock: Clock = time.monotonic) -> Iterator[Connection]:
    """A connection that was opened, closed at the end of the block."""
    endpoint = server if isinstance(server, Endpoint) else at(server)
    connection = Connection(endpoint, overall(Deadline(LONG, clock)), Network())
    try:
        connection.open()
        yield connection
    finally:
        connection.close()


def messages(count: int) -> Iterator[tuple[Envelope, Content]]:
    """As many messages, each to a recipient of its own."""
    for number in range(count):
        yield Envelope(USER, (f"{number}@test.example",)), Content(CONTENT)


def all_sent(server: Server, count: int, clock: Clock = time.monotonic) -> list[Receipt]:
    """The receipts of so many messages over one connection."""
    with connected(server, clock) as connection:
        receipts = list(connection.send_all(messages(count)))
        connection.quit()
    return receipts


def codes(receipts: list[Receipt]) -> list[int | None]:
    """What each failure's reply was, None for what was accepted or had no reply."""
    return [receipt.failure.code if receipt.failure else None for receipt in receipts]


def envelope_in_one_write(conversation: Conversation) -> None:
    """Take an envelope whose commands came together, and answer them together."""
    for command, waiting in (("MAIL", 2), ("RCPT", 1), ("DATA", 0)):
        line, lines = conversation.line(), conversation.unread.count(b"\r\n")
        if not line.startswith(command) or lines != waiting:
            raise UnexpectedLine(f"{line}, and {lines} more lines")
    reply("250 2.1.0 ok", "250 2.1.5 ok", "354 go ahead")(conversation)


def dot_and_envelope(*answer: str) -> Step:
    """Take a content, and the envelope that came behind its dot, and answer all of it."""

    def step(conversation: Conversation) -> None:
        take_content()(conversation)
        envelope_in_one_write_after(conversation, answer)

    return step


def envelope_in_one_write_after(conversation: Conversation, answer: tuple[str, ...]) -> None:
    """The envelope is there already; the word on the message before it goes out first."""
    if conversation.unread.count(b"\r\n") != 3:
        raise UnexpectedLine("no envelope behind the dot")
    reply(*answer)(conversation)
    envelope_in_one_write(conversation)


def test_a_kept_connection_takes_one_message_after_the_other(scripted: StartScripted) -> None:
    """D4: what belongs to one message begins anew with the next; no RSET between them."""
    server = scripted([greet(), *MESSAGE, *MESSAGE, BYE])
    with connected(server) as connection:
        assert connection.usable
        receipts = [connection.send(ENVELOPE, Content(CONTENT)) for _ in range(2)]
        assert connection.usable
        connection.quit()
        assert not connection.usable
    for receipt in receipts:
        assert (receipt.accepted, receipt.refused, receipt.failure) == ((RECIPIENT,), {}, None)
        assert receipt.reply
        assert receipt.reply.queue_id == "4RmX2k1dJz"
        assert str(receipt.transcript).count("C: MAIL FROM") == 1
        assert "EHLO" not in str(receipt.transcript)
    assert "RSET" not in server.received


def test_where_it_is_offered_an_envelope_goes_out_in_one_write(scripted: StartScripted) -> None:
    """RFC 2920: and so a message costs two round trips and not four."""
    server = scripted([PIPELINING, envelope_in_one_write, take_content(TAKEN), BYE])
    [receipt] = all_sent(server, 1)
    assert receipt.accepted == ("0@test.example",)


def test_the_next_envelope_rides_behind_the_dot(scripted: StartScripted) -> None:
    """RFC 2920, section 3.1: one round trip a message."""
    ride = dot_and_envelope(TAKEN)
    server = scripted([PIPELINING, envelope_in_one_write, ride, ride, take_content(TAKEN), BYE])
    receipts = all_sent(server, 3)
    assert [receipt.accepted for receipt in receipts] == [(f"{n}@test.example",) for n in range(3)]
    for number, receipt in enumerate(receipts):
        said = str(receipt.transcript).splitlines()
        assert said[1] == f"C: RCPT TO:<{number}@test.example>"
        assert said[-1] == f"S: {TAKEN}"


def test_without_the_offer_nothing_is_said_ahead(scripted: StartScripted) -> None:
    """RFC 2920: servers that do not offer it may drop what they did not wait for."""

    def alone(conversation: Conversation) -> None:
        for answer in ("250 ok", "250 ok", "354 go ahead"):
            conversation.line()
            if conversation.unread:
                raise UnexpectedLine("commands are pipelined")
            reply(answer)(conversation)

    server = scripted([greet(), alone, take_content(TAKEN), alone, take_content(TAKEN), BYE])
    assert codes(all_sent(server, 2)) == [None, None]


@pytest.mark.parametrize("offered", [("PIPELINING",), ()])
def test_the_next_message_is_taken_while_the_server_thinks(
    scripted: StartScripted, offered: tuple[str, ...]
) -> None:
    """M3: before the content of this one goes out, for then nobody can tell what became of it."""
    second_taken = threading.Event()

    def both() -> Iterator[tuple[Envelope, Content]]:
        yield ENVELOPE, Content(CONTENT)
        second_taken.set()
        yield ENVELOPE, Content(CONTENT)

    def think(conversation: Conversation) -> None:
        conversation.line()
        if not second_taken.wait(60):
            raise UnexpectedLine("the next message was not taken")
        reply("250 2.1.0 ok")(conversation)

    server = scripted([greet(*offered), think, MAIL[1], take_message(TAKEN), *MESSAGE, BYE])
    with connected(server) as connection:
        assert codes(list(connection.send_all(both()))) == [None, None]


def test_nothing_is_said_to_a_server_that_said_that_it_leaves(scripted: StartScripted) -> None:
    """D4: the next message was taken from its queue, and is told to be unsent without a wait."""
    server = scripted([greet(), *MAIL[:2], take_message("421 4.3.2 shutting down"), hang()])
    first, second = all_sent(server, 9)
    assert codes([first, second]) == [421, None]
    assert second.failure
    assert second.failure.kind is FaultKind.CLOSED
    assert not second.failure.may_have_been_sent
    assert sum("MAIL" in line for line in server.received) == 1


@pytest.mark.parametrize("end", [close(), reset(), hang()])
def test_a_reply_lost_after_the_dot_leaves_one_message_uncertain(
    scripted: StartScripted, end: Step
) -> None:
    """D3, D4: the one whose dot went out, and not the one whose envelope rode behind it."""
    server = scripted([PIPELINING, envelope_in_one_write, take_content(), end])
    first, second = all_sent(server, 2, server.clock)
    assert first.failure
    assert first.failure.may_have_been_sent
    assert second.failure
    assert not second.failure.may_have_been_sent
    assert (second.failure.stage, second.failure.handover) == (
        Stage.MAIL_FROM,
        Handover.NOT_BEGUN,
    )
    assert "QUIT" not in server.received


def test_a_421_in_place_of_the_word_on_the_message_is_a_refusal(scripted: StartScripted) -> None:
    """D4: any 4yz says that the message was not taken; the next one was never sent."""
    parting = [take_content("421 4.3.2 shutting down"), close()]
    server = scripted([PIPELINING, envelope_in_one_write, *parting])
    first, second = all_sent(server, 2)
    assert codes([first, second]) == [421, None]
    assert first.failure
    assert second.failure
    assert not first.failure.may_have_been_sent
    assert not second.failure.may_have_been_sent


def test_a_421_to_the_envelope_that_rides_costs_no_message(scripted: StartScripted) -> None:
    """D3: nothing lost, nothing sent twice; and nothing more is tried here."""

    def ride(conversation: Conversation) -> None:
        take_content(TAKEN, "421 4.7.0 enough for today")(conversation)

    server = scripted([PIPELINING, envelope_in_one_write, ride, close()])
    first, *others = all_sent(server, 9)
    assert first.accepted
    assert codes(others) == [421, None]
    for receipt in others:
        assert receipt.failure
        assert receipt.failure.handover is Handover.NOT_BEGUN


@pytest.mark.parametrize("secure", [False, True])
def test_what_a_server_says_to_many_recipients_before_it_hangs_up_is_heard(
    ca: CertificateAuthority, scripted: StartScripted, secure: bool
) -> None:
    """D3, D4: though more of them are named meanwhile, each keeps its fate, and 421 its words."""
    said = ["250 2.1.0 ok"] + 20 * ["250 2.1.5 ok", "550 5.1.1 no such user"]
    parting = [answers(*said, "421 4.7.0 too many errors"), reset()]
    server = scripted([PIPELINING, *parting], tls=ca.good.context() if secure else None)
    addresses = tuple(f"{number}@test.example" for number in range(1000))
    endpoint = endpoint_of(server, "implicit" if secure else "none", ca_pem=ca.pem, username="")
    with connected(endpoint) as connection:
        receipt = connection.send(Envelope(USER, addresses), Content(CONTENT))
    assert receipt.accepted == ()
    assert list(receipt.refused) == [f"{number}@test.example" for number in range(1, 40, 2)]
    assert receipt.failure
    assert (receipt.failure.stage, receipt.failure.code) == (Stage.RCPT_TO, 421)
    assert receipt.failure.text == "too many errors"


def test_a_refused_message_does_not_keep_the_next_from_going(scripted: StartScripted) -> None:
    """M3: the connection stands, and the envelope behind the dot with it."""
    server = scripted(
        [
            *(PIPELINING, envelope_in_one_write, dot_and_envelope("550 5.7.1 spam")),
            *(take_content(TAKEN), BYE),
        ]
    )
    assert codes(all_sent(server, 2)) == [550, None]


def answers(*replies: str) -> Step:
    """Take as many lines, and then answer all of them."""

    def step(conversation: Conversation) -> None:
        for _ in replies:
            conversation.line()
        reply(*replies)(conversation)

    return step


@pytest.mark.parametrize(
    ("says", "kind"),
    [
        ("250 2.0.0 Ok: queued", FaultKind.UNASKED),
        ("552 5.3.4 Message too large", FaultKind.REPLY),
    ],
)
@pytest.mark.parametrize("secure", [False, True])
def test_an_answer_ahead_of_the_final_dot_is_none_to_it(
    ca: CertificateAuthority, scripted: StartScripted, says: str, kind: FaultKind, *, secure: bool
) -> None:
    """M3: what a server says of what it has not seen, it may take back; a refusal counts."""
    steps = [greet(), *MAIL[:2], expect("DATA", "354 go"), reply(says), Conversation.wait_for_end]
    server = scripted(steps, tls=ca.good.context() if secure else None)
    endpoint = endpoint_of(server, "implicit" if secure else "none", username="", ca_pem=ca.pem)
    with connected(endpoint) as connection:
        heard = partial(wait_until, lambda: not connection.usable)
        receipt = connection.send(ENVELOPE, Content(CONTENT, before_end=heard))
    assert receipt.accepted == ()
    assert receipt.failure
    assert (receipt.failure.stage, receipt.failure.kind) == (Stage.DATA, kind)
    assert not receipt.failure.may_have_been_sent
    assert "." not in server.received


def test_each_recipient_has_its_own_fate(scripted: StartScripted) -> None:
    """M3: the message goes to those who are taken, and what was said to the others is known."""
    envelope = Envelope(USER, ("a@test.example", "b@test.example", "c@test.example"))
    taken = answers("250 ok", "250 ok", "550 5.1.1 unknown", "452 4.2.2 full", "354 go")
    for offered in (PIPELINING, greet()):
        script = (
            [offered, taken]
            if offered is PIPELINING
            else [
                *(offered, expect("MAIL", "250 ok"), expect("RCPT", "250 ok")),
                *(expect("RCPT", "550 5.1.1 unknown"), expect("RCPT", "452 4.2.2 full")),
                expect("DATA", "354 go"),
            ]
        )
        with connected(scripted([*script, take_content(TAKEN), BYE])) as connection:
            receipt = connection.send(envelope, Content(CONTENT))
            assert connection.usable
        assert (receipt.accepted, receipt.failure) == (("a@test.example",), None)
        fates = {name: (facts.code, facts.recipient) for name, facts in receipt.refused.items()}
        assert fates == {
            "b@test.example": (550, "b@test.example"),
            "c@test.example": (452, "c@test.example"),
        }


def test_a_content_that_nobody_gets_is_a_dot_alone(scripted: StartScripted) -> None:
    """RFC 2920, section 3.1: 354 although every recipient was refused; the transaction is over."""
    server = scripted(
        [
            *(PIPELINING, answers("250 ok", "550 5.1.1 unknown", "354 go")),
            *(expect(".", "554 5.5.1 no valid recipients"), envelope_in_one_write),
            *(take_content(TAKEN), BYE),
        ]
    )
    first, second = all_sent(server, 2)
    assert (first.accepted, list(first.refused)) == ((), ["0@test.example"])
    assert first.failure
    assert (first.failure.stage, first.failure.code) == (Stage.RCPT_TO, 550)
    assert not first.failure.may_have_been_sent
    assert second.accepted
    assert "RSET" not in server.received


def test_a_transaction_that_was_left_open_is_reset(scripted: StartScripted) -> None:
    """RFC 5321, section 4.1.1.5: a MAIL was taken, and no content followed."""
    server = scripted(
        [
            *(PIPELINING, answers("250 ok", "550 5.1.1 unknown", "503 5.5.1 no recipients")),
            *(answers("250 reset", "250 ok", "250 ok", "354 go"), take_content(TAKEN), BYE),
        ]
    )
    first, second = all_sent(server, 2)
    assert first.failure
    assert second.accepted
    assert server.received.count("RSET") == 1


def test_a_reset_that_is_refused_leaves_a_connection_of_no_use(scripted: StartScripted) -> None:
    """RFC 5321, section 4.1.1.5: it is always taken; else what was begun would go on."""
    refused = [MAIL[0], expect("RCPT", "550 no"), expect("RSET", "502 5.5.1 what?")]
    refused.append(hang())
    with connected(scripted([greet(), *refused])) as connection:
        first, second = (connection.send(ENVELOPE, Content(CONTENT)) for _ in range(2))
        assert codes([first, second]) == [550, 502]
        assert not connection.usable


def test_no_message_goes_out_while_an_envelope_rides(scripted: StartScripted) -> None:
    """M3: it would be taken for the content of the one that rides, and reach its recipients."""
    riding = [PIPELINING, envelope_in_one_write, dot_and_envelope(TAKEN), take_content(TAKEN)]
    server = scripted([*riding, BYE])
    with connected(server) as connection:
        receipts = connection.send_all(messages(2))
        assert next(receipts).accepted
        other = connection.send(ENVELOPE, Content(CONTENT))
        assert other.failure
        assert other.failure.kind is FaultKind.CLOSED
        assert not other.failure.may_have_been_sent
        assert [receipt.accepted for receipt in receipts] == [("1@test.example",)]
        connection.quit()
    assert server.received.count("Subject: hello") == 2


class Damaged(io.BytesIO):
    """A file of which the end can be read once, when it is measured."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Octets; raises OSError for the end at any other time than the first."""
        octets = super().read(size)
        self.ends = getattr(self, "ends", 0) + (self.tell() == len(self.getbuffer()))
        if self.ends > 2:
            raise OSError(errno.EIO, "the disk is broken")
        return octets


def test_a_content_that_breaks_off_is_finished_by_no_other(scripted: StartScripted) -> None:
    """M3: the commands of the next message would be more of it, and wait in vain for replies."""
    server = scripted([greet(), *MAIL[:2], expect("DATA", "354 go"), hang()])
    with connected(server) as connection:
        damaged = Content(Damaged(CONTENT + b"x" * 100_000))
        first, second = (connection.send(ENVELOPE, each) for each in (damaged, Content(CONTENT)))
        for receipt in (first, second):
            assert receipt.failure
            assert not receipt.failure.may_have_been_sent
        assert not connection.usable
        connection.quit()
    server.wait_until_idle()
    assert sum("MAIL" in line or "RSET" in line for line in server.received) == 1


def test_no_farewell_is_said_where_it_would_be_content(scripted: StartScripted) -> None:
    """D4: QUIT is a command, and the server waits for the content of the envelope that rides."""
    server = scripted([PIPELINING, envelope_in_one_write, dot_and_envelope(TAKEN), hang()])
    with connected(server) as connection:
        for receipt in connection.send_all(messages(2)):
            assert receipt.accepted
            break
        connection.quit()
    server.wait_until_idle()
    assert "QUIT" not in server.received


def test_a_sender_that_is_refused_needs_no_reset(scripted: StartScripted) -> None:
    """RFC 5321: no transaction was begun; and what was asked ahead is answered by 503."""
    refused = answers("553 5.7.1 not yours", "503 5.5.1 MAIL first", "503 5.5.1 MAIL first")
    server = scripted([PIPELINING, refused, envelope_in_one_write, take_content(TAKEN), BYE])
    assert codes(all_sent(server, 2)) == [553, None]
    assert "RSET" not in server.received


def test_a_message_that_may_not_be_given_to_the_server_is_its_own_failure(
    scripted: StartScripted,
) -> None:
    """D3: too large, and the next one goes."""
    server = scripted([greet("PIPELINING", "SIZE 40"), envelope_in_one_write, take_content(TAKEN)])
    with connected(server) as connection:
        large = (ENVELOPE, Content(CONTENT * 2))
        first, second = connection.send_all([large, (ENVELOPE, Content(CONTENT))])
    assert first.failure
    assert first.failure.kind is FaultKind.TOO_LARGE
    assert second.accepted


def test_never_more_commands_are_unanswered_than_fit(scripted: StartScripted) -> None:
    """RFC 2920, section 3.1: else both sides wait for the other to read."""
    many = tuple(f"{'somebody' * 7}{number}@test.example" for number in range(150))
    taken = [expect("RCPT", "250 ok")] * len(many)
    said = [expect("MAIL", "250 ok"), *taken, expect("DATA", "354 go")]
    server = scripted([PIPELINING, *said, take_content(TAKEN)])
    with connected(server) as connection:
        receipt = connection.send(Envelope(USER, many), Content(CONTENT))
    assert receipt.accepted == many
    most = max(unanswered_octets(str(receipt.transcript).splitlines()))
    assert WINDOW - 100 < most <= WINDOW


def unanswered_octets(transcript: list[str]) -> Iterator[int]:
    """How many octets of commands wait for their reply, after each line that was said."""
    waiting: list[int] = []
    for who, line in (each.split(" ", 1) for each in transcript):
        if who == "S:":
            waiting.pop(0)
        else:
            waiting.append(0 if line.startswith("(message") else len(line) + 2)
        yield sum(waiting)


ACCEPTING = [250, 251, 252, 200, 299]


@pytest.mark.parametrize("code", ACCEPTING)
@pytest.mark.parametrize("offered", [("PIPELINING",), ()])
def test_any_2yz_accepts(scripted: StartScripted, code: int, offered: tuple[str, ...]) -> None:
    """D4, RFC 5321, section 4.2.1: sender, recipient and message are taken by the first digit."""
    envelope = [expect("MAIL", f"{code} ok"), expect("RCPT", f"{code} ok")]
    server = scripted([greet(*offered), *envelope, take_message(f"{code} ok"), BYE])
    with connected(server) as connection:
        assert connection.send(ENVELOPE, Content(CONTENT)).accepted == (RECIPIENT,)
        assert connection.usable


@pytest.mark.parametrize("code", [150, 354, 334, 699, 0])
def test_a_word_after_the_dot_that_is_neither_yes_nor_no_is_uncertain(
    scripted: StartScripted, code: int
) -> None:
    """D4: 1yz and 3yz promise more, which never comes; the connection is good for nothing."""
    server = scripted([greet(), *MAIL[:2], take_message(f"{code:03} well"), hang()])
    with connected(server) as connection:
        receipt = connection.send(ENVELOPE, Content(CONTENT))
        assert receipt.failure
        assert receipt.failure.may_have_been_sent
        assert not connection.usable
        connection.quit()
    server.wait_until_idle()
    assert "QUIT" not in server.received


@pytest.mark.parametrize(
    ("script", "stage"),
    [
        ([expect("MAIL", "354 go")], Stage.MAIL_FROM),
        ([MAIL[0], expect("RCPT", "150 wait")], Stage.RCPT_TO),
        ([*MAIL[:2], expect("DATA", "250 ok")], Stage.DATA),
        ([expect("MAIL", "250 ok", "250 ok")], Stage.RCPT_TO),
    ],
)
def test_a_reply_out_of_step_ends_the_use_of_a_connection(
    scripted: StartScripted, script: list[Step], stage: Stage
) -> None:
    """D4: nobody can tell any more what the next one answers; only closing is left."""
    server = scripted([greet(), *script, hang()])
    with connected(server) as connection:
        receipt = connection.send(ENVELOPE, Content(CONTENT))
        assert receipt.failure
        assert receipt.failure.stage is stage
        assert not receipt.failure.may_have_been_sent
        assert not connection.usable
        connection.quit()
    server.wait_until_idle()
    assert "QUIT" not in server.received


@pytest.mark.parametrize("end", [close(), reply("421 4.4.2 idle for too long")])
def test_a_server_that_left_or_spoke_meanwhile_is_not_usable(
    scripted: StartScripted, end: Step
) -> None:
    """D4: known before a message is claimed for it."""
    server = scripted([greet(), *MESSAGE, end, hang()])
    with connected(server) as connection:
        assert connection.send(ENVELOPE, Content(CONTENT)).accepted
        wait_until(lambda: not connection.usable)


def test_each_phase_has_the_limit_that_is_its_own(scripted: StartScripted) -> None:
    """RFC 5321, section 4.5.3.2: a command, the go-ahead, a piece of content, the final word."""
    asked: list[Phase] = []
    full = threading.Event()

    def limits(phase: Phase) -> Deadline:
        asked.append(phase)
        if phase is Phase.BLOCK:
            full.set()
        return Deadline(60.0)

    def read_late(conversation: Conversation) -> None:
        expect("DATA", "354 go")(conversation)
        assert full.wait(60)
        conversation.count_until(b"\r\n.\r\n")
        reply(TAKEN)(conversation)

    connection = Connection(at(scripted([greet(), *MAIL[:2], read_late])), limits, Network())
    connection.open()
    assert set(asked) == {Phase.CONNECT, Phase.COMMAND}
    asked.clear()
    assert connection.send(ENVELOPE, Content(bytes(20_000_000))).accepted
    connection.close()
    assert list(dict.fromkeys(asked)) == [Phase.COMMAND, Phase.DATA, Phase.BLOCK, Phase.END]
