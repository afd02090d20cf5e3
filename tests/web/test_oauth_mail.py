"""Mail that is sent by OAuth 2.0, from the form to the mail server (SPEC F8)."""

from __future__ import annotations

import pytest

from tests.servers.fixtures import StartScripted, StartTokenServer
from tests.servers.scripted import (
    Conversation,
    ScriptedServer,
    expect,
    greet,
    reply,
    take_content,
)
from tests.servers.token_server import TokenServer, error, token
from tests.smtp.conversations import MAIL
from tests.smtp.test_oauth_login import bearer
from tests.web.conftest import Fields, MakePanel, Panel

TOKEN, SECRET, MAILBOX = "t0k3n", "s3cret words", "ada@test.example"


def obliging(conversation: Conversation) -> None:
    """Take whatever comes, a login, a message or none, until QUIT."""
    while (line := conversation.line()) != "QUIT":
        if line.startswith("AUTH"):
            reply("235 ok")(conversation)
        elif line == "DATA":
            reply("354 go ahead")(conversation)
            take_content("250 ok")(conversation)
        else:
            reply("250 ok")(conversation)
    reply("221 bye")(conversation)


def settings_of(server: ScriptedServer, tokens: TokenServer) -> Fields:
    """The form filled in for `server`, with tokens of `tokens`."""
    return {
        "service": "custom",
        "server": server.host,
        "port": str(server.port),
        "tls": None,
        "sender": "Panel <ada@test.example>",
        "username": MAILBOX,
        "auth": "oauth2",
        "client_id": "panel",
        "client_secret": SECRET,
        "token_endpoint": tokens.url,
        "scopes": "smtp",
    }


@pytest.fixture
def panel(make_panel: MakePanel) -> Panel:
    """A panel whose operator runs a token endpoint beside it."""
    return make_panel(http_token_endpoint=True)


def test_a_test_signs_in_with_a_token_of_the_endpoint(
    panel: Panel, scripted: StartScripted, token_endpoint: StartTokenServer
) -> None:
    """F8, T4: and neither secret nor token is anywhere to be read."""
    tokens = token_endpoint(token(TOKEN))
    server = scripted([greet("AUTH XOAUTH2"), expect("AUTH XOAUTH2 ", "235 ok"), *MAIL])
    page = panel.tested(panel.admin(), **settings_of(server, tokens))
    assert page.id("test-result")["data-state"] == "passed"
    assert f"AUTH XOAUTH2 {bearer(TOKEN, MAILBOX)}" in server.received
    for word in (TOKEN, SECRET, bearer(TOKEN, MAILBOX)):
        assert not any(word.encode() in answer for answer in panel.answers)


def test_the_saved_client_secret_fetches_tokens_after_it_was_forgotten_by_the_form(
    panel: Panel, scripted: StartScripted, token_endpoint: StartTokenServer
) -> None:
    """F4, F8: the check that follows a save, and every test after it."""
    tokens = token_endpoint(token(TOKEN))
    server = scripted([greet("AUTH XOAUTH2"), expect("AUTH XOAUTH2 ", "235 ok"), obliging])
    admin = panel.admin()
    panel.saved(admin, **settings_of(server, tokens))
    page = panel.tested(admin, client_secret="")
    assert page.id("test-result")["data-state"] == "passed"
    assert page.id("test-result")["data-draft"] == "saved"


def test_a_refusal_of_the_token_endpoint_is_told_at_its_field(
    panel: Panel, scripted: StartScripted, token_endpoint: StartTokenServer
) -> None:
    """D1, T6"""
    tokens = token_endpoint(error(401, "invalid_client", "wrong secret"))
    server = scripted([greet("AUTH XOAUTH2"), expect("QUIT", "221 bye")])
    page = panel.tested(panel.admin(), **settings_of(server, tokens))
    diagnosis = page.id("diagnosis")
    assert diagnosis["data-stage"] == "auth"
    assert diagnosis["data-field"] == "client_secret"


@pytest.mark.parametrize("button", ["save", "test"])
def test_a_token_endpoint_without_tls_is_refused_unless_the_operator_allows_it(
    make_panel: MakePanel,
    scripted: StartScripted,
    token_endpoint: StartTokenServer,
    button: str,
) -> None:
    """L3: any admin could post to whatever listens on this machine."""
    tokens = token_endpoint(token(TOKEN))
    admin = make_panel().admin()
    page = getattr(admin, button)(**settings_of(scripted([]), tokens))
    assert page.status_code == 422
    assert "SMTP_PANEL_HTTP_TOKEN_ENDPOINT=on" in admin.html.id("token_endpoint-error").text
    assert not tokens.forms


@pytest.mark.parametrize(("locks", "state"), [((), "failed"), (("token_endpoint",), "passed")])
def test_a_token_endpoint_is_guarded_whoever_chose_the_mail_server(
    make_panel: MakePanel,
    scripted: StartScripted,
    token_endpoint: StartTokenServer,
    locks: tuple[str, ...],
    state: str,
) -> None:
    """L3: the operator's mail server may stand anywhere; an admin's endpoint is one's own."""
    tokens = token_endpoint(token(TOKEN))
    server = scripted([greet("AUTH XOAUTH2"), obliging])
    fields = settings_of(server, tokens)
    locked = {name: fields[name] for name in ("server", "port", *locks)}
    panel = make_panel(http_token_endpoint=True, block_private=True, **locked)
    page = panel.tested(panel.admin(), **fields)
    assert page.id("test-result")["data-state"] == state
    assert bool(tokens.forms) is (state == "passed")
