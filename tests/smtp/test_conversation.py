"""A check and a test, from end to end, on servers that behave (SPEC F7, F8, T3-T5)."""

from __future__ import annotations

import pytest

from smtp_panel.check.check import Check, Verdict
from smtp_panel.check.steps import Step, StepState
from smtp_panel.net.network import Network
from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import Auth
from smtp_panel.smtp.facts import FaultKind, Stage
from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartScripted, StartSmtpd
from tests.servers.scripted import ehlo, expect, greet, start_tls
from tests.servers.smtpd import Mode
from tests.smtp.conversations import (
    CONTENT,
    MAIL,
    RECIPIENT,
    SUBMISSION,
    USER,
    checked,
    diagnosed,
    endpoint_of,
    facts_of,
    failed_at,
    outgoing,
    sent,
    states,
)

MODES: list[Mode] = ["none", "starttls", "implicit"]
BEFORE_TLS = [Stage.DNS, Stage.CONNECT]
HELLO = [Stage.BANNER, Stage.EHLO]
AFTER_TLS = [Stage.AUTH, Stage.MAIL_FROM, Stage.RCPT_TO, Stage.DATA]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_test_hands_over_one_message_in_every_mode(
    ca: CertificateAuthority, smtpd: StartSmtpd, mode: Mode, mechanism: str
) -> None:
    """T3, F7, F8: one connection, one message, to the one recipient, signed in."""
    server = smtpd(mode, auth=[mechanism])
    test = sent(endpoint_of(server, mode, ca_pem=ca.pem))
    assert test.verdict is Verdict.ACCEPTED
    assert test.diagnosis is None
    assert set(states(test).values()) <= {StepState.PASSED, StepState.SKIPPED}
    assert test.steps[Stage.AUTH].detail["mechanism"] == mechanism
    assert (server.connections, len(server.messages)) == (1, 1)
    received = server.messages[0]
    assert (received.sender, received.recipients) == (USER, (RECIPIENT,))
    assert (received.username, received.content) == (USER, CONTENT)


def test_a_check_sends_no_message_and_says_that_it_sent_none(smtpd: StartSmtpd) -> None:
    """T5: connected is not accepted, and accepted is not arrived."""
    server = smtpd("none")
    check = checked(endpoint_of(server))
    assert check.verdict is Verdict.CONNECTED
    assert states(check)[Stage.MAIL_FROM] is StepState.PASSED
    assert states(check)[Stage.RCPT_TO] is states(check)[Stage.DATA] is StepState.SKIPPED
    assert len(server.messages) == 0


@pytest.mark.parametrize(
    ("mode", "order"),
    [
        ("none", [*BEFORE_TLS, *HELLO, Stage.TLS, *AFTER_TLS]),
        ("starttls", [*BEFORE_TLS, *HELLO, Stage.TLS, *AFTER_TLS]),
        ("implicit", [*BEFORE_TLS, Stage.TLS, *HELLO, *AFTER_TLS]),
    ],
)
def test_the_ladder_stands_in_the_order_of_the_conversation(
    ca: CertificateAuthority, smtpd: StartSmtpd, mode: Mode, order: list[Stage]
) -> None:
    """T4: implicit TLS comes before the greeting, and each step is told twice as it happens."""
    check = Check(endpoint_of(smtpd(mode), mode, ca_pem=ca.pem), USER, outgoing())
    assert check.stages() == order
    told: list[Step] = []
    check.run(told.append)
    assert list(check.steps) == order
    begun = [step.step for step in told if step.state is StepState.RUNNING]
    ended = [step.step for step in told if step.state is StepState.PASSED]
    expected = [stage for stage in order if mode != "none" or stage is not Stage.TLS]
    assert begun == ended == expected
    assert all(
        (step.ms is None) is (step.state in (StepState.RUNNING, StepState.SKIPPED)) for step in told
    )


def test_steps_that_do_not_apply_are_skipped(smtpd: StartSmtpd) -> None:
    """T4: no TLS, no user name, no sender, no message."""
    check = checked(endpoint_of(smtpd("none", auth=()), username="", password=None), sender="")
    skipped = {stage for stage, state in states(check).items() if state is StepState.SKIPPED}
    assert skipped == {Stage.TLS, *AFTER_TLS}
    assert check.verdict is Verdict.CONNECTED


