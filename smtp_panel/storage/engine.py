"""Where the database is, and how a session reaches it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import URL, make_url
from sqlalchemy.exc import DBAPIError

from smtp_panel.config import Config
from smtp_panel.storage import postgresql, sqlite
from smtp_panel.storage.base import Base
from smtp_panel.storage.connector import Connector
from smtp_panel.storage.errors import StorageError, location
from smtp_panel.storage.lately import remember
from smtp_panel.words import N_

REQUEST_THREADS = 8  # of each process, as deploy/gunicorn.conf.py has it
MORE_THREADS = 24  # that check, test or clean and want the database for a moment, at the same time
# A machine that is gone says nothing, and TCP would wait for a quarter of an hour: after these, a
# request has 503, and the thread that it took is free for others (libpq's names and units).
SILENCE = {
    "connect_timeout": 3,
    "tcp_user_timeout": 5000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
}
POOL_SECONDS = 5  # until a thread that finds no connection free is told that the database is busy

log = logging.getLogger(__name__)
db = SQLAlchemy(metadata=Base.metadata, disable_autonaming=True)


def database_url(config: Config) -> URL:
    """The URL of the database in `config`, with an absolute path for a SQLite file."""
    if not config.database_url:
        return URL.create("sqlite", database=str((config.data_dir / "panel.db").absolute()))
    url = make_url(config.database_url.reveal())
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    return url.set(database=str(Path(url.database or "").absolute()))


def init_app(app: Flask, config: Config) -> None:
    """Give `app` its database. Opens no connection; `upgrade(db.engine)` is what prepares it.

    Raises StorageError where the driver for the database is not installed.
    """
    url = database_url(config)
    on_sqlite = url.get_backend_name() == "sqlite"
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "hide_parameters": True,  # some are secret, and errors and logs would show them
        # No thread uses two connections at a time: as many as answer requests are kept open, and
        # no process has more than a third of those that PostgreSQL allows.
        "pool_size": REQUEST_THREADS,
        "max_overflow": MORE_THREADS,
        "pool_timeout": POOL_SECONDS,
        "connect_args": {} if on_sqlite else _unless_stated(url),
    }
    try:
        db.init_app(app)
    except ModuleNotFoundError as error:
        raise StorageError(
            N_("The driver for the database is not installed."),
            N_("Install it in the environment of SMTP Panel, with pip install 'psycopg[binary]'."),
            f"{location(url)}: {error}",
        ) from error
    app.teardown_appcontext(_end_session)  # before that of Flask-SQLAlchemy
    with app.app_context():
        remember(app, db.engine)
        if on_sqlite:
            sqlite.attach(db.engine)
        else:
            Connector().attach(db.engine)
            postgresql.attach(db.engine)


def _unless_stated(url: URL) -> Mapping[str, int]:
    """SILENCE, but for what the `url` itself says."""
    return {name: value for name, value in SILENCE.items() if name not in url.query}


def _end_session(_error: BaseException | None) -> None:
    """Let go of what was only read; where that fails, the answer stands that was made by it."""
    if not db.session.registry.has():
        return
    session = db.session()
    try:
        session.close()
    except DBAPIError as error:
        log.warning("the database went away after it had answered (%s)", type(error).__name__)
        session.invalidate()
