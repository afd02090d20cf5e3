"""SPEC A5 [L]: errors as Looker's SDKs read them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import told_by
from tests.api.looker.conftest import (
    LOGIN,
    LOGOUT,
    PASSWORD,
    SETTINGS,
    STATUS,
    Client,
)
from tests.web.conftest import MakePanel
from tests.web.test_broken_storage import damaged

JSON = {"content_type": "application/json"}
ERRORS: list[tuple[str, str, dict[str, Any], int]] = [
    ("GET", "/api/4.0", {}, 404),
    ("GET", "/api/4.0/", {}, 404),
    ("GET", "//api/4.0/users", {}, 404),
    ("GET", "/api/logins", {}, 404),
    ("GET", SETTINGS, {}, 405),
    ("GET", "/api/logout", {}, 405),
    ("POST", SETTINGS, JSON | {"data": "{"}, 400),
    ("POST", SETTINGS, JSON | {"data": "[1]"}, 400),
    ("POST", SETTINGS, JSON | {"data": ""}, 400),
    ("POST", SETTINGS, JSON | {"data": "[" * 60_000}, 400),
    ("POST", SETTINGS, JSON | {"data": b'{"from": "\xff"}'}, 400),
    ("POST", SETTINGS, {"data": "{}", "content_type": "text/plain"}, 415),
    ("POST", SETTINGS, JSON | {"data": "x" * 70_000}, 413),
    ("POST", LOGIN, {"data": {"client_id": "x" * 70_000}}, 413),
]


def test_every_error_is_an_object_with_a_message(client: Client) -> None:
    """Looker's SDK for Python fails over one without; 405 names what is allowed."""
    for method, path, options, status in ERRORS:
        answer = client.ask(method, path, **options)
        assert answer.status_code == status, (method, path, options)
        told = told_by(answer)
        assert ("at most 65536 octets" in told["message"]) == (status == 413)
        assert (set(told), told["documentation_url"]) == ({"message", "documentation_url"}, "")
        assert len(told["message"]) > 10
        assert ("Allow" in answer.headers) is (status == 405)


def test_a_wrong_host_is_told_so_too(make_panel: MakePanel) -> None:
    """A1: another host than the panel's gets 400."""
    client = Client(make_panel(url="http://localhost"))
    answer = client.ask("GET", STATUS, base_url="http://elsewhere.example")
    assert (answer.status_code, told_by(answer)["documentation_url"]) == (400, "")


def test_a_mistake_of_the_panel_is_an_object_too(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500, and of what went wrong nothing."""

    def broken(**_: Any) -> None:
        raise RuntimeError(PASSWORD)

    monkeypatch.setitem(client.panel.app.view_functions, "looker_mail.show_smtp_status", broken)
    answer = client.ask("GET", STATUS)
    assert answer.status_code == 500
    assert PASSWORD not in answer.text
    assert "server's log" in told_by(answer)["message"]


def test_a_database_that_is_gone_is_told_in_json(client: Client) -> None:
    """NAMES, nodes: 503 with Retry-After, wherever somebody asks."""
    with damaged(client.panel):
        answers = [client.login(), client.ask("GET", STATUS), client.ask("DELETE", LOGOUT)]
    for answer in answers:
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "damaged" in told_by(answer)["message"]
        assert told_by(answer)["documentation_url"] == ""


def test_errors_come_in_the_language_that_is_asked_for(client: Client) -> None:
    headers = {"Accept-Language": "ja", "Authorization": f"token {client.token}"}
    answer = client.http.post(SETTINGS, json={"foo": 1, "address": "a.example"}, headers=headers)
    assert all(not each["message"].isascii() for each in told_by(answer)["errors"])
