"""What a server says of the account that signed in, at a step that speaks of another (SPEC D2)."""

from __future__ import annotations

from typing import Any

import pytest

from smtp_panel.diagnosis.diagnosis import diagnose
from tests.diagnosis.examples import said

OUTLOOK: dict[str, Any] = {"server": "smtp-mail.outlook.com", "username": "leo@outlook.com"}
TO_BOB = "<bob@example.org>: Recipient address rejected: "


@pytest.mark.parametrize(
    "reply",
    [
        f"rcpt_to 554 5.7.1 {TO_BOB}Password expired or never changed, please change your password"
        " in webmail before sending email",
        f"rcpt_to 554 5.7.1 {TO_BOB}Your password has expired. Please reset it",
        f"rcpt_to 550 5.7.1 {TO_BOB}Sending disabled: default password not changed",
        f"rcpt_to 550 5.7.1 {TO_BOB}Passwort abgelaufen, bitte im Webmail ändern",
        f"rcpt_to 550 5.1.1 {TO_BOB}Contraseña caducada, cámbiela en el webmail",
        f"rcpt_to 451 4.7.1 {TO_BOB}Your password expires today; change it to continue",
        f"rcpt_to 554 5.7.1 {TO_BOB}user ada is not allowed to send: compromised password",
        "mail_from 550 5.7.1 Sender address rejected: Password must be changed before sending",
        "data 554 5.7.1 Your password is too weak, change it in the control panel before sending",
        "data 550 5.3.4 Your password has expired",
    ],
)
def test_an_expired_password_is_told_as_that_whatever_step_and_code_it_comes_with(
    reply: str,
) -> None:
    """D2: neither the recipient nor the size of the message is meant."""
    stage, _, words = reply.partition(" ")
    told = diagnose(said(stage, words))
    assert (told.id, told.field, told.scope) == ("account-password-expired", "password", "service")


@pytest.mark.parametrize(
    ("reply", "entry"),
    [
        (f"rcpt_to 550 5.7.1 {TO_BOB}Account expired, renew subscription", "ended"),
        (f"rcpt_to 554 5.7.1 {TO_BOB}Hosting subscription has expired. Please pay", "ended"),
        ("mail_from 550 5.7.0 Your mailbox subscription has expired. Please renew", "ended"),
        ("rcpt_to 550 5.7.1 Trial period expired, please upgrade your account", "ended"),
        ("auth 535 5.7.8 Your subscription has expired, please renew", "ended"),
        ("data 552 5.3.4 Your trial has ended", "ended"),
        ("data 550 5.2.3 Your contract has expired", "ended"),
    ],
)
def test_a_subscription_that_has_ended_is_told_as_that(reply: str, entry: str) -> None:
    """D2, D3: it is the account's, at whatever step."""
    stage, _, words = reply.partition(" ")
    told = diagnose(said(stage, words))
    assert (told.id, told.stage) == (f"policy-subscription-{entry}", "policy")
    assert (told.field, told.scope, told.retryable) == (None, "service", False)


@pytest.mark.parametrize(
    "reply",
    [
        "550 5.3.4 Requested action not taken; To continue sending messages, please sign in to your"
        " account.",
        "552 5.3.4 Please sign in to your account on the web before sending",
        "550 5.7.1 Please log in to your webmail to confirm that you are a person",
        "550 5.1.1 To keep sending, log on to the customer portal and read the notice",
    ],
)
@pytest.mark.parametrize("stage", ["mail_from", "rcpt_to", "data"])
def test_who_is_asked_to_sign_in_in_a_browser_is_told_so(stage: str, reply: str) -> None:
    """D2: the words say more than a code for the size or the recipient."""
    told = diagnose(said(stage, reply, **OUTLOOK))
    assert (told.id, told.stage) == ("policy-sign-in-wanted", "policy")
    assert (told.field, told.scope, told.retryable) == (None, "service", False)


