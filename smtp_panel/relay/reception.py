"""What the relay asks the panel: whose a key is, whether mail is taken, and to take it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from smtp_panel.access import keys
from smtp_panel.access.authorization import key_of
from smtp_panel.access.keys import KeyScope
from smtp_panel.access.limits import LimitReached, LimitsUnavailable
from smtp_panel.access.principal import is_unnoted
from smtp_panel.outbox import pause
from smtp_panel.outbox.enqueue import MailObject
from smtp_panel.outbox.intake import TooLarge
from smtp_panel.panel import Panel
from smtp_panel.relay.arriving import Arriving
from smtp_panel.relay.content import Unsendable, prepare
from smtp_panel.secret import Secret
from smtp_panel.storage import UNAVAILABLE, db, utcnow, writing
from smtp_panel.storage.lately import Lately

WRONG_KEY = "535 5.7.8 This is no client ID and secret of an API key that may send messages"
TOO_LARGE = "552 5.3.4"
NOT_SIGNED_IN = "530 5.7.0 Sign in first, with the client ID and the secret of an API key"
UNAVAILABLE_NOW = "451 4.3.0 The database can't be used now. Try again later."


class Login(NamedTuple):
    """What a program has signed in with, and from which IP address."""

    client_id: str
    secret: Secret
    address: str


class Reception:
    """One panel as the relay knows it. Each method waits for the database.

    A new From, a pause and the end of a key count within a second, also where this process makes
    them: it commits with nearly every message.
    """

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._author: Lately[str] = Lately()
        self._pause: Lately[datetime | None] = Lately()
        self._logins: Lately[str] = Lately()
        self.max_octets = panel.config.relay_max_bytes
        self.max_recipients = panel.config.relay_max_recipients

    def sign_in(self, login: Login) -> str:
        """The reply that refuses `login`; nothing where it is a key that may send.

        Wrong ones count as those of other programs do (SPEC L4).
        """
        try:
            with self._panel.app.app_context():
                key = key_of(*login)
                if key is None or not _may_send(key.scopes):
                    return WRONG_KEY
                if is_unnoted(key.used_at):
                    with writing(db.session) as session:
                        keys.note_used(session, key.id)
                return ""
        except LimitReached as reached:
            return f"421 4.7.0 Too many wrong keys. Try again in {reached.retry_after} seconds."
        except (LimitsUnavailable, *UNAVAILABLE):
            return "454 4.7.0 Keys can't be checked now. Try again later."

    def refusal(self, login: Login, octets: int) -> str:
        """Why no message of so many `octets` is taken now, as a reply; nothing where it is.

        A connection may outlive its key.
        """
        asked = login.client_id, login.secret.digest()
        refused = self._logins.told(asked, lambda: self.sign_in(login))
        if refused:
            return NOT_SIGNED_IN if refused == WRONG_KEY else refused
        longest = timedelta(seconds=self._panel.config.relay_paused_seconds)
        try:
            since = self._pause.told("since", self._paused_since)
            self._panel.intake.check_size(octets)
        except TooLarge as error:
            return f"{TOO_LARGE} {error}"
        except UNAVAILABLE:
            return UNAVAILABLE_NOW
        if since is None or utcnow() - since <= longest:
            return ""
        return "451 4.3.2 Sending has been paused for too long. Try again later."

    def _paused_since(self) -> datetime | None:
        with self._panel.outbox.engine.connect() as connection:
            return pause.since(connection)

    def take(
        self, key_id: str, envelope_sender: str, recipients: Sequence[str], arrived: Arriving
    ) -> str:
        """Accept a message: the reply, which says that it was taken once it is on disk (M3)."""
        try:
            mail = self._mail(key_id, envelope_sender, recipients, arrived.read())
            return f"250 2.0.0 Accepted as {self._panel.intake.accept(mail)}"
        except Unsendable as reason:
            return str(reason)
        except TooLarge as error:
            return f"{TOO_LARGE} {error}"
        except RecursionError:
            return "554 5.6.0 The message nests parts or comments deeper than any mail needs"
        except ValueError:
            return "553 5.1.7 The From of the message is no mail address"
        except UNAVAILABLE:
            return "452 4.3.1 The message can't be stored now. Try again later."

    def _mail(
        self, key_id: str, envelope_sender: str, recipients: Sequence[str], octets: bytes
    ) -> MailObject:
        saved = self._panel.config.relay_from == "saved"
        author = self._author.told("From", lambda: self._panel.addresses.sender) if saved else ""
        prepared = prepare(octets, envelope_sender, author, utcnow())
        return MailObject(
            # A null one stays, or notices would go in circles (RFC 5321, section 4.5.5).
            sender=prepared.sender if saved and envelope_sender else envelope_sender,
            recipients=list(dict.fromkeys(recipients)),
            octets=prepared.octets,
            subject=prepared.subject,
            message_id=prepared.message_id,
            key_id=key_id,
        )


def _may_send(scopes: Sequence[str]) -> bool:
    return not {KeyScope.SEND, KeyScope.MANAGE}.isdisjoint(scopes)
