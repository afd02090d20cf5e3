"""TLS versions and certificates, and that there is no way back to clear text (SPEC F6, F7)."""

from __future__ import annotations

import ssl

import pytest

from smtp_panel.check.check import Verdict
from smtp_panel.net.network import Network
from smtp_panel.net.tls import INSECURE, OLD_CIPHERS, TLSVersion, context_for, supported_versions
from smtp_panel.smtp.endpoint import Endpoint, Security, TLSStart
from smtp_panel.smtp.facts import Stage
from tests.servers.certificates import Certificate, CertificateAuthority, by_rsa
from tests.servers.fixtures import StartScripted, StartSmtpd
from tests.servers.scripted import (
    Conversation,
    Step,
    close,
    ehlo,
    expect,
    greet,
    hang,
    reply,
    send,
    start_tls,
)
from tests.servers.smtpd import Mode
from tests.smtp.conversations import (
    MAIL,
    PASSWORD,
    checked,
    diagnosed,
    endpoint_of,
    failed_at,
    nearly_over,
    sent,
)

SPOKEN = {
    TLSVersion.V1_0: ssl.TLSVersion.TLSv1,
    TLSVersion.V1_1: ssl.TLSVersion.TLSv1_1,
    TLSVersion.V1_2: ssl.TLSVersion.TLSv1_2,
    TLSVersion.V1_3: ssl.TLSVersion.TLSv1_3,
}
NAMES = {
    TLSVersion.V1_0: "TLSv1",
    TLSVersion.V1_1: "TLSv1.1",
    TLSVersion.V1_2: "TLSv1.2",
    TLSVersion.V1_3: "TLSv1.3",
}
WEAK = by_rsa(1024)
KEY_TOO_SHORT = 66  # X509_V_ERR_EE_KEY_TOO_SMALL
ALERT = b"\x15\x03\x01\x00\x02\x02\x46"  # fatal, protocol_version; RFC 8446, section 6
OLD = [version for version in supported_versions() if version in INSECURE]
NEW = [version for version in supported_versions() if version not in INSECURE]
SECURE: list[Mode] = ["starttls", "implicit"]
PAIRS = [
    (choice, spoken)
    for choice in (TLSVersion.AUTO, *supported_versions())
    for spoken in supported_versions()
]


def test_the_versions_offered_are_those_that_really_work_here() -> None:
    """F6: oldest first, TLS 1.2, the default, among them."""
    assert TLSVersion.V1_2 in supported_versions()
    assert list(supported_versions()) == sorted(supported_versions())


@pytest.mark.parametrize(("choice", "spoken"), PAIRS)
def test_the_chosen_version_is_the_lowest_that_is_accepted(
    ca: CertificateAuthority, scripted: StartScripted, choice: TLSVersion, spoken: TLSVersion
) -> None:
    """F6: each version against a server restricted to each; automatic takes them all."""
    script = [greet("AUTH PLAIN"), expect("AUTH", "235 ok"), MAIL[0], MAIL[-1]]
    server = scripted(script, tls=ca.good.context(SPOKEN[spoken]))
    check = checked(endpoint_of(server, "implicit", ca_pem=ca.pem, tls_version=choice))
    if choice is TLSVersion.AUTO or choice <= spoken:
        assert check.verdict is Verdict.CONNECTED
        assert check.steps[Stage.TLS].detail["version"] == NAMES[spoken]
    else:
        assert check.verdict is Verdict.FAILED
        too_high = "tls-version-too-high"  # where TLS 1.2 would do for many servers
        expected = too_high if choice is TLSVersion.V1_3 else "tls-alert-protocol-version"
        assert diagnosed(check) == expected


