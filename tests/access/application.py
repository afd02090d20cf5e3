"""A Flask application with nothing but the rooms that people come in by."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue

from smtp_panel import cli, storage
from smtp_panel.access import limits, links, passwords, sign_in, users
from smtp_panel.access.errors import AccessError
from smtp_panel.access.users import Role
from smtp_panel.config import Config
from smtp_panel.secret import Secret
from smtp_panel.storage import Base, db, writing

PASSWORD = Secret("correct horse battery")
ADA = "ada@example.com"


def application(data_dir: Path, clock: Callable[[], float] = time.time, **settings: Any) -> Flask:
    """An application on the data in `data_dir`; `settings` are fields of Config."""
    app = Flask("panel")
    app.secret_key = "for tests"
    config = Config(data_dir=data_dir, **settings)
    storage.init_app(app, config)
    limits.init_app(app, config, clock)
    sign_in.init_app(app, config)
    cli.init_app(app)
    _add_pages(app)
    return app


def with_tables(app: Flask) -> Flask:
    """`app`, its database prepared."""
    with app.app_context():
        assert links.OneTimeLink.__table__ in Base.metadata.sorted_tables
        Base.metadata.create_all(db.engine)
    return app


def add_user(app: Flask, email: str = ADA, role: Role = Role.ADMIN) -> None:
    """A user who signs in with PASSWORD."""
    with app.app_context(), writing(db.session) as session:
        users.create_user(
            session, email=email, role=role, actor="test", password_hash=hash_of_password()
        )


@cache
def hash_of_password() -> str:
    """Made once: it is meant to take its time."""
    return passwords.hashed(PASSWORD)


def _add_pages(app: Flask) -> None:
    @app.post("/login")
    def login() -> ResponseReturnValue:
        password = Secret(request.form["password"])
        user = sign_in.authenticate(db.session, request.form["email"], password)
        if user is None:
            return "wrong", 401
        sign_in.sign_in(user)
        return sign_in.safe_next(request.args.get("next"))

    @app.route("/who")
    def who() -> ResponseReturnValue:
        user = sign_in.current_user()
        again = sign_in.current_user()
        assert user is again
        return user.email if user else "nobody"

    @app.route("/own", methods=["GET", "POST"])
    @sign_in.login_required
    def own() -> ResponseReturnValue:
        return "own page"

    @app.route("/admin/smtp", methods=["GET", "POST"])
    @sign_in.admin_required
    def admin() -> ResponseReturnValue:
        return "mail.example"

    @app.post("/logout")
    def logout() -> ResponseReturnValue:
        sign_in.sign_out()
        return "out"

    @app.post("/logout-everywhere")
    @sign_in.login_required
    def logout_everywhere() -> ResponseReturnValue:
        user = sign_in.current_user()
        assert user
        sign_in.sign_out_everywhere(user)
        return "out"

    @app.post("/password")
    @sign_in.login_required
    def password() -> ResponseReturnValue:
        user = sign_in.current_user()
        assert user
        old, new = Secret(request.form["old"]), Secret(request.form["new"])
        sign_in.change_password(db.session, user, old, new)
        return "changed"

    @app.errorhandler(limits.LimitReached)
    def too_many(error: limits.LimitReached) -> ResponseReturnValue:
        return str(error), 429, {"Retry-After": str(error.retry_after)}

    @app.errorhandler(AccessError)
    def refused(error: AccessError) -> ResponseReturnValue:
        return f"{error.field}: {error}", 422
