"""Makes the application out of its parts, and starts what runs beside requests."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flask import Flask

from smtp_panel import cli, storage
from smtp_panel.access import bootstrap, external, limits, links, sign_in
from smtp_panel.access.host_sign_in import CurrentUser
from smtp_panel.api.audit import audit
from smtp_panel.api.deliverability import deliverability as api_deliverability
from smtp_panel.api.find import find as api_find
from smtp_panel.api.keys import keys as api_keys
from smtp_panel.api.limits import limits as api_limits
from smtp_panel.api.looker.mail import mail
from smtp_panel.api.looker.tokens import tokens
from smtp_panel.api.messages import messages
from smtp_panel.api.openapi import openapi
from smtp_panel.api.outbox import outbox as api_outbox
from smtp_panel.api.schedules import schedules as api_schedules
from smtp_panel.api.sending import sending
from smtp_panel.api.settings import settings
from smtp_panel.api.status import status
from smtp_panel.api.tests import tests
from smtp_panel.api.users import users as api_users
from smtp_panel.background import Background, stop_with_process
from smtp_panel.config import Config, ConfigError, unknown_variables
from smtp_panel.config.signing import signing_keys
from smtp_panel.diagnosis.catalogue import catalogue
from smtp_panel.loops import loops, ownership
from smtp_panel.mail import mounted
from smtp_panel.mail.front import Mail
from smtp_panel.mail.mounted import EXTENSION
from smtp_panel.net.tls import supported_versions
from smtp_panel.outbox.outbox import Outbox
from smtp_panel.outbox.retry import Uncertain
from smtp_panel.outbox.worker import Worker
from smtp_panel.panel import Panel
from smtp_panel.relay.service import CannotRelay, Relay
from smtp_panel.runs.runner import Runner
from smtp_panel.sandbox import Sandbox, SandboxError
from smtp_panel.settings.cipher import Cipher, KeyUnavailable
from smtp_panel.settings.default_service import provided
from smtp_panel.settings.hosting import hosting
from smtp_panel.settings.locked import check_locked
from smtp_panel.storage import StorageError, db, writing
from smtp_panel.storage.errors import storage_errors
from smtp_panel.web import arguments, assets, csrf, errors, language, nav, security
from smtp_panel.web.account import account
from smtp_panel.web.arrived import arrived
from smtp_panel.web.audit_log import audit_log
from smtp_panel.web.deliverability import deliverability
from smtp_panel.web.embed import embed
from smtp_panel.web.faults import faults
from smtp_panel.web.find import find
from smtp_panel.web.keys import keys
from smtp_panel.web.mail_kinds import mail_kinds
from smtp_panel.web.notices import notices
from smtp_panel.web.outbox import outbox
from smtp_panel.web.preferences import preferences
from smtp_panel.web.probes import probes
from smtp_panel.web.public import public
from smtp_panel.web.relay import relay
from smtp_panel.web.sandbox_mail import sandbox_mail
from smtp_panel.web.schedules import schedules
from smtp_panel.web.senders import senders
from smtp_panel.web.smtp import smtp
from smtp_panel.web.staging import staging
from smtp_panel.web.users import users as user_pages
from smtp_panel.web.warning import warning

PACKAGE = Path(__file__).resolve().parent
# Templates, static files and translations: in the package where it is installed, else beside it.
RESOURCES = PACKAGE if (PACKAGE / "templates").is_dir() else PACKAGE.parent
LARGEST_FORM = 64 * 1024  # octets


def create_app(config: Config | None = None, current_user: CurrentUser | None = None) -> Flask:
    """The panel as a WSGI application, by `config` or by the environment, at work.

    Any application of this process sends by it with `Mail`. Where it is mounted in one that signs
    people in, `current_user` gives that one's user, by the WSGI environment of a request: `id`,
    `email`, `name` and whether they are an `admin`, or None for nobody. What it does beside
    answering is started, except where a command of Flask imports it and serves nothing. Raises
    ConfigError, StorageError and SandboxError.
    """
    app = panel_app(config, current_user)
    mounted.mount(app)
    if cli.command_of_flask() in cli.SERVING:
        start(app)
    return app


def panel_app(config: Config | None = None, current_user: CurrentUser | None = None) -> Flask:
    """The panel as a WSGI application, by `config` or by the environment; nothing is started yet.

    A variable there that nobody knows is told on standard error. Raises ConfigError and
    StorageError, each with a sentence for the operator.
    """
    if config is None:
        for sentence in unknown_variables(os.environ):
            print(sentence, file=sys.stderr)
        config = Config.from_environ(os.environ)
    app = command_app()
    open_panel(app, config, current_user)
    return app


def command_app() -> Flask:
    """An application for commands alone, which reads no variables and touches no files.

    A command that needs the database opens the panel in it.
    """
    app = Flask(
        "smtp_panel",
        template_folder=str(RESOURCES / "templates"),
        static_folder=str(RESOURCES / "static"),
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    language.init_app(app, RESOURCES / "translations")
    cli.init_app(app, open_panel)
    return app


def open_panel(app: Flask, config: Config, current_user: CurrentUser | None = None) -> None:
    """Give `app` the panel: its keys, its database, its mail path and its pages.

    Raises ConfigError and StorageError.
    """
    newest, *older = signing_keys(config)
    app.config.update(
        SECRET_KEY=newest,
        SECRET_KEY_FALLBACKS=older,
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
    )
    storage.init_app(app, config)
    with app.app_context():
        storage.upgrade(db.engine)
    _add_mail(app, config)
    sign_in.init_app(app, config, current_user)
    limits.init_app(app, config)
    _add_web(app, config)


def start(app: Flask) -> Callable[[], None]:
    """Begin what a serving process does beside answering: first admin, sandbox, loops, first check.

    Gives what ends it again, which the end of the process calls as well. Raises ConfigError,
    StorageError, SandboxError and CannotRelay.
    """
    catalogue()  # is read here, so that no request waits for it
    panel: Panel = app.extensions[EXTENSION]
    owner = ownership(panel)
    background = Background(loops(panel), owner)
    with ExitStack() as started:
        with _database_of(app), writing(db.session) as session:
            bootstrap.admin_of_environment(session, panel.config)
        if panel.sandbox:
            panel.sandbox.start()
            started.callback(panel.sandbox.stop)
        started.callback(owner.release)
        with _database_of(app):
            if owner.acquire():
                panel.check_saved()
        background.start()
        started.callback(background.stop)
        if panel.config.worker:
            worker = Worker(panel.outbox, panel.route, panel.delivered)
            worker.start()
            started.callback(worker.stop)
        if panel.config.relay:
            relaying = Relay(panel)
            relaying.start()
            started.callback(relaying.stop)
        return stop_with_process(started.pop_all().close)


@contextmanager
def _database_of(app: Flask) -> Iterator[None]:
    """The database of `app` is at hand in the block, and its errors become StorageErrors."""
    with app.app_context(), storage_errors(db.engine.url):
        yield


@contextmanager
def startup_errors() -> Iterator[None]:
    """Where the block can't start the panel, print why in a sentence and end the process.

    The exit codes are gunicorn's own, after which it starts no other worker: 4 for a variable that
    can't be used, 3 for the database or the sandbox, which may be in order at another try.
    """
    try:
        yield
    except (ConfigError, StorageError, SandboxError, CannotRelay) as error:
        print(f"SMTP Panel can't start. {error}", file=sys.stderr)
        raise SystemExit(4 if isinstance(error, ConfigError) else 3) from None


def lacks_admin(app: Flask) -> bool:
    """Whether there is no admin who can sign in."""
    with app.app_context():
        return not external.admin_exists(db.session)


def first_admin_link(app: Flask, base_url: str) -> str | None:
    """A one-time link for the first admin, or None if an admin can sign in already."""
    with app.app_context(), writing(db.session) as session:
        token = bootstrap.first_admin(session)
    return base_url.rstrip("/") + links.url_path(token) if token else None


def _add_mail(app: Flask, config: Config) -> None:
    cloud = hosting(config.hosting)
    check_locked(config, supported_versions(), cloud)
    operator = provided(config)
    sandbox = Sandbox(config.data_dir, config.sandbox_port) if config.sandbox else None
    with app.app_context():
        runner = Runner(db.engine, config.test_pool)
        queue = Outbox(
            db.engine,
            config.node_name,
            config.data_dir / "outbox",
            uncertain=Uncertain(config.uncertain),
        )
    Mail(app)
    app.extensions[EXTENSION] = Panel(
        app=app,
        config=config,
        cipher=_cipher(app, config),
        hosting=cloud,
        provided=operator,
        sandbox=sandbox,
        runner=runner,
        outbox=queue,
        url=config.url,
    )


def _cipher(app: Flask, config: Config) -> Cipher:
    try:
        return Cipher.load(config)
    except KeyUnavailable as error:
        app.logger.error("%s Saved passwords can't be read until it can.", error)
        return Cipher.without_key(error)


def _add_web(app: Flask, config: Config) -> None:
    arguments.init_app(app)
    assets.init_app(app)
    security.init_app(app, config)
    csrf.init_app(app)
    nav.init_app(app)
    errors.init_app(app)
    for open_to_all in (public, preferences, arrived, embed, probes):
        app.register_blueprint(open_to_all)
    for closed in (
        *(account, notices, smtp, find, warning, outbox, deliverability, staging, schedules),
        *(mail_kinds, audit_log, user_pages, keys, relay, sandbox_mail, faults, senders),
    ):
        app.register_blueprint(closed)
    for asked_by_keys in (
        *(messages, settings, tests, status, openapi, tokens, mail),
        *(api_outbox, api_limits, sending, api_schedules, api_users, audit, api_keys),
        api_find,
        api_deliverability,
    ):
        app.register_blueprint(asked_by_keys)
