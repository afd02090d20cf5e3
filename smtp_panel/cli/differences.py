"""What a save would change, as `smtp set` and `smtp import` print it."""

from __future__ import annotations

import click
from flask_babel import gettext

from smtp_panel.cli.command import print_json
from smtp_panel.runs.drafts import texts_of
from smtp_panel.settings.fields import SECRETS, VALUES
from smtp_panel.settings.saved import Saved
from smtp_panel.settings.secrets import BoundSecret

CHANGED = "changed"
DifferencesInWords = dict[str, tuple[str, str]]


def state_of(secret: BoundSecret) -> str:
    """What is told of a secret: whether there is one that can be read."""
    return "unreadable" if secret.undecryptable else "set" if secret.secret else "empty"


def differences(before: Saved, after: Saved) -> DifferencesInWords:
    """What differs between settings: of a value its text, of a secret only that it does."""
    old, new = texts_of(before), texts_of(after)
    values = {name: (old[name], new[name]) for name in VALUES if old[name] != new[name]}
    return values | {
        name: (state_of(before.secrets[name]), CHANGED)
        for name in SECRETS
        if before.secrets[name].secret != after.secrets[name].secret
    }


def print_differences(found: DifferencesInWords, before: Saved, *, as_json: bool) -> None:
    """Print what was `found`, and what stays all the same, since a variable locks it."""
    if as_json:
        changes = {
            name: {"from": old, "to": new, "locked": name in before.locked}
            for name, (old, new) in found.items()
        }
        print_json({"ok": True, "changes": changes})
        return
    for name, (old, new) in found.items():
        locked = before.locked.get(name)
        stays = gettext(" (stays: %(variable)s locks it)", variable=locked) if locked else ""
        click.echo(f"{name}: {old or '-'} -> {new or '-'}{stays}")
    if not found:
        click.echo(gettext("Nothing differs."))
