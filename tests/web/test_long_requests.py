"""An address or a header that is longer than web servers take is refused before it is read (T8).

`make run` and gunicorn let none through; other servers do (SPEC 11).
"""

from __future__ import annotations

import pytest
from werkzeug.datastructures import Headers

from smtp_panel.web.security import LONGEST_FIELD
from tests.web.conftest import Panel
from tests.web.html import parse

BLANKS = "a" + " " * LONGEST_FIELD + "b"
PATHS = ["/login", "/embed/warning", "/static/app.css", "/nothing"]


@pytest.mark.parametrize("header", ["Accept", "Referer", "Accept-Language", "X-Forwarded-For"])
@pytest.mark.parametrize("path", PATHS)
def test_a_header_without_end_is_not_read(panel: Panel, path: str, header: str) -> None:
    """`Accept` with 250,000 blanks kept the panel busy for half a minute, whoever sent it."""
    client = panel.visitor().client
    response = client.get(path, headers=Headers({header: BLANKS}))
    assert response.status_code == 431
    assert "more than 8190 characters" in parse(response.text).id("main").text
    shorter = client.get(path, headers=Headers({header: BLANKS[2:]}))
    assert shorter.status_code == (404 if path == "/nothing" else 200)


def test_an_address_without_end_is_told(panel: Panel) -> None:
    """Text to search for that the database does not take, for example."""
    admin = panel.admin()
    for page in ("users", "outbox", "faults"):
        response = admin.get(f"/admin/{page}?q={'x' * LONGEST_FIELD}")
        assert response.status_code == 414
        assert "shorten what you typed" in parse(response.text).id("main").text
        assert admin.get(f"/admin/{page}?q={'x' * (LONGEST_FIELD - 30)}").status_code == 200


def test_a_program_is_told_the_same_in_json(panel: Panel) -> None:
    client = panel.visitor().client
    response = client.get("/api/v1/settings", headers=Headers({"Authorization": BLANKS}))
    assert (response.status_code, response.json) == (
        431,
        {"message": "A header has more than 8190 characters. Send a shorter one."},
    )
    response = client.get(f"/api/v1/find?q={'x' * LONGEST_FIELD}")
    assert (response.status_code, response.json) == (
        414,
        {"message": "The address has more than 8190 characters. Send a shorter one."},
    )
