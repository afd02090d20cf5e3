"""The error pages, which say what went wrong and what to do, and never show a traceback."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from flask import Blueprint, Flask, Response, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import BadHost, BadRequest, HTTPException, NotFound, SecurityError

from smtp_panel.access.limits import LimitReached
from smtp_panel.access.people import NoSuchUser
from smtp_panel.outbox.history import NoSuchMessage
from smtp_panel.schedules.handling import NoSuchSchedule
from smtp_panel.web.not_now import SERVICE_UNAVAILABLE, not_now
from smtp_panel.words import N_


class ErrorText(NamedTuple):
    """Title, text and what to do next."""

    title: str
    text: str
    hint: str


STATUS_TEXTS = {
    400: ErrorText(
        N_("This request can't be understood"),
        N_("The form that was sent is not complete, or it is out of date."),
        N_("Go back, reload the page and try again."),
    ),
    403: ErrorText(
        N_("This page is for admins"),
        N_("Your account has no access to it."),
        N_("Ask an admin of this installation if you need it."),
    ),
    404: ErrorText(
        N_("There is no such page"),
        N_("The address may be mistyped, or what stood there has been removed."),
        N_("Check the address, or go on from here."),
    ),
    405: ErrorText(
        N_("This address can't be used that way"),
        N_("It belongs to a form and was opened directly, or the other way round."),
        N_("Start again from the page with the form."),
    ),
    413: ErrorText(
        N_("That is too much text"),
        N_("The form that was sent is larger than any of these settings can be."),
        N_("Go back, shorten what you typed and send it again. Nothing was saved."),
    ),
    414: ErrorText(
        N_("This address is too long"),
        N_("It has more than 8190 characters, such as of what was searched for."),
        N_("Go back, shorten what you typed and try again."),
    ),
    431: ErrorText(
        N_("Your browser sends too much with each request"),
        N_("A header of the request, mostly that of the cookies, has more than 8190 characters."),
        N_("Delete the cookies of this site in your browser and try again."),
    ),
    500: ErrorText(
        N_("The panel made a mistake"),
        N_("This is a fault of the program. Nothing was saved by this request."),
        N_("Try again. If it happens again, the server's log says what went wrong."),
    ),
}

NOT_NOW_TITLES = {429: N_("Too many attempts"), 503: N_("The panel can't do this now")}

# That there is nothing with the id in the address.
MISSING = (NoSuchMessage, NoSuchSchedule, NoSuchUser)
NO_HOST = N_(
    "This host is not one of the panel's. Open it by the address that SMTP_PANEL_URL names; whoever"
    " runs the panel can change that."
)

ErrorHandler = Callable[[HTTPException], ResponseReturnValue]
PREFIXES = "smtp_panel.answers_below"  # an ErrorHandler by the prefix below which it answers


def init_app(app: Flask) -> None:
    """Answer every error of `app` with a page that says what to do, except by `answer_below`."""
    app.extensions[PREFIXES] = {}
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(BadHost, _no_host)
    app.register_error_handler(SecurityError, _no_host)
    app.register_error_handler(ParseException, _unreadable)
    for missing in MISSING:
        app.register_error_handler(missing, _missing)
    for reason in (LimitReached, *SERVICE_UNAVAILABLE):
        app.register_error_handler(reason, _not_now)


def answer_below(blueprint: Blueprint, answer: ErrorHandler) -> None:
    """Let `answer` tell every HTTP error of `blueprint`, and of all paths below its prefix.

    An unknown path or method belongs to no blueprint, so that Flask asks none for its handlers.
    """
    blueprint.register_error_handler(HTTPException, answer)
    blueprint.record(
        lambda state: state.app.extensions[PREFIXES].update({state.url_prefix: answer})
    )


def page(status: int, title: str, text: str, hint: str = "", back: str = "") -> Response:
    """An error page, with a way `back` where there is one.

    From status 500 on it is without navigation, for the database may be broken.
    """
    words = {"status": status, "title": title, "text": text, "hint": hint, "back": back}
    if status >= 500:
        words["nav"] = None
    return make_response(render_template("error.html", **words), status)


def _no_host(_error: HTTPException) -> ResponseReturnValue:
    """The answer to a wrong Host: a plain one, since under it no page with links can be built."""
    answer = _answer_below()
    if answer:
        return answer(BadRequest(gettext(NO_HOST)))
    return Response(f"{NO_HOST}\n", 400, mimetype="text/plain")


def _answer_below() -> ErrorHandler | None:
    """What answers at this path by `answer_below`; None where pages do."""
    answers: dict[str, ErrorHandler] = current_app.extensions[PREFIXES]
    path = f"/{request.path.strip('/')}/"  # routes are found whatever slashes stand in front
    above = [prefix for prefix in answers if path.startswith(f"{prefix}/")]
    return answers[max(above, key=len)] if above else None


def _http(error: HTTPException) -> ResponseReturnValue:
    """The answer below one of PREFIXES, else the error page of the status.

    It is 503 if the unhandled error is one of SERVICE_UNAVAILABLE.
    """
    if answer := _answer_below():
        return answer(error)
    cause = getattr(error, "original_exception", None)
    if isinstance(cause, SERVICE_UNAVAILABLE):
        return _not_now(cause)
    status = error.code or 500
    words = STATUS_TEXTS.get(status) or STATUS_TEXTS[400 if status < 500 else 500]
    response = page(status, *map(gettext, words))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _unreadable(_error: ParseException) -> ResponseReturnValue:
    """The answer to a body that gunicorn finds is not in chunks as it says (RFC 9112, 7.1)."""
    return _http(BadRequest())


def _missing(_error: Exception) -> ResponseReturnValue:
    return _http(NotFound())


def _not_now(reason: Exception) -> Response:
    told = not_now(reason)
    response = page(told.status, gettext(NOT_NOW_TITLES[told.status]), told.text)
    response.headers.update(told.headers)
    return response
