"""What is kept of a domain, what counts as a change, and when the panel looks again (SPEC D5)."""

from __future__ import annotations

import datetime
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from smtp_panel.audit import Actor
from smtp_panel.deliverability import seen
from smtp_panel.deliverability.finding import CheckKind, Finding, Record, State
from smtp_panel.deliverability.model import LOOK_LEASE, Deliverability
from smtp_panel.deliverability.seen import MOST_CHANGES, SOONER_SECONDS
from smtp_panel.deliverability.selectors import Selector
from smtp_panel.status.due import SPREAD
from smtp_panel.words import N_, Sentence

ADA = Actor("ada@test.example")
DOMAIN = "acme.example"
DAY = 86_400.0
MOMENT = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
WORDS = Sentence(N_("Found %(what)s"), {"what": "\0 é 100%"})


def finding(state: State, check: CheckKind = CheckKind.SPF) -> Finding:
    """What was found of `check`."""
    record = Record(DOMAIN, "TXT", "v=spf1 -all")
    return Finding(
        check=check,
        state=state,
        id=f"{check}-{state}",
        found=WORDS,
        expected=WORDS,
        why=WORDS,
        record=record,
        more={"lookups": 3},
    )


def look(session: Session, *findings: Finding, hours: float = 0.0, version: int = 1) -> None:
    """A look that ends so many hours after MOMENT."""
    now = MOMENT + timedelta(hours=hours)
    claimed = seen.claim(session, DOMAIN, now)
    assert claimed
    seen.note(session, DOMAIN, claimed, findings, version=version, by="ada", now=now)


def known(session: Session) -> Deliverability:
    """What is known of the domain."""
    found = seen.last_seen(session, DOMAIN)
    assert found
    return found


def past(session: Session) -> list[tuple[CheckKind, State | None, State]]:
    """The changes: which check, from what to what."""
    return [
        (what.check, each.before, what.state)
        for each in seen.changes(session, DOMAIN)
        if (what := each.finding)
    ]


@pytest.mark.both_engines
def test_what_was_seen_is_kept_as_it_was(session: Session) -> None:
    found = [finding(State.WRONG), finding(State.GOOD, CheckKind.DMARC)]
    look(session, *found, version=7)
    session.flush()
    session.expire_all()
    assert known(session).findings == found
    assert (known(session).seen_by, known(session).seen_at) == ("ada", MOMENT)
    assert past(session) == []


def test_a_change_is_in_the_history_and_what_was_right_is_missed(session: Session) -> None:
    """D5: a note in the history, and a mild notice when something is no longer right."""
    look(session, finding(State.GOOD), finding(State.NOTE, CheckKind.DMARC))
    look(session, finding(State.MISSING), finding(State.NOTE, CheckKind.DMARC), hours=1)
    look(session, finding(State.WRONG), finding(State.NOTE, CheckKind.DMARC), hours=2)
    assert known(session).no_longer_right == {CheckKind.SPF: MOMENT + timedelta(hours=1)}
    look(session, finding(State.GOOD), finding(State.GOOD, CheckKind.DMARC), hours=3)
    assert known(session).no_longer_right == {}
    assert past(session) == [
        (CheckKind.DMARC, State.NOTE, State.GOOD),
        (CheckKind.SPF, State.WRONG, State.GOOD),
        (CheckKind.SPF, State.MISSING, State.WRONG),
        (CheckKind.SPF, State.GOOD, State.MISSING),
    ]


@pytest.mark.parametrize("state", [State.WRONG, State.NOTE])
def test_what_was_not_right_before_is_no_loss(session: Session, state: State) -> None:
    look(session, finding(state))
    look(session, finding(State.MISSING), hours=1)
    assert known(session).no_longer_right == {}


@pytest.mark.parametrize(
    ("check", "version", "missed"),
    [
        (CheckKind.DMARC, 1, True),
        (CheckKind.MTA_STS, 1, True),
        (CheckKind.SPF, 1, False),
        (CheckKind.DMARC, 2, False),
    ],
)
def test_what_is_no_more_than_noted_is_missed_for_a_week(
    session: Session, check: CheckKind, version: int, missed: bool
) -> None:
    """D5: a policy that is weaker than it was, by no change of the settings.

    What is noted of SPF is what is not known of the way of mail.
    """
    look(session, finding(State.GOOD, check))
    for hours in (1, 100):
        look(session, finding(State.NOTE, check), hours=hours, version=version)
        assert list(known(session).no_longer_right) == [check] * missed
    look(session, finding(State.NOTE, check), hours=200, version=version)
    assert known(session).no_longer_right == {}
    look(session, finding(State.NOTE, check), hours=201, version=version)
    assert known(session).no_longer_right == {}


def test_what_is_noted_and_then_missing_was_right_once(session: Session) -> None:
    """D5: step by step as well."""
    for hours, state in enumerate((State.GOOD, State.NOTE, State.MISSING)):
        look(session, finding(state, CheckKind.DMARC), hours=hours)
    assert known(session).no_longer_right == {CheckKind.DMARC: MOMENT + timedelta(hours=1)}
    look(session, finding(State.MISSING, CheckKind.DMARC), hours=500)
    assert list(known(session).no_longer_right) == [CheckKind.DMARC]


