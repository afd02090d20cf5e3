"""A message is the same however the network cuts it up (RFC 5321, section 4.5.2)."""

from __future__ import annotations

import asyncio
import itertools
from tempfile import SpooledTemporaryFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtp_panel.relay.arriving import TOO_MUCH, Arriving

PIECES = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"x", b"\r\n."]), max_size=30)


def cut(octets: bytes, places: list[int]) -> list[bytes]:
    """The pieces between these places."""
    ends = sorted({min(each, len(octets)) for each in places} | {0, len(octets)})
    return [octets[a:b] for a, b in itertools.pairwise(ends)]


def arrive(pieces: list[bytes], most: int = 1000) -> tuple[bytes, bytes, str]:
    """What arrives, what follows it, and why it is refused."""

    async def take() -> tuple[bytes, bytes, str]:
        rest = b""
        with SpooledTemporaryFile() as file:
            arriving = Arriving(most, file)
            for piece in pieces:
                rest += piece if arriving.ended.done() else arriving.take(piece)
            assert arriving.ended.done()
            return arriving.read(), rest, arriving.refusal

    return asyncio.run(take())


def as_sent(content: bytes) -> bytes:
    """What a client sends of a message that ends a line, with the dot behind it."""
    stuffed = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")
    return stuffed[2:] + b".\r\n"


@given(PIECES, PIECES, st.lists(st.integers(0, 80)))
def test_it_arrives_whole_wherever_it_is_cut(
    message: list[bytes], after: list[bytes], places: list[int]
) -> None:
    content, rest = b"".join([*message, b"\r\n"]), b"".join(after)
    assert arrive(cut(as_sent(content) + rest, places)) == (content, rest, "")


def test_an_empty_one_has_nothing() -> None:
    assert arrive([b".\r\nQUIT\r\n"]) == (b"", b"QUIT\r\n", "")


@pytest.mark.parametrize("octets", [12, 13])
def test_one_that_is_too_large_is_refused_whatever_its_dots(octets: int) -> None:
    content = b"." * (octets - 2) + b"\r\n"
    refusal = arrive([as_sent(content)], most=12)[2]
    assert refusal == (TOO_MUCH if octets > 12 else "")
