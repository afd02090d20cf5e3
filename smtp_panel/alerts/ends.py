"""Tells admins by mail what ends, 30, 7 and 1 days ahead (SPEC W6)."""

from __future__ import annotations

import datetime

from flask_babel import force_locale
from sqlalchemy.orm import Session

from smtp_panel.alerts import notices
from smtp_panel.alerts.alerts import Monitored
from smtp_panel.alerts.installation import Installation, installation_of
from smtp_panel.mail import occasions
from smtp_panel.mail.occasions import ENDS_SOON, MailFacts
from smtp_panel.status.ending import Ending, announce, endings
from smtp_panel.status.standing import standing
from smtp_panel.telling.ending import ending_in_words

ENDS_SECONDS = 3600.0


def tell(session: Session, panel: Monitored, now: datetime.datetime) -> None:
    """Send a notice of what is to be announced `now`, with the transaction of `session`.

    It goes to the admins who want it. Where there is no mail service, it is announced later.
    """
    if not occasions.can_send():
        return
    found = endings(panel.saved(session), standing(session, now).nodes, now)
    for ending in announce(session, found, now):
        for reader in notices.readers(session, ENDS_SOON):
            facts = _facts(ending, installation_of(panel), now, reader.language)
            occasions.send(ENDS_SOON, facts, recipient=reader.email, language=reader.language)


def _facts(
    ending: Ending, installation: Installation, now: datetime.datetime, language: str
) -> MailFacts:
    with force_locale(language):
        told = ending_in_words(ending, now)
    return {
        "installation": installation.name,
        "headline": told.headline,
        "when": told.when,
        "remedy": told.remedy,
        "link": installation.page("/admin/smtp"),
    }