@pytest.mark.parametrize(
    ("reply", "entry"),
    [
        (
            "data 550 5.3.4 Requested action not taken; We noticed some unusual activity in your"
            " Hotmail account. To help protect you, we've temporarily blocked your account.",
            "policy-account-suspended",
        ),
        (
            "rcpt_to 550 5.1.1 You must verify your account before sending to external recipients",
            "policy-account-not-activated",
        ),
        ("data 550 5.7.26 Your account is suspended", "policy-account-suspended"),
        ("rcpt_to 552 5.2.2 Your storage is full, free up space", "auth-mailbox-full"),
        (
            "data 550 5.2.3 Message rejected: attachment type .exe not allowed",
            "policy-attachment-refused",
        ),
    ],
)
def test_words_about_the_account_or_an_attachment_outweigh_the_code(reply: str, entry: str) -> None:
    """D2: a code is chosen from few, the words are written for the case."""
    stage, _, words = reply.partition(" ")
    assert diagnose(said(stage, words, **OUTLOOK)).id == entry


@pytest.mark.parametrize(
    ("reply", "entry"),
    [
        (f"550 5.2.1 {TO_BOB}account expired", "rcpt-user-unknown"),
        (f"550 5.1.1 {TO_BOB}User unknown in virtual mailbox table", "rcpt-user-unknown"),
        (f"552 5.2.2 {TO_BOB}Quota exceeded (mailbox for user is full)", "rcpt-mailbox-full"),
    ],
)
def test_the_account_of_a_recipient_is_still_the_recipients(reply: str, entry: str) -> None:
    """D3: nothing else waits for it."""
    told = diagnose(said("rcpt_to", reply))
    assert (told.id, told.scope) == (entry, "recipient")


@pytest.mark.parametrize(
    ("server", "reply", "named"),
    [
        ("smtp.tem.scw.cloud", "535 5.7.8 Permission denied", "TransactionalEmailFullAccess"),
        ("smtp.sparkpostmail.com", "535 5.7.8 Forbidden", "Send via SMTP"),
        ("smtp.mailersend.net", "535 5.7.8 Access denied", "MS_"),
        ("smtp.resend.com", "535 API key is not authorized", "right to send"),
        ("email-smtp.eu-west-1.amazonaws.com", "535 Access denied", "right to send"),
    ],
)
def test_a_key_that_may_not_send_is_not_called_wrong(server: str, reply: str, named: str) -> None:
    """D2: a new key without the right would be refused alike."""
    fixed = {"smtp.sparkpostmail.com": "SMTP_Injection", "smtp.resend.com": "resend"}
    username = fixed.get(server, "AKIAEXAMPLE")
    refused = diagnose(said("auth", reply, server=server, username=username))
    assert (refused.id, refused.field) == ("auth-key-may-not-send", "password")
    assert named in refused.remedy()


def test_a_mail_address_is_no_user_name_of_three_parts_at_azure() -> None:
    """T6: the user name is wrong, whatever the client secret is."""
    azure = {"server": "smtp.azurecomm.net", "username": "DoNotReply@mail.events.example"}
    refused = diagnose(said("auth", "535 5.7.3 Authentication unsuccessful", **azure))
    assert (refused.id, refused.field) == ("auth-azure-user-name", "username")
    assert "SMTP Username" in refused.remedy()


@pytest.mark.parametrize(
    ("reply", "entry"),
    [
        (
            "rcpt_to 550 5.7.1 Your mailbox password was found in a data leak, change it",
            "account-password-expired",
        ),
        (
            "data 421 Domain test.example is not allowed to send: Please activate your account."
            " Check your inbox or log in to your control panel to resend the activation email.",
            "policy-account-not-activated",
        ),
        (
            "mail_from 451 4.7.1 Your mailbox is being migrated, please log in to the new webmail",
            "policy-sign-in-wanted",
        ),
        (
            "rcpt_to 550 Domain subscription for test.example expired on 2026-01-01",
            "policy-subscription-ended",
        ),
        (
            "rcpt_to 554 5.7.1 Sender account over its billing limit, pay the outstanding invoice",
            "policy-payment-due",
        ),
        ("rcpt_to 550 5.7.1 This mailbox may only receive. Upgrade to send", "policy-not-in-plan"),
        (
            "rcpt_to 550 5.7.1 user ada has no permission to send mail outside the organization",
            "rcpt-domain-not-allowed",
        ),
        ("data 552 5.3.4 Sending limit exceeded: 200 messages per day", "policy-gmail-daily-quota"),
        ("data 554 5.3.4 DKIM signature missing", "policy-dkim"),
        (
            "data 554 5.6.0 Sender address is not allowed for this account",
            "mail-from-must-equal-user",
        ),
        (
            "data 550 5.2.2 Message contains attachment of forbidden type (zip)",
            "policy-attachment-refused",
        ),
        ("rcpt_to 452 4.2.2 Server storage is full, try later", "server-short-of-means"),
    ],
)
def test_what_the_words_say_goes_before_what_the_code_stands_for(reply: str, entry: str) -> None:
    """D2: servers choose codes from few, and often the wrong one."""
    stage, _, words = reply.partition(" ")
    assert diagnose(said(stage, words)).id == entry


