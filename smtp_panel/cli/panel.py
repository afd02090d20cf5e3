"""The panel behind a command: opened when it is needed, its troubles told in sentences."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from flask import Flask, current_app

from smtp_panel.config import Config, ConfigError
from smtp_panel.panel import EXTENSION
from smtp_panel.storage import UNAVAILABLE, StorageError, db, storage_error

OPEN = "smtp_panel.open"
OpenPanel = Callable[[Flask, Config], None]


class BadInput(click.ClickException):
    """What was typed can't be done; the sentence says why."""

    exit_code = 2


def offer(app: Flask, open_panel: OpenPanel) -> None:
    """Let `panel` open it by the variables of the environment, unless `app` has it already."""

    def opened() -> None:
        if EXTENSION not in app.extensions:
            open_panel(app, Config.from_environ(os.environ))

    app.extensions[OPEN] = opened


@contextmanager
def panel() -> Iterator[None]:
    """Database, keys and mail path are at hand inside.

    What is out of order with them ends the command with a sentence: exit code 2 for a variable
    that can't be used, 1 for the database.
    """
    try:
        current_app.extensions.get(OPEN, _nothing)()
        yield
    except ConfigError as error:
        raise BadInput(str(error)) from error
    except StorageError as error:
        raise click.ClickException(str(error)) from error
    except UNAVAILABLE as error:
        raise click.ClickException(str(storage_error(error, db.engine.url))) from error


def _nothing() -> None:
    """Where nothing is offered, the panel is open already."""
