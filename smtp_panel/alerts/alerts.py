"""Looks after mail, and tells by each road when it breaks and when it works again (SPEC W8)."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask
from sqlalchemy.orm import Session

from smtp_panel.alerts import delivery
from smtp_panel.alerts.delivery import Claimed
from smtp_panel.alerts.event import Event
from smtp_panel.alerts.watch import Place, look, place_of
from smtp_panel.alerts.webhook import NotTold, Webhook, webhook_of
from smtp_panel.config import Config
from smtp_panel.storage import db, utcnow, writing

EVERY_SECONDS = 3.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Alerts:
    """The alerts of the installation of `app`, by a `webhook` where there is one."""

    app: Flask
    place: Place
    webhook: Webhook | None
    clock: Callable[[], datetime.datetime] = utcnow

    def turn(self) -> None:
        """Look, and tell what is to be told. To be called every EVERY_SECONDS.

        Nothing waits for the network inside a transaction.
        """
        with self.app.app_context():
            with writing(db.session) as session:
                look(session, self.place, self.clock(), self._add)
                claimed = delivery.claim(session, self.clock()) if self.webhook else None
            if self.webhook and claimed:
                why = _told(self.webhook, claimed)
                with writing(db.session) as session:
                    delivery.finish(session, claimed, why, self.clock())

    def _add(self, session: Session, event: Event) -> None:
        if self.webhook:
            delivery.add(session, event)


def alerts_of(app: Flask, config: Config, url: str) -> Alerts:
    """The alerts that `config` asks for; people reach the panel at `url`, where that is known."""
    return Alerts(app, place_of(config, url), webhook_of(config))


def _told(webhook: Webhook, claimed: Claimed) -> str:
    """Why the webhook was not told of an alert; empty where it was."""
    try:
        webhook.post(claimed.key, claimed.event)
    except NotTold as error:
        name = claimed.event.type.value
        log.warning("the webhook was not told of %s, and will be again: %s", name, error)
        return str(error)
    return ""
