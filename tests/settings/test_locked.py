"""Values that come from the environment (SPEC F14)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smtp_panel.config import Config, ConfigError
from smtp_panel.net.tls import TLSVersion
from smtp_panel.secret import Secret
from smtp_panel.settings.fields import SECRETS, VALUES
from smtp_panel.settings.hosting import Hosting
from smtp_panel.settings.locked import check_locked, locked
from smtp_panel.settings.values import Values
from smtp_panel.smtp.endpoint import Auth, TLSStart
from tests.servers.certificates import CertificateAuthority

MODERN = (TLSVersion.V1_2, TLSVersion.V1_3)


def test_it_locks_what_is_set_and_says_where_it_comes_from() -> None:
    """F14"""
    lock = locked(Config(server="SMTP.example.com.", port=" 465", password=Secret("x")))
    assert lock.values == {"server": "smtp.example.com", "port": 465}
    assert lock.secrets == {"password": Secret("x")}
    assert lock.names == {
        "server": "SMTP_PANEL_SERVER",
        "port": "SMTP_PANEL_PORT",
        "password": "SMTP_PANEL_PASSWORD",
    }


def test_it_locks_every_field_of_the_custom_service(ca: CertificateAuthority) -> None:
    """F14"""
    config = Config(
        server="s.example",
        sender="a@b.example",
        username="ada",
        port="25",
        tls="0",
        tls_version="auto",
        tls_start="implicit",
        auth="oauth2",
        client_id="panel",
        client_secret=Secret("s3cret"),
        token_endpoint="https://id.example/token",
        scopes="mail.send  offline",
        client_secret_ends=" 2027-01-31 ",
        envelope_sender="bounce@b.example",
        reply_to="Help <help@b.example>",
        time_limit="30",
        ca_pem=f"\n{ca.pem}",
        pinned=ca.pem.replace("\n", "\\n"),
    )
    assert locked(config).secrets == {"client_secret": Secret("s3cret")}
    assert locked(config).over(Values()) == Values(
        server="s.example",
        sender="a@b.example",
        username="ada",
        port=25,
        tls=False,
        tls_version=TLSVersion.AUTO,
        tls_start=TLSStart.IMPLICIT,
        auth=Auth.OAUTH2,
        client_id="panel",
        token_endpoint="https://id.example/token",
        scopes="mail.send offline",
        client_secret_ends="2027-01-31",
        envelope_sender="bounce@b.example",
        reply_to="Help <help@b.example>",
        time_limit=30,
        ca_pem=ca.pem.strip(),
        pinned=ca.pem.strip(),
    )
    assert set(locked(config).names) == {*VALUES, *SECRETS} - {"service", "ehlo_name", "password"}


def test_a_variable_that_is_set_to_nothing_locks_nothing() -> None:
    """F14"""
    nothing = Config(server="", username="", password=Secret(""), client_secret=Secret(""))
    lock = locked(nothing)
    assert (lock.values, lock.secrets, lock.names) == ({}, {}, {})


def test_the_usual_ehlo_name_locks_nothing() -> None:
    """F12: it counts where the page names none."""
    assert locked(Config(ehlo_name="mail.example")).values == {}


@pytest.mark.parametrize(
    ("config", "name", "advice"),
    [
        (Config(server="smtp.example.com:25"), "SMTP_PANEL_SERVER", "Write smtp.example.com"),
        (Config(sender="O'Brien <a@b.example>"), "SMTP_PANEL_SENDER", "Write OBrien"),
        (Config(port="70000"), "SMTP_PANEL_PORT", "1 to 65535"),
        (Config(tls="perhaps"), "SMTP_PANEL_TLS", "1 or 0"),
        (Config(auth="cram-md5"), "SMTP_PANEL_AUTH", "auto, plain, login"),
        (Config(token_endpoint="id.example/t"), "SMTP_PANEL_TOKEN_ENDPOINT", "Write https://id.ex"),
        (Config(time_limit="1 h"), "SMTP_PANEL_TIME_LIMIT", "whole number of seconds"),
        (Config(ca_pem="/etc/ssl/ca.pem"), "SMTP_PANEL_CA_PEM", "no certificate"),
        (Config(client_secret=Secret("hunter\0")), "SMTP_PANEL_CLIENT_SECRET", "can't be sent"),
        (Config(password=Secret("hunter\0")), "SMTP_PANEL_PASSWORD", "can't be sent"),
    ],
)
def test_it_names_the_variable_that_a_rule_refuses(config: Config, name: str, advice: str) -> None:
    """F14"""
    with pytest.raises(ConfigError, match=advice) as caught:
        locked(config)
    assert caught.value.name == name
    assert "hunter" not in str(caught.value)


def test_at_start_it_refuses_what_this_machine_can_not_do() -> None:
    """F6, F10, F14"""
    with pytest.raises(ConfigError, match=r"SMTP_PANEL_TLS_VERSION .*does not support TLS 1.0"):
        check_locked(Config(tls_version="1.0"), MODERN, Hosting.OTHER)
    with pytest.raises(ConfigError, match=r"SMTP_PANEL_PORT .*Google Cloud .* Write 587"):
        check_locked(Config(port="25"), MODERN, Hosting.GCP)
    plain = Config(token_endpoint="http://127.0.0.1/token")
    with pytest.raises(ConfigError, match=r"TOKEN_ENDPOINT .*https://"):
        check_locked(plain, MODERN, Hosting.OTHER)
    check_locked(replace(plain, http_token_endpoint=True), MODERN, Hosting.OTHER)
    check_locked(Config(port="25", tls_version="1.3"), MODERN, Hosting.AZURE)
    check_locked(Config(), MODERN, Hosting.GCP)
