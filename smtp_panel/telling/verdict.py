"""The words of a verdict, which claim no more than a run has proved (SPEC T5)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from flask_babel import gettext

from smtp_panel.check.check import Verdict
from smtp_panel.runs import arrival
from smtp_panel.runs.model import Run, RunKind, RunState
from smtp_panel.storage import utcnow
from smtp_panel.telling.language import in_words, when
from smtp_panel.words import N_

WATCHED = datetime.timedelta(minutes=10)  # after the test began; later hardly anyone looks on
ABANDONED = N_("The test was interrupted: the panel was stopped while it ran. Test again.")
VERDICTS = {
    Verdict.CONNECTED: N_("The mail server is ready to take mail."),
    Verdict.ACCEPTED: N_("Accepted by the server."),
    Verdict.FAILED: N_("The test message was not sent."),
    Verdict.UNCERTAIN: N_(
        "The connection was lost while the message was handed over. It may have been sent:"
        " look into the mailbox before you test again."
    ),
}


@dataclass(frozen=True, slots=True)
class VerdictView:
    """A verdict in the reader's language, and a note on what it does not say.

    `icon` names one. `arrived` is when the link in the message was opened; while that is awaited,
    `poll` is where to ask.
    """

    icon: str
    heading: str
    note: str = ""
    arrived: datetime.datetime | None = None
    poll: str | None = None

    def __str__(self) -> str:
        return f"{self.heading} {self.note}".strip()


def verdict_of(run: Run, poll: str) -> VerdictView:
    """How `run` ended, or that it is running; `poll` is where to ask whether it arrived."""
    now = utcnow()
    abandoned = run.abandoned(now)
    if run.state is RunState.RUNNING and not abandoned:
        return VerdictView("running", gettext("The test is running…"))
    if run.arrived_at:
        note = gettext("The link in the message was opened on %(when)s.", when=when(run.arrived_at))
        return VerdictView("arrived", gettext("Arrived."), note, run.arrived_at)
    if run.verdict is None:
        return VerdictView("failed", gettext(ABANDONED))
    if run.refused:
        return VerdictView("failed", heading(run.kind, run.verdict), in_words(run.refused))
    awaited = arrival.awaited(run, now)
    watched = awaited and now < run.started_at + WATCHED
    return VerdictView(
        icon=run.state.value,
        heading=heading(run.kind, run.verdict),
        note=_note(awaited=awaited) if run.verdict is Verdict.ACCEPTED else "",
        poll=poll if watched and run.verdict is not Verdict.FAILED else None,
    )


def heading(kind: RunKind, verdict: Verdict) -> str:
    """What a run of `kind` that ended with `verdict` has proved."""
    if verdict is Verdict.FAILED and kind is RunKind.CHECK:
        return gettext("The mail server can't be used with these settings.")
    return gettext(VERDICTS[verdict])


def unawaited(kind: RunKind, verdict: Verdict) -> str:
    """The verdict in a sentence, for a message without a link that tells of its arrival."""
    note = _note(awaited=False) if verdict is Verdict.ACCEPTED else ""
    return f"{heading(kind, verdict)} {note}".strip()


def _note(*, awaited: bool) -> str:
    if awaited:
        return gettext("That is not arrival yet: open the message and press its link.")
    return gettext("That is not arrival yet: look into the mailbox.")
