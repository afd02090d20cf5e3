"""What is accepted for the outbox, and what is refused: more than the mail server takes (RFC 1870).

Nobody is there any more to be told of it once the server refuses it.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable

from smtp_panel.outbox.enqueue import MailObject, enqueue, repeated
from smtp_panel.outbox.idempotency import earlier
from smtp_panel.outbox.outbox import Outbox
from smtp_panel.smtp.content import Content
from smtp_panel.storage import reading, under_way
from smtp_panel.storage.lately import Lately
from smtp_panel.words import N_, Sentence

EVERY_SERVER_TAKES = 64 * 1024  # octets; RFC 5321, section 4.5.3.1.7

_TOO_LARGE = N_(
    "The message has %(size)s octets, and the mail server takes at most %(most)s. Send less, such"
    " as a link in place of a file. If the server takes more by now, an admin can press Send test"
    " email, which notices that."
)


class TooLarge(smtplib.SMTPException):
    """A message is larger than the mail server takes, so that it was not accepted.

    It is an exception of smtplib, for that is what callers of Flask-Mail are ready for. A
    `sentence` says so to people.
    """

    def __init__(self, size: int, most: int) -> None:
        self.sentence = Sentence(_TOO_LARGE, {"size": str(size), "most": str(most)})
        super().__init__(str(self.sentence))


class Intake:
    """The way into `outbox`.

    `look` finds in the database how many octets of a message the server of the settings in force is
    known to take; None where that is not known. It is asked once in a second at most, and again
    before anything is refused. Safe to use from several threads.
    """

    def __init__(self, outbox: Outbox, look: Callable[[], int | None]) -> None:
        self._outbox = outbox
        self._look = look
        self._lately: Lately[int | None] = Lately()

    def accept(self, mail: MailObject) -> str:
        """Accept `mail`, on disk or with the transaction under way: the id, or an earlier one's.

        Raises TooLarge.
        """
        try:
            self.check(mail)
        except TooLarge:
            if not self._was_accepted(mail):
                raise
        session = under_way(self._outbox.engine)
        if session is None:
            return self._outbox.accept(mail)
        before = repeated(session.connection(), [mail])
        if not before:
            enqueue(session.connection(), [mail])
        return before.get(mail.id, mail.id)

    def check(self, mail: MailObject) -> None:
        """Raise TooLarge where `mail` would be refused for its size."""
        if self._may_be_too_large(2 * len(mail.octets)):  # if each were a line end
            self.check_size(Content(mail.octets).size)

    def check_size(self, octets: int) -> None:
        """Raise TooLarge where a message of so many `octets` would be refused."""
        if self._may_be_too_large(octets) and (most := self._look()) and octets > most:
            raise TooLarge(octets, most)

    def _may_be_too_large(self, octets: int) -> bool:
        """Whether so many are more than the server took a moment ago."""
        if octets <= EVERY_SERVER_TAKES:
            return False
        most = self._lately.told("most", self._look)
        return most is not None and octets > most

    def _was_accepted(self, mail: MailObject) -> bool:
        """Whether it repeats an earlier one, from when the server took more; raises KeyReused."""
        if mail.once is None:
            return False
        with reading(self._outbox.engine) as session:
            return earlier(session.connection(), mail.once) is not None
