"""What a provider documents is kept to as well, until its server says otherwise (SPEC M5, P2)."""

from __future__ import annotations

import pytest

from smtp_panel.outbox import known, limits, volume
from smtp_panel.outbox.account import Account
from smtp_panel.outbox.gauge import gauges
from smtp_panel.outbox.limit_model import LimitKind
from smtp_panel.outbox.volume import Taken
from tests.outbox.conftest import Hand, StartHand

GMAIL = Account("smtp.gmail.com", "ada@gmail.com")
M365 = Account("smtp.office365.com", "ada@test.example")
MINUTE, DAY = LimitKind.PER_MINUTE, LimitKind.PER_DAY


@pytest.mark.parametrize(
    ("account", "values", "provider"),
    [
        (GMAIL, {DAY: 500}, "Gmail"),
        (Account("smtp.gmail.com", "ada@test.example"), {DAY: 2000}, "Google Workspace"),
        (M365, {MINUTE: 30, DAY: 10_000}, "Microsoft 365"),
        (Account("mail.test.example", "ada"), {}, ""),
    ],
)
def test_a_documented_limit_is_that_of_the_account(
    account: Account, values: dict[LimitKind, int], provider: str
) -> None:
    """P2: of two providers that share a server it is the one at whose domain the account is."""
    found = known.documented(account)
    assert {kind: limit.value for kind, limit in found.items()} == values
    assert all(limit.documented_by.startswith(provider) for limit in found.values())


def test_a_speed_is_shared_by_the_workers_and_a_quota_is_counted_over_all_of_them(
    another_hand: StartHand,
) -> None:
    """M5: of 30 messages in a minute each of three workers may send 10."""
    hand, *_ = [another_hand() for _ in range(3)]
    with hand.engine.connect() as connection:
        assert known.shares(connection, M365, hand.clock.now()) == {MINUTE: 10, DAY: 10_000}


@pytest.mark.both_engines
def test_what_was_learnt_or_lifted_goes_before_what_is_documented(hand: Hand) -> None:
    """M5: an admin knows the account better, and the server better still."""
    now = hand.clock.now()
    with hand.engine.begin() as connection:
        volume.count(connection, [Taken(GMAIL.key, now, 500)])

        def day() -> tuple[int, bool, bool]:
            gauge = gauges(connection, GMAIL, now)[2]
            assert gauge.limit
            return gauge.limit.value, gauge.limit.is_kept, gauge.goes_on_at is not None

        assert day() == (500, True, True)
        limit = known.in_force(connection, GMAIL, now)[DAY]
        limits.lift(connection, GMAIL.key, DAY, limit, by="ada@test.example", now=now)
        assert day() == (500, False, False)
        assert DAY not in known.shares(connection, GMAIL, now)
        limits.forget_quotas(connection, GMAIL.key)
        assert day() == (500, False, False)

        limits.learn(connection, DAY, 700, account=GMAIL.key, now=now, says="No more")
        assert day() == (700, True, False)
        limits.keep_again(connection, GMAIL.key, DAY)
        assert day() == (700, True, False)
        limits.forget_quotas(connection, GMAIL.key)
        assert day() == (500, True, True)
