"""An attempt to hand a message over, in words: how far it got, and why no further (SPEC M6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext

from smtp_panel.check.steps import StepState
from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.outbox.model import Attempt, MessageState
from smtp_panel.smtp.facts import Stage
from smtp_panel.telling.errors import error_in_words
from smtp_panel.telling.labels import STEP_LABELS
from smtp_panel.telling.language import in_words
from smtp_panel.words import N_

OF_A_MESSAGE = (Stage.MAIL_FROM, Stage.RCPT_TO, Stage.DATA)
CONNECTION = N_("Connection")
ENDED = {MessageState.FAILED: StepState.FAILED}  # other ends than failure are warnings


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of an attempt, with its state."""

    label: str
    state: StepState


@dataclass(frozen=True, slots=True)
class AttemptView:
    """An attempt; its ladder, and where it failed the diagnosis in the reader's language."""

    attempt: Attempt
    ladder: list[Rung]
    fault_id: str
    cause: str
    remedy: str


def attempt_view(attempt: Attempt, language: str) -> AttemptView:
    """`attempt` in the words of `language`."""
    found = Diagnosis.stored(attempt.diagnosis)
    cause = found.cause(language, in_words) if found else ""
    return AttemptView(
        attempt=attempt,
        ladder=list(_ladder(attempt)),
        fault_id=found.id if found else "",
        cause=cause,
        remedy=found.remedy(language) if found else "",
    )


def says(attempt: Attempt) -> str:
    """What the server said to it, for programs; where no server is to blame, why it ended."""
    return str(attempt.says) if attempt.diagnosis else error_in_words(attempt.says)


def _ladder(attempt: Attempt) -> Iterator[Rung]:
    """The connection, and the steps of a message; none where nothing is known of them.

    Where somebody has the message that was refused to others, it is a recipient who was refused.
    """
    if attempt.state is not MessageState.SENT and attempt.diagnosis is None:
        return
    some_refused = attempt.stage is None and attempt.diagnosis is not None
    ended = Stage.RCPT_TO if some_refused else attempt.stage
    last = OF_A_MESSAGE.index(ended) if ended in OF_A_MESSAGE else -1
    bad = StepState.WARNED if some_refused else ENDED.get(attempt.state, StepState.WARNED)
    labels = [CONNECTION, *(STEP_LABELS[stage] for stage in OF_A_MESSAGE)]
    for number, label in enumerate(labels, start=-1):
        if ended is not None and number == last:
            state = bad
        elif ended is None or number < last or some_refused:
            state = StepState.PASSED
        else:
            state = StepState.SKIPPED
        yield Rung(gettext(label), state)
