"""The certificates that a server shows, verified, refused and pinned (SPEC T4, F12, L3)."""

from __future__ import annotations

import json
import ssl
import time
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from smtp_panel.check.check import Check, Verdict
from smtp_panel.check.steps import Step, StepState
from smtp_panel.net.certificates import Certificate
from smtp_panel.smtp.facts import FaultKind, Stage
from tests.servers import certificates
from tests.servers.certificates import NAMES, CertificateAuthority
from tests.servers.fixtures import StartScripted, StartSmtpd
from tests.servers.scripted import (
    Conversation,
    close,
    expect,
    greet,
    hang,
    reply,
    send,
    start_tls,
)
from tests.servers.scripted import Step as Play
from tests.servers.smtpd import Mode
from tests.smtp.conversations import (
    PASSWORD,
    USER,
    checked,
    diagnosed,
    endpoint_of,
    facts_of,
    failed_at,
    sent,
    shown,
    states,
)

SECURE: list[Mode] = ["starttls", "implicit"]


def own_of(certificate: certificates.Certificate) -> x509.Certificate:
    """The certificate as the library reads it."""
    return x509.load_pem_x509_certificate(certificate.own.encode())


def secured(certificate: certificates.Certificate, mode: Mode, *after: Play) -> list[Play]:
    """A server that shows `certificate`, up to the handshake, greeting and `after`."""
    secure = start_tls(certificate.context())
    if mode == "implicit":
        return [secure, *(after or [greet("AUTH PLAIN"), hang()])]
    return [greet("STARTTLS"), expect("STARTTLS", "220 go"), secure, *(after or [hang()])]


@pytest.mark.parametrize("mode", SECURE)
def test_the_whole_chain_is_told(ca: CertificateAuthority, smtpd: StartSmtpd, mode: Mode) -> None:
    """T4: subject, issuer, names, dates, days left, fingerprint and the certificate itself."""
    server = smtpd(mode, tls=ca.chained.context())
    met = checked(endpoint_of(server, mode, ca_pem=ca.pem)).steps[Stage.TLS].detail
    own, authority = met["chain"]
    real = own_of(ca.chained)
    assert own["names"] == met["names"]
    assert set(own["names"]) == set(NAMES)
    assert own["issuer"] == met["issuer"] == authority["subject"]
    assert own["not_before"] == real.not_valid_before_utc.timestamp()
    assert own["not_after"] == met["not_after"] == real.not_valid_after_utc.timestamp()
    assert own["days_left"] == met["days_left"] == (own["not_after"] - time.time()) // 86400
    assert own["fingerprint"] == real.fingerprint(hashes.SHA256()).hex(":").upper()
    assert own["pem"] == ca.chained.own
    assert authority["pem"] == ca.below_pem
    assert authority["names"] == []


@pytest.mark.parametrize("mode", SECURE)
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("expired", 10),
        ("wrong_name", 64),
        ("self_signed", 18),
        ("untrusted", 20),
        ("incomplete", 20),
    ],
)
def test_a_refused_certificate_is_told_as_well(
    ca: CertificateAuthority, scripted: StartScripted, mode: Mode, name: str, code: int
) -> None:
    """T4, T6: why, and the chain that was shown, in the step and in the facts."""
    certificate = getattr(ca, name)
    server = scripted(secured(certificate, mode))
    endpoint = endpoint_of(server, mode, ca_pem=ca.pem)
    check = checked(endpoint)
    step = check.steps[Stage.TLS]
    assert step.state is StepState.FAILED
    assert step.detail["verify_code"] == code
    assert "certificate verify failed" in step.detail["error"]
    assert [each["pem"] for each in step.detail["chain"]] == [certificate.own]
    assert step.detail["days_left"] == step.detail["chain"][0]["days_left"]
    assert Step.from_json(json.loads(json.dumps(step.to_json()))) == step
    assert step.detail["chain"][0]["fingerprint"] in check.transcript
    [own] = facts_of(endpoint).chain
    assert own.pem == certificate.own


@pytest.mark.parametrize("mode", SECURE)
def test_nothing_is_said_to_a_server_whose_certificate_is_refused(
    ca: CertificateAuthority, scripted: StartScripted, mode: Mode
) -> None:
    """F7: neither in this conversation nor in the one that only looks."""
    server = scripted(secured(ca.untrusted, mode))
    test = sent(endpoint_of(server, mode, ca_pem=ca.pem))
    assert "looked at the certificate again, without signing in" in test.transcript
    server.wait_until_idle()
    hello = ["EHLO [127.0.0.1]", "STARTTLS"] if mode == "starttls" else []
    assert server.received == hello * 2
    assert server.connections == 2
    assert PASSWORD not in shown(test)


def once(first: list[Play], then: list[Play]) -> list[Play]:
    """Another script from the second connection on."""
    met: list[Conversation] = []

    def play(conversation: Conversation) -> None:
        met.append(conversation)
        for step in then if len(met) > 1 else first:
            step(conversation)

    return [play]


@pytest.mark.parametrize("end", [hang(), close(), reply("421 4.7.0 too many connections")])
@pytest.mark.parametrize("mode", SECURE)
def test_a_second_look_may_find_nothing(
    ca: CertificateAuthority, scripted: StartScripted, mode: Mode, end: Play
) -> None:
    """T8: the refusal stands, within the deadline."""
    server = scripted(once(secured(ca.untrusted, mode), [end]))
    check = checked(endpoint_of(server, mode, ca_pem=ca.pem), clock=server.clock)
    assert (failed_at(check), diagnosed(check)) == (Stage.TLS, "tls-not-by-the-given-authority")
    assert "chain" not in check.steps[Stage.TLS].detail
    assert "without signing in: none" in check.transcript


