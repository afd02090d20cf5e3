"""The kinds of mail that the panel itself sends, each in a folder of templates/email (SPEC M1).

A folder has `subject.txt`, `body.txt` and `body.html`, which extends the layout that all share. In
each of them `language` is the recipient's, and a moment is written by `|when`.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template
from flask_babel import force_locale

from smtp_panel.mail.front import MailState
from smtp_panel.mail.message import AutomaticMessage
from smtp_panel.outbox.model import Lane
from smtp_panel.settings.default_service import LOCAL_SENDER
from smtp_panel.words import N_

MailFacts = Mapping[str, object]
AT = datetime.datetime(2026, 1, 15, 9, 30, tzinfo=datetime.UTC)  # of what the samples tell
PANEL = "https://panel.example.com"
SOMEBODY = "ada@example.com"  # to whom samples are written


@dataclass(frozen=True, slots=True, kw_only=True)
class MailKind:
    """One kind of mail: `id` is its folder, `name` what people call it, `about` when it is sent.

    `sample` has facts as such a message is made of, for a preview.
    """

    id: str
    name: str
    about: str
    sample: MailFacts
    lane: Lane = Lane.NORMAL


TEST = MailKind(
    id="test",
    name=N_("Test email"),
    about=N_("When an admin presses Send test email, to that admin alone."),
    sample={
        "presser": "ada@example.com",
        "installation": PANEL,
        "server": "smtp.example.com",
        "port": 587,
        "tls": "TLS 1.3 (STARTTLS)",
        "sender_name": "Example",
        "at": AT,
        "unsaved": False,
        "link": f"{PANEL}/arrived/sample",
        "days": 7,
        "on_terminal": False,
    },
)
INVITATION = MailKind(
    id="invitation",
    name=N_("Invitation"),
    about=N_("When an admin invites somebody, to that person: a link to choose a password."),
    sample={"by": "ada@example.com", "link": f"{PANEL}/link/sample", "hours": 72},
    lane=Lane.URGENT,
)
PASSWORD_RESET = MailKind(
    id="password_reset",
    name=N_("Password reset"),
    about=N_("When somebody has forgotten their password, or an admin sends them a link."),
    sample={"by": "", "asked": True, "link": f"{PANEL}/link/sample", "hours": 1},
    lane=Lane.URGENT,
)
PASSWORD_CHANGED = MailKind(
    id="password_changed",
    name=N_("Password changed"),
    about=N_("When a password was changed, to its owner."),
    sample={"link": f"{PANEL}/forgot"},
)
MAIL_FAILING = MailKind(
    id="mail_failing",
    name=N_("Mail is failing"),
    about=N_(
        "When mail has not left for a moment, to the admins who want it: by the default mail"
        " service, unless that is the one that fails."
    ),
    sample={
        "installation": PANEL,
        "since": AT,
        "cause": N_("The server refused the user name or password."),
        "remedy": N_("Type the password again, and send a test email."),
        "node": "web-1",
        "waiting": 12,
        "link": f"{PANEL}/admin/smtp",
    },
)
MAIL_RECOVERED = MailKind(
    id="mail_recovered",
    name=N_("Mail works again"),
    about=N_("When mail leaves again after it did not, to the admins who want it."),
    sample={
        "installation": PANEL,
        "since": AT,
        "until": AT + datetime.timedelta(minutes=47),
        "waiting": 12,
        "link": f"{PANEL}/admin/outbox",
    },
)
SETTINGS_CHANGED = MailKind(
    id="settings_changed",
    name=N_("Settings changed"),
    about=N_("When somebody else has changed the mail settings, to the admins who want it."),
    sample={
        "installation": PANEL,
        "by": "ada@example.com",
        "at": AT,
        "fields": [N_("Mail server"), N_("Password")],
        "link": f"{PANEL}/admin/audit",
    },
)
ENDS_SOON = MailKind(
    id="ends_soon",
    name=N_("Something ends soon"),
    about=N_(
        "30 days, 7 days and 1 day before a certificate or the client secret ends, to the admins"
        " who want it."
    ),
    sample={
        "installation": PANEL,
        "headline": N_("The client secret of smtp-panel ends soon"),
        "when": N_("Jan 22, 2026 (6 days left)"),
        "remedy": N_(
            "Make a new one at your provider, and save it in Client secret, with its own end."
        ),
        "link": f"{PANEL}/admin/smtp",
    },
)
ACCOUNTS = (INVITATION, PASSWORD_RESET, PASSWORD_CHANGED)
# Which each admin may decline.
NOTICES = (MAIL_FAILING, MAIL_RECOVERED, SETTINGS_CHANGED, ENDS_SOON)
KINDS = (TEST, *ACCOUNTS, *NOTICES)


def compose(
    kind: MailKind,
    facts: MailFacts,
    *,
    recipient: str,
    language: str,
    sender: str = "",
    reply_to: str = "",
) -> AutomaticMessage:
    """A message of this kind to an address, in the recipient's language, from `sender`, a From.

    Without a `sender` it is that of the settings in force. `facts` are what its templates ask for.
    """
    with force_locale(language):
        subject = _rendered(kind, "subject.txt", facts, language).strip()
        return AutomaticMessage(
            sender=sender or _front().default_sender or "",
            reply_to=reply_to,
            recipient=recipient,
            subject=subject,
            text=_rendered(kind, "body.txt", facts, language),
            html=_rendered(kind, "body.html", {**facts, "subject": subject}, language),
        )


def sample(kind: MailKind, language: str) -> AutomaticMessage:
    """A message of this kind to look at, made of its `sample`, from the settings in force."""
    return compose(
        kind,
        kind.sample,
        recipient=SOMEBODY,
        language=language,
        sender=_front().default_sender or LOCAL_SENDER,
    )


def can_send() -> bool:
    """Whether there is a mail service by which messages go out, now or when it works again."""
    return bool(_front().default_sender)


def send(
    kind: MailKind,
    facts: MailFacts,
    *,
    recipient: str,
    language: str,
    expires_at: datetime.datetime | None = None,
) -> None:
    """Have a message of this kind sent by the settings in force, not any more after `expires_at`.

    It goes to the outbox, with the caller's transaction where one is under way. Ask `can_send`
    before.
    """
    message = compose(kind, facts, recipient=recipient, language=language)
    with _front().connect(lane=kind.lane, expires_at=expires_at) as connection:
        message.send(connection)


def _front() -> MailState:
    """The panel's own state of Flask-Mail."""
    found: MailState = current_app.extensions["mail"]
    return found


def _rendered(kind: MailKind, name: str, facts: MailFacts, language: str) -> str:
    words: dict[str, Any] = {**facts, "language": language}
    return render_template(f"email/{kind.id}/{name}", **words)