@pytest.mark.parametrize("mode", SECURE)
@pytest.mark.parametrize("choice", [TLSVersion.AUTO, *OLD])
@pytest.mark.parametrize("spoken", NEW)
def test_old_tls_is_accepted_at_no_cost_to_the_new(
    scripted: StartScripted, spoken: TLSVersion, choice: TLSVersion, mode: Mode
) -> None:
    """F6: a short key is refused wherever TLS 1.2 or 1.3 is agreed, whatever else is accepted."""
    tls = weak_context(SPOKEN[spoken])
    asked = [greet("STARTTLS"), expect("STARTTLS", "220 go"), start_tls(tls), hang()]
    server = (
        scripted([reply("220 mail.test.example ESMTP"), hang()], tls=tls)
        if mode == "implicit"
        else scripted(asked)
    )
    check = checked(endpoint_of(server, mode, ca_pem=WEAK.own, tls_version=choice))
    assert failed_at(check) is Stage.TLS
    assert check.steps[Stage.TLS].detail["verify_code"] == KEY_TOO_SHORT


@pytest.mark.parametrize("version", TLSVersion)
def test_the_first_handshake_is_as_secure_as_this_machine_wants_it(version: TLSVersion) -> None:
    """F6: keys, signatures and groups alike."""
    usual = ssl.create_default_context().security_level
    assert context_for(version).security_level == usual > 0


@pytest.mark.parametrize("mode", SECURE)
@pytest.mark.parametrize("spoken", OLD)
def test_a_server_of_old_tls_is_spoken_to_as_it_can(
    scripted: StartScripted, spoken: TLSVersion, mode: Mode
) -> None:
    """F6, F7: in another connection, after one in which nobody signs in."""
    tls = weak_context(SPOKEN[spoken])
    secure = [greet("AUTH PLAIN"), expect("AUTH", "235 ok"), MAIL[0], MAIL[-1]]
    ehlo_again = [ehlo("AUTH PLAIN"), *secure[1:]]
    asked = [greet("STARTTLS"), expect("STARTTLS", "220 go"), start_tls(tls), *ehlo_again]
    server = scripted(secure, tls=tls) if mode == "implicit" else scripted(asked)
    check = checked(endpoint_of(server, mode, ca_pem=WEAK.own, tls_version=TLSVersion.AUTO))
    assert check.verdict is Verdict.CONNECTED
    assert check.steps[Stage.TLS].detail["version"] == NAMES[spoken]
    assert server.connections == 2
    assert sum(line.startswith("AUTH") for line in server.received) == 1


@pytest.mark.parametrize("spoken", NEW)
def test_a_server_of_new_tls_is_asked_once(
    ca: CertificateAuthority, scripted: StartScripted, spoken: TLSVersion
) -> None:
    """F6: to accept old versions costs nothing there."""
    script = [greet("AUTH PLAIN"), expect("AUTH", "235 ok"), MAIL[0], MAIL[-1]]
    server = scripted(script, tls=ca.good.context(SPOKEN[spoken]))
    check = checked(endpoint_of(server, "implicit", ca_pem=ca.pem, tls_version=TLSVersion.AUTO))
    assert check.verdict is Verdict.CONNECTED
    assert server.connections == 1


def test_automatic_takes_the_highest_version_that_both_sides_know(
    ca: CertificateAuthority, scripted: StartScripted
) -> None:
    """F6"""
    script = [greet("AUTH PLAIN"), expect("AUTH", "235 ok"), MAIL[0], MAIL[-1]]
    server = scripted(script, tls=every_version(ca.good))
    check = checked(endpoint_of(server, "implicit", ca_pem=ca.pem, tls_version=TLSVersion.AUTO))
    assert check.steps[Stage.TLS].detail["version"] == NAMES[NEW[-1]]


