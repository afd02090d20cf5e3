"""Whatever is sent is answered with a page that says what is wrong, never with a traceback."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.little_work import little_work
from tests.web.conftest import NOBODY, PAGE, TEST, Fields, MakePanel, Panel, Visitor
from tests.web.html import parse
from tests.web.test_access import routes

VALID: Fields = NOBODY | {"service": "custom", "tls": "1", "tls_version": "1.2", "version": "0"}
OAUTH: Fields = {"auth": "oauth2"}  # so that its fields are looked at
SMTP_FIELDS = [
    *("service", "server", "port", "tls", "tls_version", "tls_start", "sender", "username"),
    *("password", "remove_password", "auth", "version", "take"),
    *("client_id", "client_secret", "remove_client_secret", "token_endpoint", "scopes"),
    *("ehlo_name", "envelope_sender", "reply_to", "time_limit", "ca_pem", "pinned"),
]
LOGIN_FIELDS = ["email", "password", "next"]
EXTREMES = {
    "NUL": "\0",
    "RTL": "\u202emoc.elpmaxe\u202c",
    "line breaks": "a\r\nBcc: x@y.example\r\n\r\n",
    "markup": "<script>alert('x')</script>\"'>",
    "format": "%(x)s %s {x} {{ 7*7 }} {% if %}",
    "surrogate": "\ud800",
    "emoji": "👩‍👩‍👧‍👦" * 500,
    "digits": "٣٢١",
    "number": "9" * 5000,
    "long": "a" * 60_000,
    "labels": "a." * 10_000,
    "spaces": " " * 30_000,
    "combining": "e" + "\u0301" * 10_000,
}
TEXTS = st.text(max_size=200) | st.text(st.characters(), max_size=20).map(lambda text: text * 50)


def fine(response: TestResponse) -> bool:
    """Whether this is a page, and no sign of a fault."""
    assert response.status_code in {200, 303} or 400 <= response.status_code < 500
    assert "Traceback" not in response.text
    assert "The panel made a mistake" not in response.text
    if response.status_code != 303:
        assert response.content_type == "text/html; charset=utf-8"
        assert "</h1>" in response.text
    return True


def encoded(fields: Fields) -> dict[str, bytes]:
    """The fields as octets, lone surrogates too, which are no UTF-8."""
    return {
        name: value.encode("utf-8", "surrogatepass")
        for name, value in fields.items()
        if value is not None
    }


def wrong_beside(name: str) -> Fields:
    """Another field that is wrong, so that nobody is called where a text would do for `name`."""
    return {"port": "0"} if name != "port" else {"server": ""}


def send(visitor: Visitor, path: str, fields: Fields) -> TestResponse:
    """Send fields that may hold anything."""
    data = encoded({"csrf_token": visitor.token, **fields})
    with little_work():
        return visitor.client.post(path, data=data)


@pytest.fixture
def admin(make_panel: MakePanel) -> Visitor:
    """An admin on the page, whom no limit stops."""
    many = "100000 per minute"
    admin = make_panel(save_limit=many, test_limit=many, login_limit=many).admin()
    admin.page()
    return admin


@pytest.mark.parametrize("text", EXTREMES.values(), ids=EXTREMES.keys())
def test_no_extreme_value_of_a_field_is_a_fault(admin: Visitor, text: str) -> None:
    for name in SMTP_FIELDS:
        # Nobody is called: where the text would do, another field is wrong.
        assert fine(send(admin, PAGE, VALID | OAUTH | wrong_beside(name) | {name: text})), name


@pytest.mark.parametrize("text", EXTREMES.values(), ids=EXTREMES.keys())
def test_no_extreme_value_is_a_fault_of_the_other_forms(admin: Visitor, text: str) -> None:
    for path, names in {
        "/login": LOGIN_FIELDS,
        "/profile": ["name", "language"],
        "/language": ["language", "next"],
        "/theme": ["theme", "next"],
        "/link/x": ["email", "password"],
    }.items():
        assert fine(send(admin, path, dict.fromkeys(names, text))), path
    assert fine(admin.get("/"))
    for path in ("/admin/audit?before=", "/login?next=", "/nothing/", "/link/", f"{TEST}/"):
        assert fine(admin.client.get(path + text.encode("utf-8", "replace").decode()[:2000]))


@pytest.mark.parametrize("names", [SMTP_FIELDS[:7], SMTP_FIELDS[7:]])
@settings(
    derandomize=True,
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_text_in_a_field_is_a_fault(
    admin: Visitor, names: list[str], data: st.DataObject
) -> None:
    """Section 'bad input': any value of any length and script."""
    name = data.draw(st.sampled_from(names))
    text = data.draw(TEXTS)
    path = data.draw(st.sampled_from([PAGE, TEST]))
    assert fine(send(admin, path, VALID | wrong_beside(name) | {name: text}))


@settings(
    derandomize=True,
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.dictionaries(st.sampled_from(SMTP_FIELDS), TEXTS, max_size=5))
def test_no_form_with_fields_missing_is_a_fault(admin: Visitor, fields: dict[str, str]) -> None:
    assert fine(send(admin, PAGE, {**fields, "server": ""}))


@settings(
    derandomize=True,
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.sampled_from(["username", "password", "sender"]), TEXTS)
def test_a_text_that_is_saved_can_be_shown(admin: Visitor, name: str, text: str) -> None:
    """The page and the audit log too."""
    version = admin.page().id("smtp-form").form()["version"]
    send(admin, PAGE, VALID | {name: text, "version": version})
    assert fine(admin.get(PAGE))
    assert fine(admin.get("/admin/audit"))


Body = Callable[[str], dict[str, Any]]
BODIES: dict[str, Body] = {
    "JSON object": lambda token: {"json": {"server": "x", "csrf_token": token}},
    "JSON of other types": lambda token: {"json": {"server": 5, "port": [1], "csrf_token": token}},
    "JSON array": lambda _: {"json": [1, 2]},
    "JSON that is none": lambda _: {"data": b"{", "content_type": "application/json"},
    "JSON with a surrogate": lambda _: {
        "data": b'{"email": "\\ud800", "server": "\\ud800"}',
        "content_type": "application/json",
    },
    "files": lambda token: {
        "data": {
            "csrf_token": token,
            **{name: (BytesIO(b"x"), "x.txt") for name in SMTP_FIELDS + LOGIN_FIELDS},
        }
    },
    "duplicate fields": lambda token: {
        "data": {
            "csrf_token": [token, "x"],
            **{name: ["", "x"] for name in SMTP_FIELDS + LOGIN_FIELDS},
        }
    },
    "arrays": lambda token: {"data": {"csrf_token": token, "server[]": "x", "server[a]": "x"}},
    "no UTF-8": lambda token: {
        "data": f"csrf_token={token}&server=%ff%fe&email=%c3%28&port=%ed%a0%80".encode() + b"\xff",
        "content_type": "application/x-www-form-urlencoded",
    },
    "another charset": lambda token: {
        "data": f"csrf_token={token}&server=x".encode("utf-16"),
        "content_type": "application/x-www-form-urlencoded; charset=utf-16",
    },
    "broken multipart": lambda _: {
        "data": b"--x\r\nContent-Disposition: form-data\r\n\r\n",
        "content_type": "multipart/form-data; boundary=x",
    },
    "multipart without boundary": lambda _: {
        "data": b"--x--",
        "content_type": "multipart/form-data",
    },
    "plain text": lambda _: {"data": b"server=x", "content_type": "text/plain"},
    "nothing": lambda _: {"data": b""},
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_no_body_of_another_kind_is_a_fault(admin: Visitor, body: Body) -> None:
    """Files, arrays, duplicates, JSON, octets that are no text."""
    for path in (PAGE, TEST, "/login", "/profile", "/password", "/language", "/link/x"):
        assert fine(admin.client.post(path, **body(admin.token))), path


def test_a_body_over_the_limit_is_told_with_what_to_do(panel: Panel) -> None:
    """413: as text and in many parts."""
    admin = panel.admin()
    admin.page()
    parts = {f"field{number}": "x" for number in range(1500)}
    for path in (PAGE, TEST, "/login", "/language"):
        for data in ({"server": "x" * 70_000}, {**parts, "file": (BytesIO(b"x"), "x")}):
            response = admin.client.post(path, data={"csrf_token": admin.token, **data})
            assert response.status_code == 413
            assert "That is too much text" in response.text
            assert "Nothing was saved" in response.text


def test_a_method_that_an_address_does_not_know_is_told(panel: Panel) -> None:
    """405: with what is allowed."""
    admin = panel.admin()
    for method, path, _ in {(m, p, "") for m, p, _ in routes(panel.app)}:
        for other in ("PUT", "DELETE", "PATCH"):
            response = admin.client.open(path, method=other)
            assert response.status_code == 405, (other, path)
            assert method in response.headers["Allow"]
            assert parse(response.text).one("h1").text == "This address can't be used that way"
    assert admin.get("/logout").status_code == 405


@pytest.mark.parametrize(
    "path", ["/nothing", "/admin/nothing", "/admin/smtp/", "/static/none.css", "/static/../wsgi.py"]
)
def test_an_address_that_does_not_exist_is_told(panel: Panel, path: str) -> None:
    """404: visitors, members and admins alike."""
    for someone in (panel.visitor(), panel.member(), panel.admin()):
        response = someone.get(path)
        assert response.status_code == 404
        assert "There is no such page" in response.text


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Host": "x" * 300}, id="long host"),
        pytest.param({"Host": 'a"<b>:x'}, id="no host"),
        pytest.param({"Cookie": "smtp_panel=broken; smtp_panel_theme=<b>"}, id="cookies"),
        pytest.param({"Cookie": "smtp_panel_language=xx"}, id="language that nobody speaks"),
        pytest.param({"Accept-Language": "x" * 5000}, id="language"),
        pytest.param({"Accept-Language": "*;q=9,ja;q=x"}, id="languages"),
        pytest.param({"Referer": "http://[", "Origin": "null"}, id="referrer"),
        pytest.param({"Origin": "http://["}, id="origin"),
        pytest.param({"HX-Request": "true", "HX-Current-URL": "http://["}, id="HTMX"),
        pytest.param({"X-Forwarded-For": "x", "X-Forwarded-Prefix": "<b>"}, id="proxy"),
    ],
)
def test_no_header_is_a_fault(panel: Panel, headers: dict[str, str]) -> None:
    admin = panel.admin()
    for path in ("/", "/login", PAGE):
        for method in ("GET", "POST"):
            response = admin.client.open(path, method=method, headers=headers)
            assert response.status_code < 500, (method, path)
            assert "<b>" not in response.text or 'class="badge"' in response.text
