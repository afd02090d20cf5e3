"""Refusals of sender, recipient and message, each told by what its words say (SPEC D2, T6)."""

from __future__ import annotations

from typing import Any

import pytest

from smtp_panel.diagnosis.diagnosis import Diagnosis, diagnose
from tests.diagnosis.examples import GMAIL, NO_LOGIN, said

TO_BOB = "<bob@example.org>: Recipient address rejected: "
ASKED = "unverified address: host mx.example.org[192.0.2.1] said: "
MX: dict[str, Any] = {**NO_LOGIN, "port": 25, "server": "mx.example.org"}
ZEPTOMAIL = {"server": "smtp.zeptomail.eu", "username": "emailapikey"}


def told(reply: str, **known: Any) -> Diagnosis:
    """The diagnosis of a refusal, written as "stage reply"."""
    stage, _, words = reply.partition(" ")
    return diagnose(said(stage, words, **known))


@pytest.mark.parametrize(
    ("reply", "entry"),
    [
        (f"rcpt_to 450 4.1.1 {TO_BOB}{ASKED}550 5.1.1 User unknown", "rcpt-user-unknown"),
        (f"rcpt_to 450 4.1.1 {TO_BOB}{ASKED}553 no such mailbox", "rcpt-user-unknown"),
        (
            f"mail_from 450 4.1.7 <app@test.example>: Sender address rejected: {ASKED}550 5.1.1"
            " <app@test.example> User unknown",
            "mail-from-sender-mailbox-unknown",
        ),
    ],
)
def test_an_address_that_was_asked_for_and_does_not_exist_is_no_passing_trouble(
    reply: str, entry: str
) -> None:
    """D3: Postfix says 450 of it as well; what the other server said is for good."""
    unknown = told(reply)
    assert (unknown.id, unknown.retryable) == (entry, False)


@pytest.mark.parametrize(
    "words",
    [f"{ASKED}450 4.2.0 greylisted", "unverified address: Address verification in progress"],
)
def test_an_address_of_which_nothing_is_known_yet_may_pass_later(words: str) -> None:
    """D3."""
    assert told(f"rcpt_to 450 4.1.1 {TO_BOB}{words}").retryable


def test_a_server_that_is_itself_refused_when_it_asks_blames_no_machine_of_ours() -> None:
    """T6: the address on the list is the server's."""
    refused = told(f"rcpt_to 450 4.1.1 {TO_BOB}{ASKED}554 5.7.1 blocked using zen.spamhaus.org")
    assert refused.id == "policy-verifier-refused"
    assert "not this machine" in refused.cause()


