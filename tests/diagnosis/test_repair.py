"""What a failed check finds out and offers as one click (SPEC T6, F7)."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import replace
from itertools import cycle
from typing import Any

import pytest

from smtp_panel.check.check import Check, Verdict
from smtp_panel.check.probe import PROBE_SECONDS
from smtp_panel.check.steps import StepState
from smtp_panel.diagnosis.diagnosis import diagnose
from smtp_panel.diagnosis.repair import Repair, candidates
from smtp_panel.net.certificates import Certificate
from smtp_panel.net.network import Address, Network, system_connect
from smtp_panel.net.tls import TLSVersion
from smtp_panel.smtp.endpoint import Auth, Endpoint, TLSStart
from smtp_panel.smtp.facts import Facts, FaultKind, Stage
from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartScripted, StartSmtpd
from tests.servers.scripted import expect, hang, reply
from tests.smtp.conversations import (
    PASSWORD,
    SUBMISSION,
    USER,
    checked,
    endpoint_of,
    nearly_over,
    sent,
)

STARTTLS = {"tls": "1", "tls_start": "starttls"}
IMPLICIT = {"tls": "1", "tls_start": "implicit"}


def failure(endpoint: Endpoint, stage: str, kind: str, **known: Any) -> Facts:
    """A failure of `endpoint`."""
    return Facts(
        stage=Stage(stage),
        kind=FaultKind(kind),
        server=endpoint.server,
        port=endpoint.port,
        security=endpoint.security,
        **known,
    )


def offered(check: Check) -> Repair | None:
    """The repair that came of `check`."""
    assert check.diagnosis
    return check.diagnosis.offer


def mended(endpoint: Endpoint, **choices: Any) -> Check:
    """A check of `endpoint` that looks for what would work."""
    return checked(endpoint, find_repair=True, **choices)


@pytest.mark.parametrize("kind", ["refused", "timeout", "closed", "tls", "not_smtp", "not_offered"])
@pytest.mark.parametrize(
    ("port", "start", "expected"),
    [
        (587, "auto", [("implicit", "465"), ("starttls", "25")]),
        (465, "auto", [("starttls", "587"), ("starttls", "25")]),
        (25, "auto", [("starttls", "587"), ("implicit", "465")]),
        (
            *(2525, "auto"),
            [("implicit", "2525"), ("starttls", "587"), ("implicit", "465"), ("starttls", "25")],
        ),
        (
            *(2525, "implicit"),
            [("starttls", "2525"), ("starttls", "587"), ("implicit", "465"), ("starttls", "25")],
        ),
        (587, "implicit", [("starttls", "587"), ("implicit", "465"), ("starttls", "25")]),
    ],
)
def test_a_closed_or_wrong_door_leads_to_the_others_that_mail_servers_have(
    kind: str, port: int, start: str, expected: list[tuple[str, str]]
) -> None:
    """T6, RFC 8314: the same port in the other way first, and always with TLS."""
    endpoint = Endpoint(server="mail.test.example", port=port, tls_start=TLSStart(start))
    found = candidates(endpoint, failure(endpoint, "connect", kind), {})
    assert [(each.repair.id, each.repair.changes["port"]) for each in found] == expected
    assert all(each.endpoint.tls for each in found)


@pytest.mark.parametrize(
    ("stage", "kind", "known"),
    [
        ("dns", "dns_not_found", {}),
        ("auth", "reply", {"code": 535}),
        ("auth", "not_offered", {}),
        ("rcpt_to", "reply", {"code": 550}),
        ("connect", "blocked", {}),
        ("auth", "oauth", {}),
        ("data", "closed", {}),
    ],
)
def test_what_no_setting_mends_leads_nowhere(
    stage: str, kind: str, known: Mapping[str, Any]
) -> None:
    """T6: nothing is tried where it could not help."""
    endpoint = Endpoint(server="mail.test.example", port=587)
    assert candidates(endpoint, failure(endpoint, stage, kind, **known), {}) == ()


def test_a_login_that_a_port_does_not_offer_leads_to_the_other_ports() -> None:
    """T6: where the catalogue sends to another port, those are tried that mail servers have."""
    endpoint = Endpoint(server="mail.test.example", port=25, username=USER)
    likeliest = {"port": "587", "tls_start": "starttls"}
    found = candidates(endpoint, failure(endpoint, "auth", "not_offered"), likeliest)
    assert [each.repair.changes["port"] for each in found] == ["587", "465"]


def test_a_port_that_only_the_provider_has_is_tried_before_port_25() -> None:
    """T6: 2525 of a relay service, which the text names as well."""
    endpoint = Endpoint(server="smtp.sendgrid.net", port=587)
    found = candidates(endpoint, failure(endpoint, "connect", "timeout"), {})
    assert [each.repair.changes["port"] for each in found] == ["465", "2525", "25"]


def test_a_lower_tls_version_is_offered_down_to_1_2_only() -> None:
    """F6: nothing insecure is offered as a repair."""
    for version in TLSVersion:
        endpoint = Endpoint(server="mail.test.example", port=587, tls_version=version)
        found = candidates(endpoint, failure(endpoint, "tls", "tls"), {})
        changes = [each.repair.changes for each in found if each.repair.id == "tls-version"]
        assert changes == ([{"tls_version": "1.2"}] if version is TLSVersion.V1_3 else [])


@pytest.mark.parametrize(("mode", "wrong"), [("starttls", "implicit"), ("implicit", "starttls")])
def test_tls_that_starts_the_other_way_is_found_on_the_same_port(
    ca: CertificateAuthority, smtpd: StartSmtpd, mode: Any, wrong: Any
) -> None:
    """T6, F7"""
    server = smtpd(mode)
    check = mended(endpoint_of(server, wrong, ca_pem=ca.pem), clock=nearly_over(PROBE_SECONDS))
    expected = STARTTLS if mode == "starttls" else IMPLICIT
    assert offered(check) == Repair(mode, {"port": str(server.port), **expected})
    assert f"port={server.port}" in check.transcript


@pytest.mark.parametrize("mode", ["starttls", "implicit"])
def test_another_port_of_the_same_server_is_found(
    ca: CertificateAuthority, smtpd: StartSmtpd, mode: Any
) -> None:
    """T6: a blocked or closed port, and one that is open."""
    server = smtpd(mode)
    open_port = 587 if mode == "starttls" else 465

    def connect(address: Address) -> socket.socket:
        if address.port != open_port:
            raise ConnectionRefusedError(111, "Connection refused")
        return system_connect(Address(address.host, server.port))

    endpoint = endpoint_of(server, "starttls", ca_pem=ca.pem, port=25)
    check = mended(endpoint, network=Network(connect=connect))
    assert offered(check) == Repair(
        mode, {"port": str(open_port), **(STARTTLS if mode == "starttls" else IMPLICIT)}
    )
    told = check.diagnosis
    assert told is not None
    assert (told.id, told.retryable) == ("connect-refused-at-this-port-alone", False)
    assert f"Change Port to {open_port} (" in told.remedy()


def test_another_port_is_found_where_each_look_up_leads_to_another_address(
    ca: CertificateAuthority, smtpd: StartSmtpd
) -> None:
    """T6, L3: as that of smtp.gmail.com does; what was reached is what is tried."""
    server = smtpd("starttls")
    addresses = cycle([[server.host], ["127.0.0.2"], ["127.0.0.3"]])

    def connect(address: Address) -> socket.socket:
        return system_connect(Address(address.host, server.port))

    endpoint = endpoint_of(server, "implicit", ca_pem=ca.pem, server="mail.test.example", port=465)
    network = Network(lambda _name: next(addresses), connect)
    repair = offered(mended(endpoint, network=network, clock=nearly_over(PROBE_SECONDS)))
    assert repair == Repair("starttls", {"port": "587", **STARTTLS})


def test_a_server_that_takes_no_sign_in_there_is_no_repair(
    ca: CertificateAuthority, smtpd: StartSmtpd
) -> None:
    """T6: only what would get the admin further is offered."""
    server = smtpd("starttls", auth=())
    assert (
        offered(
            mended(endpoint_of(server, "implicit", ca_pem=ca.pem), clock=nearly_over(PROBE_SECONDS))
        )
        is None
    )
    anonymous = endpoint_of(server, "implicit", ca_pem=ca.pem, username="", password=None)
    repair = offered(mended(anonymous, clock=nearly_over(PROBE_SECONDS)))
    assert repair
    assert repair.id == "starttls"


def test_trying_sends_no_credentials(ca: CertificateAuthority, smtpd: StartSmtpd) -> None:
    """F9, L3: they go where the admin sent them, and only there."""
    server = smtpd("starttls", users={})
    check = mended(endpoint_of(server, "implicit", ca_pem=ca.pem), clock=nearly_over(PROBE_SECONDS))
    assert offered(check)
    assert (server.connections, server.logins) == (2, [])
    assert PASSWORD not in check.transcript


def test_a_sign_in_that_waits_for_tls_is_found(ca: CertificateAuthority, smtpd: StartSmtpd) -> None:
    """T6: AUTH appears only after STARTTLS."""
    server = smtpd("starttls")
    repair = offered(mended(endpoint_of(server, "none", ca_pem=ca.pem)))
    assert repair == Repair("starttls", {"port": str(server.port), **STARTTLS})


def test_the_mechanism_that_the_server_offers_is_found(smtpd: StartSmtpd) -> None:
    """T6, F8"""
    server = smtpd("none", auth=["LOGIN"])
    repair = offered(mended(endpoint_of(server, auth=Auth.PLAIN)))
    assert repair == Repair("mechanism", {"auth": "login"})


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("250 2.1.0 ok", Repair("sender", {"sender": USER})), ("553 5.7.1 not yours", None)],
)
def test_the_user_name_is_offered_as_from_where_the_server_takes_it(
    scripted: StartScripted, answer: str, expected: Repair | None
) -> None:
    """T6: asked in the same conversation, without sending a message."""
    server = scripted(
        [
            *SUBMISSION[:2],
            expect(
                "MAIL FROM:<other@test.example>", "553 5.7.1 Sender address rejected: not owned"
            ),
            expect(f"MAIL FROM:<{USER}>", answer),
            *([expect("RCPT TO", "250 2.1.5 ok")] if expected else []),
            expect("QUIT", "221 bye"),
        ]
    )
    test = sent(endpoint_of(server), sender="other@test.example", find_repair=True)
    assert offered(test) == expected


def test_a_relay_without_tls_and_password_may_be_used_as_it_is(smtpd: StartSmtpd) -> None:
    """F7: never in silence, and never where a password would travel."""
    relay = smtpd("none", auth=())

    def connect(_address: Address) -> socket.socket:
        return system_connect(Address(relay.host, relay.port))

    network = Network(connect=connect)
    endpoint = endpoint_of(relay, "starttls", port=25, username="", password=None)
    check = mended(endpoint, network=network, clock=nearly_over(PROBE_SECONDS))
    assert offered(check) == Repair("without-tls", {"tls": ""})
    with_login = endpoint_of(relay, "starttls", port=25)
    assert offered(mended(with_login, network=network, clock=nearly_over(PROBE_SECONDS))) is None


@pytest.mark.parametrize(
    ("likeliest", "first"),
    [
        ({"port": "465", "tls_start": "implicit"}, ("implicit", "465")),
        ({"port": "587", "tls_start": "starttls"}, ("starttls", "587")),
        ({"tls_start": "starttls"}, ("starttls", "587")),
        ({}, ("implicit", "2525")),
    ],
)
def test_what_the_catalogue_knows_is_tried_and_offered_first(
    likeliest: Mapping[str, str], first: tuple[str, str]
) -> None:
    """D2, T6"""
    endpoint = Endpoint(server="mail.test.example", port=2525)
    found = candidates(endpoint, failure(endpoint, "connect", "refused"), likeliest)[0].repair
    assert (found.id, found.changes["port"]) == first


@pytest.mark.parametrize("mode", ["starttls", "implicit"])
@pytest.mark.parametrize("kind", ["self_signed", "untrusted", "expired", "wrong_name"])
def test_a_certificate_can_be_trusted_for_what_it_is(
    ca: CertificateAuthority, smtpd: StartSmtpd, mode: Any, kind: str
) -> None:
    """F12: the very one that the server shows, tried before it is offered."""
    certificate = getattr(ca, kind)
    server = smtpd(mode, tls=certificate.context())
    endpoint = endpoint_of(server, mode, ca_pem=ca.pem)
    assert offered(mended(endpoint)) == Repair("trust", {"pinned": certificate.own})
    trusting = replace(endpoint, pinned=certificate.own)
    assert checked(trusting).verdict is Verdict.CONNECTED


def test_a_certificate_that_replaces_a_trusted_one_is_told_and_can_be_trusted(
    ca: CertificateAuthority, smtpd: StartSmtpd
) -> None:
    """F12: it warns when the certificate changes."""
    server = smtpd("starttls", tls=ca.good.context())
    check = mended(endpoint_of(server, "starttls", pinned=ca.self_signed.own))
    assert check.verdict is Verdict.FAILED
    assert check.steps[Stage.TLS].state is StepState.FAILED
    assert offered(check) == Repair("trust", {"pinned": ca.good.own})


@pytest.mark.parametrize("code", [23, 66, 67, 68, 26])
def test_a_revoked_or_weak_certificate_is_not_offered_to_be_trusted(
    ca: CertificateAuthority, code: int
) -> None:
    """F12"""
    chain = (Certificate.of_pem(ca.good.own),)
    endpoint = Endpoint(server="mail.test.example", port=587)
    facts = failure(endpoint, "tls", "certificate", verify_code=code, chain=chain)
    assert candidates(endpoint, facts, {}) == ()


def wrong_name(server: str, *names: str) -> tuple[Endpoint, Facts]:
    """A mail server that shows a certificate for other `names`."""
    endpoint = Endpoint(server=server, port=587)
    shown = Certificate.of_pem(CertificateAuthority().made_out_for(*names).own)
    return endpoint, failure(endpoint, "tls", "certificate", verify_code=62, chain=(shown,))


@pytest.mark.parametrize(
    ("server", "name", "offered"),
    [
        ("mail.test.example", "smtp.test.example", True),
        ("test.example", "smtp.test.example", True),
        ("MAIL.test.example", "smtp.test.example", True),
        ("mail.shop.co.uk", "smtp.shop.co.uk", True),
        ("smtp.googlemail.com", "smtp.gmail.com", True),
        ("smtp.googlemail.com", "smtp.office365.com", False),
        ("mail.customer.example", "smtp.gmail.com", False),
        ("mail.customer.example", "smtp.hoster.example", False),
        ("mail.test.example", "mail.test.example.attacker.example", False),
        ("mail.shop.co.uk", "smtp.thief.co.uk", False),
        ("ada.github.io", "eve.github.io", False),
        ("203.0.113.7", "mail.test.example", False),
        ("mail", "mail.test.example", False),
    ],
)
def test_a_name_in_the_certificate_is_offered_only_under_the_domain_that_was_meant(
    server: str, name: str, offered: bool
) -> None:
    """F12, T6: whoever intercepts the connection chooses the names of the certificate."""
    found = candidates(*wrong_name(server, name), {})
    names = [each.repair.changes["server"] for each in found if each.repair.id == "server-name"]
    assert names == ([name] if offered else [])


def test_a_name_of_someone_else_is_told_with_a_warning() -> None:
    """F12: on shared hosts it may be the right one, but only their administrator can say so."""
    for language, warning in (("en", "between you and the server"), ("ja", "通信に割り込む")):
        _, facts = wrong_name("mail.customer.example", "smtp.hoster.example")
        assert warning in diagnose(facts).remedy(language)


def test_the_name_that_the_certificate_is_made_out_for_is_found(
    ca: CertificateAuthority, smtpd: StartSmtpd
) -> None:
    """T6: tried before it is offered."""
    server = smtpd("starttls")
    names = {"smtp.test.example": [server.host], "mail.test.example": [server.host]}
    endpoint = endpoint_of(server, "starttls", ca_pem=ca.pem, server="smtp.test.example")
    check = mended(endpoint, network=Network(lookup=names.__getitem__))
    assert offered(check) == Repair("server-name", {"server": "mail.test.example"})


def test_a_name_of_the_certificate_that_leads_elsewhere_is_not_offered(
    ca: CertificateAuthority, smtpd: StartSmtpd
) -> None:
    """L3: a certificate can't send the panel to another machine."""
    server = smtpd("starttls")
    names = {"smtp.test.example": [server.host], "mail.test.example": ["127.0.0.2"]}
    endpoint = endpoint_of(server, "starttls", ca_pem=ca.pem, server="smtp.test.example")
    repair = offered(mended(endpoint, network=Network(lookup=lambda name: names.get(name, []))))
    assert repair == Repair("trust", {"pinned": ca.good.own})


