"""What the server says of waiting, and of its own pages, is found in its words (SPEC D3, T6)."""

from __future__ import annotations

import pytest

from smtp_panel.diagnosis.instructions import (
    Unit,
    Wait,
    contact_in,
    link_in,
    reason_in,
    request_in,
    wait_in,
)


@pytest.mark.parametrize(
    ("words", "number", "unit"),
    [
        ("Too many messages. Try again in 92 seconds.", "92", Unit.SECOND),
        ("Relay quota will reset in 21.99 hours.", "21.99", Unit.HOUR),
        ("Greylisted, please try again in 5 minutes", "5", Unit.MINUTE),
        ("Greylisting in action, please come back in 00:04:58", "298", Unit.SECOND),
        ("rate limit exceeded, retry in 300 seconds", "300", Unit.SECOND),
        ("Please wait 10 min before the next attempt", "10", Unit.MINUTE),
        ("Bitte versuchen Sie es in 15 Minuten erneut", "15", Unit.MINUTE),
        ("réessayez dans 2 heures", "2", Unit.HOUR),
        ("try again after 1 day", "1", Unit.DAY),
        ("请在30分钟后重试", "30", Unit.MINUTE),
        ("10分後に再試行してください", "10", Unit.MINUTE),
        ("Повторите через 5 минут", "5", Unit.MINUTE),
        ("try again in 300s", "300", Unit.SECOND),
    ],
)
def test_the_time_that_a_server_names_is_found(words: str, number: str, unit: Unit) -> None:
    assert wait_in(words) == Wait(number, unit)


@pytest.mark.parametrize(
    "words",
    [
        "User has exceeded its 24-hour sending limit",
        "Messages to 250 recipients out of 250 allowed have been sent",
        "limit of 500 per day reached",
        "5.7.8 Username and Password not accepted",
        "Try again later",
        "idle for 0 seconds",
        "in 999999 days",
        "listed in 2 block lists",
        "Message expired: unable to deliver in 840 minutes",
        "Too many messages in 10 minutes",
        "3 failed logins within 60 seconds",
        "queued in 3 shards",
    ],
)
def test_other_numbers_are_no_time_to_wait(words: str) -> None:
    assert wait_in(words) is None


def test_a_time_is_told_in_seconds_as_well() -> None:
    wait = wait_in("quota will reset in 1.5 hours")
    assert wait is not None
    assert wait.seconds == 5400


@pytest.mark.parametrize(
    ("words", "link"),
    [
        (
            "go to https://support.google.com/mail/?p=BadCredentials x - gsmtp",
            "https://support.google.com/mail/?p=BadCredentials",
        ),
        ("(see https://example.com/a/b).", "https://example.com/a/b"),
        ("Visit <http://help.example.net/x>, please", "http://help.example.net/x"),
        ("no page at all", ""),
        ("javascript:alert(1)", ""),
        ('334 {"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}', ""),
    ],
)
def test_the_first_page_that_a_server_names_is_found(words: str, link: str) -> None:
    assert link_in(words) == link


@pytest.mark.parametrize(
    ("words", "contact"),
    [
        ("If you feel this is wrong, contact postmaster@example.org.", "postmaster@example.org"),
        ("Report details to abuse@corp.mail.example or call us", "abuse@corp.mail.example"),
        ("Bitte wenden Sie sich an hilfe@example.de", "hilfe@example.de"),
        ("Ваш IP заблокирован. Обратитесь в abuse@example.ru", "abuse@example.ru"),
        ("お問い合わせは help@example.jp まで", "help@example.jp"),
        ("<ada@example.org>: Sender address rejected", ""),
        ("contact <ada@example.org> for details", ""),
        ("SendAsDenied; bob@example.org not allowed to send as root@example.org", ""),
        ("contact your provider; mail for bob at example.net", ""),
    ],
)
def test_whom_a_server_says_to_write_to_is_found(words: str, contact: str) -> None:
    assert contact_in(words, "Ada@example.org") == contact


@pytest.mark.parametrize(
    ("words", "request_"),
    [
        ("Rejected. Please renew your subscription.", "Please renew your subscription"),
        ("not accepted, use port 587 instead", "use port 587 instead"),
        (
            "You must enable two-factor sign-in; then try again",
            "You must enable two-factor sign-in",
        ),
        ("Refused: Bitte ändern Sie Ihr Passwort", "Bitte ändern Sie Ihr Passwort"),
        (
            "Please change your password at https://mail.example.net/change",
            "Please change your password at https://mail.example.net/change",
        ),
    ],
)
def test_what_a_server_asks_for_is_found(words: str, request_: str) -> None:
    assert request_in(words) == request_


@pytest.mark.parametrize(
    "words",
    [
        "Authentication failed",
        "Please try again later",
        "please check your user name and password",
        "Please contact your mail administrator",
        "please visit https://example.net/help for more information",
        "Greylisted, please retry in 120 seconds",
        "Login from this country is not allowed",
        "the use of this address is refused",
        "Client host rejected: Blacklisted user: contact@example.org",
    ],
)
def test_what_every_server_asks_for_is_not_worth_repeating(words: str) -> None:
    assert request_in(words) == ""


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("Error: trial period is over.", "trial period is over"),
        (
            "Daily cap hit. For more information go to https://example.net/x a1 - gsmtp",
            "Daily cap hit",
        ),
        ("Region mismatch [HOST.example 2026-01-01]", "Region mismatch"),
        ("", ""),
    ],
)
def test_the_reason_of_a_refusal_is_told_without_marks_and_pages(words: str, reason: str) -> None:
    assert reason_in(words) == reason
