"""Values as people paste them, and what becomes of them in mail.

Long keys, odd blanks, a From name that is an address; each named by the failure that it stands for
in the list of newer ones (tests/diagnosis/faults/newer.txt).
"""

from __future__ import annotations

import base64

import pytest

from tests.servers.fixtures import StartScripted, StartSmtpd
from tests.servers.scripted import ScriptedServer, greet
from tests.web.conftest import ADMIN, NOBODY, Fields, Panel, fields_of
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


@pytest.mark.parametrize(
    "password",
    [
        pytest.param(KEY, id="form-long-api-key-survives-saving"),
        pytest.param(ODD, id="form-no-break-space-in-password"),
    ],
)
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
    """form-no-break-space-in-password, F13: of a web page, it looks like any other blank."""
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
    """form-removing-the-login-for-an-open-relay, F4: a relay by address refuses any AUTH."""
    server = scripted([greet("AUTH PLAIN"), obliging])
    admin = panel.admin()
    panel.saved(admin, **at(server, KEY))
    signed_in = server.received.count(login(KEY))
    page = panel.saved(admin, username="", password="", remove_password="1")
    assert not page.has_id("remove_password")
    assert panel.tested(admin).id("test-result")["data-state"] == "passed"
    assert sum(line.startswith("AUTH") for line in server.received) == signed_in == 1


def test_a_from_name_that_is_an_address_is_refused_and_the_address_offered(panel: Panel) -> None:
    """form-display-name-that-is-an-address, F2: some servers read it as two addresses."""
    admin = panel.admin()
    sender = "alerts@test.example <alerts@test.example>"
    assert admin.save(**NOBODY | {"sender": sender}).status_code == 422
    assert "alerts@test.example" in admin.html.id("sender-error").text


def test_the_name_in_from_stays_out_of_the_envelope(panel: Panel, smtpd: StartSmtpd) -> None:
    """send-envelope-holds-the-address-only, F2: Exchange refuses a name in MAIL FROM."""
    server = smtpd("none")
    sender = "Notices Test <alerts@example.com>"
    result = panel.tested(panel.admin(), **fields_of(server) | {"sender": sender})
    assert result.id("test-result")["data-state"] == "passed"
    received = server.messages.to(ADMIN)
    assert received.sender == "alerts@example.com"
    assert received.message["From"] == sender


def test_a_strict_relay_finds_each_header_once_and_no_line_too_long(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    """send-each-header-once-and-complete, T10, RFC 5322, section 3.6, RFC 2045, section 6.8."""
    server = smtpd("none")
    panel.tested(panel.admin(), **fields_of(server) | {"sender": "alerts@example.com"})
    received = server.messages.to(ADMIN)
    head, _, body = received.content.partition(b"\r\n\r\n")
    names = [line.partition(b":")[0].lower() for line in head.split(b"\r\n") if line[:1].strip()]
    assert len(names) == len(set(names))
    assert {b"from", b"to", b"subject", b"date", b"message-id", b"mime-version"} < set(names)
    assert b"content-type" in names
    assert received.message["Message-ID"].endswith("@example.com>")
    assert received.content.count(b"\n") == received.content.count(b"\r\n")
    assert b"\r" not in received.content.replace(b"\r\n", b"")
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert max(map(len, body.split(b"\r\n"))) <= 76
