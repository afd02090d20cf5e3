"""`smtp check --node` and `smtp test --node`: from another node, or from all of them (SPEC A8)."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import click
from flask_babel import gettext

from smtp_panel.check.steps import StepState
from smtp_panel.cli.command import print_json
from smtp_panel.cli.ladder import SYMBOLS
from smtp_panel.cli.options import BadOptions, Options
from smtp_panel.cli.panel import COMMAND_LINE, BadInput, panel
from smtp_panel.cli.target import draft_by
from smtp_panel.cli.terminal import Terminal, forgiving, pad, width
from smtp_panel.cli.values import OptionReader, recipient
from smtp_panel.operations import trials
from smtp_panel.panel import Panel, current_panel
from smtp_panel.runs.asked import runs_of
from smtp_panel.runs.model import Run, RunKind, RunState
from smtp_panel.settings.draft import Checked, Draft
from smtp_panel.settings.fields import VALUES
from smtp_panel.settings.rules import Refused
from smtp_panel.settings.secrets import SecretLost, SecretNeeded
from smtp_panel.settings.values import Service
from smtp_panel.storage import db, utcnow
from smtp_panel.telling.diagnoses import diagnosis_json, step_json
from smtp_panel.telling.labels import STEP_LABELS
from smtp_panel.telling.language import in_words
from smtp_panel.telling.refusals import with_link
from smtp_panel.telling.verdict import verdict_of
from smtp_panel.words import N_

LOOK_SECONDS = 0.2
BY_SAVED = N_(
    "Without --server a node goes by the saved settings: name the server too, or leave out what is"
    " about another one."
)
AS_SAVED = N_("A node takes the time that the settings say: leave out --node, or this.")


def ask_nodes(options: Options, node: str, language: str, *, as_json: bool) -> bool:
    """Ask `node`, or all, wait for the answers and print them; whether mail leaves from each.

    Raises BadInput, and ClickException where the saved settings can't be used.
    """
    to = _recipient(options)
    with panel():
        found = _wait_for(_ask(options, node, to, language))
        ok = all(run.state is RunState.PASSED for run in found)
        if as_json:
            told = [_facts(run, language) for run in found]
            single = told[0] if node != trials.ALL_NODES else {"nodes": told}
            print_json({"ok": ok, **single})
        else:
            for run in found:
                _print(run, language, max(width(each.node) for each in found))
    return ok


def _recipient(options: Options) -> str:
    """Who gets the message; raises BadOptions, also for what does not go with --node."""
    reading = OptionReader()
    if options.server is None and options.about_server():
        reading.errors["node"] = Refused(BY_SAVED)
    if options.timeout is not None:
        reading.errors["timeout"] = Refused(AS_SAVED)
    to = reading.read("to", recipient, options.to)
    reading.end()
    return to or ""


def _ask(options: Options, node: str, to: str, language: str) -> Sequence[Run]:
    """Ask for a test of what the options say, else of the saved settings."""
    installation = current_panel()
    kind = RunKind.TEST if to else RunKind.CHECK
    try:
        draft = _draft(options, installation)
        return trials.ask(
            installation, draft, COMMAND_LINE, node, language=language, recipient=to, kind=kind
        )
    except trials.NoSuchNode as error:
        raise BadInput(in_words(error.sentence)) from error
    except (SecretNeeded, SecretLost) as refused:
        raise BadOptions({refused.name: refused}) from refused
    except Refused as refused:
        raise click.ClickException(with_link(refused)) from refused


def _draft(options: Options, installation: Panel) -> Draft:
    saved = installation.saved(db.session())
    if options.server is None:
        return trials.as_draft(saved)

    def judge(texts: Mapping[str, str]) -> Checked:
        whole = {**dict.fromkeys(VALUES, ""), **texts, "service": Service.CUSTOM}
        whole["sender"] = saved.sender if options.sender is None else options.sender
        return installation.read_change(saved, whole)

    draft, _ = draft_by(options, OptionReader(), judge)
    return draft


def _wait_for(asked: Sequence[Run]) -> Sequence[Run]:
    """The runs, once each has ended."""
    asked_id = asked[0].batch or asked[0].id
    while True:
        trials.end_overdue(current_panel())
        found = runs_of(db.session, asked_id)
        now = utcnow()
        if not any(run.state is RunState.RUNNING and not run.abandoned(now) for run in found):
            return found
        db.session.remove()
        time.sleep(LOOK_SECONDS)


def _facts(run: Run, language: str) -> dict[str, Any]:
    why = run.explanation()
    return {
        "node": run.node,
        "ok": run.state is RunState.PASSED,
        "verdict": run.verdict,
        "message": str(verdict_of(run, "")),
        "steps": list(map(step_json, run.ladder())),
        "diagnosis": diagnosis_json(why, language) if why else None,
    }


def _print(run: Run, language: str, columns: int) -> None:
    """The node with what it has proved, its steps, and for a failure cause and remedy."""
    terminal, why = Terminal.of(forgiving(sys.stdout)), run.explanation()
    state = StepState.PASSED if run.state is RunState.PASSED else StepState.FAILED
    symbol, colour = SYMBOLS[state]
    node = terminal.styled(f"{symbol} {pad(run.node, columns)}", fg=colour)
    terminal.line(f"{node}  {verdict_of(run, '')}")
    steps = (f"{SYMBOLS[each.state][0]} {gettext(STEP_LABELS[each.step])}" for each in run.ladder())
    terminal.paragraph("  ".join(steps), "  ")
    for text in (why.cause(language, in_words), why.remedy(language)) if why else ():
        terminal.paragraph(text, "  ")
