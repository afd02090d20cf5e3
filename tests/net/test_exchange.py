"""What is read of an answer by HTTP (SPEC F8)."""

from __future__ import annotations

import socket

import pytest

from smtp_panel.net.deadline import Deadline
from smtp_panel.net.exchange import Exchange, HTTPAnswer
from tests.smtp.conversations import LONG

OWN = "Sat, 28 Nov 2026 10:00:00 GMT"


def answered(*headers: str) -> HTTPAnswer:
    """An answer with these headers, which came as our clock showed its beginning."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        lines = ("HTTP/1.1 503 Service Unavailable", "Content-Length: 0", *headers, "", "")
        theirs.sendall("\r\n".join(lines).encode())
        return Exchange(ours, Deadline(LONG), clock=lambda: 0.0).answer()


@pytest.mark.parametrize(
    ("headers", "date"),
    [([f"Date: {OWN}"], OWN), ([], "Thu, 01 Jan 1970 00:00:00 GMT")],
)
def test_an_answer_without_a_date_is_of_the_time_at_which_it_came(
    headers: list[str], date: str
) -> None:
    """D3, RFC 9110, section 6.6.1: one that says 5xx need not have any."""
    assert answered(*headers).headers["date"] == date


def test_it_asks_without_a_body_and_keeps_as_much_as_it_is_told_to() -> None:
    """M1, RFC 9110, section 9.3.1: content is fetched by GET, and its size is bounded."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        exchange = Exchange(ours, Deadline(LONG), limit=4)
        exchange.ask("/report?day=1", [("Host", "app.example")], None)
        asked = theirs.recv(1000)
        theirs.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nseven")
        answer = exchange.answer()
    assert asked == b"GET /report?day=1 HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n"
    assert (answer.body, answer.whole) == (b"seve", False)