def test_automatic_takes_what_has_no_forward_secrecy(scripted: StartScripted) -> None:
    """F6: as mail servers of TLS 1.2 offer that were never set up anew."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.set_ciphers("AES128-GCM-SHA256")
    strong = by_rsa(2048)
    script = [greet("AUTH PLAIN"), expect("AUTH", "235 ok"), MAIL[0], MAIL[-1]]
    server = scripted(script, tls=strong.context(ssl.TLSVersion.TLSv1_2, into=tls))
    check = checked(endpoint_of(server, "implicit", ca_pem=strong.own, tls_version=TLSVersion.AUTO))
    assert check.steps[Stage.TLS].detail["cipher"] == "AES128-GCM-SHA256"


@pytest.mark.parametrize("old", OLD[:1])
@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("alert", "genuine", "tls-alert-protocol-version"),
        ("alert", "false", "tls-not-by-the-given-authority"),
        ("false", "genuine", "tls-alert-protocol-version"),
        ("false", "false", "tls-not-by-the-given-authority"),
    ],
)
def test_nobody_on_the_way_can_talk_new_tls_away(
    ca: CertificateAuthority,
    scripted: StartScripted,
    *,
    first: str,
    second: str,
    expected: str,
    old: TLSVersion,
) -> None:
    """F7: neither by an alert, which is not protected, nor as a server of old TLS alone."""
    genuine = start_tls(every_version(ca.good))
    false = start_tls(every_version(ca.untrusted, highest=SPOKEN[old]))
    asking: list[Conversation] = []

    def alert(conversation: Conversation) -> None:
        conversation.send(ALERT)
        conversation.wait_for_end()

    def shake_hands(conversation: Conversation) -> None:
        answers = {"alert": alert, "genuine": genuine, "false": false}
        answers[first if conversation is asking[0] else second](conversation)

    opening = [greet("STARTTLS"), asking.append, expect("STARTTLS", "220 go")]
    server = scripted([*opening, shake_hands, hang()])
    check = checked(endpoint_of(server, "starttls", ca_pem=ca.pem, tls_version=TLSVersion.AUTO))
    assert (failed_at(check), diagnosed(check)) == (Stage.TLS, expected)
    server.wait_until_idle()
    assert not any(line.startswith("AUTH") for line in server.received)


def every_version(
    certificate: Certificate, highest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED
) -> ssl.SSLContext:
    """A server that speaks every version that works here, up to the `highest`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(OLD_CIPHERS)
    context.minimum_version = SPOKEN[supported_versions()[0]]
    context.maximum_version = highest
    return certificate.context(into=context)


