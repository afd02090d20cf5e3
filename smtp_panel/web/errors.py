"""What a visitor reads when a request can't be served: never a bare status, never a traceback."""

from __future__ import annotations

import logging
from typing import NamedTuple

from flask import Flask, Response, make_response, render_template
from flask_babel import gettext
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from smtp_panel.access.limits import LimitReached, LimitsUnavailable
from smtp_panel.storage import StorageError, db, explain
from smtp_panel.words import N_

log = logging.getLogger(__name__)


class Words(NamedTuple):
    """Title, text and what to do next."""

    title: str
    text: str
    hint: str


TEXTS = {
    400: Words(
        N_("This request can't be understood"),
        N_("The form that was sent is not complete, or it is out of date."),
        N_("Go back, reload the page and try again."),
    ),
    403: Words(
        N_("This page is for admins"),
        N_("Your account has no access to it."),
        N_("Ask an admin of this installation if you need it."),
    ),
    404: Words(
        N_("There is no such page"),
        N_("The address may be mistyped, or what stood there has been removed."),
        N_("Check the address, or start again from your page."),
    ),
    405: Words(
        N_("This address can't be used that way"),
        N_("It belongs to a form and was opened directly, or the other way round."),
        N_("Start again from the page with the form."),
    ),
    413: Words(
        N_("That is too much text"),
        N_("The form that was sent is larger than any of these settings can be."),
        N_("Go back, shorten what you typed and send it again. Nothing was saved."),
    ),
    500: Words(
        N_("The panel made a mistake"),
        N_("This is a fault of the program. Nothing was saved by this request."),
        N_("Try again. If it stays, the server's log says what happened."),
    ),
}


def init_app(app: Flask) -> None:
    """Answer every error of `app` with a page that says what to do."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(LimitReached, _limit_reached)
    app.register_error_handler(LimitsUnavailable, _limits_unavailable)
    app.register_error_handler(StorageError, _storage)
    app.register_error_handler(DBAPIError, _database)


def page(status: int, title: str, text: str, hint: str = "") -> Response:
    """An error page; one for a broken server asks no database, which may be what is broken."""
    words = {"status": status, "title": title, "text": text, "hint": hint}
    if status >= 500:
        words["nav"] = None
    return make_response(render_template("error.html", **words), status)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    words = TEXTS.get(status) or TEXTS[400 if status < 500 else 500]
    response = page(status, *map(gettext, words))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _limit_reached(error: LimitReached) -> Response:
    text = gettext(error.message, seconds=error.retry_after)
    response = page(429, gettext("Too many attempts"), text)
    response.headers["Retry-After"] = str(error.retry_after)
    return response


def _limits_unavailable(error: LimitsUnavailable) -> Response:
    return page(503, gettext("Nothing was tried"), gettext(error.message, **error.params))


def _storage(error: StorageError) -> Response:
    title = gettext("The database can't be used")
    params = error.params
    return page(503, title, gettext(error.cause, **params), gettext(error.remedy, **params))


def _database(error: DBAPIError) -> Response:
    log.error("database: %s", type(error.orig).__name__)
    return _storage(explain(error, db.engine.url))
