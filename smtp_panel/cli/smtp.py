"""`flask --app wsgi smtp`: whether mail leaves, by the saved settings or by any others."""

from __future__ import annotations

import getpass
import os
import sys
from dataclasses import dataclass
from typing import Any

import click
from flask import current_app
from flask_babel import force_locale, gettext

from smtp_panel.check.check import Check, OutgoingMessage, Verdict
from smtp_panel.check.report import report
from smtp_panel.cli import messages, outbox
from smtp_panel.cli.alerts import alert_test
from smtp_panel.cli.audit_log import audit_log
from smtp_panel.cli.catalogue import catalogue
from smtp_panel.cli.command import JsonGroup, json_option, print_json
from smtp_panel.cli.deliverability import deliverability
from smtp_panel.cli.exits import DONE, MAIL_FAILS
from smtp_panel.cli.find import find_settings
from smtp_panel.cli.going_back import back, keep
from smtp_panel.cli.ladder import PrintedLadder
from smtp_panel.cli.limit import limit
from smtp_panel.cli.mail_kinds import mail
from smtp_panel.cli.nodes import ask_nodes
from smtp_panel.cli.options import Options, connection
from smtp_panel.cli.relay import relay
from smtp_panel.cli.rotation import rotate_secret_keys
from smtp_panel.cli.sandbox import sandbox
from smtp_panel.cli.schedules import schedules
from smtp_panel.cli.send import send
from smtp_panel.cli.senders import senders
from smtp_panel.cli.settings import change, show
from smtp_panel.cli.spf import spf
from smtp_panel.cli.staging import staging
from smtp_panel.cli.status import status
from smtp_panel.cli.target import Target, target_of
from smtp_panel.cli.terminal import Terminal, forgiving, language_of
from smtp_panel.cli.transfer import export, take_over
from smtp_panel.mail.trial import TrialMessage
from smtp_panel.runs.runner import SUCCESSES
from smtp_panel.settings.checks import check_of
from smtp_panel.storage import utcnow
from smtp_panel.telling.diagnoses import diagnosis_json, step_json

smtp = JsonGroup("smtp", help="Whether mail leaves, and by which settings.")
smtp.add_command(show)
smtp.add_command(change)
smtp.add_command(status)
for command in (
    *outbox.OUTBOX_COMMANDS,
    *messages.MESSAGE_COMMANDS,
    audit_log,
    catalogue,
    deliverability,
    senders,
    mail,
    send,
    find_settings,
    alert_test,
    sandbox,
    keep,
    back,
    relay,
    limit,
    spf,
    staging,
    schedules,
    export,
    take_over,
    rotate_secret_keys,
):
    smtp.add_command(command)


@dataclass(frozen=True)
class Output:
    """In which form to print the result, and what to print beside it."""

    as_json: bool
    transcript: bool
    report: bool


def output(command: Any) -> Any:
    """Give `command` the options of Output."""
    command = click.option(
        "--report", is_flag=True, help="Print a report that can be shown around, without names."
    )(command)
    command = click.option(
        "--transcript", "--verbose", "transcript", is_flag=True, help="Print what was said."
    )(command)
    return json_option(command)


@smtp.command("check")
@connection
@output
def check(as_json: bool, transcript: bool, report: bool, **given: Any) -> None:
    """Walk the connection to a mail server, and send no message."""
    _carry_out(Options(**given), Output(as_json, transcript, report))


@smtp.command("test")
@connection
@click.option("--to", required=True, metavar="ADDRESS", help="Who gets the message.")
@output
def test(as_json: bool, transcript: bool, report: bool, **given: Any) -> None:
    """Send one test message by a mail server."""
    _carry_out(Options(**given), Output(as_json, transcript, report))


def _carry_out(options: Options, wanted: Output) -> None:
    """Run the check or test, print its result, and exit with its exit code."""
    language = language_of(os.environ)
    if options.node is not None:
        with force_locale(language):
            ok = ask_nodes(options, options.node, language, as_json=wanted.as_json)
        click.get_current_context().exit(DONE if ok else MAIL_FAILS)
    with force_locale(language):
        what = target_of(options)
        walk = _check_of(what, language)
        if wanted.as_json:
            walk.run()
            print_json(_facts(walk, what, language, wanted))
        else:
            _show(walk, what, language, wanted)
    if walk.verdict not in SUCCESSES:
        click.get_current_context().exit(MAIL_FAILS)


def _show(walk: Check, what: Target, language: str, wanted: Output) -> None:
    """Print the ladder as it grows; on standard error where a report goes to standard output."""
    stdout, stderr = forgiving(sys.stdout), forgiving(sys.stderr)
    for name, notice in what.notices.items():
        Terminal.of(stderr).paragraph(f"{name}: {notice}")
    ladder = PrintedLadder(Terminal.of(stderr if wanted.report else stdout), language, what.saved)
    walk.run(ladder.step)
    ladder.end(walk, what.recipient)
    if wanted.transcript:
        ladder.transcript(walk.transcript)
    if wanted.report:
        print(_report(walk, what), end="", file=stdout, flush=True)


def _facts(walk: Check, what: Target, language: str, wanted: Output) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ok": walk.verdict in SUCCESSES,
        "verdict": walk.verdict,
        "steps": list(map(step_json, walk.steps.values())),
    }
    if walk.diagnosis:
        found["diagnosis"] = diagnosis_json(walk.diagnosis, language)
    if what.notices:
        found["notices"] = what.notices
    if wanted.transcript:
        found["transcript"] = walk.transcript
    if wanted.report:
        found["report"] = _report(walk, what)
    return found


def _report(walk: Check, what: Target) -> str:
    return report(
        settings=what.settings,
        verdict=walk.verdict or Verdict.FAILED,
        steps=list(walk.steps.values()),
        diagnosis=walk.diagnosis,
        transcript=walk.transcript,
        at=utcnow(),
    )


def _check_of(what: Target, language: str) -> Check:
    return check_of(
        what.values,
        what.endpoint,
        what.addresses.envelope_sender,
        what.config,
        message=_message(what, language) if what.recipient else None,
        find_repair=True,
        seconds=what.seconds,
    )


def _message(what: Target, language: str) -> OutgoingMessage:
    mail = TrialMessage(
        app=current_app,
        endpoint=what.endpoint,
        addresses=what.addresses,
        recipient=what.recipient,
        presser=gettext("%(who)s, by the command line", who=_user()),
        installation=what.config.node_name,
        on_terminal=True,
        language=language,
        unsaved=not what.saved,
        at=utcnow(),
    )
    return OutgoingMessage(what.recipient, mail.compose)


def _user() -> str:
    """The name of whoever runs the command, or their number, if a container knows no name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())
