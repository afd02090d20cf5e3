"""Faults of the sender and of the recipient."""

from __future__ import annotations

from tests.diagnosis.faults.play import LOGIN, Play, at_mail, at_rcpt, without_login
from tests.servers.scripted import expect

MUST_EQUAL = "553 Mail from must equal authorized user"

PLAYS: dict[str, Play] = {
    "mail-from-m365-anonymous": without_login(
        at_mail(
            "530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM",
            at="smtp.office365.com",
        )
    ),
    "mail-from-exchange-not-authenticated": without_login(
        at_mail("530 5.7.1 Client was not authenticated")
    ),
    "mail-from-gmail-authentication-required": without_login(
        at_mail(
            "530-5.7.0 Authentication Required. For more information, go to",
            "530 5.7.0  https://support.google.com/mail/?p=WantAuthError x - gsmtp",
            at="smtp.gmail.com",
        )
    ),
    "mail-from-brevo-authenticate-first": without_login(
        at_mail("502 5.7.0 Please authenticate first", at="smtp-relay.brevo.com")
    ),
    "mail-from-exim-authentication-required": without_login(
        at_mail("550 Authentication is required for relay")
    ),
    "mail-from-163-must-equal-user": at_mail(MUST_EQUAL, at="smtp.163.com"),
    "mail-from-163-empty-sender": at_mail(MUST_EQUAL, at="smtp.163.com"),
    "mail-from-display-name-as-address": at_mail(
        "501 mail from address must be same as authorization user", at="smtp.qq.com"
    ),
    "mail-from-icloud-not-yours": at_mail(
        "550 5.7.0 From address is not one of your addresses", at="smtp.mail.me.com"
    ),
    "mail-from-gmx-not-allowed": at_mail(
        "550-Requested action not taken: mailbox unavailable",
        "550 Sender address is not allowed.",
        at="mail.gmx.net",
    ),
    "mail-from-exchange-send-as": at_mail(
        "550 5.7.1 Client does not have permissions to send as this sender"
    ),
    "mail-from-501-bad-sender-syntax": at_mail("501 5.1.7 Bad sender address syntax"),
    "mail-from-ses-501": at_mail(
        "501 Invalid MAIL FROM address provided", at="email-smtp.eu-west-1.amazonaws.com"
    ),
    "mail-from-comma-in-display-name": at_mail(
        "552 5.1.7 The sender's address was syntactically invalid."
    ),
    "mail-from-552-size": at_mail("552 5.3.4 Message size exceeds fixed limit"),
    "mail-from-452-size-quota": at_mail("452 4.3.4 Message size exceeds fixed limit"),
    "mail-from-smtputf8-missing": Play(
        script=[*LOGIN, expect("", "553 5.6.7 Must support SMTPUTF8 for this address")],
        sender="müller@example.com",
    ),
    "mail-from-451-waiting-for-client": at_mail("451 4.4.2 Timeout waiting for data from client"),
    "mail-from-530-starttls-first": without_login(
        at_mail("530 5.7.0 Must issue a STARTTLS command first. x - gsmtp")
    ),
    "rcpt-helo-need-fqdn": at_rcpt(
        "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname"
    ),
    "rcpt-helo-host-not-found": at_rcpt(
        "450 4.7.1 <25aea30808b2>: Helo command rejected: Host not found"
    ),
    "rcpt-relay-denied-454": without_login(
        at_rcpt("454 4.7.1 <bob@test.example>: Relay access denied")
    ),
    "rcpt-exim-relay-not-permitted": without_login(at_rcpt("550 relay not permitted")),
    "rcpt-sendmail-relaying-denied": without_login(
        at_rcpt(
            "550 5.7.1 <bbb@qq.com>... Relaying denied. IP name lookup failed [203.0.113.5]",
        )
    ),
    "rcpt-exchange-non-accepted-domain": without_login(
        at_rcpt("550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain")
    ),
    "rcpt-opensmtpd-invalid-recipient": without_login(at_rcpt("550 Invalid recipient")),
    "rcpt-qmail-rcpthosts": without_login(
        at_rcpt("553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)")
    ),
    "rcpt-client-host-rejected": without_login(
        at_rcpt("554 5.7.1 <x@example.jp>: Client host rejected: Access denied")
    ),
    "rcpt-port-25-sender-denied": without_login(
        at_rcpt(
            "554 5.7.1 <myemail@mycompany.com>: Sender address rejected: Access denied", port=25
        )
    ),
    "rcpt-sender-domain-not-found": at_rcpt(
        "450 4.1.8 <ada@test.example>: Sender address rejected: Domain not found"
    ),
    "rcpt-user-unknown": at_rcpt(
        "550 5.1.1 <bob@test.example>: Recipient address rejected: User unknown in local "
        "recipient table"
    ),
    "rcpt-reserved-domain": at_rcpt("501 5.1.5 Recipient address reserved by RFC 2606"),
    "rcpt-greylisted": at_rcpt(
        "450 4.2.0 <x@example.com>: Recipient address rejected: Greylisted, see "
        "http://postgrey.schweikert.ch/help/example.com.html"
    ),
    "rcpt-yahoo-450-mailbox-unavailable": at_rcpt(
        "450 Requested mail action not taken: mailbox unavailable.", at="smtp.mail.yahoo.com"
    ),
    "rcpt-sakura-foreign-ip-filter": at_rcpt(
        "550 5.7.1 <***@***.co.jp>... Command rejected", at="example.sakura.ne.jp"
    ),
}
