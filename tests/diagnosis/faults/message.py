"""Faults of the message, and refusals of account, address, quota or reputation."""

from __future__ import annotations

from tests.diagnosis.faults.play import LOGIN, SILENT, Play, at_auth, at_dot, at_mail, at_rcpt
from tests.servers.scripted import Conversation, close, expect, hang, reply, reset
from tests.smtp.conversations import MAIL

SES = "email-smtp.eu-west-1.amazonaws.com"
ENVELOPE = (*LOGIN, *MAIL[:2])
# More than the buffers between client and server hold, about 3 MB.
LONG_CONTENT = b"Subject: long\r\n\r\n" + 400_000 * b"It goes on and on and on.\r\n"
NOT_VERIFIED = (
    "554 Message rejected: Email address is not verified. The following identities failed the "
    "check in region EU-WEST-1: "
)


def _read_message(conversation: Conversation) -> None:
    expect("DATA", "354 go ahead")(conversation)
    while conversation.line() != ".":
        pass


PLAYS: dict[str, Play] = {
    "data-m365-send-as-denied": at_dot(
        "550 5.7.60 SMTP; Client does not have permissions to send as this sender"
    ),
    "data-zoho-relaying-disallowed": at_dot(
        "553 Relaying disallowed as test@gmail.com", at="smtp.zoho.com"
    ),
    "data-zoho-relaying-empty-from": at_dot("553 Relaying disallowed as @", at="smtp.zoho.com"),
    "data-sendgrid-sender-identity": at_dot(
        "550 The from address does not match a verified Sender Identity. Mail cannot be sent until "
        "this error is resolved. Visit https://sendgrid.com/docs/for-developers/sending-email/"
        "sender-identity/ to see the Sender Identity requirements",
        at="smtp.sendgrid.net",
    ),
    "data-postal-from-not-valid": at_dot("530 From/Sender name is not valid"),
    "data-no-valid-recipients": Play(
        script=[*ENVELOPE, expect("DATA", "554 5.5.1 Error: no valid recipients")]
    ),
    "data-gmail-552-size": at_dot(
        "552-5.2.3 Your message exceeded Google's message size limits. Please visit",
        "552 5.2.3 https://support.google.com/mail/?p=MaxSizeError to view our guidelines.",
        at="smtp.gmail.com",
    ),
    "data-552-line-too-long": at_dot("552 message line is too long"),
    "data-bare-lf-521": at_dot("521 5.5.2 moo.jmdi.pl Error: bare <LF> received"),
    "data-bare-cr": at_dot(
        "552 5.2.0 Message contains bare CR and is violating 822.bis section 2.3"
    ),
    "data-missing-message-id": at_dot(
        "550-5.7.1 [203.0.113.5] Messages missing a valid Message-ID header are not",
        "550 5.7.1 accepted. For more information, go to https://support.google.com/mail",
        at="smtp.gmail.com",
    ),
    "data-greylist-451": at_dot("451 4.7.1 Try again later"),
    "data-closed-after-dot": Play(script=[*ENVELOPE, _read_message, close()]),
    "data-closed-mid-body": Play(
        script=[*ENVELOPE, expect("DATA", "354 go ahead"), reset()], content=LONG_CONTENT
    ),
    "data-timeout-after-dot": Play(script=[*ENVELOPE, _read_message, hang()], clock=SILENT),
    "data-354-never-comes": Play(script=[*ENVELOPE, expect("DATA"), hang()], clock=SILENT),
    "data-250-treated-as-error": Play(
        script=[*ENVELOPE, reply("250 Accepted"), expect("DATA", "354 go ahead")]
    ),
    "policy-ses-sandbox-recipient": at_dot(f"{NOT_VERIFIED}bob@test.example", at=SES),
    "policy-ses-sender-not-verified": at_dot(f"{NOT_VERIFIED}app@test.example", at=SES),
    "policy-ses-access-denied": at_dot(
        "554 Access denied: User `arn:aws:iam::1:user/x' is not authorized to perform "
        "`ses:SendRawEmail' on resource `arn:aws:ses:eu-west-1:1:identity/test.example'",
        at=SES,
    ),
    "policy-ses-rate": at_dot("454 Throttling failure: Maximum sending rate exceeded.", at=SES),
    "policy-ses-daily-quota": at_dot(
        "454 Throttling failure: Daily message quota exceeded.", at=SES
    ),
    "policy-ses-sending-paused": at_dot(
        "554 Message rejected: Sending paused for this account. For more information, please check "
        "the inbox of the email address associated with your AWS account.",
        at=SES,
    ),
    "policy-mailgun-sandbox": at_dot(
        "421 Domain app7957.mailgun.org is not allowed to send: Sandbox subdomains are for test "
        "purposes only. Please add your own domain or add the address to authorized recipients in "
        "Account Settings.",
        at="smtp.mailgun.org",
    ),
    "policy-brevo-not-activated": at_mail(
        "502 5.7.0 Your SMTP account is not yet activated", at="smtp-relay.brevo.com"
    ),
    "policy-postmark-sender-signature": at_dot(
        "550 5.7.1 The 'From' address you supplied (ada@test.example) is not a Sender Signature on "
        "your account. Please add and confirm this address in order to be able to use it.",
        at="smtp.postmarkapp.com",
    ),
    "policy-gmail-daily-quota": at_dot(
        "550 5.4.5 Daily user sending quota exceeded. x - gsmtp", at="smtp.gmail.com"
    ),
    "policy-gmail-unsolicited-rate": at_dot(
        "421-4.7.0 Our system has detected an unusual rate of unsolicited mail originating",
        "421 4.7.0 from your IP address. To protect our users from spam, mail has been limited.",
    ),
    "policy-gmail-relay-invalid-credentials": at_mail(
        "550-5.7.1 Invalid credentials for relay [203.0.113.5]. The IP address you've",
        "550 5.7.1 registered in your Workspace SMTP Relay service doesn't match the domain.",
        at="smtp-relay.gmail.com",
    ),
    "policy-gmail-no-spf-dkim": at_dot(
        "550-5.7.26 This mail is unauthenticated, which poses a security risk to the",
        "550-5.7.26 sender and Gmail users, and has been blocked. The sender must",
        "550 5.7.26 authenticate with at least one of SPF or DKIM.",
    ),
    "policy-m365-concurrent-connections": at_auth(
        "432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending",
        at="smtp.office365.com",
    ),
    "policy-m365-sender-thread-limit": at_dot(
        "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"
    ),
    "policy-m365-submission-quota": at_dot(
        "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to "
        "process message due to a permanent exception"
    ),
    "policy-m365-traffic-not-accepted-from-ip": at_dot(
        "550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP"
    ),
    "policy-spamhaus-listed": at_rcpt(
        "550 5.7.1 Service unavailable, Client host [203.0.113.5] blocked using Spamhaus. To "
        "request removal from this list see https://www.spamhaus.org/query/ip/203.0.113.5"
    ),
    "policy-spamhaus-open-resolver": at_rcpt(
        "554 5.7.1 Service unavailable; Client host [203.0.113.5] blocked using zen.spamhaus.org; "
        "Error: open resolver; https://check.spamhaus.org/returnc/pub/203.0.113.5"
    ),
    "policy-content-rejected": at_dot("550 5.7.1 message content rejected"),
    "policy-smtp2go-ip-not-allowed": at_mail("550 that IP address is not allowed to send"),
    "policy-sendgrid-credits": at_auth(
        "451 Authentication failed: Maximum credits exceeded", at="smtp.sendgrid.net"
    ),
}
