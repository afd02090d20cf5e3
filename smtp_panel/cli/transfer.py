"""`smtp export` and `smtp import`: settings without secrets, for another installation (SPEC A6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import click
from flask.cli import with_appcontext
from flask_babel import gettext

from smtp_panel.cli.command import json_option
from smtp_panel.cli.differences import DifferencesInWords, differences, print_differences
from smtp_panel.cli.options import Options, secrets_by_stdin
from smtp_panel.cli.panel import BadInput, panel
from smtp_panel.cli.settings import as_saved, draft_of, dry_run_option, save, tell_saved
from smtp_panel.cli.values import OptionReader, secrets
from smtp_panel.panel import current_panel
from smtp_panel.runs.drafts import texts_of
from smtp_panel.settings.fields import VALUES
from smtp_panel.settings.saved import Saved
from smtp_panel.storage import db
from smtp_panel.words import N_

FORMAT = "smtp-panel-settings-1"
NO_EXPORT = N_("This is no file that smtp export has made.")


@click.command("export")
@with_appcontext
def export() -> None:
    """Print the settings in force without secrets, for `smtp import`."""
    with panel():
        texts = texts_of(current_panel().saved(db.session()))
    settings = {name: texts[name] for name in VALUES}
    click.echo(json.dumps({"format": FORMAT, "settings": settings}, indent=2, ensure_ascii=False))


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path), help="What it printed.")
@dry_run_option
@secrets_by_stdin
@json_option
@with_appcontext
def take_over(
    *, file: Path, dry_run: bool, password_stdin: bool, client_secret_stdin: bool, as_json: bool
) -> None:
    """Save the settings of FILE, which `smtp export` printed elsewhere, and check them.

    Secrets are not in it: a password that is saved here stays where it still goes to the same
    server, and is asked for otherwise. What a variable locks stays as it is.
    """
    with panel():
        reading = OptionReader()
        typed = Options(password_stdin=password_stdin, client_secret_stdin=client_secret_stdin)
        password, client_secret = secrets(typed, reading)
        installation = current_panel()
        before = installation.saved(db.session())
        settings = _settings_in(file)
        found = _differences(before, settings)
        new = {name: text for name, text in settings.items() if name not in before.locked}
        acts = {"password": password, "client_secret": client_secret}
        draft = draft_of(installation, before, {**new, **acts}, reading)
        if dry_run:
            after = as_saved(installation, before, draft)
            print_differences(found | differences(before, after), before, as_json=as_json)
            return
        if not as_json:
            print_differences(found, before, as_json=False)
        tell_saved(installation, save(installation, before, draft), as_json=as_json)


def _settings_in(file: Path) -> Mapping[str, str]:
    try:
        told = json.loads(file.read_text("utf-8"))
        settings = told["settings"]
        known = told["format"] == FORMAT and all(
            isinstance(text, str) for text in settings.values()
        )
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadInput(gettext(NO_EXPORT)) from None
    if not known or not settings.keys() <= set(VALUES):
        raise BadInput(gettext(NO_EXPORT))
    found: Mapping[str, str] = settings
    return found


def _differences(saved: Saved, settings: Mapping[str, str]) -> DifferencesInWords:
    """What differs from the settings in force: the text now, and that in the file."""
    now = texts_of(saved)
    return {name: (now[name], text) for name, text in settings.items() if now[name] != text}
