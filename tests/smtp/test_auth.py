"""Signing in: what counts as a success, and what a refusal leaves behind (SPEC F8, D4)."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from smtp_panel.check.check import Verdict
from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import Auth
from smtp_panel.smtp.facts import Stage
from tests.servers.fixtures import StartScripted, StartSmtpd
from tests.servers.scripted import Conversation, Step, close, expect, greet, hang, reply, reset
from tests.smtp.conversations import (
    MAIL,
    PASSWORD,
    USER,
    checked,
    diagnosed,
    endpoint_of,
    failed_at,
    sent,
)

BOTH = greet("AUTH PLAIN LOGIN")
BYE = MAIL[-1]


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("ada@test.example", "pässwörd€"),
        ("jürgen", "こんにちは🔑"),
        ("ada", " spaces kept "),
        ("ada", "quote\"s and 'others' \\ %41+"),
        ("ada", "x" * 600),
    ],
)
def test_user_names_and_passwords_of_any_script_sign_in(
    smtpd: StartSmtpd, mechanism: str, username: str, password: str
) -> None:
    """F8, D4: in UTF-8 (RFC 4616), however long."""
    server = smtpd("none", auth=[mechanism], users={username: password})
    endpoint = endpoint_of(server, username=username, password=Secret(password))
    check = checked(endpoint)
    assert check.verdict is Verdict.CONNECTED, check.transcript


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("503 5.5.1 AUTH not available", "auth-503-not-advertised"),
        ("250 2.0.0 fine", "data-250-treated-as-error"),
        ("220 hello again", "data-250-treated-as-error"),
        ("454 4.7.0 not now", "auth-454-temporary"),
        ("535 5.7.8 no", "auth-credentials-refused"),
        ("502 5.5.1 no", "auth-not-supported"),
        ("421 4.7.0 too many", "auth-454-temporary"),
    ],
)
def test_only_235_is_a_success(scripted: StartScripted, answer: str, expected: str) -> None:
    """D4: 503 above all, which others take for 'signed in already'."""
    check = checked(endpoint_of(scripted([BOTH, expect("AUTH PLAIN ", answer), BYE])))
    assert (check.verdict, failed_at(check)) == (Verdict.FAILED, Stage.AUTH)
    assert diagnosed(check) == expected


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_refused_login_tells_by_which_mechanism(scripted: StartScripted, mechanism: str) -> None:
    """D2: what is in force is known to the diagnosis."""
    refused = expect(f"AUTH {mechanism}", "535 5.7.8 the owls object")
    check = checked(endpoint_of(scripted([greet(f"AUTH {mechanism}"), refused, BYE])))
    assert check.diagnosis
    assert f"by {mechanism}." in check.diagnosis.cause()


def test_an_exchange_that_asks_for_more_than_there_is_to_say_is_cancelled(
    scripted: StartScripted,
) -> None:
    """RFC 4954, section 4: by an asterisk, for QUIT would be taken for a part of the answer."""
    more = [expect("AUTH PLAIN ", "334 "), expect("*", "501 5.7.0 cancelled"), BYE]
    server = scripted([BOTH, *more])
    assert diagnosed(checked(endpoint_of(server))) == "auth-asked-on"
    server.wait_until_idle()
    assert server.received[-2:] == ["*", "QUIT"]
    third = [expect("AUTH LOGIN", "334 "), expect("", "334 "), expect("", "334 "), *more[1:]]
    server = scripted([greet("AUTH LOGIN"), *third])
    assert diagnosed(checked(endpoint_of(server))) == "auth-asked-on"
    server.wait_until_idle()
    assert server.received[-2:] == ["*", "QUIT"]


def test_nothing_is_said_to_a_server_that_can_not_be_stopped_asking(
    scripted: StartScripted,
) -> None:
    """RFC 4954: whatever came next would be an answer."""
    server = scripted([BOTH, expect("AUTH PLAIN ", "334 "), expect("*", "334 "), hang()])
    assert diagnosed(checked(endpoint_of(server))) == "auth-asked-on"
    server.wait_until_idle()
    assert server.received[-1] == "*"


@pytest.mark.parametrize("choices", [{"username": "ada\udcff"}, {"password": Secret("\udcff")}])
def test_no_exchange_begins_that_can_not_be_ended(
    scripted: StartScripted, choices: dict[str, Any]
) -> None:
    """RFC 4954: else QUIT would go out in the place of a name or password that is no text."""
    server = scripted([greet("AUTH LOGIN"), BYE])
    assert checked(endpoint_of(server, **choices)).verdict is Verdict.FAILED
    server.wait_until_idle()
    assert [line.partition(" ")[0] for line in server.received] == ["EHLO", "QUIT"]


def test_login_is_asked_for_alone(scripted: StartScripted) -> None:
    """F8: LOGIN knows no initial response, and some servers take the name on its line for a login.

    login-only-by-challenge: the user name is given when it is asked for (xhit/go-simple-mail#119).
    """

    def by_challenge(conversation: Conversation) -> None:
        if conversation.line() == "AUTH LOGIN":
            reply("334 VXNlcm5hbWU6")(conversation)
            expect(base64.b64encode(USER.encode()).decode(), "334 UGFzc3dvcmQ6")(conversation)
            expect(base64.b64encode(PASSWORD.encode()).decode(), "235 ok")(conversation)
        else:
            reply("535 Authentication Failed")(conversation)

    server = scripted([greet("AUTH LOGIN", "8BITMIME"), by_challenge, *MAIL])
    assert sent(endpoint_of(server)).verdict is Verdict.ACCEPTED


def test_login_needs_235_as_well(scripted: StartScripted) -> None:
    """D4: in every mechanism."""
    script = [greet("AUTH LOGIN"), expect("AUTH LOGIN", "334 x"), expect("", "503 no"), BYE]
    assert diagnosed(checked(endpoint_of(scripted(script)))) == "auth-503-not-advertised"
    script = [greet("AUTH LOGIN"), expect("AUTH LOGIN", "503 no"), BYE]
    assert diagnosed(checked(endpoint_of(scripted(script)))) == "auth-503-not-advertised"


@pytest.mark.parametrize("end", [close(), reset(), hang()])
def test_a_drop_after_a_refusal_keeps_the_refusal(scripted: StartScripted, end: Step) -> None:
    """D4: 535, and then a closed door instead of a word to QUIT."""
    server = scripted([BOTH, expect("AUTH PLAIN ", "535 5.7.8 No"), end])
    check = checked(endpoint_of(server), clock=server.clock)
    assert diagnosed(check) == "auth-credentials-refused"
    assert check.diagnosis
    assert check.diagnosis.server_says == "535 5.7.8 No"


@pytest.mark.parametrize("end", [close(), reset(), hang()])
def test_a_drop_in_the_next_mechanism_keeps_the_refusal_of_the_first(
    scripted: StartScripted, end: Step
) -> None:
    """D4: 504 to PLAIN, and LOGIN ends in silence."""
    refused = expect("AUTH PLAIN ", "504 5.5.4 Unrecognized authentication type")
    server = scripted([BOTH, refused, expect("AUTH LOGIN"), end])
    check = checked(endpoint_of(server), clock=server.clock)
    assert diagnosed(check) == "auth-drop-hides-535"
    assert check.diagnosis
    assert check.diagnosis.server_says.startswith("504 5.5.4 Unrecognized")


def test_a_mechanism_that_is_refused_itself_gives_way_to_the_next(scripted: StartScripted) -> None:
    """F8, RFC 4954, section 4: 504 says nothing about the password."""
    script = [
        *(BOTH, expect("AUTH PLAIN ", "504 5.5.4 no")),
        *(expect("AUTH LOGIN", "334 "), expect("", "334 "), expect("", "235 ok")),
        *MAIL,
    ]
    test = sent(endpoint_of(scripted(script)))
    assert test.verdict is Verdict.ACCEPTED
    assert test.steps[Stage.AUTH].detail["mechanism"] == "LOGIN"
    forced = [BOTH, expect("AUTH PLAIN ", "504 5.5.4 no"), BYE]
    check = checked(endpoint_of(scripted(forced), auth=Auth.PLAIN))
    assert diagnosed(check) == "auth-mechanism-refused"


@pytest.mark.parametrize("line", ["AUTH=PLAIN LOGIN", "auth=plain", "AUTH=LOGIN PLAIN"])
def test_the_old_spelling_of_the_offer_is_understood(scripted: StartScripted, line: str) -> None:
    """Servers older than RFC 2554 write AUTH with an equals sign."""
    server = scripted([greet(line), expect("AUTH PLAIN ", "235 ok"), *MAIL])
    assert sent(endpoint_of(server)).verdict is Verdict.ACCEPTED


def test_the_old_spelling_and_the_new_one_add_up(scripted: StartScripted) -> None:
    """Some servers write both, for clients of all ages."""
    server = scripted([greet("AUTH PLAIN", "AUTH=LOGIN PLAIN"), expect("AUTH", "235 ok"), *MAIL])
    test = sent(endpoint_of(server))
    assert test.steps[Stage.AUTH].detail["offered"] == ["PLAIN", "LOGIN"]


def test_a_long_password_does_not_make_a_command_line_too_long(scripted: StartScripted) -> None:
    """RFC 5321, section 4.5.3.1.4: 512 octets; past them the response waits to be asked for."""
    response = base64.b64encode(b"\0ada\0" + b"x" * 400).decode()
    script = [greet("AUTH PLAIN"), expect("AUTH PLAIN", "334 "), expect(response, "235 ok"), *MAIL]
    server = scripted(script)
    test = sent(endpoint_of(server, username="ada", password=Secret("x" * 400)))
    assert test.verdict is Verdict.ACCEPTED
    assert "AUTH PLAIN" in server.received
    assert response not in test.transcript