def test_the_steps_tell_what_was_met(ca: CertificateAuthority, smtpd: StartSmtpd) -> None:
    """T4: addresses, TLS version, cipher, certificate, mechanisms, size limit, queue id."""
    server = smtpd("starttls", size_limit=1_234_567)
    test = sent(endpoint_of(server, "starttls", ca_pem=ca.pem))
    met = {stage: step.detail for stage, step in test.steps.items()}
    address = f"{server.host}:{server.port}"
    assert met[Stage.DNS] == {"server": server.host, "addresses": [server.host]}
    assert met[Stage.CONNECT] == {"address": address, "failed": [], "local": "127.0.0.1"}
    assert met[Stage.BANNER]["greeting"].startswith("mail.test.example")
    assert met[Stage.EHLO]["name"] == "[127.0.0.1]"
    assert met[Stage.EHLO]["size_limit"] == met[Stage.TLS]["size_limit"] == 1_234_567
    assert "STARTTLS" in met[Stage.EHLO]["offered"]
    assert "AUTH LOGIN PLAIN" in met[Stage.TLS]["offered"]
    assert met[Stage.TLS]["version"] == "TLSv1.3"
    assert met[Stage.TLS]["cipher"].startswith("TLS_")
    assert met[Stage.TLS]["issuer"].startswith("trustme")
    assert met[Stage.TLS]["days_left"] > 0
    assert met[Stage.TLS]["names"] == ["localhost", "mail.test.example", "127.0.0.1"]
    assert met[Stage.AUTH] == {"mechanism": "PLAIN", "offered": ["LOGIN", "PLAIN"]}
    assert met[Stage.RCPT_TO] == {"address": RECIPIENT, "reply": "250 2.1.5 OK"}
    assert met[Stage.DATA]["queue_id"] == "4TEST"


def test_steps_come_back_from_json_as_they_were(smtpd: StartSmtpd) -> None:
    """T4: what another process shows is what was met."""
    for step in sent(endpoint_of(smtpd("none"))).steps.values():
        assert Step.from_json(step.to_json()) == step


@pytest.mark.parametrize(
    ("offered", "choice", "used"),
    [
        ("LOGIN PLAIN", Auth.AUTO, "PLAIN"),
        ("LOGIN", Auth.AUTO, "LOGIN"),
        ("CRAM-MD5 LOGIN XOAUTH2", Auth.AUTO, "LOGIN"),
        ("PLAIN LOGIN", Auth.LOGIN, "LOGIN"),
        ("PLAIN LOGIN", Auth.PLAIN, "PLAIN"),
        ("plain", Auth.AUTO, "PLAIN"),
    ],
)
def test_it_takes_the_strongest_mechanism_or_the_chosen_one(
    scripted: StartScripted, offered: str, choice: Auth, used: str
) -> None:
    """F8: automatic picks PLAIN before LOGIN, and either can be forced."""
    sign_in = {
        "PLAIN": [expect("AUTH PLAIN ", "235 ok")],
        "LOGIN": [expect("AUTH LOGIN", "334 "), expect("", "334 "), expect("", "235 ok")],
    }
    server = scripted([greet(f"AUTH {offered}"), *sign_in[used], *MAIL])
    test = sent(endpoint_of(server, auth=choice))
    assert test.verdict is Verdict.ACCEPTED
    assert test.steps[Stage.AUTH].detail["mechanism"] == used


@pytest.mark.parametrize(
    ("offered", "choice", "expected"),
    [
        ("AUTH CRAM-MD5 DIGEST-MD5", Auth.AUTO, "auth-only-ntlm-gssapi"),
        ("AUTH XOAUTH2", Auth.AUTO, "auth-only-xoauth2"),
        ("AUTH PLAIN", Auth.LOGIN, "auth-mechanism-not-offered-plain"),
        ("AUTH LOGIN", Auth.PLAIN, "auth-mechanism-not-offered"),
        ("SIZE 1000", Auth.AUTO, "auth-not-supported"),
    ],
)
def test_without_a_mechanism_in_common_nothing_secret_is_sent(
    scripted: StartScripted, offered: str, choice: Auth, expected: str
) -> None:
    """F8: a mechanism that is not offered is not tried."""
    server = scripted([greet(offered), expect("QUIT", "221 bye")])
    check = checked(endpoint_of(server, auth=choice))
    assert check.verdict is Verdict.FAILED
    assert diagnosed(check) == expected
    server.wait_until_idle()
    assert server.received == ["EHLO [127.0.0.1]", "QUIT"]


def test_a_user_name_without_a_password_is_said_before_it_is_tried(
    scripted: StartScripted,
) -> None:
    """F3, F8: the server is not asked."""
    server = scripted([greet("AUTH PLAIN"), expect("QUIT", "221 bye")])
    check = checked(endpoint_of(server, password=None))
    assert diagnosed(check) == "auth-password-missing"
    assert checked(endpoint_of(server, password=Secret(""))).verdict is Verdict.FAILED


def test_a_wrong_password_counts_once_against_the_account(smtpd: StartSmtpd) -> None:
    """F8: another mechanism is tried only where the server refuses the mechanism itself."""
    check = checked(endpoint_of(smtpd("none"), password=Secret("wrong")))
    assert diagnosed(check) == "auth-credentials-refused"
    assert check.transcript.count("C: AUTH") == 1


