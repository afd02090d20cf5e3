"""Signing in by XOAUTH2 and OAUTHBEARER, and the one renewal (SPEC F8, D4)."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from smtp_panel.check.check import Check, Verdict
from smtp_panel.check.steps import StepState
from smtp_panel.net.deadline import Clock
from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import Auth, OAuthClient
from smtp_panel.smtp.facts import Stage
from tests.servers.fixtures import StartScripted, StartTokenServer
from tests.servers.scripted import (
    Conversation,
    ScriptedServer,
    Step,
    UnexpectedLine,
    close,
    drip,
    expect,
    greet,
    hang,
    reply,
)
from tests.servers.token_server import Answer, TokenServer, error, token
from tests.smtp.conversations import (
    LONG,
    MAIL,
    USER,
    Passing,
    checked,
    diagnosed,
    endpoint_of,
    failed_at,
    sent,
    states,
)

BYE = MAIL[-1]
GOOGLE = {"status": "400", "schemes": "Bearer", "scope": "https://mail.google.com/"}
XOAUTH2 = greet("AUTH XOAUTH2")
EXPIRED = "AADSTS7000222: The provided client secret keys are expired."
REFUSED = "535 5.7.8 Username and Password not accepted"


def encoded(text: str) -> str:
    """As SASL sends it."""
    return base64.b64encode(text.encode()).decode()


def challenge(data: object = GOOGLE) -> str:
    """The reply that tells an error."""
    return f"334 {encoded(json.dumps(data))}"


def bearer(value: str, username: str = USER) -> str:
    """The response of XOAUTH2."""
    return encoded(f"user={username}\x01auth=Bearer {value}\x01\x01")


def by_oauth(server: ScriptedServer, tokens: TokenServer, **choices: Any) -> Check:
    """A check of `server` with a token of `tokens`."""
    usual: dict[str, Any] = {"auth": Auth.OAUTH2, "oauth": tokens.client(), "password": None}
    return checked(endpoint_of(server, **(usual | choices)), tokens=tokens.cache)


def exactly(line: str, *answer: str) -> Step:
    """Expect this very line."""

    def step(conversation: Conversation) -> None:
        if (heard := conversation.line()) != line:
            raise UnexpectedLine(f"expected {line!r}, got {heard!r}")
        reply(*answer)(conversation)

    return step


def accepted(*steps: Step) -> list[Step]:
    """A conversation that goes on to the sender."""
    return [*steps, expect("MAIL FROM", "250 ok"), BYE]


def test_xoauth2_sends_the_token_with_the_command(
    scripted: StartScripted, token_endpoint: StartTokenServer
) -> None:
    """F8: user name and token, as Google and Microsoft describe it."""
    server = scripted(accepted(XOAUTH2, exactly(f"AUTH XOAUTH2 {bearer('t0k3n')}", "235 ok")))
    check = by_oauth(server, token_endpoint(token("t0k3n")))
    assert check.verdict is Verdict.CONNECTED, check.transcript
    assert check.steps[Stage.AUTH].detail == {
        "offered": ["XOAUTH2"],
        "mechanism": "XOAUTH2",
        "token": "fetched",
        "token_seconds": 3600,
    }


@pytest.mark.parametrize("name", ["jürgen@test.example", "a=b,c@test.example", "こんにちは"])
def test_oauthbearer_escapes_the_user_name(
    scripted: StartScripted, token_endpoint: StartTokenServer, name: str
) -> None:
    """F8: RFC 7628, section 3.1; in UTF-8, `=` and `,` as RFC 5801 writes them."""
    heard: list[str] = []

    def auth(conversation: Conversation) -> None:
        heard.append(conversation.line().removeprefix("AUTH OAUTHBEARER "))
        reply("235 ok")(conversation)

    server = scripted(accepted(greet("AUTH PLAIN OAUTHBEARER"), auth))
    check = by_oauth(server, token_endpoint(token("t0k3n")), username=name)
    assert check.verdict is Verdict.CONNECTED
    escaped = name.replace("=", "=3D").replace(",", "=2C")
    rest = f"host=127.0.0.1\x01port={server.port}\x01auth=Bearer t0k3n\x01\x01"
    assert base64.b64decode(heard[0]).decode() == f"n,a={escaped},\x01{rest}"


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_a_long_token_waits_until_it_is_asked_for(
    scripted: StartScripted, token_endpoint: StartTokenServer, mechanism: str
) -> None:
    """RFC 5321, section 4.5.3.1.4: as Microsoft's, of 2000 octets, do."""
    long = "x" * 2000
    steps = [greet(f"AUTH {mechanism}"), exactly(f"AUTH {mechanism}", "334 "), expect("", "235 ok")]
    server = scripted(accepted(*steps))
    check = by_oauth(server, token_endpoint(token(long)))
    assert check.verdict is Verdict.CONNECTED
    assert long in base64.b64decode(server.received[2]).decode()
    assert server.received[2] not in check.transcript


