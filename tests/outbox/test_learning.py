"""How many a server lets through is learnt from what it says once it has had enough (SPEC M5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smtp_panel.diagnosis.diagnosis import Diagnosis, diagnose
from smtp_panel.outbox import limits, told, volume
from smtp_panel.outbox.learning import Learner
from smtp_panel.outbox.limit_model import LimitKind
from smtp_panel.outbox.pace import Pace
from smtp_panel.outbox.volume import SentMail
from smtp_panel.smtp.endpoint import Security
from smtp_panel.smtp.facts import Facts, FaultKind, Stage
from tests.outbox.conftest import Hand, StartHand, route_to
from tests.outbox.test_limits import known, shares

ROUTE = route_to(25)
MINUTE, HOUR, DAY = LimitKind.PER_MINUTE, LimitKind.PER_HOUR, LimitKind.PER_DAY
DAILY = "550 5.4.5 Daily user sending limit exceeded"


def refusal(reply: str) -> Diagnosis:
    """The diagnosis of a `reply` to a message."""
    code, _, text = reply.partition(" ")
    facts = Facts(
        stage=Stage.DATA,
        kind=FaultKind.REPLY,
        server="mail.test.example",
        port=587,
        security=Security.STARTTLS,
        code=int(code),
        text=text,
    )
    return diagnose(facts)


def send(hand: Hand, recipients: int) -> None:
    """Let the server have taken a message for so many."""
    with hand.engine.begin() as connection:
        volume.count(connection, [SentMail(ROUTE.account.key, hand.clock.now(), recipients)])


def refuse(hand: Hand, reply: str, *, probing: bool = False) -> None:
    """Let a worker learn from a refusal of the server's."""
    learner = Learner(hand.outbox, Pace(hand.clock.monotonic))
    learner.look_up(ROUTE)
    assert not learner.failed(ROUTE, hand.courier(25), [], refusal(reply), probing=probing)


def values(hand: Hand) -> dict[LimitKind, int]:
    """The limits that are known."""
    return {kind: limit.value for kind, limit in known(hand).items()}


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("550 5.4.5 Daily user sending quota exceeded. - gsmtp", DAY),
        ("550 5.4.5 Sending limit exceeded", DAY),
        ("454 Throttling failure: Daily message quota exceeded.", DAY),
        ("554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException", DAY),
        ("550 Sie haben das Tageslimit erreicht: Versandlimit überschritten", DAY),
        ("451 Sending limit exceeded: 500 messages/day", DAY),
        ("450 4.7.1 Message limit reached: 1000 within 24 hours", DAY),
        ("451 4.7.1 Sending limit exceeded, try again in 21.99 hours", DAY),
        ("550 5.7.1 Hourly email limit reached for this account", HOUR),
        ("550 Domain x has exceeded the max emails per hour (200/200 (100%)) allowed", HOUR),
        ("452 4.4.2 Too many recipients received this hour", HOUR),
        ("450 4.7.1 Rate limit exceeded: 300/hour", HOUR),
        ("451 4.7.1 Sending limit exceeded: 300 messages in one hour", HOUR),
        ("454 Throttling failure: Maximum sending rate exceeded.", MINUTE),
        ("421 4.7.0 Message rate limit exceeded", MINUTE),
        ("421 4.7.0 Message rate limit exceeded, try again in 5 minutes", MINUTE),
        ("451 4.7.1 Too many mails sent from this account in the last hour", HOUR),
        ("451 4.7.1 Rate limit exceeded: max 10 per minute, 200 per hour", MINUTE),
        ("450 4.7.1 Daily traffic is high: limit of 100 messages per hour exceeded", HOUR),
        ("450 4.7.1 Requested action not taken: limit of 10 messages per hour reached", HOUR),
        ("451 4.7.1 max 10 mails/min", MINUTE),
        ("450 4.7.1 limit 60/min exceeded", MINUTE),
        ("451 4.7.1 Daily quota exceeded, come back in a minute", DAY),
        ("550 5.7.1 You have exceeded your monthly sending limit", None),
        ("451 4.7.1 Sending limit reached: no credits left", None),
        ("550 5.1.1 No such user", None),
        ("550 5.1.1 No such user (max 5 per day)", None),
        ("451 4.7.1 max 3 login attempts per minute exceeded", None),
    ],
)
def test_the_words_of_the_server_say_of_what_time_a_limit_is(
    reply: str, kind: LimitKind | None
) -> None:
    """M5: a daily quota is no speed, and what is used up for a month is neither."""
    assert told.met(refusal(reply)) is kind


def test_that_a_quota_is_not_over_yet_says_nothing_of_how_many_it_is(hand: Hand) -> None:
    """M5: less and less of what was sent is a day old, while one message is tried each hour."""
    send(hand, 300)
    hand.clock.wait(hours=9)
    send(hand, 200)
    refuse(hand, DAILY)
    assert values(hand) == {DAY: 500}

    for _ in range(3):
        hand.clock.wait(hours=7)
        refuse(hand, DAILY, probing=True)

    assert values(hand) == {DAY: 500}


def test_what_few_messages_meet_is_no_limit_of_so_few(hand: Hand) -> None:
    """M5: somebody else may have used it up, or it is the first message of a new account."""
    send(hand, limits.FEWEST - 1)
    refuse(hand, DAILY)
    assert values(hand) == {}

    send(hand, 1)
    refuse(hand, DAILY)
    assert values(hand) == {DAY: limits.FEWEST}


