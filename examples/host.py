"""An application with SMTP Panel below /mail, in the same process.

It has people, sessions, forms with tokens, languages and a database of its own, and knows nothing
of the panel but what stands below "The panel". Where the panel is installed:

    SMTP_PANEL_SANDBOX=on flask --app host run

Sign in as ada@example.com, who may open the panel, or as bob@example.com, who may not.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from flask import Flask, redirect, render_template_string, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import Babel, format_date
from flask_mail import Message
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from smtp_panel import Mail, create_app

PAGE = """<!doctype html>
<title>Reports</title>
<h1>Reports of {{ today }}</h1>
{% if person %}
  <p>Hello, {{ person.name }}.</p>
  <form method="post" action="{{ url_for('send') }}">
    <input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
    <button>Send me the report</button>
  </form>
  <form method="post" action="{{ url_for('sign_out') }}">
    <input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
    <button>Sign out</button>
  </form>
  <p><a href="/mail/admin/smtp">Mail settings</a></p>
{% else %}
  <form method="post" action="{{ url_for('sign_in') }}">
    <input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
    <label>Mail address <input name="email" type="email" required></label>
    <button>Sign in</button>
  </form>
{% endif %}
"""


class Base(DeclarativeBase):
    """Base of the models."""


class Person(Base):
    """Someone who may sign in."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    is_admin: Mapped[bool]


app = Flask(__name__)
app.config.update(
    SECRET_KEY=secrets.token_hex(),  # another one at each start is enough for an example
    SQLALCHEMY_DATABASE_URI="sqlite:///people.db",
    MAIL_DEFAULT_SENDER="Reports <reports@example.com>",
)
db = SQLAlchemy(app, metadata=Base.metadata)
mail = Mail(app)  # in the place of Flask-Mail's
Babel(app, locale_selector=lambda: request.accept_languages.best_match(["de", "en"]))
CSRFProtect(app)

with app.app_context():
    db.create_all()
    if not db.session.scalar(select(Person)):
        db.session.add(Person(email="ada@example.com", name="Ada", is_admin=True))
        db.session.add(Person(email="bob@example.com", name="Bob", is_admin=False))
        db.session.commit()


def signed_in() -> Person | None:
    """Whoever makes this request."""
    return db.session.get(Person, session["person"]) if "person" in session else None


@app.get("/")
def home() -> ResponseReturnValue:
    """The only page."""
    return render_template_string(PAGE, person=signed_in(), today=format_date())


@app.post("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Believe whoever asks, which is enough for an example."""
    person = db.session.scalar(select(Person).where(Person.email == request.form["email"]))
    if person:
        session["person"] = person.id
    return redirect(url_for("home"), 303)


@app.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Forget who asks."""
    session.clear()
    return redirect(url_for("home"), 303)


@app.post("/send")
def send() -> ResponseReturnValue:
    """Send a report to whoever asks. It is in the panel's outbox when this returns."""
    if person := signed_in():
        mail.send(Message("Your report", [person.email], "All is well."))
    return redirect(url_for("home"), 303)


# The panel


def current_user(environ: dict[str, Any]) -> Mapping[str, Any] | None:
    """Whoever makes a request to the panel, which asks at each."""
    with app.request_context(environ):
        if person := signed_in():
            return {
                "id": person.id,
                "email": person.email,
                "name": person.name,
                "admin": person.is_admin,
            }
    return None


@mail.content("Sales of the week")
def sales() -> Message:
    """What the panel sends to whom a schedule names, as often as it says."""
    message = Message(body=f"The sales of {db.session.query(Person).count()} people")
    message.attach("sales.csv", "text/csv", "person,sales\nAda,7\n")
    return message


app.wsgi_app = DispatcherMiddleware(  # type: ignore[method-assign]  # how Flask documents middleware
    app.wsgi_app, {"/mail": create_app(current_user=current_user)}
)
