"""What programs are told of schedules and their runs, by the API and by the command line alike."""

from __future__ import annotations

from typing import Any

from smtp_panel.schedules.handling import RunWithFate
from smtp_panel.schedules.model import Schedule
from smtp_panel.schedules.plan import texts_of
from smtp_panel.schedules.runs import state_of
from smtp_panel.telling.language import in_words
from smtp_panel.words import Sentence


def schedule_facts(schedule: Schedule, last: RunWithFate | None) -> dict[str, Any]:
    """`schedule` without its secret, with its last run."""
    return {
        "id": schedule.id,
        "state": state_of(schedule),
        **texts_of(schedule),
        "recipients": schedule.recipients,
        "secret_saved": schedule.secret_encrypted is not None,
        "next_at": schedule.next_at,
        "paused_by": schedule.paused_by,
        "paused_at": schedule.paused_at,
        "created_by": schedule.created_by,
        "created_at": schedule.created_at,
        "last": run_facts(last) if last else None,
    }


def run_facts(made: RunWithFate) -> dict[str, Any]:
    """A run, in the reader's language; its `message` only as long as the outbox keeps that."""
    run = made.run
    return {
        "due_at": run.due_at,
        "by": run.by,
        "began_at": run.began_at,
        "ended_at": run.ended_at,
        "state": made.state,
        "error": in_words(Sentence.from_json(run.error)) if run.error else "",
        "message": run.message if made.fate else None,
    }
