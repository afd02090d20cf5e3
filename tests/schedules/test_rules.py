"""The rules of the fields of a schedule: what is wrong, and the value that was meant."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from smtp_panel.schedules import rules
from smtp_panel.settings.rules import Refused

url, url_with_http = partial(rules.url, http=False), partial(rules.url, http=True)


@pytest.mark.parametrize(
    ("rule", "typed", "tidy"),
    [
        (rules.cron, " 0  9 * * mon ", "0 9 * * MON"),
        (rules.cron, "0 18 LW jan-mar 5#1", "0 18 LW JAN-MAR 5#1"),
        (rules.time_zone, " America/New York ", "America/New_York"),
        (
            rules.recipients,
            "b@x.example,\n<a@x.example>; b@x.example",
            ["b@x.example", "a@x.example"],
        ),
        (rules.recipients, "a@BÜCHER.example", ["a@xn--bcher-kva.example"]),
        (url, "https://APP.example:8443/a?b=c", "https://app.example:8443/a?b=c"),
        (url_with_http, "http://[::1]:5000/", "http://[::1]:5000/"),
        (url_with_http, "http://localhost/", "http://localhost/"),
        (rules.header, "Authorization: ", "Authorization"),
        (rules.header, "", ""),
        (rules.name, " Sales ", "Sales"),
    ],
)
def test_a_value_is_tidied(rule: Callable[[str], Any], typed: str, tidy: object) -> None:
    assert rule(typed) == tidy


@pytest.mark.parametrize(
    ("rule", "typed", "error"),
    [
        (rules.cron, "60 * * * *", "The first field, the minute"),
        (rules.cron, "0 9 * * MONDAY", "The fifth field, the day of the week"),
        (rules.cron, "0 9 31 2 *", "one that the month has"),
        (rules.cron, "0 9 */20 * 1L", "No date matches these fields"),
        (rules.cron, "* * * * * *", "Enter five fields"),
        (rules.cron, "0 9 ? * *", "The third field"),
        (rules.time_zone, "Mars/Olympus", "There is no time zone of this name"),
        (rules.time_zone, "../etc/passwd", "There is no time zone of this name"),
        (rules.recipients, " ,\n", "Enter at least one"),
        (rules.recipients, "a@x.example, b", "“b” is not a mail address"),
        (rules.recipients, " ".join(f"a{n}@x.example" for n in range(501)), "At most 500"),
        (url, "ftp://app.example/", "beginning with https://"),
        (url, "https://ada:s3cret@app.example/", "No login belongs"),
        (url, "https://app.example/a b", "without blanks"),
        (url, "https://1.2.3/", "“1.2.3” is not the name of a server"),
        (url, "http://127.0.0.1/", "SMTP_PANEL_HTTP_CONTENT=on"),
        (url_with_http, "http://app.example/", "It must begin with https://"),
        (rules.time_zone, "localtime", "no time zone of this name"),
        (rules.header, "X Key", "not the name of a header"),
        (rules.header, "Host", "not the name of a header"),
        (rules.header_value, "a\nBcc: b", "can't stand in a header"),
        (rules.subject, "a\nBcc: b", "line break"),
        (rules.subject, " ", "Enter the subject"),
    ],
)
def test_what_is_wrong_is_told(rule: Callable[[str], Any], typed: str, error: str) -> None:
    with pytest.raises(Refused) as refused:
        rule(typed)
    assert error in str(refused.value)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("rule", "typed", "meant"),
    [
        (rules.cron, "@daily", "0 0 * * *"),
        (url, "app.example/sales", "https://app.example/sales"),
        (url, "http://app.example/", "https://app.example/"),
        (rules.time_zone, "tokyo", "Asia/Tokyo"),
        (rules.time_zone, "europe/berlin", "Europe/Berlin"),
        (rules.time_zone, "Europe/Berln", "Europe/Berlin"),
    ],
)
def test_the_value_that_was_meant_is_offered(
    rule: Callable[[str], Any], typed: str, meant: str
) -> None:
    with pytest.raises(Refused) as refused:
        rule(typed)
    assert refused.value.suggestion == meant
    assert rule(meant) == meant


def test_a_recipient_that_is_too_long_is_told_as_that() -> None:
    """Before anything looks at it."""
    with pytest.raises(Refused, match="too long: at most 254 characters"):
        rules.recipients("e" + "\u0301" * 20_000 + "@acme.example")
