"""Who gets into the API, and how errors are told (SPEC sections 10 and 11)."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import create_engine, delete

from smtp_panel.access import keys
from smtp_panel.access.keys import ApiKey, ApiKeySecret, KeyScope
from smtp_panel.api.operation import Operation
from smtp_panel.audit import Actor
from smtp_panel.storage import db, writing
from smtp_panel.storage.lately import EXTENSION, HOLDS_SECONDS, Lately
from tests.api.conftest import HELLO, MESSAGES, Program, program_of, told_by
from tests.web.conftest import ADMIN, MakePanel, Panel
from tests.web.test_broken_storage import damaged


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    """Method and path of every view of the API but its description, which is for everybody."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("api_") and not rule.endpoint.startswith("api_openapi"):
            built = rule.build(dict.fromkeys(rule.arguments, "0" * 32))
            assert built
            for method in sorted((rule.methods or set()) - {"OPTIONS"}):
                yield method, built[1]


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


def test_nobody_gets_in_without_a_key(panel: Panel) -> None:
    """NAMES, scopes: 401 with WWW-Authenticate: Basic, also with an admin's cookie."""
    admin = panel.admin().client
    walked = list(routes(panel.app))
    assert walked
    for method, path in walked:
        answer = admin.open(path, method=method)
        assert answer.status_code == 401, path
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")
        assert answer.mimetype == "application/json"
        if method != "HEAD":
            assert "API key" in told_by(answer)["message"]


@pytest.mark.parametrize(
    "header",
    [
        basic("unknown:secret"),
        basic(":"),
        basic("no colon"),
        basic("\0:\0"),
        "Basic ???",
        "Basic ÿÿ",
        "Basic",
        "Bearer secret",
        "Negotiate x",
    ],
)
def test_a_wrong_key_is_none(panel: Panel, header: str) -> None:
    """RFC 7617."""
    answer = panel.app.test_client().post(MESSAGES, headers={"Authorization": header})
    assert answer.status_code == 401


def test_a_secret_opens_until_the_key_is_revoked(program: Program) -> None:
    """A key that is used says so, roughly."""
    assert program.post(HELLO).status_code == 202
    with program.panel.app.app_context():
        assert db.session.get_one(ApiKey, program.client_id).used_at
        with writing(db.session) as session:
            keys.revoke(session, program.client_id, Actor("test"))
    assert program.post(HELLO).status_code == 401


def test_a_key_that_is_revoked_elsewhere_lets_nobody_in_a_second_later(program: Program) -> None:
    """A8: this process hears of it from the database alone."""
    now = [0.0]
    with program.panel.app.app_context():
        memory = program.panel.app.extensions[EXTENSION] = Lately[object](lambda: now[0])
        memory.follow(db.engine)
        program.post(HELLO)
        assert program.post(HELLO).status_code == 202
        with create_engine(db.engine.url).begin() as elsewhere:
            elsewhere.execute(delete(ApiKeySecret))
    now[0] += HOLDS_SECONDS
    assert program.post(HELLO).status_code == 401


def test_wrong_keys_are_limited_and_right_ones_are_not(make_panel: MakePanel) -> None:
    """SPEC L4: per address; nobody can shut out a program, or a person, beside them."""
    panel = make_panel(login_limit="2 per minute")
    program = program_of(panel)
    wrong = Program(panel, program.client, program.client_id, "wrong")
    assert [wrong.post(HELLO).status_code for _ in range(3)] == [401, 401, 429]
    refused = wrong.post(HELLO)
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert "Try again in" in told_by(refused)["message"]
    assert [program.post(HELLO).status_code for _ in range(3)] == [202, 202, 202]
    assert panel.visitor().sign_in(ADMIN).status_code == 303


@pytest.mark.parametrize(
    ("scope", "sends", "looks"),
    [(KeyScope.SEND, 202, 404), (KeyScope.READ, 403, 200), (KeyScope.MANAGE, 202, 200)],
)
def test_each_scope_opens_its_own(panel: Panel, scope: KeyScope, sends: int, looks: int) -> None:
    """NAMES, scopes: send sees its own messages, read every one, manage does all."""
    theirs = told_by(program_of(panel).post(HELLO))["id"]
    program = program_of(panel, scope)
    assert program.post(HELLO).status_code == sends
    assert program.get(f"{MESSAGES}/{theirs}").status_code == looks


def test_read_is_every_get_and_manage_whatever_changes_anything(panel: Panel) -> None:
    """NAMES, scopes; but a message is handed over by send."""
    for rule in panel.app.url_map.iter_rules():
        stated = Operation.of(panel.app.view_functions[rule.endpoint])
        if stated is None or not stated.scopes:
            continue
        if "GET" in (rule.methods or set()):
            assert KeyScope.READ in stated.scopes, rule
        else:
            hands_over = rule.endpoint == "api_messages.create"
            assert stated.scopes == (KeyScope.SEND if hands_over else KeyScope.MANAGE,), rule


@pytest.mark.parametrize(("scope", "status"), [(KeyScope.SEND, 401), (KeyScope.READ, 200)])
def test_a_key_that_may_read_may_read_the_metrics(
    panel: Panel, scope: KeyScope, status: int
) -> None:
    """Section 11."""
    assert program_of(panel, scope).get("/metrics").status_code == status


def test_a_wrong_scope_is_told_by_its_name(panel: Panel) -> None:
    assert "scope send" in told_by(program_of(panel, KeyScope.READ).post(HELLO))["message"]


def test_errors_below_the_prefix_are_json(program: Program) -> None:
    """NAMES, errors: with `message`; 405 names what is allowed."""
    for path in ("/api/v1", "/api/v1/", "/api/v1/nothing", f"{MESSAGES}/{'0' * 32}"):
        answer = program.get(path)
        assert (answer.status_code, answer.mimetype) == (404, "application/json"), path
        assert told_by(answer)["message"]
    answer = program.client.delete(MESSAGES)
    assert (answer.status_code, told_by(answer)["message"]) == (
        405, "This address does not take that method.",
    )  # fmt: skip
    assert "POST" in answer.headers["Allow"]


def test_a_host_that_is_not_the_panels_is_told_in_json(make_panel: MakePanel) -> None:
    """A1, NAMES, errors: a 400 like any other, at every path below the prefix."""
    client = make_panel(url="https://mail.example").app.test_client()
    for path in ("/api/v1/openapi.json", MESSAGES, "/api/v1/nothing"):
        answer = client.get(path, base_url="https://elsewhere.example")
        assert answer.status_code == 400
        assert "host" in told_by(answer)["message"]


def test_a_database_that_is_gone_is_told_in_json(program: Program) -> None:
    """NAMES, nodes: 503 with Retry-After; where the database is, no program learns."""
    with damaged(program.panel):
        answer = program.post(HELLO)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "damaged" in told_by(answer)["message"]
    assert str(program.panel.config.data_dir) not in answer.text


def test_no_cookie_is_set(program: Program) -> None:
    assert "Set-Cookie" not in program.post(HELLO).headers