def weak_context(only: ssl.TLSVersion) -> ssl.SSLContext:
    """A server with a key that is too short today, which speaks one version alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(OLD_CIPHERS)
    return WEAK.context(only, into=context)


@pytest.mark.parametrize("version", supported_versions())
def test_starttls_speaks_the_chosen_version_too(
    ca: CertificateAuthority, smtpd: StartSmtpd, version: TLSVersion
) -> None:
    """F6, F7: the way in which TLS starts changes nothing."""
    server = smtpd("starttls", tls=ca.good.context(SPOKEN[version]))
    check = checked(endpoint_of(server, "starttls", ca_pem=ca.pem, tls_version=version))
    assert check.steps[Stage.TLS].detail["version"] == NAMES[version]


@pytest.mark.parametrize(
    ("port", "start", "expected"),
    [
        (465, TLSStart.AUTO, Security.IMPLICIT),
        (587, TLSStart.AUTO, Security.STARTTLS),
        (25, TLSStart.AUTO, Security.STARTTLS),
        (465, TLSStart.STARTTLS, Security.STARTTLS),
        (587, TLSStart.IMPLICIT, Security.IMPLICIT),
    ],
)
def test_tls_starts_at_once_on_port_465_and_by_starttls_elsewhere(
    port: int, start: TLSStart, expected: Security
) -> None:
    """F7: unless the admin says how."""
    endpoint = Endpoint(server="mail.test.example", port=port, tls_start=start)
    assert endpoint.security is expected
    without = Endpoint(server="mail.test.example", port=port, tls_start=start, tls=False)
    assert without.security is Security.NONE


@pytest.mark.parametrize("mode", SECURE)
@pytest.mark.parametrize(
    ("certificate", "name", "expected"),
    [
        ("expired", "127.0.0.1", "tls-certificate-expired"),
        ("chained_to_expired", "127.0.0.1", "tls-issuer-expired"),
        ("wrong_name", "127.0.0.1", "tls-ip-address-mismatch"),
        ("wrong_name", "mail.test.example", "tls-hostname-mismatch"),
        ("self_signed", "mail.test.example", "tls-self-signed"),
        ("untrusted", "mail.test.example", "tls-not-by-the-given-authority"),
    ],
)
def test_a_bad_certificate_fails_with_its_own_diagnosis(
    ca: CertificateAuthority,
    smtpd: StartSmtpd,
    *,
    mode: Mode,
    certificate: str,
    name: str,
    expected: str,
) -> None:
    """T6, D2: and no word is said after it."""
    server = smtpd(mode, tls=getattr(ca, certificate).context())
    endpoint = endpoint_of(server, mode, ca_pem=ca.pem, server=name)
    check = checked(endpoint, network=Network(lookup=lambda _: [server.host]))
    assert (failed_at(check), diagnosed(check)) == (Stage.TLS, expected)
    assert "AUTH" not in check.transcript.partition("STARTTLS\n")[2]


@pytest.mark.parametrize("name", ["mail.eu.test.example", "test.example"])
def test_a_wildcard_that_stands_for_another_label_is_explained(
    ca: CertificateAuthority, smtpd: StartSmtpd, name: str
) -> None:
    """D2: *.test.example covers neither two labels nor none (RFC 9525, section 6.3)."""
    server = smtpd("implicit", tls=ca.made_out_for("*.test.example").context())
    endpoint = endpoint_of(server, "implicit", ca_pem=ca.pem, server=name)
    check = checked(endpoint, network=Network(lookup=lambda _: [server.host]))
    assert diagnosed(check) == "tls-wildcard-of-one-label"


def test_only_what_is_trusted_is_believed(ca: CertificateAuthority, smtpd: StartSmtpd) -> None:
    """F12: the certificate of the tests is good by its own authority, not by the system's."""
    server = smtpd("implicit")
    assert checked(endpoint_of(server, "implicit", ca_pem=ca.pem)).verdict is Verdict.CONNECTED
    assert diagnosed(checked(endpoint_of(server, "implicit"))) == "tls-missing-intermediate"


