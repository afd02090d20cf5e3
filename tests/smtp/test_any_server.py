"""Whatever a server answers, and however it arrives, no message is misjudged (SPEC D3, D4)."""

from __future__ import annotations

import socket

from hypothesis import given, settings
from hypothesis import strategies as st

from smtp_panel.net.deadline import Deadline
from smtp_panel.net.network import Network
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.content import Content
from smtp_panel.smtp.envelope import Envelope, Receipt
from smtp_panel.smtp.facts import FaultKind
from smtp_panel.smtp.limits import overall
from smtp_panel.smtp.transcript import Redactor, Transcript
from smtp_panel.smtp.wire import Wire
from tests.servers.choosing import CHOICES, COMMANDS, YES, ChoosingServer
from tests.servers.scripted import ScriptedServer
from tests.smtp.conversations import LONG, USER, endpoint_of

# Lines that look like commands, and like the end.
BODY = "Subject: {0}\r\n\r\nQUIT\r\n.\r\n..\r\nRCPT TO:<{0}@elsewhere.example>\r\nDATA\r\nend"

LIKELY = [*[YES] * 9, *["no"] * 9]

servers = st.builds(
    ChoosingServer,
    choices=st.fixed_dictionaries(
        {command: st.lists(st.sampled_from(LIKELY + CHOICES)) for command in COMMANDS}
    ),
    cuts=st.lists(st.integers(1, 30), max_size=20),
    patient=st.booleans(),
    generous=st.booleans(),
    offers=st.sampled_from(["PIPELINING", "8BITMIME"]),
)


def message(number: int, recipients: int) -> tuple[Envelope, Content]:
    """A message like no other, to so many recipients."""
    names = tuple(f"{number}.{each}@test.example" for each in range(recipients))
    return Envelope(USER, names), Content(BODY.format(number).encode())


@settings(derandomize=True, deadline=None, max_examples=150)
@given(servers, st.lists(st.integers(1, 3), min_size=1, max_size=4))
def test_what_a_receipt_says_is_what_the_server_did(
    server: ChoosingServer, counts: list[int]
) -> None:
    """D3, D4, M3: none is lost, none sent twice, and none goes to another's recipients."""
    with ScriptedServer([server]) as listening:
        endpoint = endpoint_of(listening, username="")
        connection = Connection(endpoint, overall(Deadline(LONG)), Network())
        connection.open()
        receipts = list(connection.send_all(map(message, range(len(counts)), counts)))
        assert len(receipts) == len(counts) or not connection.usable
        connection.quit()
        listening.wait_until_idle()
    known = [fate(number, receipt, server) for number, receipt in enumerate(receipts)]
    assert sum(known) == len(server.taken)


def fate(number: int, receipt: Receipt, server: ChoosingServer) -> int:
    """How often the server took this message, which is as the receipt says."""
    content = BODY.format(number)
    taken = [recipients for recipients, taken in server.taken if taken == content]
    if receipt.failure is None:
        assert taken == [receipt.accepted]
        assert {*receipt.accepted, *receipt.refused} == {*receipt.envelope.recipients}
    else:
        assert receipt.failure.kind is not FaultKind.TIMEOUT
        assert receipt.failure.may_have_been_sent or taken == []
    assert len(taken) <= 1
    return len(taken)


texts = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=9)
replies = st.tuples(st.integers(200, 599), st.lists(texts, min_size=1, max_size=3))


@settings(derandomize=True, deadline=None)
@given(
    st.lists(replies, min_size=1, max_size=4),
    st.lists(st.integers(1, 9)),
    st.sampled_from(["\r\n", "\n"]),
)
def test_a_reply_is_the_same_in_however_many_pieces_it_comes(
    replies: list[tuple[int, list[str]]], cuts: list[int], end: str
) -> None:
    """D4, RFC 5321, section 4.2.1: lines end where they end, and the last has no hyphen."""
    said = b"".join(written(code, lines, end) for code, lines in replies)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()

    def clock() -> float:
        """It is asked before each wait, and then another piece arrives."""
        nonlocal said
        cut = cuts.pop() if cuts else len(said)
        theirs.sendall(said[:cut])
        said = said[cut:]
        return 0.0

    with ours, theirs:
        wire = Wire(ours, lambda _: Deadline(LONG, clock), Transcript(Redactor()), Redactor())
        heard = [wire.reply() for _ in replies]
    assert [(reply.code, list(reply.lines)) for reply in heard] == replies


def written(code: int, lines: list[str], end: str) -> bytes:
    """A reply as a server sends it."""
    *first, last = lines
    return "".join([*(f"{code}-{line}{end}" for line in first), f"{code} {last}{end}"]).encode()