def test_looking_for_a_repair_keeps_to_the_deadline(scripted: StartScripted) -> None:
    """T8: a server that never answers leaves time for what is tried, and that has an end too."""
    server = scripted([hang()])
    check = mended(endpoint_of(server, "starttls"), seconds=2.0)
    assert offered(check) is None
    assert server.connections > 1


@pytest.mark.parametrize(("mode", "wrong"), [("implicit", "starttls"), ("starttls", "implicit")])
def test_the_way_of_tls_that_was_tried_and_works_is_told_first_and_no_other_reason(
    ca: CertificateAuthority, smtpd: StartSmtpd, mode: Any, wrong: Any
) -> None:
    """T6: at a port that could have either, a server that is silent may as well be slow."""
    server = smtpd(mode)
    check = mended(endpoint_of(server, wrong, ca_pem=ca.pem), clock=nearly_over(PROBE_SECONDS))
    told = check.diagnosis
    assert told is not None
    assert told.field == "tls_start"
    assert "delays" not in told.cause()
    assert told.remedy().startswith("Change How TLS starts to")


def test_nothing_is_tried_unless_asked(scripted: StartScripted) -> None:
    """W5: the checks in the background call the server once."""
    server = scripted([reply("554 no")])
    assert checked(endpoint_of(server, "starttls")).verdict
    assert server.connections == 1


def test_a_repair_outlasts_being_stored() -> None:
    """T6: it is shown by whichever process answers."""
    repair = Repair("starttls", {"port": "587"})
    assert Repair.from_json(repair.to_json()) == repair
