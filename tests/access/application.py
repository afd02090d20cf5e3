"""A Flask application with nothing but the rooms that people come in by."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.security import generate_password_hash

from smtp_panel import cli, storage
from smtp_panel.access import limits, links, passwords, principal, sign_in, users
from smtp_panel.access.errors import AccessError
from smtp_panel.access.users import Role, User
from smtp_panel.app import RESOURCES
from smtp_panel.audit import Actor
from smtp_panel.config import Config
from smtp_panel.secret import Secret
from smtp_panel.storage import Base, db, writing
from smtp_panel.web import language

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
    language.init_app(app, RESOURCES / "translations")
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
            session, email=email, role=role, by=Actor("test"), password_hash=cheap_hash(PASSWORD)
        )


def cheap_hash(password: Secret) -> str:
    """A hash that takes no time to compare with, unlike those that are stored in earnest."""
    return generate_password_hash(password.reveal(), "pbkdf2:sha256:1")


def redeem(
    token: str,
    password: Secret,
    email: str | None = None,
    *,
    address: str,
    now: datetime | None = None,
) -> User:
    """Use up a link in a transaction of its own, as the page does, by a hash that takes no time."""
    password_hash = cheap_hash(password)
    with writing(db.session) as session:
        return links.redeem(session, token, password_hash, email, address=address, now=now)


def _add_pages(app: Flask) -> None:
    own = Blueprint("own", __name__)
    own.before_request(principal.require_user)
    closed = Blueprint("closed", __name__)
    closed.before_request(principal.require_admin)

    @app.post("/login")
    def login() -> ResponseReturnValue:
        email, password = request.form["email"], Secret(request.form["password"])
        proof = sign_in.authenticate(db.session, email, password)
        with writing(db.session) as session:
            user = sign_in.proven(session, proof) if proof else None
            if user is None:
                sign_in.record_failure(session, email)
                return "wrong", 401
            sign_in.sign_in(session, user)
        return principal.safe_next(request.args.get("next"))

    @app.route("/who")
    def who() -> ResponseReturnValue:
        user = principal.current_user()
        again = principal.current_user()
        assert user is again
        return user.known_as if user else "nobody"

    @own.route("/own", methods=["GET", "POST"])
    def page() -> ResponseReturnValue:
        return "own page"

    @closed.route("/admin/smtp", methods=["GET", "POST"])
    def admin() -> ResponseReturnValue:
        return "mail.example"

    @app.post("/logout")
    def logout() -> ResponseReturnValue:
        with writing(db.session) as session:
            sign_in.sign_out(session)
        return "out"

    @own.post("/end-others")
    def end_others() -> ResponseReturnValue:
        with writing(db.session) as session:
            sign_in.end_other_sessions(session, principal.own_account())
        return "out"

    @own.post("/password")
    def password() -> ResponseReturnValue:
        proof = sign_in.prove_password(principal.own_account(), Secret(request.form["old"]))
        password_hash = passwords.hashed(Secret(request.form["new"]))
        with writing(db.session) as session:
            sign_in.change_password(session, proof, password_hash)
        return "changed"

    @app.errorhandler(limits.LimitReached)
    def too_many(error: limits.LimitReached) -> ResponseReturnValue:
        return str(error), 429, {"Retry-After": str(error.retry_after)}

    @app.errorhandler(AccessError)
    def refused(error: AccessError) -> ResponseReturnValue:
        return f"{error.field}: {error}", 422

    app.register_blueprint(own)
    app.register_blueprint(closed)
