"""SPEC A5 [L]: signing in and out by the paths and status codes of Looker API 4.0."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select, update

from smtp_panel.access import keys, users
from smtp_panel.access.api_tokens import ApiToken
from smtp_panel.access.keys import ApiKey, KeyScope
from smtp_panel.audit import Actor, AuditAction
from smtp_panel.loops import loops
from smtp_panel.outbox.model import Message
from smtp_panel.storage import db, utcnow, writing
from tests.api.conftest import HELLO, MESSAGES, told_by
from tests.api.looker.conftest import (
    CUSTOM,
    LOGIN,
    LOGOUT,
    SETTINGS,
    STATUS,
    Client,
    entries,
)
from tests.web.conftest import ADMIN, MEMBER, MakePanel, Panel


def test_a_key_gets_a_token_for_an_hour(client: Client) -> None:
    answer = client.login()
    told = told_by(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert told.pop("access_token") != client.token
    assert told == {"token_type": "Bearer", "expires_in": 3600, "refresh_token": None}
    with client.panel.app.app_context():
        assert db.session.get_one(ApiKey, client.key.client_id).used_at


@pytest.mark.parametrize("fields", [{"client_id": ""}, {"client_secret": ""}])
def test_an_incomplete_key_is_a_bad_request(client: Client, fields: dict[str, str]) -> None:
    answer = client.login(**fields)
    assert answer.status_code == 400
    assert "as a form in the body" in told_by(answer)["message"]


def test_a_secret_in_the_url_is_not_taken(client: Client) -> None:
    """URLs are logged. Looker gives them up as well, and no SDK of its sends them."""
    form = {"client_id": client.key.client_id, "client_secret": client.key.secret}
    for options in ({"query_string": form}, {"json": form}):
        assert client.http.post(LOGIN, **options).status_code == 400


def test_a_wrong_key_is_told_as_by_looker_and_limited(make_panel: MakePanel) -> None:
    """404, as Looker's reference has it; L4: a right one never counts."""
    client = Client(make_panel(login_limit="2 per minute"))
    answers = [client.login(client_secret="wrong") for _ in range(3)]
    assert [each.status_code for each in answers] == [404, 404, 429]
    assert "no API key" in told_by(answers[0])["message"]
    assert 0 < int(answers[2].headers["Retry-After"]) <= 60
    assert client.login().status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "token"])
def test_a_token_opens_both_apis(client: Client, scheme: str) -> None:
    """NAMES: with the scheme of the standard, or with that of Looker's documentation."""
    assert client.ask("GET", STATUS, scheme).status_code == 200
    answer = client.ask("POST", MESSAGES, scheme, json=HELLO)
    assert answer.status_code == 202
    with client.panel.app.app_context():
        assert db.session.scalar(select(Message.key_id)) == client.key.client_id


@pytest.mark.parametrize(
    ("scope", "looks", "sets", "sends"),
    [
        (KeyScope.SEND, 403, 403, 202),
        (KeyScope.READ, 200, 403, 403),
        (KeyScope.MANAGE, 200, 204, 202),
    ],
)
def test_a_token_has_the_scope_of_its_key(
    panel: Panel, scope: KeyScope, looks: int, sets: int, sends: int
) -> None:
    client = Client(panel, scope)
    assert client.ask("GET", STATUS).status_code == looks
    assert client.set(CUSTOM).status_code == sets
    assert client.ask("POST", MESSAGES, json=HELLO).status_code == sends


def test_signing_out_ends_the_token_and_no_other(client: Client) -> None:
    """The SDKs call the short path; a base URL that ends in a slash makes two of it."""
    for path in (LOGOUT, "/api/logout", "//api/logout", "//api/4.0/logout"):
        other = Client(client.panel)
        answer = other.ask("DELETE", path)
        assert (answer.status_code, answer.text) == (204, ""), path
        assert other.ask("GET", STATUS).status_code == 401
        assert other.ask("DELETE", path).status_code == 401
    assert client.ask("GET", STATUS).status_code == 200


def test_a_token_ends_with_its_key(client: Client) -> None:
    with client.panel.app.app_context(), writing(db.session) as session:
        keys.revoke(session, client.key.client_id, Actor("test"))
    answer = client.ask("GET", STATUS)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    assert "/api/4.0/login" in told_by(answer)["message"]


