"""The report: complete, and without anything that should not be shown around (SPEC T7, T6)."""

from __future__ import annotations

import base64
import datetime
import secrets
from urllib.parse import quote

import pytest

from smtp_panel.check.check import Check, Verdict
from smtp_panel.check.report import VERSIONS, report
from smtp_panel.check.steps import Step, StepState
from smtp_panel.secret import Secret
from smtp_panel.smtp.facts import Stage
from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartScripted, StartSmtpd
from tests.servers.scripted import Conversation, close, expect, greet, reply
from tests.smtp.conversations import RECIPIENT, USER, checked, endpoint_of, sent

AT = datetime.datetime(2026, 11, 23, 18, 40, 1, tzinfo=datetime.UTC)
SETTINGS = {
    "service": "custom",
    "server": "127.0.0.1",
    "port": "587",
    "tls": "1",
    "tls_version": "1.2",
    "sender": f"Ada Lovelace <{USER}>",
    "username": USER,
    "remove_password": "",
}


def report_of(check: Check, **settings: str) -> str:
    """What the report says of a check that has run."""
    return report(
        settings=SETTINGS | settings,
        verdict=check.verdict or "",
        steps=list(check.steps.values()),
        diagnosis=check.diagnosis,
        transcript=check.transcript,
        at=AT,
    )


def written(transcript: str, **settings: str) -> str:
    """The report of a conversation that went like this."""
    return report(
        settings=settings,
        verdict="failed",
        steps=[],
        diagnosis=None,
        transcript=transcript,
        at=AT,
    )


def says_back(conversation: Conversation) -> None:
    """Refuse a login with all that it was made of, in every form."""
    given = conversation.line().removeprefix("AUTH PLAIN ")
    _, username, password = base64.b64decode(given).decode().split("\0")
    encoded = [base64.b64encode(each.encode()).decode() for each in (username, password)]
    parts = [given, username, password, *encoded, quote(password), password.upper()]
    conversation.send("".join(f"535-5.7.8 no: {part}\r\n" for part in parts).encode())
    conversation.send(b"535 5.7.8 no\r\n")


def test_it_tells_all_of_a_test_that_passed(smtpd: StartSmtpd, ca: CertificateAuthority) -> None:
    """T4, T5, T7: verdict, ladder, TLS, transcript, versions, server and port, when."""
    server = smtpd("starttls")
    check = sent(endpoint_of(server, "starttls", ca_pem=ca.pem))
    assert check.verdict is Verdict.ACCEPTED
    text = report_of(check, port=str(server.port))
    for part in (
        "2026-11-23 18:40:01 UTC",
        "accepted",
        VERSIONS.split(",")[0],
        "OpenSSL",
        "127.0.0.1",
        str(server.port),
        "TLSv1.3",
        "days left",
        "not after",
        "issuer",
        "PLAIN",
        "4TEST",
        "C: DATA",
        "tls version",
    ):
        assert part in text
    assert [stage for stage in check.steps if f" {stage} " not in text] == []
    assert "Diagnosis" not in text
    assert "BEGIN CERTIFICATE" not in text
    assert text.count("fingerprint") == len(check.steps[Stage.TLS].detail["chain"])


def test_it_tells_all_of_a_failure(scripted: StartScripted) -> None:
    """T6: the diagnosis with its name, cause, remedy, field and the server's words."""
    server = scripted(
        [greet("AUTH PLAIN"), expect("AUTH", "535 5.7.8 Error: no"), expect("QUIT", "221 bye")]
    )
    check = checked(endpoint_of(server))
    text = " ".join(report_of(check).split())
    assert check.diagnosis
    assert f"Diagnosis: {check.diagnosis.id}" in text
    assert check.diagnosis.cause() in text
    assert check.diagnosis.remedy() in text
    assert "said 535 5.7.8 Error: no" in text
    assert "field password" in text
    assert "failed auth" in text


