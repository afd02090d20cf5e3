"""What happens while the database takes nothing (SPEC M3)."""

from __future__ import annotations

from smtp_panel.outbox.model import MessageState
from tests.outbox.conftest import Hand
from tests.servers.chaotic import chaotic_server
from tests.servers.processes import wait_until


def test_no_message_is_begun_while_it_can_not_be_written_down_what_became_of_another(
    hand: Hand,
) -> None:
    """QUEUE, failure 2: sent, but the outcome was lost, so that it is sent twice."""
    message = hand.accept(octets=b"Message-ID: <1@test.example>\r\n\r\nHello\r\n")
    with hand.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON delivery_attempt"
            " BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
    with chaotic_server() as server:
        hand.deliver(server.port)
        wait_until(lambda: not hand.outbox.may_begin)
        later = hand.accept()
        assert hand.deliver(server.port) == 0
    assert server.taken.total() == 1

    with hand.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER full")

    wait_until(lambda: hand.state(message) is MessageState.SENT)
    assert hand.outbox.may_begin
    assert hand.state(later) is MessageState.WAITING