def test_a_mailbox_for_which_smtp_is_off_is_told_so_before_its_code() -> None:
    """T6: NetEase says so of a mailbox whose switch was never turned."""
    off = diagnose(said("auth", "550 User has no permission", server="smtp.163.com"))
    assert off.id == "auth-smtp-switched-off"
    assert off.remedy().startswith("Switch on SMTP")
    assert "授权码" in off.remedy()


@pytest.mark.parametrize(
    "server", ["smtp.email.us-ashburn-1.oci.oraclecloud.com", "smtp.resend.com"]
)
def test_too_many_failed_logins_at_a_service_with_keys_are_not_blamed_on_an_app_password(
    server: str,
) -> None:
    """T6: such a service has none."""
    held = diagnose(said("auth", "421 Too many auth failures, try again later", server=server))
    assert (held.id, held.retryable) == ("auth-too-many-bad-at-service", True)
    assert "app password" not in held.remedy()


def test_an_organisation_that_has_switched_authenticated_smtp_off_is_told_apart() -> None:
    """D2: the words say which of the two it is."""
    tenant = diagnose(
        said("auth", "535 5.7.139 SmtpClientAuthentication is disabled for the Tenant.")
    )
    assert tenant.id == "auth-m365-smtp-auth-disabled-tenant"
    assert "whole organisation" in tenant.cause()
    mailbox = "535 5.7.139 SmtpClientAuthentication is disabled for the Mailbox."
    assert diagnose(said("auth", mailbox)).id == "auth-m365-smtp-auth-disabled-mailbox"


@pytest.mark.parametrize(
    ("reply", "entry"),
    [
        ("data 550 5.1.0 Message blocked due to compromised account", "policy-account-compromised"),
        (
            "mail_from 550 5.7.1 Please enable SMTP in your webmail settings before sending",
            "policy-sending-switched-off",
        ),
        (
            f"rcpt_to 554 5.7.1 {TO_BOB}SMTP access is disabled for your mailbox",
            "policy-sending-switched-off",
        ),
        (
            f"rcpt_to 550 5.7.1 {TO_BOB}Sender is not allowed to send to external domains",
            "rcpt-domain-not-allowed",
        ),
        (
            "mail_from 550 5.7.1 <ada@test.example>: Sender address rejected: account over quota,"
            " delete mail",
            "auth-mailbox-full",
        ),
        (
            "rcpt_to 550 5.7.1 Sending to more than 100 people a day requires a verified account",
            "policy-account-not-activated",
        ),
        (
            "mail_from 554 5.7.1 <unknown[192.0.2.1]>: Client host rejected: Your account was used"
            " from too many countries",
            "general-mail_from-reply",
        ),
        ("mail_from 550 5.7.1 The sender's domain isn't hosted here", "mail-from-other-domain"),
    ],
)
def test_what_follows_a_prefix_of_postfix_tells_whom_it_concerns(reply: str, entry: str) -> None:
    """D2: "Sender address rejected:" tells which list of rules refused, and no more."""
    stage, _, words = reply.partition(" ")
    told = diagnose(said(stage, words, username="ada@test.example", sender="a@kunde.example"))
    assert told.id == entry
