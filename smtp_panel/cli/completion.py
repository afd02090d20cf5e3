"""What a shell offers at the Tab key for the id or name of something that is stored."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import click
from click.shell_completion import CompletionItem
from flask import Flask
from sqlalchemy.orm import Session

from smtp_panel import storage
from smtp_panel.access import keys as api_keys
from smtp_panel.access import people
from smtp_panel.config import Config, ConfigError
from smtp_panel.outbox.listing import listed
from smtp_panel.schedules import handling
from smtp_panel.settings.fields import VALUES
from smtp_panel.status.standing import standing
from smtp_panel.storage import UNAVAILABLE, db

Offers = Iterable[tuple[str, str]]  # what can be typed, each with words beside it
Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def offering(find: Callable[[Session], Offers]) -> Complete:
    """A completion that offers what `find` gives.

    A key press makes no database and changes none: where there is none that can be read, nothing
    is offered.
    """

    def complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
        with suppress(ConfigError, *UNAVAILABLE):
            offers = _found(find)
            return [CompletionItem(t, help=w) for t, w in offers if t.startswith(incomplete)]
        return []

    return complete


def messages(session: Session) -> Offers:
    """The newest messages of the outbox."""
    found = listed(session.connection())
    return [(each.id, f"{each.state}, {each.subject}") for each in found]


def keys(session: Session) -> Offers:
    """The API keys that are valid."""
    found = api_keys.listed(session)
    return [(each.id, each.name) for each in found if not each.revoked_at]


def schedules(session: Session) -> Offers:
    """The schedules."""
    return [(str(each.id), each.name) for each, _ in handling.listed(session)]


def accounts(session: Session) -> Offers:
    """The mail addresses of those who may sign in."""
    found = [person.user for person in people.everybody(session)]
    return [(each.email, each.role.value) for each in found if each.email]


def nodes(session: Session) -> Offers:
    """The nodes that are alive, and all of them."""
    return [*((each.node, each.health) for each in standing(session).nodes), ("all", "")]


def settings(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """A completion that offers the names of the settings, each with the sign of its value."""
    offers = (f"{name}=" for name in VALUES)
    return [CompletionItem(text) for text in offers if text.startswith(incomplete)]


def _found(find: Callable[[Session], Offers]) -> Offers:
    app = Flask(__name__)
    storage.init_app(app, Config.from_environ(os.environ))
    with app.app_context():
        url = db.engine.url
        if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
            return []  # to connect would make it
        return list(find(db.session()))
