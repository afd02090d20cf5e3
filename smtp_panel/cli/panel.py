"""Opens the panel for a command that needs it, and turns its errors into sentences."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from flask import Flask, current_app
from flask_babel import force_locale, gettext

from smtp_panel.access.errors import AccessError
from smtp_panel.audit import Actor
from smtp_panel.cli.exits import BAD_INPUT
from smtp_panel.cli.terminal import language_of
from smtp_panel.config import Config, ConfigError
from smtp_panel.mail.mounted import EXTENSION
from smtp_panel.outbox.intake import TooLarge
from smtp_panel.settings.cipher import KeyUnavailable
from smtp_panel.storage import UNAVAILABLE, StorageError, db, storage_error
from smtp_panel.telling.language import in_words
from smtp_panel.telling.refusals import key_unavailable
from smtp_panel.words import N_

COMMAND_LINE = Actor("command line")
NO_TEXT = N_("This is no text in UTF-8.")
HALF = "Cs"  # the category of what stands for an octet that is no UTF-8 (PEP 383)
OPEN = "smtp_panel.open"
OpenPanel = Callable[[Flask, Config], None]


class BadInput(click.ClickException):
    """What was typed can't be done; the sentence says why."""

    exit_code = BAD_INPUT


def offer(app: Flask, open_panel: OpenPanel) -> None:
    """Have `panel` open the panel in `app`, by the environment, unless that has one already."""

    def opened() -> None:
        if EXTENSION not in app.extensions:
            open_panel(app, Config.from_environ(os.environ))

    app.extensions[OPEN] = opened


@contextmanager
def panel() -> Iterator[None]:
    """The panel is open in the block, with its database, keys and mail path.

    What the block says is in the language of the terminal.

    An error of theirs ends the command with a sentence, and exit code 2 for what can't be done with
    an account or a key, for what was typed in another encoding than UTF-8, for a message that is
    too large and for a variable that can't be used, 1 for the database and for a secret that can't
    be encrypted.
    """
    with force_locale(language_of(os.environ)):
        try:
            current_app.extensions.get(OPEN, _nothing)()
            yield
        except (AccessError, TooLarge) as error:
            raise BadInput(in_words(error.sentence)) from error
        except ConfigError as error:
            raise BadInput(str(error)) from error
        except UnicodeEncodeError as error:
            if unicodedata.category(error.object[error.start]) != HALF:
                raise
            raise BadInput(gettext(NO_TEXT)) from error
        except KeyUnavailable as error:
            raise click.ClickException(key_unavailable(error)) from error
        except StorageError as error:
            raise click.ClickException(_sentences(error)) from error
        except UNAVAILABLE as error:
            found = storage_error(error, db.engine.url)
            raise click.ClickException(_sentences(found)) from error


def _sentences(error: StorageError) -> str:
    return f"{gettext(error.cause)} {gettext(error.remedy)} ({error.detail})"


def _nothing() -> None:
    """Used where the panel is open already."""
