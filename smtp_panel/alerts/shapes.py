"""The JSON of an alert, as each kind of receiver takes it. Pure."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from smtp_panel.alerts.event import AlertEvent, AlertType

HEADLINES = {
    AlertType.BROKEN: "Mail is not leaving this installation",
    AlertType.RECOVERED: "Mail is leaving this installation again",
    AlertType.TEST: "This is a test: alerts of this installation arrive here",
}
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
    opened = [f"<{html.escape(link, quote=False)}|Open SMTP Panel>"] if link else []
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
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open SMTP Panel", "url": link}]
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
    yield HEADLINES[event.type]
    over = "It was: " if event.type is AlertType.RECOVERED else ""
    yield from filter(None, (facts.cause and f"{over}{facts.cause}", facts.remedy))
    about = [facts.installation]
    if facts.node:
        about.append(f"node {facts.node}")
    if event.type is AlertType.RECOVERED:
        about.append(f"broken from {facts.since:{TIME}} to {event.at:{TIME}}")
    elif event.type is AlertType.BROKEN:
        about.append(f"since {facts.since:{TIME}}")
    if facts.waiting:
        about.append(f"messages that wait: {facts.waiting}")
    yield ", ".join(about)


_SHAPES: Mapping[Format, Callable[[AlertEvent], dict[str, Any]]] = {
    Format.STANDARD: _standard,
    Format.SLACK: _slack,
    Format.TEAMS: _teams,
}
