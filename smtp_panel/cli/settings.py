"""`smtp show` and `smtp set`: the saved settings, by the rules of the page (SPEC A6)."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import click
from flask.cli import with_appcontext
from flask_babel import gettext
from sqlalchemy.orm import Session

from smtp_panel.cli import completion
from smtp_panel.cli.command import json_option, print_json
from smtp_panel.cli.differences import differences, print_differences, state_of
from smtp_panel.cli.exits import MAIL_FAILS
from smtp_panel.cli.options import BadOptions, Options, WrongOption, secrets_by_stdin
from smtp_panel.cli.panel import COMMAND_LINE, panel
from smtp_panel.cli.status import facts_of, nodes, print_status
from smtp_panel.cli.values import OptionReader, secrets
from smtp_panel.panel import Panel, current_panel
from smtp_panel.runs.drafts import texts_of
from smtp_panel.settings.confirmation import NoWayBack
from smtp_panel.settings.draft import Draft
from smtp_panel.settings.earlier import way_back
from smtp_panel.settings.fields import FIELDS, SECRETS, VALUES
from smtp_panel.settings.rules import Refused
from smtp_panel.settings.saved import Saved
from smtp_panel.settings.service import Conflict, check_save
from smtp_panel.status.model import NodeStatus
from smtp_panel.storage import db, utcnow
from smtp_panel.telling.actors import actor_in_words
from smtp_panel.telling.language import when
from smtp_panel.telling.refusals import field_of, with_link
from smtp_panel.words import N_

POLL_SECONDS = 0.1
SAVED, UNSAVED = "saved", "default"  # origins beside the variables of the environment
GOES_BACK = N_("It goes back at %(at)s, unless you type `smtp keep` before.")
NO_FIELD = N_("There is no such setting. There are: %(names)s.")

dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Print what would change, and change nothing."
)


class WrongSetting(WrongOption):
    """What is wrong with a NAME=VALUE."""

    def advice(self, value: str) -> str:
        """What to type, in which `value` is the better one."""
        return gettext("Try %(name)s=%(value)s", name=self.option, value=value)


class BadSettings(BadOptions):
    """Settings that the rules refuse, by name."""

    def wrong(self, name: str, refused: Refused) -> WrongOption:
        """What is wrong with the setting `name`; a secret is set by an option."""
        if name in {*SECRETS, NoWayBack.name}:
            return super().wrong(name, refused)
        return WrongSetting(name, with_link(refused), refused.suggestion)


@click.command("show")
@json_option
@with_appcontext
def show(as_json: bool) -> None:
    """Print the settings in force without secrets, each with where it comes from."""
    with panel():
        saved = current_panel().saved(db.session())
        settings = {field.name: _shown(saved, field.name) for field in FIELDS}
        if as_json:
            about = {"version": saved.version, "updated_by": saved.updated_by}
            print_json({"ok": True, **about, "settings": settings})
            return
        for field in FIELDS:
            shown = settings[field.name]
            value = shown["value"] if field.name in VALUES else shown["state"]
            click.echo(f"{field.name}={value}  ({gettext(field.label)}, {shown['origin']})")


@click.command("set")
@click.argument(
    "pairs",
    nargs=-1,
    metavar="NAME=VALUE...",
    help="A setting by its name, and its new value.",
    shell_complete=completion.settings,
)
@secrets_by_stdin
@click.option("--remove-password", is_flag=True, help="Remove the saved password.")
@click.option("--remove-client-secret", is_flag=True, help="Remove the saved client secret.")
@click.option(
    "--confirm", is_flag=True, help="Go back by itself unless `smtp keep` follows in 10 minutes."
)
@dry_run_option
@json_option
@with_appcontext
def change(
    *,
    pairs: Sequence[str],
    password_stdin: bool,
    client_secret_stdin: bool,
    remove_password: bool,
    remove_client_secret: bool,
    confirm: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Save settings, by the names that `show` prints, and check them; all others stay."""
    with panel():
        reading = OptionReader()
        typed = Options(password_stdin=password_stdin, client_secret_stdin=client_secret_stdin)
        password, client_secret = secrets(typed, reading)
        acts = {
            "password": password,
            "client_secret": client_secret,
            "remove_password": "1" if remove_password else "",
            "remove_client_secret": "1" if remove_client_secret else "",
        }
        if not pairs and not any(acts.values()):
            raise click.UsageError(
                gettext("Name what to change, as in port=465; `smtp show` prints the names.")
            )
        installation = current_panel()
        before = installation.saved(db.session())
        draft = draft_of(installation, before, {**_changes(pairs, reading), **acts}, reading)
        if dry_run:
            found = differences(before, as_saved(installation, before, draft))
            print_differences(found, before, as_json=as_json)
            return
        after = save(installation, before, draft, confirm=confirm)
        tell_saved(installation, after, as_json=as_json)


