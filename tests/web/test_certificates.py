"""What the ladder tells of TLS, of certificates and of addresses (SPEC T4)."""

from __future__ import annotations

import re

from tests.cli.conftest import Command
from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartSmtpd
from tests.web.conftest import NOBODY, Panel, fields_of
from tests.web.html import Element

FINGERPRINT = re.compile(r"([0-9A-F]{2}:){31}[0-9A-F]{2}")


def told(result: Element, stage: str) -> dict[str, str]:
    """The facts of a step, by their labels."""
    step = result.one("li", data_step=stage)
    return {
        label.text: value.text for label, value in zip(step.all("dt"), step.all("dd"), strict=True)
    }


def test_the_certificate_is_told_with_its_end_and_its_fingerprint(
    panel: Panel, trusted: CertificateAuthority, smtpd: StartSmtpd
) -> None:
    """T4: issuer and days left, and whoever issued the issuer."""
    server = smtpd("starttls", tls=trusted.chained.context())
    result = panel.tested(panel.admin(), **fields_of(server, tls=True)).id("test-result")
    assert result["data-state"] == "passed"
    facts = told(result, "tls")
    assert facts["Issued by"].startswith("trustme")
    assert facts["Valid for"] == "localhost, mail.test.example, 127.0.0.1"
    assert re.fullmatch(r"\w+ \d+, \d{4} \([\d,]+ days left\)", facts["Valid until"])
    assert FINGERPRINT.fullmatch(facts["Fingerprint (SHA-256)"])
    assert ", issued by trustme" in facts["Authority"]


def test_a_refused_certificate_is_told_with_the_reason(
    panel: Panel, trusted: CertificateAuthority, smtpd: StartSmtpd
) -> None:
    """T4, T6: in plain words, with OpenSSL's number."""
    server = smtpd("starttls", tls=trusted.expired.context())
    result = panel.tested(panel.admin(), **fields_of(server, tls=True)).id("test-result")
    assert result["data-state"] == "failed"
    facts = told(result, "tls")
    assert facts["Not trusted because"] == "it has ended (10)"
    assert facts["Valid until"].endswith("(ended)")
    assert FINGERPRINT.fullmatch(facts["Fingerprint (SHA-256)"])


def test_a_certificate_that_ends_soon_is_warned_of(
    panel: Panel, trusted: CertificateAuthority, smtpd: StartSmtpd
) -> None:
    """T4, T9: in words, and the test passes."""
    server = smtpd("starttls", tls=trusted.ending.context())
    result = panel.tested(panel.admin(), **fields_of(server, tls=True)).id("test-result")
    assert result["data-state"] == "passed"
    step = result.one("li", data_step="tls")
    assert step["data-state"] == "warned"
    assert "10 days left The certificate ends soon." in step.text


def test_tls_that_fails_before_a_certificate_tells_none(panel: Panel, smtpd: StartSmtpd) -> None:
    """T4: nothing was met."""
    server = smtpd("none")
    fields = fields_of(server, tls=True) | {"tls_start": "implicit"}
    result = panel.tested(panel.admin(), **fields).id("test-result")
    assert result.one("li", data_step="tls")["data-state"] == "failed"
    assert told(result, "tls") == {}


def test_each_address_is_told_when_none_answers(panel: Panel) -> None:
    """T4: what became of it."""
    result = panel.tested(panel.admin(), **NOBODY).id("test-result")
    assert told(result, "connect") == {"127.0.0.1:1": "Connection refused"}


def test_the_end_of_the_servers_certificate_is_told_on_the_page_and_is_no_warning(
    panel: Panel, trusted: CertificateAuthority, smtpd: StartSmtpd
) -> None:
    """W6, W1: mail leaves, so nobody is alarmed."""
    server = smtpd("starttls", tls=trusted.ending.context())
    page = panel.saved(panel.admin(), **fields_of(server, tls=True))
    note = page.one("div", data_ending="server").text
    assert "The mail server's certificate for " in note
    assert "ends soon" in note
    assert "10 days left" in note
    assert not page.all(data_warning=None)


def test_a_certificate_that_lasts_stands_in_the_calendar_alone(
    panel: Panel, trusted: CertificateAuthority, smtpd: StartSmtpd
) -> None:
    """W6: on the page, and for programs."""
    server = smtpd("starttls", tls=trusted.good.context())
    page = panel.saved(panel.admin(), **fields_of(server, tls=True))
    assert not page.all(data_ending=None)
    (row,) = page.id("calendar").all("tr", data_ends=None)
    assert row["data-ends"] == "server"
    assert "The mail server's certificate for " in row.text
    assert "days left)" in row.text
    ran = Command(panel.app)("status", "--json")
    (end,) = ran.json["ends"]
    assert end["what"] == "server"
    assert f"({end['days_left']:,} days left)" in row.text
    assert row.text.rpartition(" (")[2] in Command(panel.app)("status").stdout


def test_where_nothing_ends_there_is_no_calendar(panel: Panel, smtpd: StartSmtpd) -> None:
    page = panel.saved(panel.admin(), **fields_of(smtpd("none")))
    assert not page.all(id="calendar")