def test_nobody_gets_in_without_a_token(panel: Panel) -> None:
    """/api takes no cookie, and no token that nobody was given."""
    admin = panel.admin().client
    asked = [("POST", SETTINGS), ("GET", STATUS), ("POST", f"{LOGIN}/1"), ("DELETE", LOGOUT)]
    for method, path in asked:
        for header in ({}, {"Authorization": "Bearer x"}, {"Authorization": "token"}):
            answer = admin.open(path, method=method, headers=header)
            assert answer.status_code == 401, (path, header)
            assert set(told_by(answer)) == {"message", "documentation_url"}
            assert "Set-Cookie" not in answer.headers


@pytest.mark.both_engines
def test_a_program_acts_as_an_account(client: Client) -> None:
    """Its role and its limits are theirs, and the audit log tells who acted as whom."""
    acting = Client(client.panel)
    with client.panel.app.app_context():
        ids = {email: users.find(db.session, email) for email in (ADMIN, MEMBER)}
        member, admin = (getattr(ids[email], "id", 0) for email in (MEMBER, ADMIN))
    acting.token = told_by(client.ask("POST", f"{LOGIN}/{member}"))["access_token"]
    refused = acting.ask("GET", STATUS)
    assert refused.status_code == 403
    assert "Only an admin" in told_by(refused)["message"]
    assert acting.ask("POST", f"{LOGIN}/{admin}").status_code == 403

    acting.token = told_by(client.ask("POST", f"{LOGIN}/{admin}"))["access_token"]
    assert acting.set(CUSTOM).status_code == 204
    assert entries(client.panel, AuditAction.SETTINGS_SAVED)[0].actor == ADMIN
    told = entries(client.panel, AuditAction.KEY_ACTED_AS)
    assert [(each.actor, each.changes["email"][1]) for each in told] == [
        (client.key.actor, ADMIN),
        (client.key.actor, MEMBER),
    ]
    assert "acts as an account" in client.panel.admin().page("/admin/audit").one("tbody").text

    for nobody in ("999999999", "99999999999", "ada"):
        assert client.ask("POST", f"{LOGIN}/{nobody}").status_code == 404
    client.ask("DELETE", LOGOUT)
    assert acting.ask("GET", STATUS).status_code == 200


def test_what_it_does_as_an_account_counts_for_that_account(make_panel: MakePanel) -> None:
    """L1: and not for the key."""
    client = Client(make_panel(save_limit="1 per minute"))
    acting = Client(client.panel)
    acting.token = told_by(client.ask("POST", f"{LOGIN}/1"))["access_token"]
    assert [client.set(CUSTOM).status_code, acting.set(CUSTOM).status_code] == [204, 204]
    assert acting.set(CUSTOM).status_code == 429
    assert client.panel.admin().save().status_code == 429


def test_only_who_may_manage_acts_as_an_account(panel: Panel) -> None:
    refused = Client(panel, KeyScope.READ).ask("POST", f"{LOGIN}/1")
    assert refused.status_code == 403
    assert "scope manage" in told_by(refused)["message"]


def test_a_message_that_an_account_sends_names_no_key(client: Client) -> None:
    """And its Idempotency-Key is the account's own."""
    acting = Client(client.panel)
    acting.token = told_by(client.ask("POST", f"{LOGIN}/1"))["access_token"]
    body = json.dumps(HELLO)
    headers = {"Idempotency-Key": "7", "Content-Type": "application/json"}
    accepted = []
    for each in (client, acting, acting):
        answer = each.http.post(
            MESSAGES, data=body, headers={**headers, "Authorization": f"Bearer {each.token}"}
        )
        accepted.append(told_by(answer)["id"])
    assert accepted[1] == accepted[2] != accepted[0]
    with client.panel.app.app_context():
        key_of = select(Message.key_id).where(Message.id == accepted[1])
        assert db.session.scalar(key_of) is None


def test_tokens_that_have_ended_are_cleaned_away(client: Client) -> None:
    """By the loop that cleans up."""
    with client.panel.app.app_context():
        with writing(db.session) as session:
            session.execute(update(ApiToken).values(ends_at=utcnow()))
        (cleaning,) = (each for each in loops(client.panel.operations) if each.name == "cleaning")
        cleaning.work()
        assert db.session.scalar(select(func.count(ApiToken.hash))) == 0
