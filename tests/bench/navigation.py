"""What the warning in the navigation costs those who never see it (SPEC W7)."""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from flask.testing import FlaskClient

from smtp_panel.access.users import Role
from smtp_panel.app import panel_app
from smtp_panel.config import Config
from smtp_panel.web.nav import Nav
from tests.access.application import PASSWORD, add_user

MEMBER = "max@example.com"
ROUNDS = 100
REQUESTS = 20  # in a round


def navigation_cost() -> dict[str, float]:
    """By who looks: the share of a page's time that looking for a problem adds."""
    with tempfile.TemporaryDirectory() as folder:
        app = panel_app(Config(data_dir=Path(folder)))
        add_user(app, MEMBER, Role.MEMBER)
        member, visitor = app.test_client(), app.test_client()
        _sign_in(member)
        return {"member": _cost(member, "/"), "visitor": _cost(visitor, "/login")}


def _cost(client: FlaskClient, path: str) -> float:
    _seconds(client, path)
    ratios = []
    for _ in range(ROUNDS):
        with_it = _seconds(client, path)
        with patch.object(Nav, "problem", None):
            without = _seconds(client, path)
        ratios.append(with_it / without)
    return statistics.median(ratios) - 1


def _seconds(client: FlaskClient, path: str) -> float:
    began = time.process_time()
    for _ in range(REQUESTS):
        client.get(path)
    return time.process_time() - began


def _sign_in(client: FlaskClient) -> None:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").text)
    if not found:
        raise RuntimeError("the page has no token")
    fields = {"csrf_token": found[1], "email": MEMBER, "password": PASSWORD.reveal()}
    if client.post("/login", data=fields).status_code != 303:
        raise RuntimeError("the member could not sign in")
