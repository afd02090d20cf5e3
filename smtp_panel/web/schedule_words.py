"""How schedules and their runs are told on the pages."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask_babel import gettext

from smtp_panel.outbox.model import MessageState
from smtp_panel.schedules.handling import RunWithFate
from smtp_panel.schedules.model import Schedule, ScheduleRun, ScheduleRunState
from smtp_panel.telling.language import in_words, local
from smtp_panel.web.outbox import MESSAGE_STATES, PICTURES
from smtp_panel.words import N_, Sentence

NEXT = 5  # moments that are shown

_PROGRESS = {
    ScheduleRunState.WAITING: (N_("About to run"), "pending"),
    ScheduleRunState.RUNNING: (N_("Running"), "running"),
    ScheduleRunState.ACCEPTED: (N_("Accepted"), "passed"),
    ScheduleRunState.FAILED: (N_("Failed"), "failed"),
}
_IN_OUTBOX = N_("In the outbox")


@dataclass(frozen=True, slots=True)
class ScheduleRunView:
    """A run: what came of it, in a word and a picture, and why it failed.

    `state` is that of its message where there is one, else how far the run is. `message` is the id
    in the outbox, where it is kept.
    """

    run: ScheduleRun
    state: str
    label: str
    picture: str
    error: str
    message: str | None


def schedule_run_view(made: RunWithFate) -> ScheduleRunView:
    """A run in the reader's language."""
    run, fate = made.run, made.fate
    error = in_words(Sentence.from_json(run.error)) if run.error else ""
    if fate is None:
        label, picture = _PROGRESS[run.progress]
        return ScheduleRunView(run, run.progress, gettext(label), picture, error, None)
    label = _IN_OUTBOX if fate is MessageState.WAITING else MESSAGE_STATES[fate]
    return ScheduleRunView(run, fate, gettext(label), PICTURES[fate], error, run.message)


def next_moment(schedule: Schedule) -> str:
    """When a schedule is due next, by the clocks of its zone; empty while it is paused."""
    zone = ZoneInfo(schedule.zone)
    return local(schedule.next_at.astimezone(zone)) if schedule.next_at else ""


def next_moments(schedule: Schedule, now: datetime.datetime) -> Sequence[str]:
    """The next few moments when it is due; nothing while it is paused."""
    if schedule.paused_by:
        return ()
    return [local(each) for each in schedule.timing.following(now, NEXT)]
