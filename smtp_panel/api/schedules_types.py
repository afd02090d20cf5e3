"""Schedules and their runs, as programs send and get them (SPEC M1, A5)."""

from __future__ import annotations

import datetime
from typing import Annotated

from pydantic import Field

from smtp_panel.api.bodies import JsonAnswer, JsonObject
from smtp_panel.api.lists import Listed
from smtp_panel.api.settings_types import SECRET
from smtp_panel.outbox.model import MessageState
from smtp_panel.schedules.facts import run_facts, schedule_facts
from smtp_panel.schedules.handling import RunWithFate
from smtp_panel.schedules.model import Schedule, ScheduleRunState, ScheduleState
from smtp_panel.schedules.rules import MOST_RECIPIENTS
from smtp_panel.secret import Secret

Cron = Annotated[str, Field(description="Five fields, as in crontab", examples=["0 9 * * MON"])]
Zone = Annotated[str, Field(description="A time zone", examples=["Europe/Berlin"])]
Recipients = Annotated[list[str], Field(max_length=MOST_RECIPIENTS)]


class ScheduleChange(JsonObject):
    """Fields of a schedule that are to change; all others stay.

    A new `url` takes the place of a `function`.
    """

    name: str = ""
    function: str = Field(default="", description="Content of the host application by name")
    url: str = Field(default="", description="Where the content is got instead")
    header: str = Field(default="", description="The header by which the url knows the panel")
    secret: SECRET = Field(default="", description="What the header holds; stored encrypted")
    subject: str = ""
    recipients: Recipients = Field(default=[])
    cron: Cron = ""
    zone: Zone = ""

    @property
    def texts(self) -> dict[str, str]:
        """What was sent, as a form would send it."""
        sent = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: _text(value) for name, value in sent.items()}


class NewSchedule(ScheduleChange):
    """A schedule to be made. Without a `function` it has the content that `url` gives."""

    name: str
    subject: str
    recipients: Recipients
    cron: Cron
    zone: Zone


class RunOfSchedule(JsonAnswer):
    """A run: when it was due, who ran it by hand, if anybody did, and how far it is.

    `state` is that of its `message` where there is one in the outbox; `error` says why it failed.
    """

    due_at: datetime.datetime
    by: str | None
    began_at: datetime.datetime | None
    ended_at: datetime.datetime | None
    state: MessageState | ScheduleRunState
    error: str
    message: str | None


class OneSchedule(JsonAnswer):
    """A schedule, without its secret; `next_at` is null while it is paused."""

    id: int
    name: str
    state: ScheduleState
    function: str
    url: str
    header: str
    secret_saved: bool
    subject: str
    recipients: list[str]
    cron: str
    zone: str
    next_at: datetime.datetime | None
    paused_by: str | None
    paused_at: datetime.datetime | None
    created_by: str
    created_at: datetime.datetime
    last: RunOfSchedule | None


class Schedules(Listed):
    """Every schedule, by name."""

    schedules: list[OneSchedule]


class ScheduleRuns(Listed):
    """Runs, the newest first."""

    runs: list[RunOfSchedule]


def told(schedule: Schedule, last: RunWithFate | None) -> OneSchedule:
    """`schedule` for programs, with its last run."""
    return OneSchedule(**schedule_facts(schedule, last))


def run_told(made: RunWithFate) -> RunOfSchedule:
    """A run for programs, in the language that was asked for."""
    return RunOfSchedule(**run_facts(made))


def _text(value: str | list[str] | Secret) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    return "\n".join(value) if isinstance(value, list) else value
