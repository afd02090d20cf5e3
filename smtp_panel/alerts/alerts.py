"""Looks after mail, and tells by each road when it breaks and when it works again (SPEC W8)."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable
from typing import Protocol

from sqlalchemy.orm import Session

from smtp_panel.alerts import delivery, notices, other_service
from smtp_panel.alerts.delivery import ClaimedAlert
from smtp_panel.alerts.event import AlertEvent, AlertType, Outage
from smtp_panel.alerts.installation import Located, installation_of
from smtp_panel.alerts.told import NotTold
from smtp_panel.alerts.watch import ByLanguage, look
from smtp_panel.alerts.webhook import webhook_of
from smtp_panel.mail.occasions import MAIL_FAILING, MAIL_RECOVERED
from smtp_panel.outbox import staging
from smtp_panel.settings.default_service import DefaultService
from smtp_panel.settings.saved import Saved
from smtp_panel.settings.values import Service
from smtp_panel.storage import db, utcnow, writing
from smtp_panel.telling.language import ENGLISH
from smtp_panel.words import N_, Said, Sentence

ALERTS_SECONDS = 3.0
NO_ROAD = N_("What it was to be told by is not configured any more.")

log = logging.getLogger(__name__)


class Monitored(Located, Protocol):
    """The part of a panel that its alerts look at."""

    @property
    def default(self) -> DefaultService | None:
        """The service that the operator provides."""
        ...

    def saved(self, session: Session) -> Saved:
        """The settings in force."""
        ...


class Alerts:
    """The alerts of one installation, `panel`."""

    def __init__(self, panel: Monitored, clock: Callable[[], datetime.datetime] = utcnow) -> None:
        self._panel = panel
        self._clock = clock
        self._webhook = webhook_of(panel.config)
        self._installation = installation_of(panel)

    def turn(self) -> None:
        """Look, and tell what is to be told. To be called every ALERTS_SECONDS.

        Nothing waits for the network inside a transaction, and however long a try takes, what has
        changed meanwhile is seen before the next one.
        """
        while claimed := self._next():
            why = self._why_not_told(claimed)
            with writing(db.session) as session:
                delivery.finish(session, claimed, why, self._clock())

    def _tell(self, session: Session, what: AlertType, facts: ByLanguage) -> None:
        """Have every receiver told that mail is broken, or that it works again."""
        now = self._clock()
        delivery.forget(session, now)
        if self._webhook:
            language = self._webhook.language
            delivery.add(session, AlertEvent(what, now, facts[language]), language=language)
        if what is AlertType.RECOVERED:
            delivery.keep_mail(session, ())
            self._notify_of_recovery(session, facts[ENGLISH], now)
        elif self._may_go_round(session):
            for reader in notices.readers(session, MAIL_FAILING):
                event = AlertEvent(what, now, facts[reader.language])
                delivery.add(session, event, reader.email, reader.language)

    def _notify_of_recovery(self, session: Session, outage: Outage, now: datetime.datetime) -> None:
        facts = {
            "installation": outage.installation,
            "since": outage.since,
            "until": now,
            "waiting": outage.waiting,
            "link": self._installation.page("/admin/outbox"),
        }
        notices.notify(session, MAIL_RECOVERED, facts)

    def _may_go_round(self, session: Session) -> bool:
        """Whether admins are told by the operator's service: another one is in force.

        Not during staging, which that would go past.
        """
        if self._panel.default is None or staging.load(session.connection()):
            return False
        return self._panel.saved(session).service is Service.CUSTOM

    def _next(self) -> ClaimedAlert | None:
        """What is told next, after a look at how mail stands and who wants to be told."""
        with writing(db.session) as session:
            look(session, self._installation, self._clock(), self._tell)
            wanting = notices.readers(session, MAIL_FAILING)
            delivery.keep_mail(session, [each.email for each in wanting])
            return delivery.claim(session, self._clock())

    def _why_not_told(self, claimed: ClaimedAlert) -> Said:
        """Why an alert was not told; empty where it was."""
        event, default = claimed.event, self._panel.default
        try:
            if claimed.recipient and default:
                other_service.send(default, event, claimed.recipient, claimed.language)
            elif self._webhook and not claimed.recipient:
                self._webhook.post(claimed.key, event)
            else:
                raise NotTold(Sentence(NO_ROAD))
        except NotTold as error:
            name, road = event.type.value, claimed.recipient or "the webhook"
            log.warning("%s was not told of %s, and will be again: %s", road, name, error)
            return error.why
        except Exception as error:  # of ours; it comes to an end as well, and the next one is told
            log.exception("%s can't be told of %s", claimed.recipient or "the webhook", event.type)
            return type(error).__name__
        return ""
