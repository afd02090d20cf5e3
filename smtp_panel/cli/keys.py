"""`flask --app wsgi keys`: the API keys by which programs ask (SPEC A6, 11)."""

from __future__ import annotations

import datetime

import click
from flask_babel import gettext

from smtp_panel.access import keys as stored
from smtp_panel.access.keys import ApiKey, KeyScope
from smtp_panel.cli import completion
from smtp_panel.cli.command import JsonGroup, json_option, print_json
from smtp_panel.cli.completion import offering
from smtp_panel.cli.panel import COMMAND_LINE, panel
from smtp_panel.secret import Secret
from smtp_panel.storage import db, writing
from smtp_panel.telling.language import when

key_argument = click.argument(
    "client_id",
    help="The client id of the key.",
    shell_complete=offering(completion.keys),
)

keys = JsonGroup("keys", help="The API keys by which programs ask.")


@keys.command("create")
@click.option("--name", required=True, help="The program that will use it.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice([scope.value for scope in KeyScope]),
    help="What it may do: send messages, read everything, manage it. Give it again for more.",
)
@json_option
def create(name: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """Make a key, and print its client id and secret, once."""
    with panel():
        with writing(db.session) as session:
            key, secret = stored.create(session, name, [*map(KeyScope, scopes)], COMMAND_LINE)
            client_id = key.id
        _print(client_id, secret, as_json)


@keys.command("list")
@json_option
def listing(as_json: bool) -> None:
    """Print every key, the newest first; no secret."""
    with panel():
        found, overlaps = stored.listed(db.session), stored.overlaps(db.session)
        if as_json:
            print_json({"keys": [_facts(key, overlaps.get(key.id)) for key in found]})
            return
        for key in found:
            click.echo(f"{key.id}  {','.join(key.scopes):<17}  {_use(key)}  {key.name}")
        if not found:
            click.echo(gettext("There are no API keys. `keys create` makes one."))


@keys.command("rotate")
@key_argument
@json_option
def rotate(client_id: str, as_json: bool) -> None:
    """Give a key a new secret, and print it, once; the old one is valid for 24 hours more."""
    with panel():
        with writing(db.session) as session:
            _, secret = stored.rotate(session, client_id, COMMAND_LINE)
        _print(client_id, secret, as_json)


@keys.command("revoke")
@key_argument
@json_option
def revoke(client_id: str, as_json: bool) -> None:
    """End a key: within a second it lets nobody in any more."""
    with panel(), writing(db.session) as session:
        facts = _facts(stored.revoke(session, client_id, COMMAND_LINE))
        told = gettext("Nobody gets in by %(client_id)s any more.", client_id=client_id)
    if as_json:
        print_json(facts)
    else:
        click.echo(told)


def _facts(key: ApiKey, old_secret_until: datetime.datetime | None = None) -> dict[str, object]:
    return {
        "client_id": key.id,
        "name": key.name,
        "scopes": key.scopes,
        "created_at": key.created_at,
        "created_by": key.created_by,
        "used_at": key.used_at,
        "revoked_at": key.revoked_at,
        "old_secret_until": old_secret_until,
    }


def _use(key: ApiKey) -> str:
    if key.revoked_at:
        return gettext("revoked")
    if key.used_at:
        return gettext("used %(at)s", at=when(key.used_at))
    return gettext("never used")


def _print(client_id: str, secret: Secret, as_json: bool) -> None:
    """Tell the secret, which nobody can do later."""
    shown = {"client_id": client_id, "client_secret": secret.reveal()}
    if as_json:
        print_json(shown)
        return
    for name, text in shown.items():
        click.echo(f"{name}: {text}")
    click.echo(gettext("The secret is shown this once. Keep it where the program finds it."))
