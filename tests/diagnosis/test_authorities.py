"""What the issuer of a refused certificate tells: inspection, a private authority, an old list."""

from __future__ import annotations

import pytest

from smtp_panel.diagnosis.catalogue import catalogue
from smtp_panel.diagnosis.diagnosis import diagnose
from smtp_panel.diagnosis.repair import candidates
from smtp_panel.smtp.endpoint import Endpoint
from tests.diagnosis.examples import GMAIL, certificate, shown


@pytest.mark.parametrize(
    "issuer",
    [
        *("Avast Web/Mail Shield Root", "Kaspersky Anti-Virus Personal Root Certificate"),
        *("Fortinet_CA_SSL", "FGT60FTK20001234", "FG100FTK19001234", "ca.corp.goskope.com"),
        *("SonicWALL Firewall DPI-SSL", "Fireware HTTPS Proxy (SN 80AB0123) CA", "mitmproxy"),
        *("Sophos_CA_C01001XXXXXXX", "Cloudflare for Teams ECC Certificate Authority"),
        *("Quick Heal Technologies Ltd", "Gateway CA - Cloudflare Managed G1"),
        *("Zscaler Intermediate Root CA (zscaler.net)", "Example TLS Inspection CA"),
    ],
)
def test_a_certificate_by_an_inspection_product_names_who_is_in_between(issuer: str) -> None:
    """T6: whoever's server it is, the product is named, and trusting it is not the advice."""
    diagnosis = diagnose(certificate(20, chain=(shown(issuer),)))
    assert diagnosis.id == "tls-inspected"
    assert issuer in diagnosis.cause()
    assert "exempted" in diagnosis.remedy()


@pytest.mark.parametrize(
    ("issuer", "entry"),
    [
        ("COMODO RSA Domain Validation Secure Server CA", "tls-intermediate-left-out"),
        ("Trustwave Organization Validation SHA256 CA, Level 1", "tls-intermediate-left-out"),
        *((issuer, "tls-intermediate-left-out") for issuer in ("R11", "WR2", "E6")),
        *((issuer, "tls-intermediate-left-out") for issuer in ("GEANT OV RSA CA 4", "JPRS DV G4")),
        ("Example Corp Issuing CA 2", "tls-missing-intermediate"),
    ],
)
def test_other_authorities_are_not_taken_for_an_inspection(issuer: str, entry: str) -> None:
    """T6: a server of one's own may leave out the intermediate, or have an authority of its own."""
    diagnosis = diagnose(certificate(20, chain=(shown(issuer),)))
    assert diagnosis.id == entry
    assert issuer in diagnosis.cause()


@pytest.mark.parametrize(
    ("issuer", "entry"),
    [
        *(("WR2", "tls-no-ca-bundle-in-container"), ("", "tls-no-ca-bundle-in-container")),
        ("DigiCert Global G2 TLS RSA SHA256 2020 CA1", "tls-no-ca-bundle-in-container"),
        ("Example Corp Issuing CA 2", "tls-provider-of-private-authority"),
    ],
)
def test_a_known_provider_has_its_certificate_of_a_public_authority(
    issuer: str, entry: str
) -> None:
    """T6: of a public one this machine lacks the root; any other was put in between."""
    assert diagnose(certificate(20, chain=(shown(issuer),), **GMAIL)).id == entry


@pytest.mark.parametrize(
    "placeholder",
    [
        *("HOSTNAME.DOMAIN", "localhost.localdomain", "mail.example.com", "Default Company Ltd"),
        *("Internet Widgits Pty Ltd", "SomeOrganization", "debian", "Webmin Webserver on srv1"),
        *("Parallels Panel", "TEMPORARY CERTIFICATE", "Dummy certificate", "imap.example.com"),
    ],
)
def test_a_certificate_that_was_never_replaced_is_called_a_placeholder(placeholder: str) -> None:
    """T6: that of a set-up is not for the server's name, which is told with it."""
    diagnosis = diagnose(certificate(18, chain=(shown(placeholder, "host.invalid"),)))
    assert diagnosis.id == "tls-default-certificate-of-the-system"
    assert placeholder in diagnosis.cause()
    assert "host.invalid" in diagnosis.cause()


