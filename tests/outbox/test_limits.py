"""What a server takes is learnt from what it refuses, and kept to by all workers (SPEC M5, M7)."""

from __future__ import annotations

import datetime
from dataclasses import replace
from functools import partial
from random import Random

import pytest
from sqlalchemy import text

from smtp_panel.outbox import account_limits, limits
from smtp_panel.outbox.limit_model import LimitKind
from smtp_panel.outbox.limits import AccountLimits, Limit
from smtp_panel.outbox.model import MessageState
from smtp_panel.outbox.pace import Pace
from smtp_panel.outbox.staging import SANDBOX, Staging
from smtp_panel.storage import utcnow
from tests.outbox.conftest import Hand, StartHand, StartSending, route_to
from tests.servers.chaotic import chaotic_server
from tests.servers.fixtures import StartScripted
from tests.servers.processes import wait_until
from tests.servers.scripted import expect, greet, take_message

pytestmark = pytest.mark.both_engines

MINE = route_to(25).account
ACCOUNT = MINE.key


def known(hand: Hand, account: str = ACCOUNT) -> AccountLimits:
    """What `account` is known to be limited to."""
    with hand.engine.connect() as connection:
        return limits.limits(connection, account, hand.clock.now())


def learn(hand: Hand, kind: LimitKind, value: int, says: str = "") -> None:
    """Keep to a limit that a worker has met."""
    with hand.engine.begin() as connection:
        now = hand.clock.now()
        limits.learn(connection, kind, value, account=ACCOUNT, now=now, says=says)


def shares(hand: Hand) -> dict[LimitKind, int]:
    """What each worker may do."""
    with hand.engine.connect() as connection:
        return account_limits.shares(
            connection, account_limits.binding(connection, MINE, hand.clock.now())
        )


def test_what_one_worker_has_met_all_keep_to(another_hand: StartHand) -> None:
    """SPEC M5: the server's limit is shared, and each worker has its part."""
    first, second = another_hand(), another_hand()

    learn(first, LimitKind.CONNECTIONS, 3, "421 Too many connections")
    learn(first, LimitKind.PER_CONNECTION, 100)

    part = {LimitKind.CONNECTIONS: 3, LimitKind.PER_CONNECTION: 100}
    assert shares(first) == shares(second) == part
    assert known(first)[LimitKind.CONNECTIONS].value == 6
    assert known(first)[LimitKind.CONNECTIONS].says == "421 Too many connections"
    third = another_hand()
    assert shares(third)[LimitKind.CONNECTIONS] == 2


def test_a_limit_is_of_one_server_and_is_forgotten(hand: Hand) -> None:
    """QUEUE 3.8: kept for ten minutes, and for longer each time that it is met again."""
    learn_again = partial(learn, hand, LimitKind.CONNECTIONS, 2)
    learn_again()
    assert known(hand, "another") == {}

    kept = []
    for _ in range(5):
        until = known(hand)[LimitKind.CONNECTIONS].until
        assert until
        minutes = (until - hand.clock.now()).total_seconds() / 60
        kept.append(round(minutes))
        hand.clock.wait(minutes=minutes + 0.1)
        assert known(hand) == {}
        learn_again()
    assert kept == [10, 20, 40, 80, 120]


@pytest.mark.parametrize(("minutes", "rate"), [(0.9, 100), (1, 105), (15, 207), (-60, 100)])
def test_a_rate_grows_back_with_each_quiet_minute(minutes: float, rate: int) -> None:
    """QUEUE 3.8: and not where a clock was set back."""
    assert limits.grown(100, datetime.timedelta(minutes=minutes)) == rate


def test_a_rate_that_is_met_again_begins_anew(hand: Hand) -> None:
    """QUEUE 3.8: down at once, up slowly; nothing else that a server limits grows by itself."""
    for kind in (LimitKind.PER_MINUTE, LimitKind.CONNECTIONS):
        learn(hand, kind, 20)
    hand.clock.wait(minutes=5)
    assert shares(hand) == {LimitKind.PER_MINUTE: 25, LimitKind.CONNECTIONS: 20}

    learn(hand, LimitKind.PER_MINUTE, 14)

    assert known(hand)[LimitKind.PER_MINUTE].value == 14


def test_a_rate_that_an_admin_lifted_stays_what_it_was(hand: Hand) -> None:
    """M5: it can be kept to again, however much later."""
    with hand.engine.begin() as connection:
        rate, now = Limit(30), hand.clock.now()
        limits.lift(connection, ACCOUNT, LimitKind.PER_MINUTE, rate, by="Ada", now=now)
    hand.clock.wait(days=300)

    assert known(hand)[LimitKind.PER_MINUTE].value == 30
    assert shares(hand) == {}


def test_a_limit_that_only_a_newer_version_knows_stops_no_worker(sending: StartSending) -> None:
    """A8: machines are brought up to date one by one."""
    with chaotic_server() as sink:
        running = sending(None)
        learn(running.hand, LimitKind.PER_CONNECTION, 7)
        with running.hand.engine.begin() as connection:
            connection.execute(text("UPDATE outbox_limit SET kind = 'at_night'"))
        running.route = route_to(sink.port)
        running.wait_for(running.hand.accept(), MessageState.SENT)