def test_xoauth2_is_preferred_and_gives_way_where_it_is_refused_as_such(
    scripted: StartScripted, token_endpoint: StartTokenServer
) -> None:
    """F8: what Microsoft, Google and Dovecot have in common comes first."""
    both = greet("AUTH OAUTHBEARER XOAUTH2")
    refused = expect("AUTH XOAUTH2", "504 5.5.4 no")
    server = scripted(accepted(both, refused, expect("AUTH OAUTHBEARER", "235 ok")))
    tokens = token_endpoint(token("t0k3n"))
    check = by_oauth(server, tokens)
    assert check.steps[Stage.AUTH].detail["mechanism"] == "OAUTHBEARER"
    assert len(tokens.forms) == 1


@pytest.mark.parametrize(
    ("mechanism", "last_word"), [("XOAUTH2", ""), ("OAUTHBEARER", encoded("\x01"))]
)
def test_the_challenge_of_an_error_is_answered_and_told(
    scripted: StartScripted, token_endpoint: StartTokenServer, mechanism: str, last_word: str
) -> None:
    """F8: an empty line, or %x01 (RFC 7628, section 3.2.3); else both sides wait for ever."""
    script = [
        *(greet(f"AUTH {mechanism}"), expect(f"AUTH {mechanism} ", challenge())),
        *(exactly(last_word, REFUSED), BYE),
    ]
    check = by_oauth(scripted(script), token_endpoint(token("t0k3n")))
    assert (check.verdict, failed_at(check)) == (Verdict.FAILED, Stage.AUTH)
    assert diagnosed(check) == "auth-xoauth2-334-json"
    assert check.diagnosis
    told = f"{REFUSED} (status 400, scope https://mail.google.com/)"
    assert check.diagnosis.server_says == told
    assert check.steps[Stage.AUTH].detail["error"] == told


@pytest.mark.parametrize(
    "words", ["334 ", "334 !", "334 e30=", challenge([1]), challenge({"status": [1]})]
)
def test_a_challenge_of_any_kind_is_answered(
    scripted: StartScripted, token_endpoint: StartTokenServer, words: str
) -> None:
    """D4: whether it is JSON or not."""
    script = [XOAUTH2, expect("AUTH XOAUTH2 ", words), exactly("", REFUSED), BYE]
    check = by_oauth(scripted(script), token_endpoint(token("t0k3n")))
    assert check.diagnosis
    assert check.diagnosis.server_says == REFUSED


def test_a_server_that_hangs_up_instead_of_refusing_has_refused(
    scripted: StartScripted, token_endpoint: StartTokenServer
) -> None:
    """D4: the challenge has said why."""
    script = [XOAUTH2, expect("AUTH XOAUTH2 ", challenge()), exactly(""), close()]
    check = by_oauth(scripted(script), token_endpoint(token("t0k3n")))
    assert diagnosed(check) == "auth-xoauth2-334-json"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("454 4.7.0 not now", "auth-xoauth2-for-now"),
        ("503 5.5.1 no", "auth-503-not-advertised"),
        ("504 5.5.4 no", "auth-xoauth2-not-taken"),
        ("501 5.5.124 Invalid XOAUTH2 auth data", "auth-xoauth2-malformed"),
        ("535 5.7.3 Authentication unsuccessful", "auth-xoauth2-m365-refused"),
        ("535 5.7.8 Error: authentication failed", "auth-xoauth2-refused"),
    ],
)
def test_a_refusal_of_a_fresh_token_is_final(
    scripted: StartScripted, token_endpoint: StartTokenServer, answer: str, expected: str
) -> None:
    """F8: whoever fetched one just now has nothing better to offer."""
    tokens = token_endpoint(token("t0k3n"))
    check = by_oauth(scripted([XOAUTH2, expect("AUTH XOAUTH2", answer), BYE]), tokens)
    assert diagnosed(check) == expected
    assert len(tokens.forms) == 1


def test_a_kept_token_is_used_again(
    scripted: StartScripted, token_endpoint: StartTokenServer
) -> None:
    """F8: the endpoint is asked once, whatever the number of conversations."""
    tokens = token_endpoint(token("t0k3n"))
    for source in ("fetched", "cached", "cached"):
        server = scripted(accepted(XOAUTH2, exactly(f"AUTH XOAUTH2 {bearer('t0k3n')}", "235 ok")))
        check = by_oauth(server, tokens)
        assert check.steps[Stage.AUTH].detail["token"] == source
    assert len(tokens.forms) == 1


