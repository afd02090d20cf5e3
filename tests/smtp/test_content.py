"""A content is read in pieces, and measured as it will be sent (RFC 5321, 4.5.2; RFC 1870)."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtp_panel.net.deadline import Deadline
from smtp_panel.net.network import Network
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.content import LAST_PIECE, PIECE, Content
from smtp_panel.smtp.envelope import Envelope
from smtp_panel.smtp.limits import overall
from tests.servers.fixtures import StartScripted
from tests.servers.scripted import Conversation, greet
from tests.smtp.conversations import LONG, MAIL, RECIPIENT, USER, endpoint_of

FLAT = 1_000_000  # octets
LARGE = 25_000_000
LINE = b".a line of a report, as long as others are, and another word\r\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", b"\r\n.\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b"a\r\n", b"a\r\n.\r\n"),
        (b"a\n\nb\rc\r\n", b"a\r\n\r\nb\r\nc\r\n.\r\n"),
        (b"\r", b"\r\n.\r\n"),
        (b".", b"..\r\n.\r\n"),
        (b".\r\n..\r\n", b"..\r\n...\r\n.\r\n"),
        (b"a\n.\nQUIT\n", b"a\r\n..\r\nQUIT\r\n.\r\n"),
    ],
)
def test_dots_are_stuffed_and_line_ends_are_crlf(content: bytes, expected: bytes) -> None:
    """RFC 5321, section 4.5.2; RFC 1870, section 6: dots that are stuffed do not count."""
    message = Content(content)
    assert b"".join(message.pieces()) == expected
    received = [line.removeprefix(b".") for line in expected.split(b"\r\n")[:-2]]
    assert message.size == sum(len(line) + 2 for line in received)


parts = st.sampled_from([b".", b"a", b"\r", b"\n", b"\r\n", b".\r\n", b"\n.", b"a" * 50, b"\xc3"])


@settings(derandomize=True, deadline=None)
@given(st.lists(parts))
def test_no_content_ends_early_and_none_is_lost(parts: list[bytes]) -> None:
    """M8: no message can smuggle a command in, whatever its line ends."""
    sent = b"".join(Content(b"".join(parts)).pieces())
    assert sent.endswith(b"\r\n.\r\n")
    lines = sent.removesuffix(b".\r\n").split(b"\r\n")
    assert b"." not in lines
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    received = b"\r\n".join(line.removeprefix(b".") for line in lines)
    assert received.count(b"a") == b"".join(parts).count(b"a")
    assert received.count(b".") == b"".join(parts).count(b".")


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r", b"\r\n.", b"\n.\n", b".", b"\r\r\n", b""])
@pytest.mark.parametrize("before", [PIECE - 2, PIECE - 1, PIECE, 2 * PIECE - 1, LAST_PIECE - 3])
def test_where_a_piece_ends_makes_no_difference(before: int, end: bytes) -> None:
    """M8: line ends and dots are what they are, also where they fall between two pieces."""
    content = b"x" * before + end + b"y\n"
    expected = b"x" * before + end.replace(b"\r\n", b"\n").replace(b"\r", b"\n") + b"y\n"
    expected = expected.replace(b"\n", b"\r\n").replace(b"\n.", b"\n..") + b".\r\n"
    message = Content(content)
    pieces = list(message.pieces())
    assert b"".join(pieces) == expected
    assert len(pieces[-1]) <= LAST_PIECE + len(b".\r\n")


@pytest.mark.parametrize(
    ("content", "eight_bit", "utf8_header"),
    [
        ("Subject: a\r\n\r\nb\r\n", False, False),
        ("Subject: a\r\n\r\nü\r\n", True, False),
        ("Subject: ü\r\n\r\nb\r\n", True, True),
        ("Subject: a\n\nü\n", True, False),
        ("\r\nü\r\n", True, False),
        ("Subject: a\r\nX: " + "x" * PIECE + "ü\r\n\r\nb\r\n", True, True),
        ("Subject: " + "x" * (PIECE - 11) + "\r\n\r\nü\r\n", True, False),
    ],
)
def test_what_a_message_asks_of_a_server_is_told(
    content: str, eight_bit: bool, utf8_header: bool
) -> None:
    """RFC 6152 for octets that are not ASCII, RFC 6531 for those in the header."""
    message = Content(content.encode())
    assert (message.eight_bit, message.utf8_header) == (eight_bit, utf8_header)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file of 25 MB."""
    path = tmp_path / "message"
    with path.open("wb") as file:
        file.write(b"Subject: large\r\n\r\n")
        for _ in range(LARGE // len(LINE)):
            file.write(LINE)
    return path


@contextmanager
def flat() -> Iterator[None]:
    """The block needs little more memory than there was."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < FLAT


def test_a_large_message_is_sent_in_little_memory(scripted: StartScripted, large: Path) -> None:
    """M3: 25 MB from a file, and another 25 MB that are in memory already."""
    received: list[int] = []

    def take(conversation: Conversation) -> None:
        conversation.line()
        conversation.send(b"354 go\r\n")
        received.append(conversation.count_until(b"\r\n.\r\n"))
        conversation.send(b"250 ok\r\n")

    server = scripted([greet(), *MAIL[:2], take, *MAIL[:2], take])
    connection = Connection(endpoint_of(server, username=""), overall(Deadline(LONG)), Network())
    connection.open()
    octets = large.read_bytes()
    with large.open("rb") as file, flat():
        for source in (file, octets):
            receipt = connection.send(Envelope(USER, (RECIPIENT,)), Content(source))
            assert receipt.accepted, receipt.failure
    connection.close()
    stuffed = len(octets) + octets.count(b"\n.") - len(b"\r\n")
    assert received == [stuffed, stuffed]
