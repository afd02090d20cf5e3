"""The list of the last tests on the SMTP page: when, by whom, which server, and the result."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from sqlalchemy import Row

from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.net.network import Address
from smtp_panel.runs.history import last_tests
from smtp_panel.runs.model import RunState
from smtp_panel.settings.values import Service
from smtp_panel.smtp.facts import Stage
from smtp_panel.storage import db, utcnow
from smtp_panel.telling.labels import STEP_LABELS
from smtp_panel.telling.language import in_words, language
from smtp_panel.words import N_, Sentence

END_LABELS = {
    "running": N_("Running"),
    "accepted": N_("Accepted"),
    "arrived": N_("Arrived"),
    "failed": N_("Failed"),
    "uncertain": N_("Uncertain"),
    "abandoned": N_("Interrupted"),
}

STEPS = STEP_LABELS | {Stage.STARTTLS: STEP_LABELS[Stage.TLS]}


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTest:
    """One line of the history; `end` is one of END_LABELS, `cause` why a test failed.

    `server` is empty for the default service, and `fault_id`, the diagnosis, where there is none.
    """

    id: str
    node: str
    at: datetime.datetime
    who: str
    server: str
    draft: str
    end: str
    words: str
    cause: str
    fault_id: str
    arrived: datetime.datetime | None


def history() -> list[PastTest]:
    """The last tests of all admins, newest first, in the reader's language."""
    now = utcnow()
    return [_past_test(run, now) for run in last_tests(db.session)]


def _past_test(run: Row[Any], now: datetime.datetime) -> PastTest:
    end = _end(run, now)
    diagnosis = Diagnosis.stored(run.diagnosis)
    return PastTest(
        id=run.id,
        node=run.node,
        at=run.started_at,
        who=run.recipient,
        server=_server(run),
        draft="unsaved" if run.settings_version is None else "saved",
        end=end,
        words=_words(end, diagnosis),
        cause=_cause(run, diagnosis),
        fault_id=diagnosis.id if diagnosis else "",
        arrived=run.arrived_at,
    )


def _end(run: Row[Any], now: datetime.datetime) -> str:
    if run.state is RunState.RUNNING and now <= run.ends_by:
        return "running"
    if run.arrived_at:
        return "arrived"
    return run.verdict.value if run.verdict else "abandoned"


def _words(end: str, diagnosis: Diagnosis | None) -> str:
    stage = diagnosis.values["stage"] if end == "failed" and diagnosis else ""
    if stage in STEPS:
        return gettext("Failed: %(step)s", step=gettext(STEPS[Stage(stage)]))
    return gettext(END_LABELS[end])


def _cause(run: Row[Any], diagnosis: Diagnosis | None) -> str:
    if run.refusal:
        return in_words(Sentence.from_json(run.refusal))
    return diagnosis.cause(language(), in_words) if diagnosis else ""


def _server(run: Row[Any]) -> str:
    if run.draft.get("service") == Service.DEFAULT:
        return ""
    return str(Address(run.draft.get("server", ""), run.draft.get("port", "")))