@pytest.mark.parametrize(
    ("reply", "known", "entry"),
    [
        ("data 550 5.7.1 rejecting message without spf pass", {}, "policy-spf"),
        ("rcpt_to 550 5.7.23 SPF pass is required, no SPF pass for you", {}, "policy-spf"),
        ("data 550 5.7.10 REQUIRETLS needed", {}, "message-requires-tls"),
        ("mail_from 530 5.7.10 REQUIRETLS needs STARTTLS", {}, "message-requires-tls"),
        ("mail_from 550 5.7.1 Go away!", {}, "policy-turned-away"),
        ("mail_from 554 5.7.1 <app@x>: Sender address rejected: Dumb.", {}, "policy-turned-away"),
        ("rcpt_to 550 You are not welcome here", MX, "policy-turned-away"),
        ("rcpt_to 554 Sending address not accepted due to spam filter", MX, "policy-seen-as-spam"),
        ("rcpt_to 550 <bob@example.org> disposable address not accepted", {}, "rcpt-disposable"),
        ("rcpt_to 550 5.7.1 Temporary email addresses are blocked", {}, "rcpt-disposable"),
        ("rcpt_to 550 sender uses a throwaway mailbox", {}, "mail-from-disposable"),
        (
            "rcpt_to 550 5.7.1 Access to bob@example.org not allowed: trusted session required",
            MX,
            "mail-from-authentication-required",
        ),
        (
            "mail_from 550 5.7.1 Access not allowed from untrusted session",
            {},
            "mail-from-login-not-passed-on",
        ),
        ("data 550 50 recipients, upgrade your plan", {}, "rcpt-too-many-recipients"),
        (
            f"rcpt_to 554 5.7.1 {TO_BOB}Quota exceeded for sender ada@test.example",
            {},
            "policy-gmail-daily-quota",
        ),
        (
            f"rcpt_to 554 5.7.1 {TO_BOB}Sender domain not in allowed list for this API key",
            {},
            "policy-key-of-another-domain",
        ),
        (
            "data 554 5.7.1 Account is not allowed to send to more than 30 recipients per day",
            ZEPTOMAIL,
            "policy-gmail-daily-quota",
        ),
        ("rcpt_to 501 5.1.3 Invalid address", {}, "rcpt-address-malformed"),
        (
            "data 550 5.7.0 From header sender domain (a.example) does not match envelope domain",
            {},
            "data-envelope-differs",
        ),
        ("data 451 4.7.0 timeout waiting for ClamAV scan", {}, "server-filter-down"),
        (
            "mail_from 550 5.7.1 Unauthorized use of domain a.example: DNS verification missing",
            {"server": "mail.smtp2go.com"},
            "policy-postmark-sender-signature",
        ),
        (
            "data 550 5.7.0 Refused: sending too many mails to unknown recipients",
            {},
            "policy-too-many-failures",
        ),
        ("data 554 5.7.1 Anti-phishing: link to paypa1.example found", {}, "policy-link-listed"),
        (
            "rcpt_to 550 Requested action not taken: mailbox unavailable\nFailure sending mail. Try"
            " again later",
            {"server": "mail.gmx.net"},
            "policy-gmx-held-back",
        ),
        (
            "rcpt_to 550 Verification failed for <app@test.example>\nUnrouteable address\nunable to"
            " verify sender address",
            {},
            "mail-from-sender-not-verified",
        ),
        ("rcpt_to 555 5.5.2 Syntax error. nb15sm15 - gsmtp", GMAIL, "rcpt-address-malformed"),
        (
            "mail_from 555 5.5.2 Syntax error, goodbye. a640c - gsmtp",
            GMAIL,
            "mail-from-501-bad-sender-syntax",
        ),
        ("data 550 Error parsing 'To': Illegal email address", {}, "rcpt-address-malformed"),
        (
            "data 550 Error parsing 'From': Illegal email address",
            {},
            "mail-from-501-bad-sender-syntax",
        ),
        (
            "data 503 Valid RCPT command must precede DATA",
            {"refusals": ("451 Temporary local problem - please try later",)},
            "refused-earlier-for-now",
        ),
        (
            "data 550 Message rejected (JFE060001)",
            {"server": "mail.privateemail.com"},
            "policy-content-rejected-by-provider",
        ),
        (
            "data 552 5.2.2 Storage allocation exceeded for sender mailbox ada@test.example",
            {},
            "auth-mailbox-full",
        ),
        (
            "mail_from 550 5.7.0 Please check with your administrator; sender domain blocked",
            {**MX, "server": "mx1-us1.ppe-hosted.com"},
            "policy-gateway-of-recipient",
        ),
        (
            "mail_from 550 You (ada) have hit the send limit, blocked for now",
            {},
            "policy-gmail-daily-quota",
        ),
        (
            "rcpt_to 550 The mail server could not deliver mail to bob@example.org.\nThe account or"
            " domain may not exist, they may be blacklisted, or missing the proper dns entries.",
            {},
            "rcpt-domain-unknown",
        ),
        ("mail_from 554 5.7.1 AUP#In-1310", MX, "policy-address-distrusted-by-receiver"),
        (
            "mail_from 553 5.7.0 Sender address rejected: a.example does not accept bounces",
            MX,
            "mail-from-sender-domain-takes-no-mail",
        ),
        ("data 554 5.7.5 Permanent error evaluating DMARC policy", MX, "policy-record-faulty"),
        ("mail_from 550 5.7.1 Multiple SPF records for a.example", {}, "policy-record-faulty"),
        ("data 550 5.7.1 Blocked by policy: Found URL in message", {}, "policy-link-listed"),
        ("rcpt_to 450 4.3.2 Service currently unavailable", MX, "rcpt-greylisted"),
        ("data 550 5.7.1 Encrypted messages are not permitted by policy", {}, "general-data-reply"),
        ("rcpt_to 550 MI:RCL smtp5", {"server": "smtp.163.com"}, "rcpt-too-many-recipients"),
        (
            "data 554 5.7.1 Outgoing message blocked: spam weight 32 exceeds threshold 30",
            {},
            "policy-content-rejected",
        ),
        (
            "data 550 5.7.1 Your account may send to itself only until verified",
            {},
            "policy-account-not-activated",
        ),
        ("mail_from 504 5.7.4 BODY=8BITMIME not supported", {}, "command-not-understood"),
        (
            "mail_from 550 5.7.1 This server only accepts mail from AWS internal hosts",
            MX,
            "policy-address-not-allowed",
        ),
        (
            "rcpt_to 550 5.7.1 External mail to all-staff@example.org is blocked by group settings",
            {},
            "rcpt-restricted",
        ),
        (
            "rcpt_to 550 5.7.1 Number of recipients for one message is limited to 20",
            {},
            "rcpt-too-many-recipients",
        ),
        (
            "data 550 5.7.1 ZIP archive is password protected and was blocked",
            {},
            "policy-attachment-refused",
        ),
        ("data 452 4.2.2 Over quota: your sent items folder is full", {}, "auth-mailbox-full"),
        ("data 451 4.3.0 Rejected: DKIM signing key unavailable", {}, "server-can-not-sign"),
        (
            "data 550 5.7.1 Blocked: same message sent 5 times within an hour",
            {},
            "data-duplicate",
        ),
        (
            "data 550 5.7.1 Broadcast mail is not allowed on this stream",
            {"server": "smtp.postmarkapp.com"},
            "policy-part-of-service-missing",
        ),
        ("data 554 5.7.1 bob@example.org bounced in the last 14 days", {}, "rcpt-suppressed"),
        (
            "data 550 5.7.1 sending IP pool 'default' has no active addresses",
            {},
            "policy-part-of-service-missing",
        ),
        (
            "data 550 5.7.1 From domain differs from authenticated user's domain",
            {"username": "ada@test.example", "sender": "a@other.example"},
            "mail-from-must-equal-user",
        ),
        (
            "mail_from 550 Sender address domain must be one of: a.example, b.example",
            {},
            "mail-from-domain-wanted",
        ),
        ("mail_from 451 4.7.0 Timeout waiting for policy server", {}, "server-trouble"),
        ("data 421 4.4.2 Timeout waiting for data", {}, "mail-from-451-waiting-for-client"),
        (
            "mail_from 550 Sending from hotmail.com addresses is only possible at Microsoft",
            {"sender": "ada@hotmail.com"},
            "mail-from-other-domain",
        ),
        (
            "data 550 Invalid `from` field. It needs the `email@example.com` format.",
            {"server": "smtp.resend.com"},
            "mail-from-501-bad-sender-syntax",
        ),
        (
            "data 550 5.7.1 The From domain is a free mail provider and may not be used",
            {"sender": "ada@gmail.com"},
            "policy-sender-of-mailbox-provider",
        ),
        ("mail_from 450 Temporary resolver error (TIMEOUT)", MX, "mail-from-unverified-for-now"),
        ("data 550 Only one From header allowed", {}, "data-missing-message-id"),
        ("data 554 5.7.1 Gtube pattern", {}, "policy-content-rejected"),
        ("rcpt_to 452 4.5.3 max recipients reached", {}, "rcpt-too-many-recipients"),
        ("rcpt_to 452 4.5.3 limit of addressees is 10", {}, "rcpt-too-many-recipients"),
        ("data 451 4.0.0 org.apache.james.mailbox.MailboxException", {}, "server-trouble"),
        ("data 451 4.3.2 Please try again later", {}, "server-filter-down"),
        ("rcpt_to 450 4.7.1 Rejecting now: load average: 18", {}, "server-trouble"),
        ("rcpt_to 471 Mail from your host is delayed; try later.", MX, "rcpt-greylisted"),
        (
            "rcpt_to 550 5.7.1 User ada@test.example is not allowed to send outgoing messages"
            " outside the local domain",
            {},
            "rcpt-domain-not-allowed",
        ),
        (
            "mail_from 550 sender is required to authenticate (IP shield)",
            MX,
            "mail-from-authentication-required",
        ),
        ("mail_from 550 Not permitted: sender must be local", MX, "mail-from-not-without-login"),
    ],
)
def test_it_is_told_by_what_the_server_says(reply: str, known: dict[str, Any], entry: str) -> None:
    """D2: wordings that were taken for something else."""
    assert told(reply, **known).id == entry


def test_an_envelope_recipient_is_no_sender() -> None:
    """T6: From stays as it is."""
    refused = told("data 550 Message was not accepted. Envelope to is forbidden.")
    assert (refused.field, refused.scope) == (None, "recipient")


@pytest.mark.parametrize(
    "reply",
    [
        "rcpt_to 550 5.7.1 Bananas are inadvisable",
        "mail_from 554 5.7.1 Not in the mood",
        "data 571 5.7.1 No way in",
    ],
)
def test_who_is_refused_at_an_mx_without_a_known_reason_is_sent_to_a_submission_server(
    reply: str,
) -> None:
    """T6: such a server has no login that could be entered."""
    refused = told(reply, **MX)
    assert "enter User name" not in refused.remedy().lower()
    assert "submission server of your own provider" in refused.remedy()
    assert refused.field == "server"
