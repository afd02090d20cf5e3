"""What the sandbox can be told to fail at: the commonest faults of mail servers (SPEC P3).

A new failure is an entry of one of the groups, which are in the order of a conversation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from smtp_panel.sandbox.flaws import Flaw
from smtp_panel.smtp.facts import Stage
from smtp_panel.words import N_


class Moment(StrEnum):
    """When the server answers: as somebody connects, after a command, at the end of a message."""

    GREETING = "greeting"
    AUTH = "AUTH"
    MAIL = "MAIL"
    RCPT = "RCPT"
    END = "."


class Unreachable(StrEnum):
    """Where nobody finds the sandbox, though it runs."""

    UNKNOWN_NAME = "unknown name"
    CLOSED_PORT = "closed port"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failure: what it is called, and what the server does in the end.

    `stage` is the one that a test by the default service then fails at, None where it passes. The
    server `says` something else than it usually does, is `silent_at` a moment or `hangs_up_at` one;
    what it `offers` after EHLO is another line, or none, by the word that the usual line begins
    with. `flaw` is that of its TLS, and `unreachable` where it is looked for in vain.
    """

    id: str
    name: str
    does: str
    stage: Stage | None
    says: Mapping[Moment, str] = field(default_factory=dict)
    silent_at: Moment | None = None
    hangs_up_at: Moment | None = None
    offers: Mapping[str, str] = field(default_factory=dict)
    flaw: Flaw | None = None
    unreachable: Unreachable | None = None


