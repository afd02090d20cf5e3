"""Faults of the login."""

from __future__ import annotations

from typing import Any

from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import Auth
from tests.diagnosis.faults.play import OFFER, SILENT, Play, at_auth
from tests.servers.scripted import close, expect, greet, hang

GMAIL = "smtp.gmail.com"
M365 = "smtp.office365.com"
SES = "email-smtp.eu-west-1.amazonaws.com"
KEY = {"username": "AKIAEXAMPLE"}
BAD_GMAIL = (
    "535-5.7.8 Username and Password not accepted. For more information, go to",
    "535 5.7.8  https://support.google.com/mail/?p=BadCredentials x - gsmtp",
)


def m365(words: str, **rest: Any) -> Play:
    """Microsoft 365 refuses the login in these words."""
    return at_auth(words, at=M365, offers="AUTH LOGIN XOAUTH2", **rest)


PLAYS: dict[str, Play] = {
    "auth-gmail-bad-credentials": at_auth(*BAD_GMAIL, at=GMAIL),
    "auth-gmail-app-password-required": at_auth(
        "534-5.7.9 Application-specific password required. For more information, go to",
        "534 5.7.9 https://support.google.com/mail/?p=InvalidSecondFactor x - gsmtp",
        at=GMAIL,
    ),
    "auth-gmail-web-login": at_auth(
        "534-5.7.14 <https://accounts.google.com/signin/continue?sarp=1&scc=1&plt=AKgn",
        "534-5.7.14 sbu> Please log in via your web browser and then try again.",
        "534 5.7.14 https://support.google.com/mail/answer/78754",
        at=GMAIL,
    ),
    "auth-m365-smtp-auth-disabled-mailbox": m365(
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the "
        "Mailbox. Visit https://aka.ms/smtp_auth_disabled for more information."
    ),
    "auth-m365-credentials-incorrect": m365(
        "535 5.7.139 Authentication unsuccessful, the user credentials were incorrect."
    ),
    "auth-m365-conditional-access": m365(
        "535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be "
        "authenticated successfully. Contact your administrator."
    ),
    "auth-m365-security-defaults-bare-535": m365("535 5.7.3 Authentication unsuccessful"),
    "auth-exchange-535-unsuccessful": at_auth(
        "535 5.7.3 Authentication unsuccessful [DB6P18901CA0015.EURP189.PROD.OUTLOOK.COM]"
    ),
    "auth-m365-504-plain-refused": at_auth(
        "504 5.7.4 Unrecognized authentication type [x.outlook.com]",
        at=M365,
        choices={"auth": Auth.PLAIN},
    ),
    "auth-m365-504-direct-send-with-user": at_auth(
        "504 5.7.4 Unrecognized authentication type",
        at="example-com.mail.protection.outlook.com",
        port=25,
        choices={"auth": Auth.PLAIN},
    ),
    "auth-only-ntlm-gssapi": Play(script=[greet("AUTH GSSAPI NTLM")]),
    "auth-only-xoauth2": Play(script=[greet("AUTH XOAUTH2 OAUTHBEARER")]),
    "auth-only-login-offered": at_auth(
        "504 PLAIN authentication is not permitted by this server.", choices={"auth": Auth.PLAIN}
    ),
    "auth-drop-hides-535": Play(
        script=[
            *(greet(OFFER), expect("AUTH PLAIN ", "504 5.5.4 no")),
            *(expect("AUTH LOGIN"), close()),
        ]
    ),
    "auth-drop-on-bad-password": Play(script=[greet(OFFER), expect("AUTH"), close()]),
    "auth-hangs": Play(script=[greet(OFFER), expect("AUTH"), hang()], clock=SILENT),
    "auth-proton-bridge": Play(
        script=[
            greet("AUTH PLAIN"),
            expect("AUTH PLAIN", "504 5.7.4 Unsupported authentication mechanism"),
        ],
        at="127.0.0.1",
        port=1025,
    ),
    "auth-503-not-advertised": at_auth("503 AUTH command used when not advertised"),
    "auth-500-not-recognized": at_auth('500 Error: command "AUTH" not recognized'),
    "auth-538-encryption-required": at_auth(
        "538 5.7.11 Encryption required for requested authentication mechanism"
    ),
    "auth-534-mechanism-too-weak": at_auth("534 5.7.9 Authentication mechanism is too weak"),
    "auth-454-temporary": at_auth(
        "454 4.7.0 Temporary authentication failure: Connection lost to authentication server"
    ),
    "auth-postfix-base64-password-prompt": at_auth(
        "535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6"
    ),
    "auth-exim-535": at_auth("535 Incorrect authentication data"),
    "auth-user-name-without-domain": at_auth(
        "535 5.7.8 Error: authentication failed", choices={"username": "ada"}
    ),
    "auth-sakura-full-address-user-name": at_auth(
        "535 5.7.0 authentication failed", at="example.sakura.ne.jp", choices={"username": "ada"}
    ),
    "auth-ses-account-password": at_auth(
        "535 Authentication Credentials Invalid", at=SES, choices=KEY
    ),
    "auth-ses-iam-user-name": at_auth("535 Authentication Credentials Invalid", at=SES),
    "auth-sendgrid-bad-key": at_auth(
        "535 Authentication failed: The provided authorization grant is invalid, expired, or "
        "revoked",
        at="smtp.sendgrid.net",
        choices={"username": "apikey"},
    ),
    "auth-sendgrid-username-must-be-apikey": at_auth(
        "535 Authentication failed: Bad username / password", at="smtp.sendgrid.net"
    ),
    "auth-mailgun-login": at_auth(
        "535 5.7.0 Mailgun is not loving your login or password", at="smtp.mailgun.org"
    ),
    "auth-mailgun-eu-region": at_auth(
        "535 5.7.0 Mailgun is not loving your login or password", at="smtp.mailgun.org"
    ),
    "auth-postmark-account-token": at_auth(
        "535 5.7.8 Error: authentication failed", at="smtp.postmarkapp.com"
    ),
    "auth-brevo-smtp-key": at_auth(
        "535 5.7.0 Invalid login or password", at="smtp-relay.brevo.com"
    ),
    "auth-mailjet-key-pair": at_auth("535 Authentication failed", at="in-v3.mailjet.com"),
    "auth-yahoo-too-many-bad": at_auth(
        "535 5.7.0 (#AUTH005) Too many bad auth attempts.", at="smtp.mail.yahoo.com"
    ),
    "auth-icloud-app-password": at_auth(
        "535 5.7.8 Error: authentication failed", at="smtp.mail.me.com"
    ),
    "auth-gmx-protocols-disabled": at_auth(
        "535 Authentication credentials invalid", at="mail.gmx.net"
    ),
    "auth-nonascii-user-name": at_auth(
        "535 5.7.8 Error: authentication failed", choices={"username": "usér@test.example"}
    ),
    "auth-nonascii-535": at_auth(
        "535 Authentication failed. Restarting authentication process.",
        choices={"password": Secret("pässword")},
    ),
    "auth-trailing-space-in-password": at_auth(
        "535 Authentication Credentials Invalid",
        at=SES,
        choices={**KEY, "password": Secret("correct horse ")},
    ),
    "auth-app-password-with-spaces": at_auth(
        *BAD_GMAIL, at=GMAIL, choices={"password": Secret("abcd efgh ijkl mnop")}
    ),
    "auth-empty-password-sent": Play(script=[greet(OFFER)], choices={"password": None}),
    "auth-xoauth2-malformed": m365("501 5.5.124 Invalid XOAUTH2 auth data"),
    "auth-xoauth2-334-json": Play(
        script=[
            greet("AUTH PLAIN"),
            expect(
                "AUTH",
                "334 eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIiwic2NvcGUiOiJodHRwczovL21haWwu"
                "Z29vZ2xlLmNvbS8ifQ==",
            ),
        ],
        at=GMAIL,
    ),
}
