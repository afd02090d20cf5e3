"""Makes what is due: gets the content, and puts the message into the outbox (SPEC M1)."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable

from flask import Flask
from flask_mail import Message

from smtp_panel.mail.front import composed, contents
from smtp_panel.net.network import Network
from smtp_panel.outbox.enqueue import MailObject, enqueue
from smtp_panel.outbox.intake import TooLarge
from smtp_panel.outbox.model import Lane
from smtp_panel.schedules import runs
from smtp_panel.schedules.content import NoContent, of_url
from smtp_panel.schedules.functions import Functions
from smtp_panel.schedules.model import Schedule, ScheduleRun
from smtp_panel.schedules.secret import headers_of
from smtp_panel.settings.cipher import Cipher, Undecryptable
from smtp_panel.storage import db, utcnow, writing
from smtp_panel.words import N_

log = logging.getLogger(__name__)

MOST_CLAIMS = 3  # of one run, before it is what ends the process
# Before a start it may have been any time by the clock, which was perhaps set right since.
BEFORE_A_START = datetime.datetime.max.replace(tzinfo=datetime.UTC)

_CUT_SHORT = N_(
    "The process ended three times while it made this. Look at its log, and at how much memory it"
    " needs."
)
_NO_SENDER = N_("There is no From to send by. Enter one on the SMTP page.")
_NOT_COMPOSED = N_("No message can be made of this (%(error)s). The log of the server has more.")
_SECRET_LOST = N_(
    "The secret of the header can't be read, because its key is gone. Edit the schedule and type"
    " it again."
)


class Scheduler:
    """Makes the runs that are due, in `app`, whose host registers functions for content.

    Any number of them may be at work, on one machine or on several. `network` is for content from
    a web address.
    """

    def __init__(
        self,
        app: Flask,
        cipher: Cipher,
        network: Network,
        now: Callable[[], datetime.datetime] = utcnow,
    ) -> None:
        self._app = app
        self._cipher = cipher
        self._network = network
        self._now = now
        self._functions = Functions()
        self._in_hand: set[int] = set()
        self._last_look = BEFORE_A_START

    def work(self) -> None:
        """Make all runs that are due."""
        before, self._last_look = self._last_look, self._now()
        with self._app.app_context():
            if self._last_look < before:
                with writing(db.session) as session:
                    runs.set_back(session, self._last_look)
            while runs.pending(db.session(), self._now()):
                with writing(db.session) as session:
                    runs.begin_due(session, self._now())
                    claimed = runs.claim(session, self._now())
                if claimed:
                    self._hold(*claimed)

    def renew(self) -> None:
        """Let nobody else begin what is being made, however long that takes."""
        in_hand = self._in_hand.copy()
        if in_hand:
            with self._app.app_context(), writing(db.session) as session:
                runs.renew(session, in_hand, self._now())

    def _hold(self, run: ScheduleRun, schedule: Schedule) -> None:
        self._in_hand.add(run.id)
        try:
            self._make(run, schedule)
        finally:
            self._in_hand.discard(run.id)

    def _make(self, run: ScheduleRun, schedule: Schedule) -> None:
        """Make one run. While its content is fetched, no transaction is open."""
        try:
            if run.claims > MOST_CLAIMS:
                raise NoContent(_CUT_SHORT)
            mails = self._mails(schedule)
        except NoContent as why:
            with writing(db.session) as session:
                runs.fail(session, run, why, self._now())
            return
        message = mails[0].id if mails else None
        with writing(db.session) as session:
            if runs.accept(session, run, message, self._now()) and mails:
                enqueue(session.connection(), mails)

    def _mails(self, schedule: Schedule) -> list[MailObject]:
        """What is to be sent; raises NoContent, whatever the host has put into its message."""
        try:
            return _addressed(schedule, self._content(schedule))
        except NoContent:
            raise
        except TooLarge as why:
            raise NoContent(why.sentence.message, **why.sentence.params) from why
        except Exception as error:
            log.exception("no message can be made for the schedule %r", schedule.name)
            raise NoContent(_NOT_COMPOSED, error=type(error).__name__) from error

    def _content(self, schedule: Schedule) -> Message:
        if schedule.function:
            return self._functions.message(schedule.function, contents(self._app))
        try:
            headers = headers_of(schedule, self._cipher)
        except Undecryptable:
            raise NoContent(_SECRET_LOST) from None
        return of_url(schedule.url, headers, self._network)


def _addressed(schedule: Schedule, message: Message) -> list[MailObject]:
    """The message as the outbox takes it, to the recipients of the schedule."""
    if not message.sender:
        raise NoContent(_NO_SENDER)
    message.recipients = list(schedule.recipients)
    message.subject = message.subject or schedule.subject
    if message.body is None:
        message.body = message.subject
    message.extra_headers = {"Auto-Submitted": "auto-generated"} | (message.extra_headers or {})
    return composed(message, lane=Lane.BULK)
