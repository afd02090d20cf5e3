"""What a receiver of alerts is sent, and what is said where it does not take it (SPEC W8)."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from smtp_panel.alerts.event import AlertEvent, AlertType, Outage
from smtp_panel.alerts.shapes import Format, shaped
from smtp_panel.alerts.told import NotTold
from smtp_panel.alerts.webhook import webhook_of
from smtp_panel.app import panel_app
from smtp_panel.config import Config, ConfigError
from smtp_panel.secret import Secret
from smtp_panel.storage import utcnow
from smtp_panel.telling.language import LANGUAGES
from tests.alerts.conftest import SIGNING, URL, Watched
from tests.servers.ports import HOST
from tests.servers.receiver import Receiver

SINCE = utcnow().replace(year=2026, month=11, day=28, hour=9, minute=30)
FACTS = Outage(
    installation=URL,
    since=SINCE,
    cause="<mail.test.example> & co. do not answer.",
    remedy="[Click](https://evil.example).",
    node="web-1",
    waiting=7,
    url=f"{URL}/admin/smtp",
)
KANA = r"[\u3040-\u30ff]"
# What people read in the JSON of an alert.
WORDS_OF: Mapping[Format, Callable[[Any], list[str]]] = {
    Format.STANDARD: lambda told: [told["data"]["cause"], told["data"]["remedy"]],
    Format.SLACK: lambda told: [told["text"]],
    Format.TEAMS: lambda told: [
        *(run["text"] for block in card_of(told)["body"] for run in block["inlines"]),
        *(action["title"] for action in card_of(told)["actions"]),
    ],
}
BROKEN = AlertEvent(AlertType.BROKEN, SINCE, FACTS)


def card_of(told: Any) -> Any:
    """The Adaptive Card in what Teams is told."""
    return told["attachments"][0]["content"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://alerts.test.example/x", Format.STANDARD),
        ("https://hooks.slack.com/services/T0/B0/x", Format.SLACK),
        ("https://hooks.slack.com.evil.example/x", Format.STANDARD),
        ("https://acme.webhook.office.com/webhookb2/x", Format.TEAMS),
        ("https://prod-1.westeurope.logic.azure.com:443/workflows/x", Format.TEAMS),
        ("https://x.environment.api.powerplatform.com:443/powerautomate/x", Format.TEAMS),
    ],
)
def test_the_name_of_the_host_tells_what_it_takes(
    config: Config, url: str, expected: Format
) -> None:
    for chosen, format_ in (("auto", expected), ("slack", Format.SLACK)):
        found = webhook_of(replace(config, alert_webhook=Secret(url), alert_format=chosen))
        assert found
        assert found.format is format_


def test_slack_takes_text_in_which_nothing_of_ours_is_markup() -> None:
    """https://api.slack.com/reference/surfaces/formatting#escaping"""
    assert shaped(BROKEN, Format.SLACK) == {
        "text": "*Mail is not leaving this installation*\n"
        "&lt;mail.test.example&gt; &amp; co. do not answer.\n"
        "[Click](https://evil.example).\n"
        f"{URL}, node web-1, since 2026-11-28 09:30 UTC, messages that wait: 7\n"
        f"<{URL}/admin/smtp|Open SMTP Panel>"
    }


def test_of_an_outage_that_is_over_it_is_told_what_it_was_and_how_long() -> None:
    event = AlertEvent(
        AlertType.RECOVERED, SINCE + timedelta(minutes=47), replace(FACTS, remedy="")
    )
    assert shaped(event, Format.SLACK)["text"].splitlines()[:3] == [
        "*Mail is leaving this installation again*",
        "It was: &lt;mail.test.example&gt; &amp; co. do not answer.",
        f"{URL}, node web-1, broken from 2026-11-28 09:30 UTC to 2026-11-28 10:17 UTC,"
        " messages that wait: 7",
    ]


def test_teams_takes_an_adaptive_card_in_which_nothing_of_ours_is_markup() -> None:
    """Only a TextBlock knows Markdown; https://adaptivecards.io/explorer/TextRun.html"""
    message = shaped(BROKEN, Format.TEAMS)
    (attachment,) = message["attachments"]
    assert message["type"] == "message"
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert card["type"] == "AdaptiveCard"
    assert {each["type"] for each in card["body"]} == {"RichTextBlock"}
    assert "[Click](https://evil.example)." in json.dumps(card["body"])
    assert card["actions"] == [
        {"type": "Action.OpenUrl", "title": "Open SMTP Panel", "url": f"{URL}/admin/smtp"}
    ]