def test_what_could_not_be_looked_up_is_as_it_was(session: Session) -> None:
    """D5: 'could not look up' is never 'has none'."""
    look(session, finding(State.GOOD))
    look(session, finding(State.UNKNOWN), hours=1)
    assert (past(session), known(session).no_longer_right) == ([], {})
    look(session, finding(State.GOOD), hours=2)
    assert past(session) == []
    look(session, finding(State.UNKNOWN), hours=3)
    look(session, finding(State.MISSING), hours=4)
    assert past(session) == [(CheckKind.SPF, State.GOOD, State.MISSING)]
    look(session, finding(State.UNKNOWN), hours=5)
    assert list(known(session).no_longer_right) == [CheckKind.SPF]


def test_the_worst_of_several_findings_counts(session: Session) -> None:
    look(session, finding(State.GOOD, CheckKind.PTR), finding(State.GOOD, CheckKind.PTR))
    look(session, finding(State.WRONG, CheckKind.PTR), finding(State.GOOD, CheckKind.PTR), hours=1)
    assert past(session) == [(CheckKind.PTR, State.GOOD, State.WRONG)]


def test_what_is_no_longer_asked_is_not_missed(session: Session) -> None:
    look(session, finding(State.GOOD), finding(State.GOOD, CheckKind.DKIM))
    look(session, finding(State.GOOD), finding(State.WRONG, CheckKind.DKIM), hours=1)
    look(session, finding(State.GOOD), hours=2)
    assert known(session).no_longer_right == {}


@pytest.mark.both_engines
def test_the_last_twenty_changes_are_kept(session: Session) -> None:
    for number in range(30):
        look(session, finding(State.WRONG if number % 2 else State.GOOD), hours=number)
    assert len(past(session)) == MOST_CHANGES
    assert seen.changes(session, DOMAIN)[0].at == MOMENT + timedelta(hours=29)


def test_nobody_looks_while_somebody_does(session: Session) -> None:
    claimed = seen.claim(session, DOMAIN, MOMENT)
    assert claimed
    assert seen.claim(session, DOMAIN, MOMENT) is None
    assert not seen.is_due(known(session), 1, DAY, MOMENT)
    seen.give_up(session, DOMAIN, claimed)
    assert seen.is_due(known(session), 1, DAY, MOMENT)


@pytest.mark.both_engines
def test_a_look_that_died_is_made_up_for_and_tells_nothing_later(session: Session) -> None:
    dead = seen.claim(session, DOMAIN, MOMENT)
    assert dead
    look(session, finding(State.GOOD), hours=1)
    assert MOMENT + timedelta(hours=1) > MOMENT + LOOK_LEASE
    late = MOMENT + timedelta(hours=2)
    seen.note(session, DOMAIN, dead, [finding(State.WRONG)], version=1, by="", now=late)
    assert known(session).findings == [finding(State.GOOD)]


@pytest.mark.parametrize(
    ("state", "seconds"),
    [
        pytest.param(State.WRONG, DAY, id="every day"),
        pytest.param(State.UNKNOWN, SOONER_SECONDS, id="sooner where it could not be looked up"),
    ],
)
def test_it_looks_again_after_about_as_long_as_it_should(
    session: Session, state: State, seconds: float
) -> None:
    """D5: watched daily; machines drift apart."""
    look(session, finding(state))
    early, late = (timedelta(seconds=seconds * share) for share in (1 - SPREAD, 1 + SPREAD))
    assert not seen.is_due(known(session), 1, DAY, MOMENT + early - timedelta(seconds=1))
    assert seen.is_due(known(session), 1, DAY, MOMENT + late)


def test_it_looks_anew_when_the_settings_are_others(session: Session) -> None:
    look(session, finding(State.GOOD), version=1)
    assert seen.is_due(known(session), 2, DAY, MOMENT)
    assert seen.is_due(None, 2, DAY, MOMENT)


def test_a_selector_that_is_entered_is_looked_for_at_once(session: Session) -> None:
    """Even where a look is under way, which knows nothing of it."""
    look(session, finding(State.GOOD))
    ignorant = seen.claim(session, DOMAIN, MOMENT)
    selector = Selector("s1", DOMAIN)
    seen.enter(session, DOMAIN, [selector, selector], ADA)
    assert known(session).selectors == [selector]
    assert seen.is_due(known(session), 1, DAY, MOMENT)
    assert seen.claim(session, DOMAIN, MOMENT + timedelta(seconds=1)) != ignorant


def test_the_last_five_selectors_are_kept_until_they_are_forgotten(session: Session) -> None:
    entered = [Selector(f"s{number}", DOMAIN) for number in range(7)]
    for each in entered:
        seen.enter(session, DOMAIN, [each], ADA)
    assert known(session).selectors == entered[2:]
    seen.forget(session, DOMAIN, entered[6], ADA)
    assert known(session).selectors == entered[2:6]


def test_nothing_is_looked_at_anew_for_a_selector_that_was_not_kept(session: Session) -> None:
    """L1: or the page would look as often as somebody presses."""
    look(session, finding(State.GOOD))
    seen.forget(session, DOMAIN, Selector("s1", DOMAIN), ADA)
    assert not seen.is_due(known(session), 1, DAY, MOMENT)


def test_a_domain_that_was_looked_at_by_a_clock_that_was_ahead_is_looked_at_at_once(
    session: Session,
) -> None:
    """And not in a year, whether that look has ended or not."""
    ahead = MOMENT + timedelta(days=365)
    look(session, finding(State.GOOD), hours=365 * 24)
    assert seen.is_due(known(session), 1, DAY, MOMENT)
    seen.claim(session, DOMAIN, ahead)
    assert seen.is_due(known(session), 1, DAY, MOMENT)
