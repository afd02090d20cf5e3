"""Values as people paste them: long keys, odd blanks, a From name that is an address."""

from __future__ import annotations

import base64

import pytest

from tests.servers.fixtures import StartScripted
from tests.servers.scripted import ScriptedServer, greet
from tests.web.conftest import NOBODY, Fields, Panel
from tests.web.test_oauth_mail import obliging

MAILBOX = "ada@test.example"
KEY = "SG." + "0123456789abcdefghijklmnopqrs" * 3  # 90 characters
ODD = "correct\u00a0horse"


def at(server: ScriptedServer, password: str) -> Fields:
    """The form filled in for `server`, with a login."""
    return NOBODY | {
        "port": str(server.port),
        "tls": None,
        "username": MAILBOX,
        "password": password,
    }


def login(password: str) -> str:
    """The command that signs in with it (RFC 4616)."""
    octets = f"\0{MAILBOX}\0{password}".encode()
    return f"AUTH PLAIN {base64.b64encode(octets).decode()}"


@pytest.mark.parametrize("password", [KEY, ODD])
def test_a_password_is_the_same_octets_as_typed_and_as_saved(
    panel: Panel, scripted: StartScripted, password: str
) -> None:
    """F4: in the test of the draft, in the check that follows the save, and in later tests."""
    server = scripted([greet("AUTH PLAIN"), obliging])
    admin = panel.admin()
    panel.tested(admin, **at(server, password))
    panel.saved(admin, **at(server, password))
    assert panel.tested(admin, password="").id("test-result")["data-state"] == "passed"
    assert [line for line in server.received if line.startswith("AUTH")] == [login(password)] * 3


def test_a_blank_that_no_keyboard_types_is_pointed_out_and_kept(
    panel: Panel, scripted: StartScripted
) -> None:
    """F13: a no-break space of a web page, which looks like any other blank."""
    server = scripted([greet("AUTH PLAIN"), obliging])
    admin = panel.admin()
    response = admin.save(**at(server, ODD))
    assert response.status_code == 303
    panel.settle()
    assert "no keyboard types: U+00A0 NO-BREAK SPACE" in admin.follow(response).text
    admin.page()
    assert admin.save(**at(server, "") | {"username": "ada\u00a0b"}).status_code == 422
    assert "U+00A0 NO-BREAK SPACE" in admin.html.id("username-error").text


def test_a_login_that_was_removed_is_said_to_no_server(
    panel: Panel, scripted: StartScripted
) -> None:
    """F4: a relay that knows its senders by address refuses any AUTH."""
    server = scripted([greet("AUTH PLAIN"), obliging])
    admin = panel.admin()
    panel.saved(admin, **at(server, KEY))
    signed_in = server.received.count(login(KEY))
    page = panel.saved(admin, username="", password="", remove_password="1")
    assert not page.has_id("remove_password")
    assert panel.tested(admin).id("test-result")["data-state"] == "passed"
    assert sum(line.startswith("AUTH") for line in server.received) == signed_in == 1


def test_a_from_name_that_is_an_address_is_refused_and_the_address_offered(panel: Panel) -> None:
    """F2: some servers read it as two addresses."""
    admin = panel.admin()
    sender = "alerts@test.example <alerts@test.example>"
    assert admin.save(**NOBODY | {"sender": sender}).status_code == 422
    assert "alerts@test.example" in admin.html.id("sender-error").text