def test_an_authority_is_judged_the_same_by_every_version_of_python(
    ca: CertificateAuthority, smtpd: StartSmtpd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F12: from 3.13 on, Python asks of it what many of one's own were made without."""
    usual = ssl.create_default_context

    def strict(*, cadata: str | None) -> ssl.SSLContext:
        context = usual(cadata=cadata)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(ssl, "create_default_context", strict)
    endpoint = endpoint_of(smtpd("implicit"), "implicit", ca_pem=ca.without_key_usage)
    assert checked(endpoint).verdict is Verdict.CONNECTED


@pytest.mark.parametrize("none", ["no certificate", "証明書ではない"])
def test_an_authority_that_is_none_is_told_and_not_raised(smtpd: StartSmtpd, none: str) -> None:
    """A check reports."""
    check = checked(endpoint_of(smtpd("implicit"), "implicit", ca_pem=none))
    assert (failed_at(check), check.verdict) == (Stage.TLS, Verdict.FAILED)
    assert "does not contain a certificate" in check.steps[Stage.TLS].detail["error"]


def test_an_authority_may_be_named_in_any_script(
    ca: CertificateAuthority, smtpd: StartSmtpd
) -> None:
    """F12: as bundles of them are, above each."""
    server = smtpd("implicit")
    check = checked(endpoint_of(server, "implicit", ca_pem=f"# TÜRKTRUST\n{ca.pem}"))
    assert check.verdict is Verdict.CONNECTED


@pytest.mark.parametrize(
    ("script", "stage", "expected"),
    [
        ([greet("AUTH PLAIN LOGIN")], Stage.STARTTLS, "starttls-not-offered-on-this-machine"),
        (
            [greet("STARTTLS", "AUTH PLAIN"), expect("STARTTLS", "454 4.7.0 not now")],
            *(Stage.STARTTLS, "starttls-454-local-problem"),
        ),
        (
            [greet("STARTTLS", "AUTH PLAIN"), expect("STARTTLS", "502 5.5.1 no")],
            *(Stage.STARTTLS, "starttls-502-not-available"),
        ),
        (
            [greet("STARTTLS", "AUTH PLAIN"), expect("STARTTLS", "250 why not")],
            *(Stage.STARTTLS, "data-250-treated-as-error"),
        ),
    ],
)
def test_without_starttls_nothing_more_is_said(
    scripted: StartScripted, script: list[Step], stage: Stage, expected: str
) -> None:
    """F7: no silent fall-back to clear text, whatever else is on offer."""
    server = scripted([*script, expect("QUIT", "221 bye")])
    test = sent(endpoint_of(server, "starttls"))
    assert test.verdict is Verdict.FAILED
    assert test.diagnosis
    assert (test.diagnosis.stage, test.diagnosis.id) == (stage, expected)
    server.wait_until_idle()
    assert server.received[-1] == "QUIT"
    assert set(server.received[:-1]) <= {"EHLO [127.0.0.1]", "STARTTLS"}


@pytest.mark.parametrize(
    ("after", "stage", "expected"),
    [
        ([close()], Stage.STARTTLS, "starttls-dropped"),
        ([hang()], Stage.STARTTLS, "ehlo-silent"),
        ([reply("220 go"), close()], Stage.TLS, "tls-closed-after-starttls"),
        ([reply("220 go"), hang()], Stage.TLS, "tls-silent"),
        (
            [reply("220 go"), expect(""), send(b"250 all is well here\r\n"), hang()],
            *(Stage.STARTTLS, "starttls-220-then-plaintext"),
        ),
    ],
)
def test_a_handshake_that_breaks_ends_the_conversation(
    scripted: StartScripted, after: list[Step], stage: Stage, expected: str
) -> None:
    """F7, T8: the step to blame is told, and nothing follows in clear text."""
    server = scripted([greet("STARTTLS", "AUTH PLAIN"), expect("STARTTLS"), *after])
    test = sent(endpoint_of(server, "starttls"), clock=server.clock)
    assert test.diagnosis
    assert (test.diagnosis.stage, test.diagnosis.id) == (stage, expected)
    assert PASSWORD not in "".join(server.received)
    assert not any(line.startswith(("AUTH", "MAIL", "QUIT")) for line in server.received)


def test_plaintext_slipped_in_ahead_of_the_handshake_ends_the_conversation(
    ca: CertificateAuthority, scripted: StartScripted
) -> None:
    """F7, CVE-2011-0411: what came in clear text is not read as if it had been protected."""
    server = scripted(
        [
            greet("STARTTLS"),
            expect("STARTTLS", "220 go", "250-mail.test.example", "250 AUTH PLAIN"),
            start_tls(ca.good.context()),
            hang(),
        ]
    )
    test = sent(endpoint_of(server, "starttls", ca_pem=ca.pem))
    assert diagnosed(test) == "starttls-injected-plaintext"
    server.wait_until_idle()
    assert server.received == ["EHLO [127.0.0.1]", "STARTTLS"]


def test_tls_the_wrong_way_round_is_told(ca: CertificateAuthority, scripted: StartScripted) -> None:
    """D2: implicit TLS to a port of STARTTLS, and the other way round."""
    plain = scripted([reply("220 mail.test.example ESMTP"), hang()])
    secure = scripted([greet()], tls=ca.good.context())
    assert diagnosed(checked(endpoint_of(plain, "implicit"))) == "tls-wrong-version-number"
    for mode in ("starttls", "none"):
        check = checked(endpoint_of(secure, mode), clock=nearly_over())
        assert (failed_at(check), check.verdict) == (Stage.BANNER, Verdict.FAILED)
