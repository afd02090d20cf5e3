"""`smtp sandbox`: the mail server on this machine that sends nothing on (SPEC S4, A6)."""

from __future__ import annotations

import json

import click
from flask.cli import with_appcontext

from smtp_panel.cli.command import JsonGroup, in_json, json_option
from smtp_panel.cli.panel import BadInput, panel
from smtp_panel.cli.terminal import printable
from smtp_panel.panel import current_panel
from smtp_panel.sandbox import Sandbox, SandboxMail, SandboxMessage

NO_SANDBOX = "There is no sandbox. SMTP_PANEL_SANDBOX=on starts one."
NO_MAIL = "The sandbox has no message {}. `smtp sandbox mail` lists those that it has."

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


def _sandbox() -> Sandbox:
    found = current_panel().sandbox
    if found is None:
        raise BadInput(NO_SANDBOX)
    return found


def _mail(key: str) -> SandboxMail:
    try:
        return _sandbox().message(key)
    except KeyError:
        raise BadInput(NO_MAIL.format(key)) from None


def _list(found: list[SandboxMessage], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"messages": [_facts(each) for each in found]}))
        return
    for each in found:
        to = ", ".join(each.recipients)
        click.echo(printable(f"{each.key}  {in_json(each.received_at)}  {to}  {each.subject}"))


def _read(found: SandboxMail, as_json: bool) -> None:
    content = found.content
    if as_json:
        about = {"headers": content.headers, "text": content.text, "html": content.html_text}
        click.echo(json.dumps(_facts(found.message) | about))
        return
    for name, value in content.headers:
        click.echo(printable(f"{name}: {value}"))
    for line in ("", *content.text.splitlines()):
        click.echo(printable(line))


def _facts(message: SandboxMessage) -> dict[str, object]:
    return {
        "key": message.key,
        "received_at": in_json(message.received_at),
        "envelope_sender": message.envelope_sender,
        "recipients": list(message.recipients),
        "subject": message.subject,
        "from": message.from_,
        "to": message.to,
    }