def kept(scripted: StartScripted, tokens: TokenServer) -> None:
    """Have the first token of `tokens` kept."""
    by_oauth(scripted(accepted(XOAUTH2, expect("AUTH XOAUTH2", "235 ok"))), tokens)


@pytest.mark.parametrize("refusal", [[REFUSED], [challenge(), REFUSED]])
def test_a_kept_token_that_is_refused_is_renewed_once(
    scripted: StartScripted, token_endpoint: StartTokenServer, refusal: list[str]
) -> None:
    """F8: in the same conversation."""
    tokens = token_endpoint(token("old"), token("new"))
    kept(scripted, tokens)
    refused = [exactly(f"AUTH XOAUTH2 {bearer('old')}", refusal[0])]
    refused += [exactly("", answer) for answer in refusal[1:]]
    renewed = exactly(f"AUTH XOAUTH2 {bearer('new')}", "235 ok")
    check = by_oauth(scripted(accepted(XOAUTH2, *refused, renewed)), tokens)
    assert check.verdict is Verdict.CONNECTED, check.transcript
    assert check.steps[Stage.AUTH].detail["token"] == "fetched"
    assert "access token cached" in check.transcript
    assert "access token fetched" in check.transcript


def test_the_refusal_of_the_renewed_one_ends_it(
    scripted: StartScripted, token_endpoint: StartTokenServer
) -> None:
    """F8: never a loop; and what was refused is not kept for the next conversation."""
    tokens = token_endpoint(token("old"), token("new"))
    kept(scripted, tokens)
    script = [XOAUTH2, *([expect("AUTH XOAUTH2", REFUSED)] * 2), BYE]
    assert diagnosed(by_oauth(scripted(script), tokens)) == "auth-xoauth2-refused"
    assert len(tokens.forms) == 2
    script = [XOAUTH2, expect("AUTH XOAUTH2", REFUSED), BYE]
    assert diagnosed(by_oauth(scripted(script), tokens)) == "auth-xoauth2-refused"
    assert len(tokens.forms) == 3


def test_a_renewal_that_fails_tells_what_the_endpoint_said(
    scripted: StartScripted, token_endpoint: StartTokenServer
) -> None:
    """D2: the secret expired since; the old token's refusal only followed from it."""
    tokens = token_endpoint(token("old"), error(401, "invalid_client", "AADSTS7000222: expired"))
    kept(scripted, tokens)
    check = by_oauth(scripted([XOAUTH2, expect("AUTH XOAUTH2", REFUSED), BYE]), tokens)
    assert diagnosed(check) == "oauth-expired-secret"
    assert check.diagnosis
    assert check.diagnosis.server_says == "invalid_client: AADSTS7000222: expired"


def test_a_server_that_hangs_up_before_the_renewal_may_be_tried_again(
    scripted: StartScripted, token_endpoint: StartTokenServer
) -> None:
    """D3: no password is to blame, and the next conversation starts with a new token."""
    tokens = token_endpoint(token("old"), token("new"))
    kept(scripted, tokens)
    check = by_oauth(scripted([XOAUTH2, expect("AUTH XOAUTH2", REFUSED), close()]), tokens)
    assert diagnosed(check) == "oauth-kept-token-refused"
    assert check.diagnosis
    assert check.diagnosis.retryable
    assert "535 5.7.8" in check.diagnosis.server_says
    server = scripted(accepted(XOAUTH2, exactly(f"AUTH XOAUTH2 {bearer('new')}", "235 ok")))
    assert by_oauth(server, tokens).verdict is Verdict.CONNECTED


@pytest.mark.parametrize(
    ("offer", "expected"),
    [
        ("AUTH PLAIN LOGIN", "auth-xoauth2-not-offered"),
        ("AUTH NTLM", "auth-xoauth2-not-offered"),
        ("SIZE 1000", "auth-not-supported"),
    ],
)
def test_no_token_is_fetched_for_a_server_that_takes_none(
    scripted: StartScripted, token_endpoint: StartTokenServer, offer: str, expected: str
) -> None:
    """D1: and no password is sent in its place."""
    tokens = token_endpoint(token("t0k3n"))
    assert diagnosed(by_oauth(scripted([greet(offer), BYE]), tokens)) == expected
    assert tokens.forms == []


