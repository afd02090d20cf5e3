"""Errors are pages, and a blueprint that speaks another language has its own (section 11)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Blueprint, abort
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from smtp_panel.access.limits import LimitReached
from smtp_panel.web.errors import SERVICE_UNAVAILABLE
from tests.web.conftest import Panel

LIMIT = LimitReached(7)


def refuse() -> None:
    abort(403)


def fail(error: Exception) -> None:
    raise error


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
