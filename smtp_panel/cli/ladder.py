"""A check as a terminal shows it: a ladder that grows, the verdict, and what to do."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext

from smtp_panel.check.check import Check, Verdict
from smtp_panel.check.steps import Step, StepState
from smtp_panel.cli.options import option_of
from smtp_panel.cli.terminal import Terminal, pad, width, wrapped
from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.diagnosis.repair import Repair
from smtp_panel.runs.model import RunKind
from smtp_panel.telling.duration import lasted
from smtp_panel.telling.errors import error_in_words, is_reply
from smtp_panel.telling.labels import FIELD_LABELS, STEP_LABELS
from smtp_panel.telling.ladder import row
from smtp_panel.telling.language import in_words
from smtp_panel.telling.verdict import unawaited
from smtp_panel.words import N_

STEP_STATES = {
    StepState.RUNNING: N_("Running"),
    StepState.PASSED: N_("Passed"),
    StepState.FAILED: N_("Failed"),
    StepState.WARNED: N_("Warning"),
    StepState.SKIPPED: N_("Skipped"),
}
SYMBOLS = {
    StepState.RUNNING: ("…", None),
    StepState.PASSED: ("✓", "green"),
    StepState.FAILED: ("✗", "red"),
    StepState.WARNED: ("!", "yellow"),
    StepState.SKIPPED: ("-", None),
}
VERDICT_COLOURS = {Verdict.FAILED: "red", Verdict.UNCERTAIN: "yellow"}
MS = 8  # columns


@dataclass(frozen=True)
class PrintedLadder:
    """Prints a check in `language` on `terminal`; `saved` says that it is of the saved settings."""

    terminal: Terminal
    language: str
    saved: bool

    def step(self, step: Step) -> None:
        """Print a step that has begun, or one that has ended in the place of its beginning."""
        shown = row(step.step, step)
        symbol, colour = SYMBOLS[step.state]
        state = pad(
            f"{symbol} {gettext(STEP_STATES[step.state])}", 2 + _widest(STEP_STATES.values())
        )
        label = pad(shown.label, _widest(STEP_LABELS.values()))
        begin = f"{self.terminal.styled(state, fg=colour)}  {label}"
        if step.state is StepState.RUNNING:
            self.terminal.draft(begin)
            return
        indent = width(state) + width(label) + MS + 6
        took = "" if step.ms is None else lasted(step.ms)
        first, *more = wrapped(shown.summary, self.terminal.columns - indent)
        self.terminal.line(f"{begin}  {took:>{MS}}  {first}".rstrip())
        for line in more:
            self.terminal.line(" " * indent + line)

    def end(self, check: Check, recipient: str) -> None:
        """Print the verdict, and for a failure its cause and remedy."""
        kind = RunKind.TEST if recipient else RunKind.CHECK
        verdict = check.verdict or Verdict.FAILED
        self.terminal.line()
        colour = VERDICT_COLOURS.get(verdict, "green")
        self.terminal.paragraph(unawaited(kind, verdict), fg=colour, bold=True)
        if check.diagnosis:
            self._explain(check.diagnosis)

    def transcript(self, text: str) -> None:
        """Print what both sides said."""
        self.terminal.line()
        self.terminal.line(gettext("Transcript"))
        for each in text.splitlines():
            self.terminal.paragraph(each, "  ")

    def _explain(self, diagnosis: Diagnosis) -> None:
        cause, says = diagnosis.cause(self.language, in_words), error_in_words(diagnosis.says)
        self.terminal.paragraph(cause, "  ")
        self.terminal.paragraph(diagnosis.remedy(self.language), "  ")
        if says:
            self.terminal.line()
            said = gettext("The server said:") if is_reply(diagnosis.says) else ""
            self.terminal.paragraph(f"{said} {says}", "  ")
        if diagnosis.field:
            words = [gettext("Field to change:"), gettext(FIELD_LABELS[diagnosis.field])]
            words += [] if self.saved else [f"({option_of(diagnosis.field)})"]
            self.terminal.paragraph(" ".join(words), "  ")
        if options := _options(diagnosis.offer):
            works = gettext("Tried just now, and it works:")
            self.terminal.paragraph(f"{works} {options}", "  ")


def _widest(words: Iterable[str]) -> int:
    return max(width(gettext(each)) for each in words)


def _options(repair: Repair | None) -> str:
    """The options to type for `repair`; empty for a certificate, which no option takes as text."""
    changes = dict(repair.changes) if repair else {}
    if "pinned" in changes:
        return ""
    switch = {"1": ["--tls"], "": ["--no-tls"]}.get(changes.pop("tls", "as it is"), [])
    return " ".join(switch + [f"{option_of(n)} {shlex.quote(text)}" for n, text in changes.items()])
