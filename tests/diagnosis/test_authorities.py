"""What the issuer of a refused certificate tells: inspection, a private authority, an old list."""

from __future__ import annotations

import pytest

from smtp_panel.diagnosis.diagnosis import diagnose
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
