"""The service that the operator provides (SPEC S1, S2, S4)."""

from __future__ import annotations

import pytest

from smtp_panel.config import Config, ConfigError
from smtp_panel.net.tls import TLSVersion
from smtp_panel.secret import Secret
from smtp_panel.settings.default_service import DefaultService, provided
from smtp_panel.smtp.endpoint import Auth, Endpoint, Security, TLSStart

SANDBOX = Endpoint(server="127.0.0.1", port=2525, username="sandbox", password=Secret("x"))


def provided_by(url: str, sender: str = "a@b.example") -> DefaultService:
    service = provided(Config(default_url=Secret(url), default_from=sender)).by_url
    assert service
    return service


def test_there_is_none_unless_the_operator_provides_one() -> None:
    """S2"""
    assert provided(Config()).default(None) is None


def test_it_reads_all_of_a_url() -> None:
    """S4"""
    service = provided_by(
        "smtp://ad%40:p%40ss%2Fw%25@SMTP.example.com:2587"
        "?tls=starttls&tls_version=1.3&auth=login&from=a%2Bb@c.example",
        "",
    )
    assert service == DefaultService(
        Endpoint(
            server="smtp.example.com",
            port=2587,
            tls=True,
            tls_version=TLSVersion.V1_3,
            tls_start=TLSStart.STARTTLS,
            username="ad@",
            password=Secret("p@ss/w%"),
            auth=Auth.LOGIN,
        ),
        "a+b@c.example",
    )


@pytest.mark.parametrize(
    ("url", "port", "security"),
    [
        ("smtp://s.example", 587, Security.STARTTLS),
        ("smtp://s.example/", 587, Security.STARTTLS),
        ("smtp://s.example:465", 465, Security.IMPLICIT),
        ("smtp://s.example?tls=implicit", 465, Security.IMPLICIT),
        ("smtp://s.example:25?tls=none", 25, Security.NONE),
        ("smtp://s.example:25?tls=off", 25, Security.NONE),
        ("smtp://s.example?tls=on", 587, Security.STARTTLS),
        ("smtp://[::1]:25?tls=none", 25, Security.NONE),
    ],
)
def test_what_is_left_out_of_the_url_has_its_default(
    url: str, port: int, security: Security
) -> None:
    """S4"""
    endpoint = provided_by(url).endpoint
    assert (endpoint.port, endpoint.security) == (port, security)
    assert (endpoint.username, endpoint.password) == ("", None)


def test_a_plus_sign_of_the_from_is_kept() -> None:
    """S4"""
    assert provided_by("smtp://s.example?from=a+b@c.example", "").sender == "a+b@c.example"


def test_the_from_is_stated_or_is_the_user_name_or_one_of_ours() -> None:
    """S4: the URL alone is enough."""
    url = "smtp://ada%40b.example@s.example"
    assert provided_by(url, "").sender == "ada@b.example"
    assert provided_by(f"{url}?from=c@d.example", "").sender == "c@d.example"
    assert provided_by(f"{url}?from=c@d.example", "E <e@f.example>").sender == "E <e@f.example>"
    assert provided_by("smtp://apikey@s.example", "").sender == "smtp-panel@s.example"
    assert provided_by("smtp://127.0.0.1", "").sender == "SMTP Panel <smtp-panel@localhost>"


@pytest.mark.parametrize(
    "url",
    [
        "smtp://ada:hunter2@",
        "smtp://ada:hunter2@s.example:port",
        "smtp://ada:hunter2@s.example:0",
        "smtp://ada:hunter2@s.example:70000",
        "smtp://ada:hunter2/x@s.example",
        "smtp://ada:hunter2#x@s.example",
        "smtp://ada:hunter2%ff@s.example",
        "smtp://ada:hunter2%00@s.example",
        "smtp://ada:hunter2@s.example/path",
        "smtp://ada:hunter2@s.example?tls=maybe",
        "smtp://ada:hunter2@s.example?tls",
        "smtp://ada:hunter2@s.example?auth=oauth2",
        "smtp://ada:hunter2@s.example?tls_version=9",
        "smtp://ada:hunter2@s.example?timeout=hunter2",
        "smtp://ada:hunter2@[s.example",
        "https://ada:hunter2@s.example",
        "hunter2",
    ],
)
def test_it_refuses_a_url_without_repeating_it(url: str) -> None:
    """S4, F4"""
    with pytest.raises(ConfigError) as caught:
        provided_by(url)
    assert caught.value.name == "SMTP_PANEL_DEFAULT_URL"
    assert "Write smtp://user:password@host:port" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_the_sandbox_is_the_default_where_nothing_else_is() -> None:
    """S4"""
    service = provided(Config()).default(SANDBOX)
    assert service == DefaultService(SANDBOX, "SMTP Panel <smtp-panel@localhost>", is_sandbox=True)
    named = provided(Config(default_from="a@b.example")).default(SANDBOX)
    assert named
    assert named.sender == "a@b.example"
    config = Config(default_url=Secret("smtp://s.example"), default_from="a@b.example")
    real = provided(config).default(SANDBOX)
    assert real
    assert real.endpoint.server == "s.example"


def test_a_from_that_a_rule_refuses_is_named() -> None:
    """S4, F2"""
    with pytest.raises(ConfigError, match=r"SMTP_PANEL_DEFAULT_FROM .*Remove “'”"):
        provided_by("smtp://s.example", "O'Brien <a@b.example>")


def test_a_from_that_a_rule_refuses_is_named_before_the_sandbox_needs_it() -> None:
    """S4, F2: not by the first page that is asked for."""
    with pytest.raises(ConfigError, match=r"SMTP_PANEL_DEFAULT_FROM"):
        provided(Config(default_from="nobody"))
