"""What a provider documents is kept to as well, until its server says otherwise (SPEC M5, P2)."""

from __future__ import annotations

import datetime

import pytest

from smtp_panel.outbox import account_limits, limits, volume
from smtp_panel.outbox.account import Account
from smtp_panel.outbox.gauge import gauges
from smtp_panel.outbox.limit_model import LimitKind
from smtp_panel.outbox.quota import Quotas
from smtp_panel.outbox.volume import SentMail
from tests.outbox.conftest import Hand, StartHand

GMAIL = Account("smtp.gmail.com", "ada@gmail.com")
M365 = Account("smtp.office365.com", "ada@test.example")
MINUTE, HOUR, DAY = LimitKind.PER_MINUTE, LimitKind.PER_HOUR, LimitKind.PER_DAY


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
    found = account_limits.documented(account)
    assert {kind: limit.value for kind, limit in found.items()} == values
    assert all(limit.documented_by.startswith(provider) for limit in found.values())


@pytest.mark.parametrize(
    ("server", "username", "most", "kept"),
    [
        ("smtp.yandex.com", "ada@yandex.com", (DAY, 500), True),
        ("smtp.yandex.com", "ada", (DAY, 500), True),
        ("smtp.yandex.com", "ada@test.example", (DAY, 500), False),
        ("smtp.dreamhost.com", "ada@test.example", (HOUR, 100), True),
        ("smtp-relay.brevo.com", "ada@test.example", (DAY, 300), False),
        ("secure.emailsrvr.com", "ada@test.example", (DAY, 10_000), False),
    ],
)
def test_what_may_be_too_low_for_an_account_is_told_and_holds_no_mail_back(
    hand: Hand, server: str, username: str, most: tuple[LimitKind, int], kept: bool
) -> None:
    """M5: a free plan's, what another offer of a mailbox provider has, a day of the calendar."""
    account, (kind, value), now = Account(server, username), most, hand.clock.now()
    with hand.engine.begin() as connection:
        volume.count(connection, [SentMail(account.key, now, value, value)])
        assert bool(account_limits.binding(connection, account, now)) is kept
        (gauge,) = [each for each in gauges(connection, account, now) if each.kind is kind]
        limit = account_limits.in_force(connection, account, now)[kind]
    assert limit.source.startswith("https://")
    assert (gauge.limit, gauge.sent) == (limit, value)
    assert (gauge.goes_on_at is not None) is kept
    assert gauge.is_near is kept


def test_where_a_provider_counts_messages_a_message_to_many_is_one(hand: Hand) -> None:
    """M5: else what is documented would be reached long before."""
    account, now = GMAIL, hand.clock.now()
    with hand.engine.begin() as connection:
        volume.count(connection, [SentMail(account.key, now, 90)] * 499)
        hand.outbox.quotas = Quotas(account.key, account_limits.binding(connection, account, now))
        day = gauges(connection, account, now)[2]
    assert (day.sent, day.of_messages, day.goes_on_at) == (499, True, None)
    last = hand.accept(*(f"{number}@test.example" for number in range(90)))

    assert [each.id for each in hand.outbox.claim(10)] == [last]
    more = hand.accept()
    assert hand.outbox.is_full(hand.outbox.rest())
    hand.clock.wait(days=1, seconds=20)
    hand.outbox.beat()
    assert [each.id for each in hand.outbox.claim(10)] == [more]


def test_a_rate_that_was_met_grows_back_to_what_is_documented(hand: Hand) -> None:
    """M5: and no further, unless the server takes more by what it said itself."""

    def minute(met: int) -> int:
        with hand.engine.begin() as connection:
            now, kind = hand.clock.now(), MINUTE
            limits.learn(connection, kind, met, account=M365.key, now=now, says="Too fast")
            later = now + datetime.timedelta(minutes=60)
            return account_limits.in_force(connection, M365, later)[kind].value

    assert minute(21) == 30
    assert minute(100) > 1000


def test_a_speed_is_shared_by_the_workers_and_a_quota_is_counted_over_all_of_them(
    another_hand: StartHand,
) -> None:
    """M5: of 30 messages in a minute each of three workers may send 10."""
    hand, *_ = [another_hand() for _ in range(3)]
    with hand.engine.connect() as connection:
        kept = account_limits.binding(connection, M365, hand.clock.now())
        assert account_limits.shares(connection, kept) == {MINUTE: 10, DAY: 10_000}


@pytest.mark.both_engines
def test_what_was_learnt_or_lifted_goes_before_what_is_documented(hand: Hand) -> None:
    """M5: an admin knows the account better, and the server better still."""
    now = hand.clock.now()
    with hand.engine.begin() as connection:
        volume.count(connection, [SentMail(GMAIL.key, now, 500, 500)])

        def day() -> tuple[int, bool, bool]:
            gauge = gauges(connection, GMAIL, now)[2]
            assert gauge.limit
            return gauge.limit.value, gauge.limit.is_kept, gauge.goes_on_at is not None

        assert day() == (500, True, True)
        limit = account_limits.in_force(connection, GMAIL, now)[DAY]
        limits.lift(connection, GMAIL.key, DAY, limit, by="ada@test.example", now=now)
        assert day() == (500, False, False)
        assert DAY not in account_limits.binding(connection, GMAIL, now)
        limits.forget_quotas(connection, GMAIL.key)
        assert day() == (500, False, False)

        limits.learn(connection, DAY, 700, account=GMAIL.key, now=now, says="No more")
        assert day() == (700, True, False)
        limits.keep_again(connection, GMAIL.key, DAY)
        assert day() == (700, True, False)
        limits.forget_quotas(connection, GMAIL.key)
        assert day() == (500, True, True)
