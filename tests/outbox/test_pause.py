"""The queue rests while the service fails, and goes on when it works (SPEC M5)."""

from __future__ import annotations

import datetime

import pytest

from smtp_panel.diagnosis.diagnosis import Diagnosis, diagnose
from smtp_panel.diagnosis.instructions import Unit, Wait
from smtp_panel.outbox import pause, retry
from smtp_panel.outbox.pause import Rest
from smtp_panel.smtp.endpoint import Security
from smtp_panel.smtp.facts import Facts, FaultKind, OAuthReason, Stage
from smtp_panel.storage import utcnow
from tests.outbox.conftest import SILENT, Hand, StartHand

pytestmark = pytest.mark.both_engines


def rest(hand: Hand) -> Rest:
    """How the queue stands."""
    return hand.outbox.rest()


def assert_rests_for(hand: Hand, why: Diagnosis, seconds: int, *, probing: bool) -> None:
    """A failure of the service lets the queue rest for so long from that moment."""
    before = hand.clock.now()
    hand.outbox.service_failed(why, 0, probing=probing)
    until = rest(hand).until
    assert until
    assert before <= until - datetime.timedelta(seconds=seconds) <= hand.clock.now()


def test_pauses_grow_with_each_failure_in_a_row(hand: Hand) -> None:
    """SPEC M5: an outage pauses the queue; QUEUE 3.7: 15 s, doubled, up to 15 minutes."""
    for seconds in (15, 30, 60, 120, 240, 480, 900, 900):
        assert_rests_for(hand, SILENT, seconds, probing=True)


def test_a_token_endpoint_that_says_when_to_ask_again_is_obeyed(hand: Hand) -> None:
    """SPEC F8, RFC 9110, section 10.2.3: every message waits for a token, so the queue rests."""
    busy = Facts(
        stage=Stage.AUTH,
        kind=FaultKind.OAUTH,
        reason=OAuthReason.BUSY,
        retry_after=600,
        server="mail.test.example",
        port=587,
        security=Security.STARTTLS,
    )
    assert_rests_for(hand, diagnose(busy), 610, probing=False)


def test_what_fails_at_the_same_time_is_one_failure(hand: Hand) -> None:
    """SPEC M7: several connections meet the same outage."""
    for _ in range(4):
        hand.outbox.service_failed(SILENT, 0, probing=False)

    assert rest(hand).failures == 1


def test_one_worker_alone_tries_whether_the_service_works_again(another_hand: StartHand) -> None:
    """QUEUE 3.7: no stampede on a server that has just come back."""
    first, second = another_hand(), another_hand()
    first.outbox.service_failed(SILENT, 0, probing=False)
    assert not first.outbox.claim_probe(0), "not before the pause is over"
    for hand in (first, second):
        hand.clock.wait(seconds=16)

    assert [first.outbox.claim_probe(0), second.outbox.claim_probe(0)] == [True, False]

    second.clock.wait(seconds=61)
    assert second.outbox.claim_probe(0), "the first one may be dead"


def test_a_service_that_works_ends_the_rest(hand: Hand) -> None:
    """SPEC M5: when the settings work again it drains by itself."""
    hand.outbox.service_failed(SILENT, 0, probing=False)
    hand.outbox.service_failed(SILENT, 0, probing=True)
    assert not rest(hand).may_try(hand.clock.now())

    hand.outbox.service_works(0)

    assert rest(hand) == Rest(held=False, until=None, failures=0)
    assert hand.pause().since is None


def test_it_says_since_when_and_why(hand: Hand) -> None:
    """SPEC W3."""
    hand.outbox.service_failed(SILENT, 0, probing=False)
    since = hand.pause().since
    hand.outbox.service_failed(SILENT, 0, probing=True)

    row = hand.pause()
    assert row.since == since
    assert row.diagnosis == SILENT.to_json()


def test_changed_settings_are_tried_at_once(hand: Hand) -> None:
    """SPEC M5: a password changed at the provider, and then here."""
    hand.outbox.service_failed(SILENT, 0, probing=False)

    with hand.engine.begin() as connection:
        pause.try_now(connection, hand.clock.now())

    assert not hand.outbox.claim_probe(0), "by those of before nobody would learn anything"
    assert hand.outbox.claim_probe(1)


def test_what_was_put_off_can_be_hastened_and_what_is_to_be_sent_later_is_not(hand: Hand) -> None:
    """SPEC P3: as when the sandbox works again."""
    later = hand.clock.now() + datetime.timedelta(hours=1)
    put_off, to_be_sent_later = hand.accept(), hand.accept(send_at=later)
    hand.outbox.give_back(hand.outbox.claim(2), later)
    hand.settled()
    assert not hand.outbox.has_due()

    with hand.engine.begin() as connection:
        pause.hasten(connection, hand.clock.now())

    assert [each.id for each in hand.outbox.claim(2)] == [put_off]
    assert hand.queued(to_be_sent_later)


def test_an_admin_who_pauses_is_obeyed_until_the_pause_is_taken_back(hand: Hand) -> None:
    """SPEC M6: with who and since when; the first who said so is named."""
    with hand.engine.begin() as connection:
        pause.hold(connection, "ada@test.example", utcnow())
        pause.hold(connection, "eve@test.example", utcnow())
    hand.outbox.service_works(0)

    assert not rest(hand).may_try(hand.clock.now())
    assert hand.pause().held_by == "ada@test.example"

    with hand.engine.begin() as connection:
        pause.release(connection)
    assert rest(hand).may_try(hand.clock.now())


@pytest.mark.parametrize(
    ("stage", "text", "hours"),
    [
        (Stage.RCPT_TO, "5.4.5 Daily sending limit exceeded, try again in 6 hours", 6),
        (Stage.RCPT_TO, "4.7.1 Hourly sending limit exceeded, try again in 15 minutes", 0.25),
        (Stage.RCPT_TO, "4.7.1 Hourly sending limit exceeded", 1),
        (Stage.RCPT_TO, "4.7.1 Monthly sending limit exceeded", 1),
        (Stage.RCPT_TO, "4.7.1 Sending limit reached, upgrade your plan", 1),
        (Stage.AUTH, "4.7.0 Temporary failure, try again in 6 hours", 1),
    ],
)
def test_a_quota_is_over_when_the_server_says_so(
    hand: Hand, stage: Stage, text: str, hours: float
) -> None:
    """SPEC M5: what else is told may be mended sooner than in so long a time."""
    facts = Facts(
        stage=stage,
        kind=FaultKind.REPLY,
        server="mail.test.example",
        port=587,
        security=Security.STARTTLS,
        code=451,
        text=text,
    )
    hand.outbox.service_failed(diagnose(facts), 0, probing=False)

    until = hand.pause().until
    assert until
    rested = (until - hand.clock.now()) / datetime.timedelta(hours=1)
    assert hours <= round(rested, 3) <= 1.15 * hours


def test_no_wait_is_longer_than_its_limit_whatever_chance_says() -> None:
    """SPEC M4: jitter, so that what failed together does not come back together."""
    day = datetime.timedelta(days=1)
    assert retry.wait(day, 0.0) == datetime.timedelta(hours=1)
    assert retry.wait(day, 1.0) == datetime.timedelta(hours=1) * 1.15
    told = Wait("300", Unit.SECOND)
    assert retry.wait(day, 0.5, told) == datetime.timedelta(seconds=310)
