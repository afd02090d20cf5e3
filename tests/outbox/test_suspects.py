"""Which messages are to blame where the service seems to fail (SPEC M4, M5)."""

from __future__ import annotations

from smtp_panel.outbox import suspects
from smtp_panel.outbox.suspects import Suspects


def test_a_message_is_to_blame_once_others_pass_where_it_fails() -> None:
    """SPEC M4: however often it has failed before, while nobody knew."""
    seen = Suspects()
    assert [seen.failed_at("first") for _ in range(3)] == [False] * 3
    seen.taken("other")
    assert [seen.failed_at("first") for _ in range(3)] == [True] * 3


def test_a_message_that_is_taken_after_all_was_never_to_blame() -> None:
    """SPEC M5: it was the service."""
    seen = Suspects()
    seen.failed_at("first")
    seen.taken("other")
    seen.taken("first")
    assert not seen.failed_at("first")


def test_where_the_service_fails_at_another_message_nobody_is_to_blame() -> None:
    """SPEC M5: an outage burns no attempts of a message that was to blame before."""
    seen = Suspects()
    seen.failed_at("first")
    seen.taken("other")
    assert not seen.failed_at("second")
    assert not seen.failed_at("first")


def test_no_more_messages_are_remembered_than_fit() -> None:
    seen = Suspects()
    seen.failed_at("first")
    for number in range(suspects.MOST):
        seen.failed_at(str(number))
    seen.taken("other")
    assert seen.failed_at(str(suspects.MOST - 1))
    assert not seen.failed_at("first")