@pytest.mark.parametrize(
    "maker",
    [
        *("Cisco Appliance Demo Certificate", "IronPort Appliance Demo Certificate"),
        *("FortiMail", "Barracuda Networks", "Sophos UTM", "Symantec Messaging Gateway"),
    ],
)
@pytest.mark.parametrize("code", [18, 20])
def test_the_certificate_with_which_a_mail_gateway_is_sold_is_no_inspection(
    maker: str, code: int
) -> None:
    """T6: it is made out for the device, and what reads along for the server that was called."""
    failure = certificate(code, chain=(shown(maker, "gw-0123"),))
    assert diagnose(failure).id == "tls-default-certificate-of-the-system"
    assert "mail gateway" in diagnose(failure).cause()
    known = certificate(code, chain=(shown("FortiMail", "gw-0123"),), **GMAIL)
    assert diagnose(known).id == "tls-provider-of-private-authority"


def test_an_origin_certificate_of_cloudflare_is_told_by_its_organisation_too() -> None:
    """T6: its issuer has no common name."""
    authority = "CloudFlare Origin SSL Certificate Authority"
    failure = certificate(20, chain=(shown("CloudFlare, Inc.", authority=authority),))
    assert diagnose(failure).id == "tls-cloudflare-origin"


@pytest.mark.parametrize("server", ["smtp.a.test.example", "smtp.intern.test.example"])
def test_a_wildcard_that_ends_a_level_too_high_is_told_also_within_a_network(server: str) -> None:
    """T6: a certificate for the whole name can be had, and *.test.example can't be entered."""
    failure = certificate(62, server=server, chain=(shown("R11", "*.test.example"),))
    assert diagnose(failure).id == "tls-wildcard-of-one-label"


def test_a_weak_signature_is_not_said_to_be_that_of_the_servers_own_certificate() -> None:
    """T6: OpenSSL calls any of the chain, but the root's, by the name of a CA."""
    weak = diagnose(certificate(68, error="CA signature digest algorithm too weak"))
    assert weak.id == "tls-chain-too-weak"
    assert "or that of the authority behind it" in weak.cause()
    assert diagnose(certificate(67, error="CA certificate key too weak")).id == (
        "tls-chain-key-too-short"
    )
    short = diagnose(certificate(66, error="EE certificate key too weak"))
    assert short.id == "tls-certificate-key-too-weak"


@pytest.mark.parametrize(
    "name", ["mail.test.example", "testserver.org", "Example Bank Root", "ubuntu.shop.org"]
)
def test_a_certificate_of_a_name_of_ones_own_is_called_self_signed(name: str) -> None:
    """T6: only what every installation has alike is a placeholder."""
    assert diagnose(certificate(18, chain=(shown(name),))).id == "tls-self-signed"


@pytest.mark.parametrize(
    ("code", "issuer", "server"),
    [
        (20, "Avast Web/Mail Shield Root", "smtp.gmail.com"),
        (19, "Zscaler Root CA", "mail.test.example"),
        (20, "Corp Root CA", "smtp.gmail.com"),
        (20, "(STAGING) Artificial Apricot R3", "mail.test.example"),
        (20, "CloudFlare Origin SSL Certificate Authority", "mail.test.example"),
        (18, "TRAEFIK DEFAULT CERT", "mail.test.example"),
        (62, "R11", "smtp.gmail.com"),
    ],
)
def test_no_certificate_is_offered_to_be_trusted_that_the_text_warns_of(
    code: int, issuer: str, server: str
) -> None:
    """F12, T6: one click would hand the password to whoever reads along."""
    endpoint = Endpoint(server=server, port=587)
    failure = certificate(code, server=server, chain=(shown(issuer, "elsewhere.example"),))
    likeliest = catalogue().likeliest_repair(diagnose(failure).id)
    assert candidates(endpoint, failure, likeliest) == ()


def test_a_certificate_is_offered_to_be_trusted_where_the_text_says_so() -> None:
    """F12: a server of one's own may have signed for itself."""
    endpoint = Endpoint(server="mail.test.example", port=587)
    failure = certificate(18, chain=(shown("mail.test.example"),))
    likeliest = catalogue().likeliest_repair(diagnose(failure).id)
    assert [each.repair.id for each in candidates(endpoint, failure, likeliest)] == ["trust"]


@pytest.mark.parametrize(
    ("issuer", "authority"),
    [
        ("AlphaSSL CA - SHA256 - G4", "GlobalSign nv-sa"),
        ("Brand Secure CA", "DigiCert Inc, www.digicert.com"),
        ("cPanel, Inc. Certification Authority", "cPanel, Inc."),
    ],
)
def test_an_authority_is_public_by_its_organisation_too(issuer: str, authority: str) -> None:
    """T6: brands are many, those behind them few."""
    failure = certificate(20, chain=(shown(issuer, authority=authority),))
    assert diagnose(failure).id == "tls-intermediate-left-out"
    at_provider = certificate(20, chain=failure.chain, **GMAIL)
    assert diagnose(at_provider).id == "tls-no-ca-bundle-in-container"
