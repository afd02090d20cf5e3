"""A kept connection of ours against smtplib on one kept connection, message by message."""

from __future__ import annotations

import smtplib
import statistics
import time
from collections.abc import Callable

from smtp_panel.net.network import Network
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.content import Content
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.envelope import Envelope
from smtp_panel.smtp.limits import per_phase
from tests.servers.sink import from_afar, smtp_sink

ROUNDS = 5
MESSAGES = 2000
MESSAGES_FROM_AFAR = 30
ROUND_TRIP = 0.020  # seconds
SENDER, RECIPIENT = "a@test.example", "b@test.example"
CONTENT = (
    f"From: {SENDER}\r\nTo: {RECIPIENT}\r\nSubject: test\r\n\r\n".encode()
    + b"A line of text that is no more than that.\r\n" * 20
)


def kept_ratios() -> tuple[float, float, float]:
    """How many times as many messages a second as smtplib's, each the median of runs in turn.

    Beside the server; from 20 ms away; and beside a server that offers no PIPELINING.
    """
    with (
        smtp_sink() as port,
        from_afar(port, ROUND_TRIP) as far,
        smtp_sink(pipelining=False) as old,
    ):
        return (
            _ratio(port, MESSAGES),
            _ratio(far, MESSAGES_FROM_AFAR, rounds=1),
            _ratio(old, MESSAGES),
        )


def _ratio(port: int, messages: int, rounds: int = ROUNDS) -> float:
    ratios = [
        _seconds(_theirs, port, messages) / _seconds(_ours, port, messages) for _ in range(rounds)
    ]
    return statistics.median(ratios)


def _seconds(send: Callable[[int, int], None], port: int, messages: int) -> float:
    began = time.perf_counter()
    send(port, messages)
    return time.perf_counter() - began


def _theirs(port: int, messages: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, local_hostname="[127.0.0.1]") as client:
        for _ in range(messages):
            client.sendmail(SENDER, [RECIPIENT], CONTENT)


def _ours(port: int, messages: int) -> None:
    endpoint = Endpoint(server="127.0.0.1", port=port, tls=False)
    connection = Connection(endpoint, per_phase, Network())
    connection.open()
    waiting = ((Envelope(SENDER, (RECIPIENT,)), Content(CONTENT)) for _ in range(messages))
    taken = sum(len(receipt.accepted) for receipt in connection.send_all(waiting))
    connection.quit()
    if taken != messages:
        raise RuntimeError(f"{taken} of {messages} messages were taken")