def deadline(session: Session) -> datetime.datetime | None:
    """When the settings in force go back by themselves; None where they do not."""
    found = way_back(session)
    return found.awaited.deadline if found and found.awaited else None


def _shown(saved: Saved, name: str) -> dict[str, str]:
    """A setting: the text of its value, or the state of a secret, and where it comes from."""
    origin = saved.locked.get(name) or (SAVED if saved.version else UNSAVED)
    if name in VALUES:
        return {"value": texts_of(saved)[name], "origin": origin}
    secret = saved.secrets[name]
    return {"state": state_of(secret), "origin": origin}


def _changes(pairs: Sequence[str], reading: OptionReader) -> Mapping[str, str]:
    """The texts to set, by name; an unknown name is added to the errors of `reading`."""
    changes = dict(_pair(pair) for pair in pairs)
    unknown = Refused(NO_FIELD, {"names": ", ".join(VALUES)})
    reading.errors |= dict.fromkeys(changes.keys() - set(VALUES), unknown)
    return {name: text for name, text in changes.items() if name in VALUES}


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(gettext("Write NAME=VALUE, and not only %(text)s.", text=text))
    return name, value


def draft_of(panel: Panel, before: Saved, texts: Mapping[str, str], reading: OptionReader) -> Draft:
    """The settings `before` with `texts`; raises BadSettings, also for errors of `reading`."""
    checked = panel.read_change(before, texts)
    errors = {**checked.errors, **reading.errors}
    if errors or checked.draft is None:
        raise BadSettings(errors)
    return checked.draft


def as_saved(panel: Panel, before: Saved, draft: Draft) -> Saved:
    """The settings as `save` would leave them; raises what it raises, and saves nothing."""
    with refusals():
        return check_save(db.session(), draft, panel.environment, before.version)


def save(panel: Panel, before: Saved, draft: Draft, *, confirm: bool = False) -> Saved:
    """Save `draft`, which `before` was changed to; raises BadSettings and ClickException."""
    with refusals():
        return panel.save(draft, COMMAND_LINE, before.version, confirm=confirm)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what may be raised where settings are put in force into BadSettings and the like."""
    try:
        yield
    except Refused as refused:
        raise BadSettings({field_of(refused): refused}) from refused
    except Conflict as conflict:
        who = actor_in_words(conflict.by)
        raise click.ClickException(
            gettext("%(who)s saved the settings meanwhile. Try again.", who=who)
        ) from conflict


def wait_for_check(panel: Panel) -> NodeStatus | None:
    """Wait for the check that is under way on this node; the status of the node, if it has any."""
    node = panel.config.node_name
    while (status := nodes().get(node)) and status.is_checking(utcnow()):
        time.sleep(POLL_SECONDS)
    return status


def tell_saved(panel: Panel, after: Saved, *, as_json: bool) -> None:
    """Wait for the check that follows the save, print its result, and exit with its exit code."""
    status = wait_for_check(panel)
    ok = status is not None and not status.broken
    goes_back = deadline(db.session())
    if as_json:
        found = facts_of(status) if status else None
        about = {"version": after.version, "goes_back_at": goes_back, "status": found}
        print_json({"ok": ok, **about})
    else:
        click.echo(gettext("Saved."))
        if goes_back:
            click.echo(gettext(GOES_BACK, at=when(goes_back)))
        if status:
            print_status(status)
    if not ok:
        click.get_current_context().exit(MAIL_FAILS)
