"""Errors are pages, and a blueprint that speaks another language has its own (section 11)."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Blueprint, abort
from flask.typing import ResponseReturnValue
from gunicorn.http.errors import InvalidChunkSize
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from smtp_panel.access.limits import LimitReached
from smtp_panel.web.csrf import csrf
from smtp_panel.web.errors import answer_below
from smtp_panel.web.not_now import SERVICE_UNAVAILABLE
from tests.web.conftest import Panel

LIMIT = LimitReached(7)


def refuse() -> None:
    abort(403)


def fail(error: Exception) -> None:
    raise error


class Torn(io.RawIOBase):
    """The body of a request that is sent in chunks which are none, as gunicorn gives it."""

    def readable(self) -> bool:
        return True

    def readinto(self, _: object) -> int:
        raise InvalidChunkSize(b"zz")


@pytest.mark.parametrize("path", ["/login", "/api/4.0/login"])
def test_a_body_that_is_torn_is_no_fault_of_the_panel(
    panel: Panel, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    """Anybody may send one, and the log is for those that know what to do about it."""
    torn = {"wsgi.input": Torn(), "wsgi.input_terminated": True}
    form = "application/x-www-form-urlencoded"
    client = panel.app.test_client()
    answer = client.post(path, content_type=form, environ_overrides=torn)
    assert answer.status_code == 400
    assert caplog.records == []


@pytest.mark.parametrize(
    ("view", "status", "title"),
    [
        pytest.param(refuse, 403, "This page is for admins", id="a status"),
        pytest.param(lambda: fail(LIMIT), 429, "Too many attempts", id="a limit"),
        pytest.param(lambda: fail(PoolTimeout()), 503, "do this now", id="storage"),
    ],
)
def test_a_blueprint_answers_its_own_errors_in_its_own_way(
    panel: Panel, view: Any, status: int, title: str
) -> None:
    """A5: JSON for programs, and a page for everybody else."""
    data = Blueprint("data", __name__, url_prefix="/data")
    data.add_url_rule("/", view_func=view, endpoint="view")
    for error in (HTTPException, LimitReached, *SERVICE_UNAVAILABLE):
        data.register_error_handler(error, lambda _error: ({"message": "no"}, status))
    panel.app.register_blueprint(data)
    panel.app.add_url_rule("/page", view_func=view, endpoint="page")
    told = panel.visitor().get("/data/")
    assert (told.status_code, told.json) == (status, {"message": "no"})
    page = panel.visitor().get("/page")
    assert page.status_code == status
    assert title in page.text


def tell(error: HTTPException) -> ResponseReturnValue:
    """An error as data, with the headers that belong to it."""
    headers = {name: value for name, value in error.get_headers() if name != "Content-Type"}
    return {"message": error.name}, error.code or 500, headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/data", 404),
        ("GET", "/data/", 404),
        ("POST", "/data/unknown/path", 404),
        ("GET", "/data/refused", 403),
        ("PUT", "/data/refused", 405),
        ("GET", "/database", None),
        ("GET", "/unknown", None),
    ],
)
def test_a_blueprint_answers_whatever_is_asked_for_below_its_prefix(
    panel: Panel, method: str, path: str, status: int | None
) -> None:
    """A5: no page for a program that mistyped a path; everywhere else a page as ever."""
    data = Blueprint("data", __name__, url_prefix="/data")
    csrf.exempt(data)
    answer_below(data, tell)
    data.add_url_rule("/refused", view_func=lambda: abort(403), methods=["GET", "POST"])
    panel.app.register_blueprint(data)
    response = panel.visitor().client.open(path, method=method)
    if status is None:
        assert (response.status_code, response.mimetype) == (404, "text/html")
        return
    assert (response.status_code, response.mimetype) == (status, "application/json")
    allowed = {"GET", "HEAD", "OPTIONS", "POST"} if status == 405 else None
    assert (set(response.allow) or None) == allowed