def test_no_secret_and_nobodys_name_is_in_it(scripted: StartScripted) -> None:
    """F4, T7: whatever the server repeats."""
    password = f"{secrets.token_urlsafe(12)}+/ä"
    server = scripted([greet("AUTH PLAIN"), says_back, expect("QUIT", "221 bye"), close()])
    check = checked(endpoint_of(server, password=Secret(password)))
    text = report_of(check)
    joined = "".join(text.split())
    encoded = [base64.b64encode(each.encode()).decode() for each in (password, USER)]
    for part in (password, password.upper(), quote(password), *encoded, USER, "Lovelace"):
        assert part not in joined
    assert "a***@test.example" in text


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("550 <ada.king+x@mail.example.com> no", "550 <a***@mail.example.com> no"),
        ("550 bounce+ada=test.example@x.example", "550 b***@x.example"),
        ("550 ADA@TEST.EXAMPLE unknown", "550 A***@TEST.EXAMPLE unknown"),
        ("550 user ada unknown", "550 user a*** unknown"),
        ("550 root@[192.0.2.1] no", "550 r***@[192.0.2.1] no"),
        ("535 Ada.Service failed", "535 Ada.Service failed"),
        ("220 ada.test.example ready", "220 ada.test.example ready"),
        ("C: EHLO [192.0.2.7]", "C: EHLO [192.0.2.7]"),
        ("S: 334 VXNlcm5hbWU6", "S: 334 VXNlcm5hbWU6"),
    ],
)
def test_addresses_keep_their_domain_and_no_more(said: str, told: str) -> None:
    """T7: a provider needs the domain, a forum nobody's name."""
    assert told in written(said, username=USER)


@pytest.mark.parametrize("name", ["CORP\\ada", "apikey", "o'brien", "ab"])
def test_a_user_name_that_is_no_address_is_shortened(name: str) -> None:
    """T7: also in base64."""
    encoded = base64.b64encode(name.encode()).decode()
    text = written(f"S: 535 {name} no\nS: 535 {encoded}", username=name)
    assert name not in text
    assert encoded.rstrip("=") not in text
    assert f"S: 535 {name[0]}*** no" in text


def test_a_certificate_is_not_repeated() -> None:
    """T7: it would fill the page."""
    assert "BEGIN" not in written("", ca_pem="-----BEGIN CERTIFICATE-----\nMII\n-----END")


def test_it_fits_a_page_whatever_the_server_says(scripted: StartScripted) -> None:
    """T7: 80 columns."""
    said = "x" * 500 + " and many more words" * 20
    server = scripted([reply(f"550 5.7.1 {said}"), close()])
    text = report_of(checked(endpoint_of(server)), sender="a" * 200)
    assert max(map(len, text.splitlines())) <= 80
    assert text.endswith("\n")


def test_details_of_any_shape_are_told() -> None:
    """T4: what a step may add later."""
    detail = {
        "failed": [{"address": "[::1]:25", "error": "refused"}, {"address": "x", "error": "y"}],
        "none": None,
        "empty": [],
        "offered": ("A", "B"),
    }
    text = report(
        settings={},
        verdict="failed",
        steps=[Step(Stage.CONNECT, StepState.PASSED, 0.4, detail)],
        diagnosis=None,
        transcript="",
        at=AT,
    )
    assert "failed   address [::1]:25, error refused; address x, error y" in text
    assert "offered  A, B" in text
    assert "none" not in text
    assert RECIPIENT not in text


def test_a_step_of_many_seconds_is_told_in_seconds() -> None:
    """T4: as on the page."""
    steps = [Step(Stage.DNS, StepState.PASSED, 4.5), Step(Stage.CONNECT, StepState.FAILED, 15999.3)]
    told = report(settings={}, verdict="", steps=steps, diagnosis=None, transcript="", at=AT)
    assert "dns        4.5 ms" in told
    assert "connect    16.0 s" in told
