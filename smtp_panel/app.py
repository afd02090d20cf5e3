"""Puts the parts together; decides nothing."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from flask import Flask, request

from smtp_panel import cli, storage
from smtp_panel.access import bootstrap, limits, links, sign_in, users
from smtp_panel.config import Config
from smtp_panel.config.signing import signing_key
from smtp_panel.diagnosis.catalogue import catalogue
from smtp_panel.net.tls import supported_versions
from smtp_panel.panel import EXTENSION, Panel
from smtp_panel.sandbox import Sandbox
from smtp_panel.settings.cipher import Cipher, KeyUnavailable
from smtp_panel.settings.default_service import default_service
from smtp_panel.settings.hosting import Hosting, detect
from smtp_panel.settings.locked import check_locked
from smtp_panel.storage import db
from smtp_panel.telling import language
from smtp_panel.web import errors, nav, security
from smtp_panel.web.account import account
from smtp_panel.web.arrived import arrived
from smtp_panel.web.audit_log import audit_log
from smtp_panel.web.sandbox_mail import sandbox_mail
from smtp_panel.web.smtp import smtp

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "translations"
LARGEST_FORM = 64 * 1024  # octets


def create_app(config: Config | None = None) -> Flask:
    """The panel as a WSGI application, by `config` or by the environment.

    Raises ConfigError and StorageError, each with a sentence for the operator.
    """
    app = bare_app()
    furnish(app, config or Config.from_environ(os.environ))
    return app


def bare_app() -> Flask:
    """An application with languages and commands, which reads no variable and touches no file.

    It is enough for a command that needs no database; `furnish` makes the panel of it.
    """
    app = Flask(
        "smtp_panel", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static")
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    language.init_app(app, TRANSLATIONS)
    cli.init_app(app, furnish)
    return app


def furnish(app: Flask, config: Config) -> None:
    """Make the panel of a bare `app`: its keys, its database, its mail path and its pages.

    Raises ConfigError and StorageError.
    """
    app.config.update(
        SECRET_KEY=signing_key(config),
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        WTF_CSRF_TIME_LIMIT=None,
    )
    storage.init_app(app, config)
    with app.app_context():
        storage.upgrade(db.engine)
    _add_mail(app, config)
    _add_access(app, config)
    _add_web(app, config)


def start(app: Flask) -> None:
    """Begin what a serving process does beside answering: admin, sandbox, a first check.

    Raises ConfigError and SandboxError.
    """
    panel: Panel = app.extensions[EXTENSION]
    with app.app_context():
        bootstrap.admin_of_environment(db.session, panel.config)
    if panel.sandbox:
        panel.sandbox.start()
    with app.app_context():
        panel.check_saved()


def lacks_admin(app: Flask) -> bool:
    """Whether nobody can sign in as an admin."""
    with app.app_context():
        return not users.admin_exists(db.session)


def first_admin_link(app: Flask, base_url: str) -> str | None:
    """A one-time link for the first admin, while nobody can sign in as one."""
    with app.app_context():
        token = bootstrap.first_admin(db.session)
    return base_url.rstrip("/") + links.path(token) if token else None


def _add_mail(app: Flask, config: Config) -> None:
    catalogue()
    hosting = detect() if config.hosting == "auto" else Hosting(config.hosting)
    check_locked(config, supported_versions(), hosting)
    default_service(config, None)
    sandbox = Sandbox(config.data_dir, config.sandbox_port) if config.sandbox else None
    app.extensions[EXTENSION] = Panel(app, config, _cipher(app, config), hosting, sandbox)


def _cipher(app: Flask, config: Config) -> Cipher:
    try:
        return Cipher.load(config)
    except KeyUnavailable as error:
        app.logger.error("%s Saved passwords can't be read until it can.", error)
        return Cipher.without_key(error)


def _add_access(app: Flask, config: Config) -> None:
    sign_in.init_app(app, config)
    limits.init_app(app, config)


def _add_web(app: Flask, config: Config) -> None:
    app.jinja_env.globals["static"] = _static_url(app)
    security.init_app(app, config)
    nav.init_app(app)
    errors.init_app(app)
    for blueprint in (account, smtp, arrived, audit_log):
        app.register_blueprint(blueprint)
    if config.sandbox:
        app.register_blueprint(sandbox_mail)


def _static_url(app: Flask) -> object:
    """A URL that changes with the file, so that browsers may keep the file for a year.

    It is not asked of the router, which knows nothing where the request names an impossible host.
    """

    @cache
    def version(name: str) -> str:
        return f"{(Path(app.static_folder or '') / name).stat().st_mtime_ns:x}"

    return lambda name: f"{request.script_root}{app.static_url_path}/{name}?v={version(name)}"
