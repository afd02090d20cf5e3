"""What cuts a connection off before a login, by what is known of it (SPEC D2, T6)."""

from __future__ import annotations

from typing import Any

import pytest

from smtp_panel.diagnosis.diagnosis import diagnose
from tests.diagnosis.examples import IMPLICIT, certificate, facts, said, shown

WORKSPACE_RELAY: dict[str, Any] = {"server": "smtp-relay.gmail.com", "username": ""}
BOTH = ("192.0.2.7", "2001:db8::7")


@pytest.mark.parametrize(
    "name", ["localhost", "localhost.localdomain", "[127.0.0.1]", "app.own.de"]
)
@pytest.mark.parametrize("stage", ["ehlo", "mail_from"])
def test_the_relay_of_google_hangs_up_at_names_that_are_not_the_organisations(
    name: str, stage: str
) -> None:
    """D2: waiting does not help, and nothing of Google's is out of order."""
    cut = diagnose(facts(stage, "closed", ehlo_name=name, **WORKSPACE_RELAY))
    assert (cut.id, cut.field) == ("mail-from-google-relay-closes", "ehlo_name")
    assert name in cut.cause()
    assert cut.remedy().startswith("Enter a name in your own domain in EHLO name")


@pytest.mark.parametrize("name", ["localhost", "3f2a9c71be04", "panel", "app.lan"])
def test_a_server_that_hangs_up_may_dislike_the_name_of_this_machine(name: str) -> None:
    """T6: the name is what can be changed here."""
    cut = diagnose(facts("ehlo", "closed", ehlo_name=name))
    assert (cut.id, cut.field) == ("ehlo-dropped-for-name", "ehlo_name")
    assert name in cut.cause()


@pytest.mark.parametrize("name", ["app.example.com", "[192.0.2.7]"])
def test_a_name_that_the_standard_wants_is_not_blamed_where_a_server_hangs_up(name: str) -> None:
    """T6: RFC 5321, section 4.1.4."""
    cut = diagnose(facts("ehlo", "closed", ehlo_name=name))
    assert (cut.id, cut.field) == ("ehlo-dropped", None)


@pytest.mark.parametrize("server", ["smtp.gmail.com", "mail.own.example"])
@pytest.mark.parametrize("error", ["Network is unreachable", "No route to host"])
def test_ipv6_is_not_blamed_where_ipv4_was_tried_as_well(server: str, error: str) -> None:
    """T6: every address is tried before a server is called unreachable."""
    known = {"server": server, "addresses": BOTH, "error": error}
    told = diagnose(facts("connect", "unreachable", **known))
    assert "IPv6" not in told.cause() + told.remedy()


def test_a_machine_without_any_route_is_told_so_by_whatever_addresses_the_server_has() -> None:
    """T6: the network of this machine comes first."""
    error = "[Errno 101] Network is unreachable"
    told = diagnose(facts("connect", "unreachable", addresses=BOTH, error=error))
    assert (told.id, told.field) == ("connect-no-way-out", None)


@pytest.mark.parametrize("code", [19, 20])
def test_an_authority_that_is_not_trusted_is_named(code: int) -> None:
    """T4, T6: who it is decides whether to trust it."""
    chain = (shown("CORP-DC01-CA", authority="Brunner AG"),)
    refused = diagnose(certificate(code, chain=chain))
    assert "CORP-DC01-CA (Brunner AG)" in refused.cause()
    assert "CORP-DC01-CA" in refused.cause("ja")


@pytest.mark.parametrize("known", [{}, IMPLICIT, {"server": "10.0.0.5"}])
@pytest.mark.parametrize(
    "error", ["[Errno 104] Connection reset by peer", "[WinError 10054] reset by the remote host"]
)
def test_a_reset_in_the_handshake_may_come_from_the_way(known: dict[str, Any], error: str) -> None:
    """T6: a server that has no certificate mostly closes the connection in order."""
    cut = diagnose(facts("tls", "closed", error=error, **known))
    assert (cut.id, cut.field) == ("tls-reset-in-handshake", None)
    assert "firewall" in cut.cause()


def test_an_introduction_that_google_refuses_is_told_with_the_register_of_its_relay() -> None:
    """T6: a name alone does not help where the address is not known."""
    words = "421 4.7.0 Try again later, closing connection. (EHLO)"
    refused = diagnose(said("ehlo", words, ehlo_name="localhost", **WORKSPACE_RELAY))
    assert refused.field == "ehlo_name"
    assert "Google Admin console" in refused.remedy()


def test_why_a_name_is_refused_at_ehlo_is_repeated() -> None:
    """T6: a name that does not resolve is another fault than one that is malformed."""
    words = "550 5.5.0 your ehlo domain does not resolve to an IP address"
    refused = diagnose(said("ehlo", words, ehlo_name="panel.intern"))
    assert refused.id == "ehlo-name-refused"
    assert "does not resolve" in refused.cause()
