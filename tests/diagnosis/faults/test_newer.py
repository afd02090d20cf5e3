"""Failures that came up after the list: what an expert would say of each (SPEC D1 to D3, T6)."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from smtp_panel.check.check import Verdict
from smtp_panel.smtp.endpoint import Security
from tests.diagnosis.faults.login import m365
from tests.diagnosis.faults.play import ADDRESS, Play, at_auth, at_dot, at_mail, without_login
from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartScripted
from tests.servers.scripted import close, expect, greet, reply

NO_PTR = (
    "550-5.7.25 [203.0.113.5] The IP address sending this message does not",
    "550-5.7.25 have a PTR record setup, or the corresponding forward DNS entry does",
    "550 5.7.25 not match the sending IP. https://support.google.com/a?p=sender-guidelines-ip",
)
ONLY_YOURSELF = (
    "550 You can only send testing emails to your own email address (owner@example.org). To send"
    " emails to other recipients, please verify a domain at resend.com/domains, and change the"
    " `from` address to an email using this domain."
)
QUOTA = (
    "550 User alice@example.com has exceeded its 24-hour sending limit. Messages to 250 recipients"
    " out of 250 allowed have been sent. Relay quota will reset in 21.99 hours."
)
FIVE_CAUSES = (
    "535 Login fail. Account is abnormal, service is not open, password is incorrect, login"
    " frequency limited, or system is busy. More information at"
    " https://help.mail.qq.com/detail/108/1023"
)
NO_LOGIN_AT_DATA = (
    "503 Administrative prohibition -- authorization required. Users in your domain are not"
    " allowed to send email without authorization."
)


class Right(NamedTuple):
    """A failure, and what is right of it: stage, field, whether to try again, words of cause or
    remedy."""

    play: Play
    stage: str
    field: str | None
    retryable: bool
    words: tuple[str, ...]


CASES = {
    "m365-basic-auth-retired-5730": Right(
        m365("550 5.7.30 Basic authentication is not supported for Client Submission."),
        *("auth", "auth", False),
        ("OAuth 2.0 in Authentication", "does not help"),
    ),
    "m365-451-starttls-is-required": Right(
        without_login(at_mail("451 5.7.3 STARTTLS is required to send mail [x.outlook.com]")),
        *("mail_from", "tls", False),
        ("Tick TLS / SSL",),
    ),
    "m365-421-service-not-active-at-auth": Right(
        Play(
            script=[
                greet("AUTH LOGIN XOAUTH2"),
                expect("AUTH ", "421 4.3.2 Service not active [x.outlook.com]"),
                close(),
            ],
            at="smtp.office365.com",
        ),
        *("auth", None, True),
        ("out of service for the moment", "Leave the settings"),
    ),
    "gmail-mx-no-ptr-5725": Right(
        without_login(at_dot(*NO_PTR, at="gmail-smtp-in.l.google.com", port=25)),
        *("policy", None, False),
        ("PTR", "https://support.google.com/a?p=sender-guidelines-ip"),
    ),
    "smtp-google-com-is-an-mx": Right(
        Play(at="smtp.google.com", connect={ADDRESS: TimeoutError("timed out")}),
        *("connect", "server", False),
        ("smtp.gmail.com", "smtp-relay.gmail.com"),
    ),
    "qq-535-five-causes-in-one": Right(
        at_auth(FIVE_CAUSES, at="smtp.qq.com"),
        *("auth", "password", False),
        ("switch on SMTP", "authorisation code", "https://help.mail.qq.com/detail/108/1023"),
    ),
    "tiscali-password-too-simple": Right(
        at_auth("535 5.7.0 authentication rejected: your password is too simple"),
        *("auth", "password", False),
        ("too weak", "stronger one"),
    ),
    "rate-limit-told-at-auth-550": Right(
        Play(
            script=[
                greet("AUTH PLAIN LOGIN"),
                expect("AUTH ", "550 Too many messages. Try again in 92 seconds."),
                close(),
            ],
            at="smtp.msndr.net",
        ),
        *("policy", None, True),
        ("wait 92 s",),
    ),
    "aliyun-440-mail-from-not-the-login": Right(
        at_mail(
            "440 mail from account doesn't conform with authentication (Auth Account:"
            "admin@example.com|Mail Account:noreply@example.com)",
            at="smtp.qiye.aliyun.com",
        ),
        *("mail_from", "sender", False),
        ("Change From to the address in User name",),
    ),
    "strato-german-sender-not-in-package": Right(
        at_mail(
            "550 5.7.0 Die verwendete Absenderadresse im Mail From: (noreply@elsewhere.example)"
            " gehoert nicht zu Ihrem authentifizierten STRATO Paket. - B-UADOM",
            at="smtp.strato.de",
        ),
        *("mail_from", "sender", False),
        ("account's own addresses",),
    ),
    "yahoo-550-mailbox-unavailable-at-mail-from": Right(
        at_mail("550 Request failed; Mailbox unavailable", at="smtp.mail.yahoo.com"),
        *("mail_from", "sender", False),
        ("its answer is to the sender", "Change From to the address in User name"),
    ),
    "resend-testing-sender-only-to-yourself": Right(
        at_dot(ONLY_YOURSELF, at="smtp.resend.com"),
        *("policy", "sender", False),
        ("Verify a domain at Resend",),
    ),
    "mailru-503-at-data-no-login": Right(
        without_login(
            Play(
                script=[
                    *at_dot("250 ok").script[:4],
                    expect("DATA", NO_LOGIN_AT_DATA),
                ],
                at="smtp.mail.ru",
            )
        ),
        *("data", "username", False),
        ("only after a login", "Enter User name and Password"),
    ),
    "godaddy-24-hour-limit": Right(
        at_mail(QUOTA, at="smtpout.secureserver.net"),
        *("policy", None, True),
        ("wait 21.99 h",),
    ),
    "t-online-554-dialup-greeting": Right(
        Play(
            script=[reply("554 IP=203.0.113.5 - Dialup/transient IP not allowed. (DIAL)"), close()],
            at="mx00.t-online.de",
            port=25,
        ),
        *("banner", "server", False),
        ("submission server of your own provider", "list it"),
    ),
    "antivirus-proxy-421-connect-error-10060": Right(
        Play(
            script=[
                reply(
                    "421 Cannot connect to SMTP server 203.0.113.10 (203.0.113.10:25), connect"
                    " error 10060"
                ),
                close(),
            ],
            port=25,
        ),
        *("banner", None, True),
        ("virus scanner", "Switch off its inspection"),
    ),
    "relay-554-local-policy-violation-greeting": Right(
        Play(script=[reply("554 Local Policy Violation"), close()], port=25),
        *("banner", "server", False),
        ("allow this machine's address",),
    ),
}

LIST = (Path(__file__).parent / "newer.txt").read_text().split()
TESTS = Path(__file__).parents[2]
ELSEWHERE = {
    "login-only-by-challenge": "smtp/test_auth.py",
    "form-long-api-key-survives-saving": "web/test_pasted_values.py",
    "env-secret-file-with-newline": "config/test_variables.py",
    "form-no-break-space-in-password": "web/test_pasted_values.py",
    "form-removing-the-login-for-an-open-relay": "web/test_pasted_values.py",
    "form-display-name-that-is-an-address": "web/test_pasted_values.py",
    "send-envelope-holds-the-address-only": "web/test_pasted_values.py",
    "send-each-header-once-and-complete": "web/test_pasted_values.py",
}


def test_every_newer_failure_of_the_list_is_played_or_tested_where_it_belongs() -> None:
    """D1: under its name, in both cases."""
    assert len(LIST) == 25
    assert sorted([*CASES, *ELSEWHERE]) == sorted(LIST)
    for name, path in ELSEWHERE.items():
        assert name in (TESTS / path).read_text(), name


@pytest.mark.parametrize("name", CASES)
def test_a_newer_failure_is_told_as_an_expert_would(
    scripted: StartScripted, ca: CertificateAuthority, name: str
) -> None:
    """T6, D3: the step, the field, whether to try again, the cause and what to do."""
    right = CASES[name]
    check = right.play.run(scripted, ca)
    assert check.verdict is Verdict.FAILED, check.transcript
    assert check.diagnosis
    told = check.diagnosis
    assert (told.stage, told.field, told.retryable) == right[1:4], told.id
    for words in right.words:
        assert words in f"{told.cause()} {told.remedy()}", told.id


def test_login_is_answered_step_by_step(scripted: StartScripted, ca: CertificateAuthority) -> None:
    """F8: a server that offers LOGIN only, and refuses it with an argument, takes it as asked."""
    script = [
        greet("AUTH LOGIN"),
        expect("AUTH LOGIN", "334 VXNlcm5hbWU6"),
        expect("", "334 UGFzc3dvcmQ6"),
        expect("", "235 2.7.0 ok"),
        *at_dot("250 ok").script[2:],
    ]
    check = Play(script=script, security=Security.NONE).run(scripted, ca)
    assert check.verdict is Verdict.ACCEPTED, check.transcript
    assert "C: AUTH LOGIN\n" in check.transcript
