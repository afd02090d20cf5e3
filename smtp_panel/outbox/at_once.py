"""Handing a message over without the outbox, while whoever sends it waits (SPEC M2)."""

from __future__ import annotations

import smtplib

from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.outbox.enqueue import MailObject
from smtp_panel.outbox.route import Route
from smtp_panel.smtp.content import Content
from smtp_panel.smtp.envelope import Envelope
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.limits import Limits, per_phase


class NotSent(smtplib.SMTPException):
    """A message was not taken, at least not for everybody; `str()` says why.

    It is an exception of smtplib, for that is what callers of Flask-Mail are ready for. `diagnosis`
    has the cause and the remedy, where there is one.
    """

    def __init__(self, why: str, diagnosis: Diagnosis | None = None) -> None:
        super().__init__(why)
        self.diagnosis = diagnosis


def hand_over(mail: MailObject, route: Route, limits: Limits = per_phase) -> None:
    """Hand `mail` over by `route`, within `limits`.

    Raises NotSent, also where one of the recipients is refused.
    """
    envelope = Envelope(route.sender(mail.sender), route.envelope(mail.recipients))
    connection = route.connection(limits)
    try:
        connection.open()
        receipt = connection.send(envelope, Content(mail.octets))
        connection.quit()
    except Fault as fault:
        raise _not_sent(route.explain(connection.facts(fault, envelope))) from None
    finally:
        connection.close()
    refused = receipt.failure or next(iter(receipt.refused.values()), None)
    if refused:
        raise _not_sent(route.explain(refused))


def _not_sent(why: Diagnosis) -> NotSent:
    return NotSent(f"{why.cause()} {why.remedy()}", why)
