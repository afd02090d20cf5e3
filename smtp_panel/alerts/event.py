"""What an alert says, whatever road it takes."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from smtp_panel.newer import known_fields


class UnreadableEvent(Exception):
    """What is stored is no event that this version knows."""


class AlertType(StrEnum):
    """What has happened; TEST is what an admin sends to see whether alerts arrive."""

    BROKEN = "mail.broken"
    RECOVERED = "mail.recovered"
    TEST = "alert.test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """About mail that is broken `since` a moment, or was until now.

    `installation` is a URL or a name, `node` where it was found, `waiting` counts the messages that
    wait, and `url` is where it can be mended. What is not known is empty.
    """

    installation: str
    since: datetime.datetime
    cause: str
    remedy: str
    node: str
    waiting: int
    url: str

    def to_json(self) -> dict[str, Any]:
        """The facts as JSON data; times by RFC 3339."""
        return asdict(self) | {"since": self.since.isoformat()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Outage:
        """The facts in what `to_json` gave, in this version or a newer one, which may tell more."""
        since = datetime.datetime.fromisoformat(data["since"])
        return cls(**known_fields(cls, data) | {"since": since})


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """What happened `at` a moment."""

    type: AlertType
    at: datetime.datetime
    facts: Outage
