"""`smtp sandbox`: the mail server on this machine that sends nothing on (SPEC S4, P3, A6)."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from flask_babel import gettext

from smtp_panel.cli.command import JsonGroup, json_option, print_json, say, stamp
from smtp_panel.cli.panel import COMMAND_LINE, BadInput, panel
from smtp_panel.cli.settings import wait_for_check
from smtp_panel.operations.failures import try_out
from smtp_panel.panel import current_panel
from smtp_panel.sandbox import (
    FAILURES,
    OFF,
    Failure,
    Sandbox,
    SandboxMail,
    SandboxMessage,
    Tried,
    named,
)
from smtp_panel.smtp.text import printable
from smtp_panel.telling.language import when
from smtp_panel.words import N_

NO_SANDBOX = N_("There is no sandbox. SMTP_PANEL_SANDBOX=on starts one.")
NOT_RUNNING = N_("The sandbox does not run. Start the panel, then try again.")
NO_MAIL = N_("The sandbox has no message %(key)s. `smtp sandbox mail` lists those that it has.")
ON_UNTIL = N_("(on until %(ends)s)")
LONGEST = max(len(each.id) for each in FAILURES)

sandbox = JsonGroup("sandbox", help="The mail server on this machine that sends nothing on.")


@sandbox.command("mail")
@click.argument("key", required=False, help="The key of the message to read.")
@json_option
@with_appcontext
def mail(key: str | None, as_json: bool) -> None:
    """Print what the sandbox has received, the newest first, or one message of it."""
    with panel():
        if key is None:
            _list(_sandbox().messages(), as_json)
        else:
            _read(_mail(key), as_json)


@sandbox.command("failures")
@json_option
@with_appcontext
def failures(as_json: bool) -> None:
    """Print the failures that `fail` knows, and which of them is on."""
    with panel():
        tried = _sandbox().tried()
        if as_json:
            print_json({"failures": [*map(_known, FAILURES)], **_on(tried)})
            return
        for each in FAILURES:
            does = _told(tried) if tried and tried.failure == each else gettext(each.does)
            click.echo(f"{each.id:{LONGEST}}  {does}")


@sandbox.command("fail")
@click.argument(
    "failure",
    type=click.Choice([*(each.id for each in FAILURES), OFF]),
    metavar="FAILURE",
    help=f"One of `smtp sandbox failures`, or `{OFF}`.",
)
@json_option
@with_appcontext
def fail(failure: str, as_json: bool) -> None:
    """Let the sandbox fail in this way for a while, or work again with `off`."""
    with panel():
        found = _sandbox()
        if found.endpoint() is None:
            raise BadInput(gettext(NOT_RUNNING))
        try_out(current_panel(), found, named(failure), COMMAND_LINE)
        wait_for_check(current_panel())
        tried = found.tried()
        done = _told(tried) if tried else gettext("The sandbox works.")
        say(done, as_json=as_json, **_on(tried))


def _known(failure: Failure) -> dict[str, str]:
    return {"id": failure.id, "name": gettext(failure.name), "stage": failure.stage or ""}


def _told(tried: Tried) -> str:
    """What the sandbox does, and until when."""
    return f"{gettext(tried.failure.does)} {gettext(ON_UNTIL, ends=when(tried.ends))}"


def _on(tried: Tried | None) -> dict[str, object]:
    """Which failure is on, and when it ends."""
    if tried is None:
        return {"on": None, "ends": None}
    return {"on": tried.failure.id, "ends": tried.ends}


def _sandbox() -> Sandbox:
    found = current_panel().sandbox
    if found is None:
        raise BadInput(gettext(NO_SANDBOX))
    return found


def _mail(key: str) -> SandboxMail:
    try:
        return _sandbox().message(key)
    except KeyError:
        raise BadInput(gettext(NO_MAIL, key=key)) from None


def _list(found: list[SandboxMessage], as_json: bool) -> None:
    if as_json:
        print_json({"messages": [_facts(each) for each in found]})
        return
    for each in found:
        to = ", ".join(each.recipients)
        click.echo(printable(f"{each.key}  {stamp(each.received_at)}  {to}  {each.subject}"))
    if not found:
        click.echo(gettext("The sandbox has taken no mail yet. `smtp test` sends some."))


def _read(found: SandboxMail, as_json: bool) -> None:
    content = found.content
    if as_json:
        about = {"headers": content.headers, "text": content.text, "html": content.html_text}
        print_json(_facts(found.message) | about)
        return
    for name, value in content.headers:
        click.echo(printable(f"{name}: {value}"))
    for line in ("", *content.text.splitlines()):
        click.echo(printable(line))


def _facts(message: SandboxMessage) -> dict[str, object]:
    return {
        "key": message.key,
        "received_at": message.received_at,
        "envelope_sender": message.envelope_sender,
        "recipients": list(message.recipients),
        "subject": message.subject,
        "from": message.from_,
        "to": message.to,
    }
