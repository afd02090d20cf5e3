"""The JSON of an alert, as each kind of receiver takes it, in the language of the moment. Pure."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from flask_babel import gettext

from smtp_panel.alerts.event import AlertEvent, AlertType
from smtp_panel.words import N_

HEADLINES = {
    AlertType.BROKEN: N_("Mail is not leaving this installation"),
    AlertType.RECOVERED: N_("Mail is leaving this installation again"),
    AlertType.TEST: N_("This is a test: alerts of this installation arrive here"),
}
OPEN = N_("Open SMTP Panel")
TIME = "%Y-%m-%d %H:%M UTC"
SLACK_HOST = "hooks.slack.com"
TEAMS_DOMAINS = (".webhook.office.com", ".logic.azure.com", ".api.powerplatform.com")


class Format(StrEnum):
    """Standard Webhooks, or what Slack or Teams takes."""

    STANDARD = "standard"
    SLACK = "slack"
    TEAMS = "teams"


def format_for(host: str) -> Format:
    """What the receiver at `host` takes."""
    if host == SLACK_HOST:
        return Format.SLACK
    return Format.TEAMS if host.endswith(TEAMS_DOMAINS) else Format.STANDARD


def shaped(event: AlertEvent, wanted: Format) -> dict[str, Any]:
    """The JSON of `event`."""
    return _SHAPES[wanted](event)


def _standard(event: AlertEvent) -> dict[str, Any]:
    """As Standard Webhooks recommends it: type, timestamp, data."""
    return {
        "type": event.type.value,
        "timestamp": event.at.isoformat(),
        "data": event.facts.to_json(),
    }


def _slack(event: AlertEvent) -> dict[str, Any]:
    """A message of Slack's incoming webhooks; its three special characters are escaped."""
    headline, *lines = (html.escape(line, quote=False) for line in _lines(event))
    link = event.facts.url
    opened = [f"<{html.escape(link, quote=False)}|{gettext(OPEN)}>"] if link else []
    return {"text": "\n".join((f"*{headline}*", *lines, *opened))}


def _teams(event: AlertEvent) -> dict[str, Any]:
    """An Adaptive Card, of text runs, in which nothing is taken for markup."""
    headline, *lines = _lines(event)
    link = event.facts.url
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            _paragraph(headline, size="Medium", weight="Bolder"),
            *map(_paragraph, lines),
        ],
    }
    if link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": gettext(OPEN), "url": link}]
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    return {"type": "message", "attachments": [attachment]}


def _paragraph(text: str, **look: str) -> dict[str, Any]:
    run = {"type": "TextRun", "text": text, **look}
    return {"type": "RichTextBlock", "inlines": [run]}


def _lines(event: AlertEvent) -> Iterator[str]:
    """Headline, cause, remedy, and when, where and how many, as people read them."""
    facts = event.facts
    since, until = facts.since.strftime(TIME), event.at.strftime(TIME)
    yield gettext(HEADLINES[event.type])
    is_over = event.type is AlertType.RECOVERED
    cause = gettext("It was: %(cause)s", cause=facts.cause) if is_over else facts.cause
    yield from filter(None, (facts.cause and cause, facts.remedy))
    about = [facts.installation]
    if facts.node:
        about.append(gettext("node %(node)s", node=facts.node))
    if is_over:
        about.append(gettext("broken from %(since)s to %(until)s", since=since, until=until))
    elif event.type is AlertType.BROKEN:
        about.append(gettext("since %(when)s", when=since))
    if facts.waiting:
        about.append(gettext("messages that wait: %(number)s", number=facts.waiting))
    yield ", ".join(about)


_SHAPES: Mapping[Format, Callable[[AlertEvent], dict[str, Any]]] = {
    Format.STANDARD: _standard,
    Format.SLACK: _slack,
    Format.TEAMS: _teams,
}