@pytest.mark.parametrize("wanted", Format)
def test_where_nobody_knows_the_address_of_the_panel_there_is_no_link(wanted: Format) -> None:
    """A1: links are built from SMTP_PANEL_URL, or not at all."""
    event = replace(BROKEN, facts=replace(FACTS, url=""))
    assert "Open SMTP Panel" not in json.dumps(shaped(event, wanted))


@pytest.mark.parametrize("wanted", Format)
def test_people_read_it_in_the_language_that_the_operator_chooses(
    watched: Watched, hook: Receiver, wanted: Format
) -> None:
    """W8: to the last word, when mail breaks and when it works again."""
    used = replace(watched.config, alert_language="ja", alert_format=wanted.value)
    abroad = Watched(panel_app(used), used, watched.now)
    abroad.breaks()
    abroad.stands()
    abroad.works()
    abroad.stands()
    for request in hook.requests:
        said = " ".join(WORDS_OF[wanted](request.json))
        assert re.search(KANA, said)
        assert not re.search(r"[A-Za-z]+ [a-z]+", said), "no English beside it"
    assert len(hook.requests) == 2


def test_it_can_be_any_language_of_the_panel() -> None:
    for language in LANGUAGES:
        assert Config.from_environ({"SMTP_PANEL_ALERT_LANGUAGE": language})


def test_without_a_secret_nothing_is_signed(config: Config, hook: Receiver) -> None:
    webhook = webhook_of(replace(config, alert_webhook=Secret(hook.url)))
    assert webhook
    webhook.post("msg_1", BROKEN)
    assert "webhook-signature" not in hook.requests[0].headers


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (f"http://{HOST}:1/hook", "refused"),
        ("http://192.0.2.1/hook", "must begin with https://"),
        ("http://169.254.169.254/hook", "must begin with https://"),
        ("https://169.254.169.254/hook", "never connects to"),
    ],
)
def test_a_receiver_that_is_not_reached_is_told_in_a_sentence(
    config: Config, url: str, why: str
) -> None:
    """L3: also what the operator names is guarded."""
    webhook = webhook_of(replace(config, alert_webhook=Secret(url)))
    assert webhook
    with pytest.raises(NotTold, match=why):
        webhook.post("msg_1", BROKEN)


def test_a_redirect_is_not_followed(config: Config, hook: Receiver) -> None:
    webhook = webhook_of(replace(config, alert_webhook=Secret(hook.url)))
    assert webhook
    hook.status, hook.location = 307, hook.url
    with pytest.raises(NotTold, match="answered 307"):
        webhook.post("msg_1", BROKEN)
    assert len(hook.requests) == 1


def test_the_log_tells_of_the_failure_and_of_no_secret(
    watched: Watched, hook: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    """F4: the address of a webhook is one, as a key is."""
    hook.status = 404
    with caplog.at_level(logging.DEBUG):
        watched.breaks()
        watched.stands()
    assert "the webhook was not told of mail.broken" in caplog.text
    assert "It answered 404." in caplog.text
    assert "s3cret" not in caplog.text
    assert SIGNING.reveal() not in caplog.text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ALERT_WEBHOOK", "alerts.test.example"),
        ("ALERT_WEBHOOK", "https://user:pass@alerts.test.example/"),
        ("ALERT_WEBHOOK", "https://[alerts/"),
        ("ALERT_SECRET", "hunter2hunter2hunter2hunter2"),
        ("ALERT_SECRET", "whsec_c2hvcnQ="),
        ("ALERT_FORMAT", "discord"),
        ("PING_URL", "ftp://alerts.test.example/"),
    ],
)
def test_a_variable_that_can_not_be_used_stops_the_start(name: str, text: str) -> None:
    """What is secret is not repeated."""
    with pytest.raises(ConfigError, match=f"SMTP_PANEL_{name}") as refused:
        Config.from_environ({f"SMTP_PANEL_{name}": text})
    assert name == "ALERT_FORMAT" or text not in str(refused.value)


def test_the_variables_say_what_they_are(hook: Receiver) -> None:
    found = Config.from_environ(
        {
            "SMTP_PANEL_ALERT_WEBHOOK": hook.url,
            "SMTP_PANEL_ALERT_SECRET": SIGNING.reveal(),
            "SMTP_PANEL_PING_URL": "https://hc-ping.test.example/7",
        }
    )
    assert found.alert_webhook.reveal() == hook.url
    assert found.alert_secret == SIGNING
    assert hook.url not in repr(found)