REACHING = (
    Failure(
        id="unknown-name",
        name=N_("Unknown name"),
        does=N_("The name of the mail server does not exist in the DNS."),
        stage=Stage.DNS,
        unreachable=Unreachable.UNKNOWN_NAME,
    ),
    Failure(
        id="closed-port",
        name=N_("Closed port"),
        does=N_("Nobody listens at the port: the connection is refused."),
        stage=Stage.CONNECT,
        unreachable=Unreachable.CLOSED_PORT,
    ),
    Failure(
        id="no-greeting",
        name=N_("Silence after connecting"),
        does=N_("The connection is made, but no greeting ever comes."),
        stage=Stage.BANNER,
        silent_at=Moment.GREETING,
    ),
    Failure(
        id="unavailable",
        name=N_("Out of service"),
        does=N_("The server turns everybody away with 421 in place of its greeting."),
        stage=Stage.BANNER,
        says={Moment.GREETING: "421 4.3.2 Service not available, try again later"},
    ),
    Failure(
        id="not-smtp",
        name=N_("Not a server for sending"),
        does=N_("An IMAP server answers, by which mail is read and not sent."),
        stage=Stage.BANNER,
        says={Moment.GREETING: "* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] IMAP ready"},
    ),
)
TLS = (
    Failure(
        id="no-starttls",
        name=N_("STARTTLS not offered"),
        does=N_("The server has no TLS, so that nothing secret can be sent to it."),
        stage=Stage.STARTTLS,
        offers={"STARTTLS": ""},
    ),
    Failure(
        id="tls-too-old",
        name=N_("TLS too old"),
        does=N_("The server knows no TLS newer than 1.1."),
        stage=Stage.TLS,
        flaw=Flaw.OLD_VERSION,
    ),
    Failure(
        id="certificate-expired",
        name=N_("Certificate expired"),
        does=N_("The server's certificate ended yesterday."),
        stage=Stage.TLS,
        flaw=Flaw.EXPIRED,
    ),
    Failure(
        id="certificate-other-name",
        name=N_("Certificate for another name"),
        does=N_("The server's certificate is made out for mail.example.com."),
        stage=Stage.TLS,
        flaw=Flaw.OTHER_NAME,
    ),
    Failure(
        id="certificate-unknown-authority",
        name=N_("Certificate of an unknown authority"),
        does=N_("The server's certificate is by an authority that nobody here trusts."),
        stage=Stage.TLS,
        flaw=Flaw.UNKNOWN_AUTHORITY,
    ),
    Failure(
        id="certificate-ends-soon",
        name=N_("Certificate ends soon"),
        does=N_("The server's certificate ends in three days. Mail leaves as ever."),
        stage=None,
        flaw=Flaw.ENDS_SOON,
    ),
)
SIGNING_IN = (
    Failure(
        id="wrong-password",
        name=N_("Wrong password"),
        does=N_("The server refuses the user name or the password (535)."),
        stage=Stage.AUTH,
        says={Moment.AUTH: "535 5.7.8 Error: authentication failed: wrong user name or password"},
    ),
    Failure(
        id="app-password",
        name=N_("App password wanted"),
        does=N_("The server takes no account password from a program, but an app password (534)."),
        stage=Stage.AUTH,
        says={Moment.AUTH: "534 5.7.9 App password required: the account password is not taken"},
    ),
    Failure(
        id="oauth-only",
        name=N_("OAuth 2.0 only"),
        does=N_("The server takes no passwords any more, only access tokens (XOAUTH2)."),
        stage=Stage.AUTH,
        offers={"AUTH": "AUTH XOAUTH2"},
    ),
    Failure(
        id="no-login",
        name=N_("Login not offered"),
        does=N_("The server offers no way to sign in."),
        stage=Stage.AUTH,
        offers={"AUTH": ""},
    ),
)
ENVELOPE = (
    Failure(
        id="sender-refused",
        name=N_("Sender refused"),
        does=N_("The account may not send from this address (553)."),
        stage=Stage.MAIL_FROM,
        says={Moment.MAIL: "553 5.7.1 Sender address rejected: not owned by this user"},
    ),
    Failure(
        id="rate-limit",
        name=N_("Too fast"),
        does=N_("The server takes no more mail for a while (451)."),
        stage=Stage.POLICY,
        says={Moment.MAIL: "451 4.7.1 Rate limit exceeded, try again in 2 minutes"},
    ),
    Failure(
        id="greylisting",
        name=N_("Greylisting"),
        does=N_("The server asks to come back later with each message (450)."),
        stage=Stage.RCPT_TO,
        says={Moment.RCPT: "450 4.2.0 Recipient address rejected: Greylisted, try again later"},
    ),
    Failure(
        id="relay-denied",
        name=N_("Relay denied"),
        does=N_("The server takes no mail for other domains (550)."),
        stage=Stage.RCPT_TO,
        says={Moment.RCPT: "550 5.7.1 Relay access denied"},
    ),
    Failure(
        id="unknown-recipient",
        name=N_("Unknown recipient"),
        does=N_("The server knows no such mailbox (550)."),
        stage=Stage.RCPT_TO,
        says={Moment.RCPT: "550 5.1.1 Recipient address rejected: User unknown"},
    ),
    Failure(
        id="mailbox-full",
        name=N_("Mailbox full"),
        does=N_("The recipient's mailbox is over its quota (452)."),
        stage=Stage.RCPT_TO,
        says={Moment.RCPT: "452 4.2.2 Mailbox is full: over quota"},
    ),
    Failure(
        id="broken-connection",
        name=N_("Broken connection"),
        does=N_("The connection breaks in the middle of the conversation."),
        stage=Stage.RCPT_TO,
        hangs_up_at=Moment.RCPT,
    ),
)
MESSAGE = (
    Failure(
        id="quota",
        name=N_("Daily limit reached"),
        does=N_("The account has sent as much as it may in a day (550)."),
        stage=Stage.POLICY,
        says={Moment.END: "550 5.4.5 Daily user sending limit exceeded"},
    ),
    Failure(
        id="too-large",
        name=N_("Message too large"),
        does=N_("The server takes no message of this size (552)."),
        stage=Stage.DATA,
        says={Moment.END: "552 5.3.4 Message size exceeds fixed limit"},
    ),
    Failure(
        id="spam",
        name=N_("Taken for spam"),
        does=N_("The server refuses the content of the message (550)."),
        stage=Stage.POLICY,
        says={Moment.END: "550 5.7.1 Message rejected: its content looks like spam"},
    ),
    Failure(
        id="no-answer",
        name=N_("Silence after the message"),
        does=N_("The message is handed over, but no answer comes: it may have been sent or not."),
        stage=Stage.DATA,
        silent_at=Moment.END,
    ),
    Failure(
        id="lost",
        name=N_("Accepted and lost"),
        does=N_("The server accepts each message, and none of them arrives."),
        stage=None,
        says={Moment.END: "250 2.0.0 OK: queued"},
    ),
)
GROUPS = {
    N_("Reaching the server"): REACHING,
    N_("Protecting the connection"): TLS,
    N_("Signing in"): SIGNING_IN,
    N_("Sender and recipients"): ENVELOPE,
    N_("The message"): MESSAGE,
}
FAILURES = tuple(failure for group in GROUPS.values() for failure in group)
BY_ID = {failure.id: failure for failure in FAILURES}
OFF = "off"


def named(word: str) -> Failure | None:
    """The failure with the id `word`, None for "off"; raises KeyError for any other word."""
    return None if word == OFF else BY_ID[word]
