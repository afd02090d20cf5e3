"""OAuth 2.0 with Postfix and Dovecot, which validate tokens as real installations do (SPEC F8)."""

from __future__ import annotations

import pytest

from smtp_panel.check.check import Check, Verdict
from smtp_panel.smtp.endpoint import Auth
from smtp_panel.smtp.facts import Stage
from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartScripted, StartTokenServer
from tests.servers.postfix import Postfix
from tests.servers.scripted import expect, greet
from tests.servers.token_server import TokenServer, jwt, token
from tests.smtp.conversations import MAIL, checked, diagnosed, endpoint_of, outgoing, sent
from tests.smtp.test_postfix import via

# One port offers both mechanisms, the other one the standard's alone.
PORTS = [("submission", "XOAUTH2"), ("smtps", "OAUTHBEARER")]


def by_token(
    postfix: Postfix,
    ca: CertificateAuthority,
    tokens: TokenServer,
    *,
    port: str,
    recipient: str = "ada@test.example",
) -> Check:
    """A message with a token of `tokens`."""
    choices = {"auth": Auth.OAUTH2, "oauth": tokens.client(), "password": None}
    message = outgoing(recipient=recipient)
    return sent(via(postfix, ca, port, **choices), message=message, tokens=tokens.cache)


@pytest.mark.parametrize(("port", "mechanism"), PORTS)
def test_dovecot_takes_the_token_and_postfix_the_message(
    postfix: Postfix,
    ca: CertificateAuthority,
    token_endpoint: StartTokenServer,
    port: str,
    mechanism: str,
) -> None:
    """F8: once with a fetched token and once with the one that was kept."""
    tokens = token_endpoint(token(jwt(postfix.token_key, postfix.username)))
    for source in ("fetched", "cached"):
        recipient = f"{mechanism}.{source}@test.example"
        test = by_token(postfix, ca, tokens, port=port, recipient=recipient)
        assert test.verdict is Verdict.ACCEPTED, test.transcript
        met = test.steps[Stage.AUTH].detail
        assert (met["mechanism"], met["token"]) == (mechanism, source)
        assert postfix.inbox.to(recipient).sender == postfix.username
    assert len(tokens.forms) == 1
    assert f"sasl_method={mechanism}, sasl_username=ada@test.example" in postfix.log


@pytest.mark.parametrize(("port", "mechanism"), PORTS)
@pytest.mark.parametrize("wrong", ["user", "key", "time", "form"])
def test_dovecot_refuses_a_token_that_is_wrong(
    postfix: Postfix,
    ca: CertificateAuthority,
    token_endpoint: StartTokenServer,
    *,
    port: str,
    mechanism: str,
    wrong: str,
) -> None:
    """D1: of somebody else, signed by somebody else, expired, no token at all."""
    given = {
        "user": jwt(postfix.token_key, "boss@test.example"),
        "key": jwt(b"another key", postfix.username),
        "time": jwt(postfix.token_key, postfix.username, seconds=-1),
        "form": "0paque",
    }[wrong]
    tokens = token_endpoint(token(given))
    test = by_token(postfix, ca, tokens, port=port)
    assert diagnosed(test) == "auth-xoauth2-refused", test.transcript
    assert test.diagnosis
    assert "(status " in test.diagnosis.server_says
    assert f"AUTH {mechanism}" in test.transcript
    assert given not in test.transcript


@pytest.mark.parametrize(("port", "mechanism"), PORTS)
def test_a_kept_token_that_dovecot_refuses_is_renewed(
    postfix: Postfix,
    ca: CertificateAuthority,
    token_endpoint: StartTokenServer,
    scripted: StartScripted,
    *,
    port: str,
    mechanism: str,
) -> None:
    """F8: in the same conversation with the same server."""
    tokens = token_endpoint(token("0ld"), token(jwt(postfix.token_key, postfix.username)))
    other = scripted([greet("AUTH XOAUTH2"), expect("AUTH XOAUTH2", "235 ok"), MAIL[0], MAIL[-1]])
    endpoint = endpoint_of(other, auth=Auth.OAUTH2, oauth=tokens.client())
    checked(endpoint, tokens=tokens.cache)
    test = by_token(postfix, ca, tokens, port=port)
    assert test.verdict is Verdict.ACCEPTED, test.transcript
    assert test.transcript.count(f"C: AUTH {mechanism}") == 2
    assert len(tokens.forms) == 2
