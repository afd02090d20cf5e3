"""`smtp rotate-secret-keys`: other keys for the secrets that are stored (SPEC V6, A6)."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from flask_babel import gettext

from smtp_panel.cli.command import json_option, say
from smtp_panel.cli.panel import COMMAND_LINE, BadInput, panel
from smtp_panel.config import Config
from smtp_panel.panel import Panel, current_panel
from smtp_panel.settings.cipher import FERNET_KEY_FILE, Cipher, KeyUnavailable, unusable
from smtp_panel.settings.rotation import Rotated, add_key, drop_old_keys, encrypt_anew
from smtp_panel.storage import db, writing
from smtp_panel.telling.language import in_words
from smtp_panel.words import N_

STATED = N_("Put a new key before the old one, in SMTP_PANEL_KEYS=NEW,OLD, then run this again.")
LEFT = N_("Some secrets can't be read by any key: enter those first. The old keys stay till then.")
IN_VARIABLE = N_("The keys are in SMTP_PANEL_KEYS: remove the older ones there.")
DONE = N_("Secrets that are encrypted with the newest key: %(secrets)s.")
RESTART = N_("The file holds %(keys)s keys. Restart the panel, then run this with --drop-old.")


@click.command("rotate-secret-keys")
@click.option("--drop-old", is_flag=True, help="Then leave the newest key alone in the key file.")
@json_option
@with_appcontext
def rotate_secret_keys(*, drop_old: bool, as_json: bool) -> None:
    """Encrypt all saved secrets with the newest key.

    Where the keys are in the key file, a new one is made first, unless there are several already.
    It can be run again at any time, also after it was interrupted.
    """
    with panel():
        installation = current_panel()
        file = installation.config.data_dir / FERNET_KEY_FILE
        in_file = not installation.config.keys
        if drop_old and not in_file:
            raise BadInput(gettext(IN_VARIABLE))
        try:
            cipher = Cipher.load(installation.config)
            if in_file and not drop_old:
                add_key(file)
                cipher = Cipher.load(installation.config)
            done = _encrypt(installation.config, cipher)
            if drop_old:
                _drop(installation, done)
        except (KeyUnavailable, OSError) as error:
            why = error if isinstance(error, KeyUnavailable) else unusable(file, error)
            raise click.ClickException(in_words(why.sentence)) from error
        following = _next(cipher, drop_old=drop_old, in_file=in_file)
        told = f"{gettext(DONE, secrets=done.secrets)} {following}"
        say(told, as_json=as_json, secrets=done.secrets, unreadable=done.unreadable)


def _encrypt(config: Config, cipher: Cipher) -> Rotated:
    if config.keys and cipher.keys == 1:
        raise BadInput(gettext(STATED))
    with writing(db.session) as session:
        return encrypt_anew(session, cipher, COMMAND_LINE)


def _drop(installation: Panel, done: Rotated) -> None:
    if done.unreadable:
        raise BadInput(gettext(LEFT))
    drop_old_keys(installation.config.data_dir / FERNET_KEY_FILE)


def _next(cipher: Cipher, *, drop_old: bool, in_file: bool) -> str:
    """What is to be done next."""
    if drop_old:
        return gettext("The old ones are gone.")
    if not in_file:
        return gettext("Remove the older ones from SMTP_PANEL_KEYS, and restart.")
    return gettext(RESTART, keys=cipher.keys)
