"""What is tried to find a mail server, and what came of it, in words (SPEC P1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext

from smtp_panel.check.steps import StepState
from smtp_panel.finding.trying import NO_SUCH_NAME, NOT_LOOKED_UP, Try
from smtp_panel.telling.names import readable
from smtp_panel.telling.offers import shown
from smtp_panel.words import N_

OF_THE_NAME = frozenset({NO_SUCH_NAME, NOT_LOOKED_UP})  # and so of all its ports
STATES = {
    StepState.RUNNING: N_("Waiting"),
    StepState.PASSED: N_("Found"),
    StepState.WARNED: N_("Found"),
    StepState.FAILED: N_("Nothing"),
    StepState.SKIPPED: N_("Skipped"),
}


@dataclass(frozen=True, slots=True)
class TryView:
    """A row: its state, also as a word, where it was tried, and what came of it."""

    state: str
    word: str
    place: str
    result: str


def try_views(tries: Iterable[Try]) -> list[TryView]:
    """A row for each of `tries`; a name that is not there has but one."""
    return [*dict.fromkeys(map(try_view, tries))]


def try_view(each: Try) -> TryView:
    """`each` in words."""
    name = readable(each.server)
    whole = each.why in OF_THE_NAME
    place = name if whole else gettext("%(server)s, port %(port)s", server=name, port=each.port)
    result = " ".join(shown(each.seen)) if each.seen else each.why and gettext(each.why)
    return TryView(each.state.value, gettext(STATES[each.state]), place, result)
