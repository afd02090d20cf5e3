"""A certificate that an admin trusts for what it is, from the click to the end (SPEC F9, F12)."""

from __future__ import annotations

from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartSmtpd
from tests.web.conftest import Panel, fields_of
from tests.web.html import Element


def offer(page: Element) -> str:
    """What the button sends that offers to trust the certificate."""
    (button,) = page.all("button", name="repair")
    assert button.text == "Trust this certificate and test again"
    assert "a renewed one has to be trusted anew" in page.text
    return button["value"]


def test_a_certificate_is_trusted_by_one_click_and_saved(
    panel: Panel, smtpd: StartSmtpd, ca: CertificateAuthority
) -> None:
    """F12, T6: with fingerprint, issuer and end beside the button; what was trusted is pinned."""
    admin, server = panel.admin(), smtpd("starttls", tls=ca.self_signed.context())
    page = panel.tested(admin, **fields_of(server, tls=True))
    told = page.id("diagnosis").text
    for fact in ("Fingerprint (SHA-256)", "Issued by", "Valid until"):
        assert fact in told
    password = fields_of(server)["password"]
    page = panel.tested(admin, repair=offer(page), password=password)
    assert page.id("test-result")["data-state"] == "passed"
    page = panel.saved(admin, password=password)
    assert "Only this very certificate is accepted" in page.text
    assert "Healthy" in page.id("smtp-status").text


def test_admins_are_warned_when_a_trusted_certificate_changes(
    panel: Panel, smtpd: StartSmtpd, ca: CertificateAuthority
) -> None:
    """F12, W1: and the new one can be trusted, for which the password is typed again (F9)."""
    admin, server = panel.admin(), smtpd("starttls", tls=ca.good.context())
    page = panel.saved(admin, **fields_of(server, tls=True), pinned=ca.self_signed.own)
    warning = page.all(data_warning="page")[0].text
    assert "another certificate than the one that was trusted here" in warning
    page = panel.tested(admin, password=fields_of(server)["password"])
    assert page.id("diagnosis")["data-diagnosis"] == "tls-pinned-certificate-changed"
    response = admin.test(repair=offer(page), password="")
    assert response.status_code == 422
    assert "again" in admin.html.id("password-error").text