def test_the_name_given_in_ehlo_can_be_chosen(scripted: StartScripted) -> None:
    """F12: never the machine's own name, which is no business of the server's."""
    server = scripted(SUBMISSION)
    sent(endpoint_of(server, ehlo_name="panel.test.example"))
    assert server.received[0] == "EHLO panel.test.example"


def test_the_address_is_looked_up_once_and_that_one_is_dialled(scripted: StartScripted) -> None:
    """L3: no second look-up that could give another address."""
    server = scripted([greet(), expect("QUIT", "221 bye")])
    asked: list[str] = []

    def lookup(name: str) -> list[str]:
        asked.append(name)
        return [server.host]

    endpoint = endpoint_of(server, server="mail.test.example", username="")
    check = checked(endpoint, sender="", network=Network(lookup=lookup))
    assert check.verdict is Verdict.CONNECTED
    assert asked == ["mail.test.example"]


def test_a_password_over_a_line_that_is_not_protected_is_warned_of(
    scripted: StartScripted,
) -> None:
    """T4: the step passed, with a warning; on the machine itself nobody listens."""
    server = scripted(SUBMISSION)
    network = Network(lookup=lambda _: [server.host])
    away = sent(endpoint_of(server, server="mail.test.example"), network=network)
    assert states(away)[Stage.AUTH] is StepState.WARNED
    assert away.verdict is Verdict.ACCEPTED
    assert states(sent(endpoint_of(server)))[Stage.AUTH] is StepState.PASSED


def test_after_tls_only_the_second_offer_counts(
    ca: CertificateAuthority, scripted: StartScripted
) -> None:
    """D2, RFC 3207: what was offered in clear text may have been changed on the way."""
    secure = start_tls(ca.good.context())
    server = scripted(
        [
            greet("STARTTLS", "AUTH GSSAPI", "SIZE 10"),
            expect("STARTTLS", "220 go"),
            secure,
            ehlo("AUTH PLAIN", "SIZE 5000"),
            expect("AUTH PLAIN ", "235 ok"),
            *MAIL,
        ]
    )
    test = sent(endpoint_of(server, "starttls", ca_pem=ca.pem))
    assert test.verdict is Verdict.ACCEPTED
    assert test.steps[Stage.EHLO].detail["size_limit"] == 10
    assert test.steps[Stage.TLS].detail["size_limit"] == 5000
    assert test.steps[Stage.AUTH].detail["offered"] == ["PLAIN"]


def test_both_offers_are_known_to_a_diagnosis(
    ca: CertificateAuthority, scripted: StartScripted
) -> None:
    """D2: what EHLO offered before TLS, and what after it."""
    secure = start_tls(ca.good.context())
    go = expect("STARTTLS", "220 go")
    server = scripted([greet("STARTTLS", "AUTH GSSAPI"), go, secure, ehlo("AUTH PLAIN")])
    facts = facts_of(endpoint_of(server, "starttls", ca_pem=ca.pem, auth=Auth.LOGIN))
    assert (facts.stage, facts.kind) == (Stage.AUTH, FaultKind.NOT_OFFERED)
    assert facts.offered == ("STARTTLS", "AUTH GSSAPI")
    assert facts.offered_tls == ("AUTH PLAIN",)
    assert facts.mechanisms == ("PLAIN",)
    assert facts.greeting == "mail.test.example ESMTP"
    assert facts.raw.startswith("220 mail.test.example ESMTP")
    assert (facts.sender, facts.recipient, facts.username) == (USER, RECIPIENT, USER)


def test_mechanisms_that_vanish_with_tls_are_not_tried(
    ca: CertificateAuthority, scripted: StartScripted
) -> None:
    """D2: EHLO after TLS decides, also where it takes something away."""
    server = scripted(
        [
            greet("STARTTLS", "AUTH PLAIN"),
            expect("STARTTLS", "220 go"),
            start_tls(ca.good.context()),
            ehlo("SIZE 10"),
            expect("QUIT", "221 bye"),
        ]
    )
    check = checked(endpoint_of(server, "starttls", ca_pem=ca.pem))
    assert diagnosed(check) == "auth-not-supported"
    assert failed_at(check) is Stage.AUTH


def test_a_server_that_forwards_the_recipient_accepts_it(scripted: StartScripted) -> None:
    """RFC 5321, section 3.4: 251 is an acceptance; 354 is none."""
    forwards = expect("RCPT TO", "251 User not local; will forward")
    server = scripted([greet(), MAIL[0], forwards, *MAIL[2:]])
    assert sent(endpoint_of(server, username="")).verdict is Verdict.ACCEPTED
    server = scripted([greet(), MAIL[0], expect("RCPT TO", "354 go"), MAIL[-1]])
    assert failed_at(sent(endpoint_of(server, username=""))) is Stage.RCPT_TO