def test_more_connections_than_the_server_takes_are_not_opened_again(sending: StartSending) -> None:
    """SPEC M7: as many at once as the server takes; what it refused costs no message a try."""

    def at(number: int) -> None:
        """Hold an answer back until there was one connection too many."""
        if number == 2:
            wait_until(lambda: LimitKind.CONNECTIONS in known(running.hand))

    with chaotic_server(at=at) as server:
        server.room = 1
        running = sending(route_to(server.port), most=8)
        messages = [running.hand.accept() for _ in range(100)]
        for message in messages:
            running.wait_for(message, MessageState.SENT)

    assert known(running.hand)[LimitKind.CONNECTIONS].value == 1
    assert running.hand.pause().failures == 0
    assert server.refused == 1
    assert all(len(running.hand.attempts(each)) == 1 for each in messages)


def test_no_more_messages_go_on_a_connection_than_the_server_takes(sending: StartSending) -> None:
    """SPEC M7: many providers have such a limit, and say so by closing the connection."""
    with chaotic_server() as server:
        server.each = 5
        running = sending(route_to(server.port))
        messages = [running.hand.accept() for _ in range(23)]
        for message in messages:
            running.wait_for(message, MessageState.SENT)

    assert known(running.hand)[LimitKind.PER_CONNECTION].value == 5
    assert running.hand.pause().failures == 0
    assert server.taken.total() == len(messages)


def test_what_the_server_says_of_its_limits_is_known_as_long_as_it_does(
    sending: StartSending, scripted: StartScripted
) -> None:
    """SPEC M5, RFC 9422: it is shown where what was learnt is."""
    taken = [expect("MAIL", "250 Ok"), expect("RCPT", "250 Ok"), take_message("250 Ok")]
    bye = expect("QUIT", "221 Bye")
    named = {LimitKind.PER_CONNECTION: 1, LimitKind.RECIPIENTS: 20, LimitKind.DOMAINS: 5}
    says = greet("LIMITS MAILMAX=1 RCPTMAX=20 RCPTDOMAINMAX=5 FUTURE=x")
    running = sending(route_to(scripted([says, *taken, bye]).port))
    running.wait_for(running.hand.accept(), MessageState.SENT)
    wait_until(lambda: {kind: each.value for kind, each in known(running.hand).items()} == named)

    running.change_to(route_to(scripted([greet(), *taken, bye]).port))
    running.wait_for(running.hand.accept(), MessageState.SENT)
    wait_until(lambda: LimitKind.RECIPIENTS not in known(running.hand))
    assert LimitKind.DOMAINS not in known(running.hand)


@pytest.mark.parametrize(
    ("offered", "size"),
    [("SIZE 200000", 200_000), ("SIZE 0", None), ("8BITMIME", None)],
    ids=["another", "no limit", "nothing"],
)
def test_each_connection_teaches_what_size_the_server_takes_by_now(
    sending: StartSending, scripted: StartScripted, offered: str, size: int | None
) -> None:
    """RFC 1870: what it told of before refuses nothing any more."""
    taken = [expect("MAIL", "250 Ok"), expect("RCPT", "250 Ok"), take_message("250 Ok")]
    server = scripted([greet(offered), *taken, expect("QUIT", "221 Bye")])
    running = sending(route_to(server.port))
    learn(running.hand, LimitKind.SIZE, 100_000)

    running.wait_for(running.hand.accept(), MessageState.SENT)
    running.worker.stop()

    found = known(running.hand).get(LimitKind.SIZE)
    assert (found and found.value) == size


def test_nothing_is_learnt_of_the_server_while_staging_leads_to_the_sandbox(
    sending: StartSending,
) -> None:
    """SPEC M7: what is kept is of the server that the settings name."""
    staging = Staging(SANDBOX, frozenset(), "ada@test.example", utcnow())
    with chaotic_server() as server:
        server.each = 5
        running = sending(replace(route_to(server.port), staging=staging))
        for message in [running.hand.accept() for _ in range(23)]:
            running.wait_for(message, MessageState.SENT)

    assert known(running.hand) == {}


@pytest.mark.parametrize("rate", [1, 5, 30, 600])
@pytest.mark.parametrize("idle", [0.0, 1.5, 500.0])
def test_in_no_minute_there_are_more_than_the_server_takes(rate: int, idle: float) -> None:
    """SPEC M5: within its limits; after a rest as well, and however late one comes to it."""
    now, random = [1000.25], Random(rate)
    pace, begun = Pace(lambda: now[0]), list[float]()
    pace.per_minute = rate
    for _ in range(3):
        now[0] += idle
        for _ in range(2 * rate):
            while wait := pace.take():
                now[0] += wait + random.choice([0.0, 0.02])
            begun.append(now[0])

    later = begun[rate:]
    assert all(at - before > 60 for before, at in zip(begun, later, strict=False))
    assert begun[2 * rate - 1] - begun[0] < 125


def test_what_was_begun_before_a_rate_was_known_counts() -> None:
    """SPEC M5: the server has counted it."""
    now = [1000.0]
    pace = Pace(lambda: now[0])
    assert [pace.take() for _ in range(100)] == [0.0] * 100
    assert pace.last_minute == 100

    pace.per_minute = 30
    now[0] += pace.take()
    assert 1060 < now[0] <= 1062
    assert pace.take() == 0.0
    assert pace.last_minute == 1


def test_the_message_by_which_the_service_is_tried_counts(hand: Hand) -> None:
    """SPEC M5: the server counts it as well, and would find that there is one too many."""
    hand.pace.per_minute = 2
    for _ in range(5):
        hand.accept()
    with chaotic_server() as server:
        assert hand.probe(server.port) == hand.pace.last_minute == 1
        assert hand.pace.take() == 0.0
        assert hand.pace.take() > 0.0
        assert server.taken.total() == 1
