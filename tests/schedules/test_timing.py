"""When a schedule is due (SPEC M1; QUEUE, clocks)."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest

from smtp_panel.schedules.timing import Timing

BERLIN = "Europe/Berlin"  # 2026: forward at 02:00 on 29 March, back at 03:00 on 25 October


def times(cron: str, zone: str, begin: str, count: int) -> list[str]:
    """The next moments after `begin`, a local time, as they are read off a clock in the zone."""
    moment = datetime.datetime.fromisoformat(begin).replace(tzinfo=ZoneInfo(zone))
    return [f"{each:%d %H:%M %Z}" for each in Timing(cron, zone).following(moment, count)]


@pytest.mark.parametrize(
    ("cron", "begin", "found"),
    [
        ("0 9 * * MON", "2026-11-28", ["30 09:00 CET", "07 09:00 CET"]),
        ("30 7 1,15 * *", "2026-06-01T07:30", ["15 07:30 CEST", "01 07:30 CEST"]),
        ("0 18 L * *", "2026-02-01", ["28 18:00 CET", "31 18:00 CEST"]),
        ("*/20 * * * *", "2026-11-28T23:45", ["29 00:00 CET", "29 00:20 CET"]),
    ],
)
def test_it_is_due_as_crontab_says(cron: str, begin: str, found: list[str]) -> None:
    assert times(cron, BERLIN, begin, 2) == found


@pytest.mark.parametrize(
    ("cron", "found"),
    [
        ("30 2 * * *", ["28 02:30 CET", "29 03:00 CEST", "30 02:30 CEST"]),
        ("*/30 2 * * *", ["28 02:00 CET", "28 02:30 CET", "29 03:00 CEST", "30 02:00 CEST"]),
        ("0 2,3 * * *", ["28 02:00 CET", "28 03:00 CET", "29 03:00 CEST", "30 02:00 CEST"]),
    ],
)
def test_a_time_that_is_left_out_comes_at_the_end_of_the_gap_and_once(
    cron: str, found: list[str]
) -> None:
    assert times(cron, BERLIN, "2026-03-28T01:00", len(found)) == found


def test_every_second_hour_goes_on_through_the_gap() -> None:
    found = ["29 00:00 CET", "29 03:00 CEST", "29 04:00 CEST"]
    assert times("0 */2 * * *", BERLIN, "2026-03-28T23:00", 3) == found


@pytest.mark.parametrize(
    ("cron", "found"),
    [
        ("30 2 * * *", ["25 02:30 CEST", "26 02:30 CET"]),
        ("*/30 2 * * *", ["25 02:00 CEST", "25 02:30 CEST", "26 02:00 CET"]),
        ("0 */2 * * *", ["25 02:00 CEST", "25 04:00 CET"]),
    ],
)
def test_a_time_that_comes_twice_counts_once(cron: str, found: list[str]) -> None:
    assert times(cron, BERLIN, "2026-10-25T01:00", len(found)) == found


@pytest.mark.parametrize("minute", [0, 10, 29, 30, 31, 59])
def test_it_counts_once_also_from_within_the_repeated_hour(minute: int) -> None:
    within = datetime.datetime(2026, 10, 25, 1, minute, tzinfo=datetime.UTC)  # 02:xx again
    found = Timing("30 2 * * *", BERLIN).after(within)
    assert found == datetime.datetime(2026, 10, 26, 1, 30, tzinfo=datetime.UTC)


def test_what_comes_every_hour_follows_the_hours_as_they_pass() -> None:
    """As Debian's cron has it: nobody wants an hour without what comes every 30 minutes."""
    found = ["25 02:00 CEST", "25 02:30 CEST", "25 02:00 CET", "25 02:30 CET", "25 03:00 CET"]
    assert times("*/30 * * * *", BERLIN, "2026-10-25T01:45", 5) == found
    assert times("0 * * * *", BERLIN, "2026-03-29T00:30", 2) == ["29 01:00 CET", "29 03:00 CEST"]


def test_where_clocks_move_by_half_an_hour_it_is_right_too() -> None:
    """Lord Howe: back from 02:00 to 01:30 on 5 April 2026."""
    found = times("45 1 * * *", "Australia/Lord_Howe", "2026-04-05T01:00", 2)
    assert found == ["05 01:45 +11", "06 01:45 +1030"]


def test_what_never_comes_again_has_no_next_moment() -> None:
    assert times("0 9 */20 * 1L", BERLIN, "2026-11-28", 1) == []