@pytest.mark.parametrize(
    ("reply", "sent", "learnt"),
    [
        ("550 Domain x has exceeded the max emails per hour (200/200 (100%)) allowed", 3, 200),
        ("450 4.7.1 Rate limit exceeded: 300 per hour", 3, 300),
        ("450 4.7.1 Sending limit of 1,000 messages per hour exceeded", 3, 1000),
        ("450 4.7.1 Hourly limit exceeded: maximum 300 emails", 3, 300),
        ("550 Nicht möglich, da das Limit von 30 Mails pro Stunde überschritten wird", 3, 30),
        ("450 4.7.1 Hourly sending limit exceeded (300 per hour)", 320, 320),
        ("450 4.7.1 Hourly sending limit exceeded, retry in 30 minutes", 320, 320),
        ("450 4.7.1 Hourly sending limit exceeded, retry in 30 minutes", 3, None),
        ("450 Messages per hour exceeded the limit", 3, None),
        ("451 4.7.1 Daily traffic is high: 100 messages per hour exceeded the limit", 3, 100),
        ("450 4.7.1 Rate limit exceeded: 40 messages within one hour", 3, 40),
        ("450 4.7.1 Quota dépassé : 25 messages par heure", 3, 25),
    ],
)
def test_the_number_that_the_server_names_is_its_limit(
    hand: Hand, reply: str, sent: int, learnt: int | None
) -> None:
    """M5: whoever else sends by the account; and never less than it has taken."""
    send(hand, sent)
    refuse(hand, reply)
    assert values(hand) == ({HOUR: learnt} if learnt else {})


@pytest.mark.parametrize(
    ("reply", "learnt"),
    [
        ("450 4.7.1 Rate limit: 5 messages per minute", 5),
        ("421 4.7.0 Maximum 5 messages per minute exceeded", 5),
        ("451 Message rate exceeded: 20 per minute", 20),
        ("550 5.7.1 Sending rate limit exceeded. Allowed: 10 emails per minute", 10),
        ("450 4.7.0 Throttled: you may send 2 messages per second", 120),
        ("450 4.7.1 Limit exceeded: 12 msgs in 60 seconds", 12),
        ("451 4.7.1 Rate limit exceeded: max 10 per minute, 200 per hour", 10),
        ("451 4.7.1 max 1,000 mails/min", 1000),
        ("450 4.7.1 Limit von 10 Nachrichten pro Minute überschritten", 10),
        ("450 4.7.1 Limite de 20 messages par minute dépassée", 20),
        ("450 4.7.1 Límite superado: 15 mensajes por minuto", 15),
        ("450 4.7.1 Rate limit exceeded, try again in 5 minutes", None),
        ("450 4.7.1 Rate limit exceeded: max 10 connections per minute", None),
        ("450 4.7.1 Rate limit exceeded: 10 MB per minute", None),
    ],
)
def test_a_speed_that_the_server_names_is_kept_to_as_it_is(
    hand: Hand, reply: str, learnt: int | None
) -> None:
    """M5: by the first message that meets it; and it is not tried again whether there is more."""
    refuse(hand, reply)
    assert values(hand) == ({MINUTE: learnt} if learnt else {})
    hand.clock.wait(hours=23)
    assert values(hand) == ({MINUTE: learnt} if learnt else {})


def test_a_speed_that_the_server_names_is_that_of_all_workers_together(
    another_hand: StartHand,
) -> None:
    """M5, A8: one that a worker has met by itself is its own part."""
    first, _ = another_hand(), another_hand()
    refuse(first, "450 4.7.1 Rate limit: 30 messages per minute")
    assert values(first) == {MINUTE: 30}
    assert shares(first) == {MINUTE: 15}


def test_of_what_is_used_up_for_a_month_no_speed_is_learnt(hand: Hand) -> None:
    """M5: nor a number of connections, where others have fared well."""
    learner = Learner(hand.outbox, Pace(hand.clock.monotonic))
    others = [hand.courier(25)]
    others[0].delivered = 5
    used_up = refusal("550 5.7.1 You have exceeded your monthly sending limit")
    assert not learner.failed(ROUTE, hand.courier(25), others, used_up, probing=False)
    assert values(hand) == {}


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        ("450 4.7.1 Rate limit: 5 messages per minute", 70),
        ("450 4.7.1 Rate limit: 5 messages per minute, try again in 90 seconds", 100),
        ("450 4.7.1 Rate limit: 2 messages per second", 15),
        ("450 4.7.1 Rate limit exceeded", 15),
    ],
)
def test_the_time_of_a_speed_that_the_server_names_is_waited_for(
    hand: Hand, reply: str, seconds: int
) -> None:
    """M5: sooner than in that time it would only say so again."""
    before = hand.clock.now()
    hand.outbox.service_failed(refusal(reply), 0, probing=False)
    until = hand.pause().until
    assert until
    assert seconds <= (until - before).total_seconds() < seconds + 5


def test_what_one_server_ends_says_nothing_of_another(hand: Hand) -> None:
    """SPEC M7: after a change of server, two connections to the one before do not count."""
    learner = Learner(hand.outbox, Pace(hand.clock.monotonic))
    why, courier = refusal("421 4.3.2 Closing"), hand.courier(25)
    courier.delivered = 10
    for _ in range(2):
        learner.ended(ROUTE, courier, [], why)

    other = replace(ROUTE, endpoint=replace(ROUTE.endpoint, server="mail.test.example"))
    assert learner.ended(other, courier, [], why)

    assert LimitKind.PER_CONNECTION not in learner.shares