@pytest.mark.parametrize(
    "octets", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"* OK IMAP4rev1 ready\r\n", b""]
)
@pytest.mark.parametrize("pinned", [False, True])
def test_of_what_is_no_mail_server_no_certificate_is_told(
    ca: CertificateAuthority, scripted: StartScripted, octets: bytes, *, pinned: bool
) -> None:
    """L3: the names in the certificates of other services are no business of a test's."""
    server = scripted(secured(ca.wrong_name, "implicit", send(octets), close()))
    pin = ca.good.own if pinned else None
    check = checked(endpoint_of(server, "implicit", ca_pem=ca.pem, pinned=pin))
    assert failed_at(check) is Stage.TLS
    assert "chain" not in check.steps[Stage.TLS].detail
    assert "other.test.example" not in shown(check)


@pytest.mark.parametrize("octets", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"+OK POP3\r\n", b""])
def test_of_a_good_certificate_nothing_is_told_before_a_mail_server_greets(
    ca: CertificateAuthority, scripted: StartScripted, octets: bytes
) -> None:
    """L3: and so never of what is none, not even while it is waited for."""
    server = scripted(secured(ca.good, "implicit", send(octets), close()))
    check = Check(endpoint_of(server, "implicit", ca_pem=ca.pem), USER)

    def follow(_step: Step) -> None:
        if Stage.TLS in check.steps:
            assert set(check.steps[Stage.TLS].detail) <= {"version", "cipher"}

    check.run(follow)
    assert failed_at(check) is Stage.BANNER
    assert "mail.test.example" not in shown(check)


@pytest.mark.parametrize("mode", SECURE)
@pytest.mark.parametrize("name", ["good", "expired", "wrong_name", "self_signed", "untrusted"])
def test_a_pinned_certificate_is_taken_as_it_is(
    ca: CertificateAuthority, smtpd: StartSmtpd, mode: Mode, name: str
) -> None:
    """F12: whatever its name and dates, and whoever issued it."""
    certificate = getattr(ca, name)
    server = smtpd(mode, tls=certificate.context())
    test = sent(endpoint_of(server, mode, pinned=certificate.own))
    assert test.verdict is Verdict.ACCEPTED
    assert states(test)[Stage.TLS] is StepState.PASSED
    assert test.steps[Stage.TLS].detail["chain"][0]["pem"] == certificate.own


@pytest.mark.parametrize("mode", SECURE)
@pytest.mark.parametrize("pin", ["another", "its authority", "no certificate"])
def test_any_other_certificate_than_the_pinned_one_is_refused(
    ca: CertificateAuthority, scripted: StartScripted, mode: Mode, pin: str
) -> None:
    """F12: a valid one too, and nothing is said after it; what was shown is told."""
    pems = {"another": ca.untrusted.own, "its authority": ca.pem, "no certificate": "xyzzy"}
    server = scripted(secured(ca.good, mode))
    endpoint = endpoint_of(server, mode, ca_pem=ca.pem, pinned=pems[pin])
    test = sent(endpoint)
    assert (test.verdict, failed_at(test)) == (Verdict.FAILED, Stage.TLS)
    assert test.steps[Stage.TLS].detail["chain"][0]["pem"] == ca.good.own
    server.wait_until_idle()
    assert set(server.received) <= {"EHLO [127.0.0.1]", "STARTTLS"}
    facts = facts_of(endpoint)
    assert (facts.kind, facts.chain[0].pem) == (FaultKind.PIN, ca.good.own)


@pytest.mark.parametrize("name", ["chained", "incomplete"])
def test_an_authority_below_a_root_can_be_trusted(
    ca: CertificateAuthority, smtpd: StartSmtpd, name: str
) -> None:
    """F12: whoever gives the certificate of the company's own authority gives the one at hand."""
    server = smtpd("implicit", tls=getattr(ca, name).context())
    endpoint = endpoint_of(server, "implicit", ca_pem=ca.below_pem)
    assert checked(endpoint).verdict is Verdict.CONNECTED


def test_a_certificate_that_ends_soon_is_warned_of(
    ca: CertificateAuthority, smtpd: StartSmtpd
) -> None:
    """T4, W6: while mail still leaves."""
    check = checked(
        endpoint_of(smtpd("starttls", tls=ca.ending.context()), "starttls", ca_pem=ca.pem)
    )
    assert check.verdict is Verdict.CONNECTED
    assert states(check)[Stage.TLS] is StepState.WARNED
    assert check.steps[Stage.TLS].detail["days_left"] == 10


def test_the_days_left_of_a_certificate_are_told_to_programs(ca: CertificateAuthority) -> None:
    """T4: and when it began is by the clock of Greenwich."""
    certificate = Certificate.of(ssl.PEM_cert_to_DER_cert(ca.expired.own))
    data = json.loads(json.dumps(certificate.to_json()))
    assert data["days_left"] == certificate.days_left == -2
    assert datetime.fromtimestamp(certificate.not_before, UTC) == (
        own_of(ca.expired).not_valid_before_utc
    )