@pytest.mark.parametrize(
    ("answer", "expected", "field", "again"),
    [
        (error(401, "invalid_client"), "oauth-invalid-client", "client_secret", False),
        (error(401, "invalid_client", EXPIRED), "oauth-expired-secret", "client_secret", False),
        (error(400, "unauthorized_client"), "oauth-unauthorized-client", "client_id", False),
        (error(400, "invalid_scope"), "oauth-invalid-scope", "scopes", False),
        (error(400, "invalid_grant"), "oauth-invalid-grant", "client_id", False),
        (error(400, "invalid_request"), "oauth-invalid-request", "token_endpoint", False),
        (Answer(302, b""), "oauth-endpoint-redirects", "token_endpoint", False),
        (Answer(200, b"<html>"), "oauth-endpoint-not-json", "token_endpoint", False),
        (Answer(200, {}), "oauth-no-token", "token_endpoint", False),
        (Answer(404, b""), "oauth-endpoint-not-found", "token_endpoint", False),
        (Answer(503, b"", {"Retry-After": "9"}), "oauth-endpoint-busy", None, True),
        (Answer(429, b""), "oauth-endpoint-rate-limit", None, True),
    ],
)
def test_a_check_explains_what_the_endpoint_refuses(
    scripted: StartScripted,
    token_endpoint: StartTokenServer,
    *,
    answer: Answer,
    expected: str,
    field: str | None,
    again: bool,
) -> None:
    """D1, D3, T6: at the step of the login, and the mail server is left with QUIT."""
    server = scripted([XOAUTH2, BYE])
    check = by_oauth(server, token_endpoint(answer))
    assert (check.verdict, failed_at(check)) == (Verdict.FAILED, Stage.AUTH)
    assert check.diagnosis
    assert (diagnosed(check), check.diagnosis.field) == (expected, field)
    assert check.diagnosis.retryable is again
    assert server.received[-1] == "QUIT"


def by_oauth_from(scripted: StartScripted, end: Step, clock: Clock | None = None) -> Check:
    """A check whose token endpoint ends like this."""
    endpoint = scripted([expect("POST"), end])
    client = OAuthClient(
        client_id="panel",
        client_secret=Secret("s3cret"),
        token_endpoint=f"http://127.0.0.1:{endpoint.port}/",
    )
    at = endpoint_of(scripted([XOAUTH2, hang()]), auth=Auth.OAUTH2, oauth=client)
    return checked(at, clock=clock or endpoint.clock)


def test_the_deadline_of_the_check_is_over_the_token_as_well(scripted: StartScripted) -> None:
    """T8: one deadline, whoever is asked."""
    assert diagnosed(by_oauth_from(scripted, hang())) == "oauth-endpoint-timeout"
    clock, endless = Passing(), drip(b"HTTP/1.1 100 Continue\r\n\r\n", 0.01)
    assert diagnosed(by_oauth_from(scripted, endless, clock)) == "oauth-endpoint-timeout"
    assert LONG < clock.now < LONG + 3


def test_without_a_user_name_or_a_client_the_login_fails(
    scripted: StartScripted, token_endpoint: StartTokenServer
) -> None:
    """D1: OAuth 2.0 is chosen, so a conversation without a login is not what was asked for."""
    tokens = token_endpoint(token("t0k3n"))
    server = scripted([XOAUTH2, BYE])
    assert diagnosed(by_oauth(server, tokens, username="")) == "auth-user-name-missing"
    assert diagnosed(by_oauth(server, tokens, oauth=None)) == "oauth-client-missing"


def test_a_token_over_clear_text_is_warned_of(
    scripted: StartScripted, token_endpoint: StartTokenServer
) -> None:
    """T4: as a password is; on loopback nobody listens."""
    server = scripted(accepted(XOAUTH2, expect("AUTH XOAUTH2", "235 ok")))
    check = by_oauth(server, token_endpoint(token("t0k3n")))
    assert states(check)[Stage.AUTH] is StepState.PASSED


def test_a_message_goes_out_by_oauth(
    scripted: StartScripted, token_endpoint: StartTokenServer
) -> None:
    """F8, T3: a test is a check and a message."""
    server = scripted([XOAUTH2, expect("AUTH XOAUTH2", "235 ok"), *MAIL])
    client = token_endpoint(token("t0k3n")).client()
    test = sent(endpoint_of(server, auth=Auth.OAUTH2, oauth=client, password=None))
    assert test.verdict is Verdict.ACCEPTED


def test_scopes_of_another_service_are_told_where_the_server_refuses_the_token(
    scripted: StartScripted, token_endpoint: StartTokenServer
) -> None:
    """D2: Microsoft gives a token for Graph as well, and Exchange Online says no more than 535."""
    refusal = "535 5.7.3 Authentication unsuccessful"
    server = scripted([XOAUTH2, expect("AUTH XOAUTH2", refusal), BYE])
    tokens = token_endpoint(token("t0k3n"))
    graph = replace(tokens.client(), scopes="https://graph.microsoft.com/.default")
    told = by_oauth(server, tokens, oauth=graph).diagnosis
    assert told
    assert told.field == "scopes"
    assert "https://graph.microsoft.com/.default" in told.cause()
    assert "https://outlook.office365.com/.default in Scopes" in told.remedy()
