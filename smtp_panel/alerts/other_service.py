"""Another road that alerts take: the operator's mail service, where an admin's own is broken."""

from __future__ import annotations

from smtp_panel.alerts.event import AlertEvent
from smtp_panel.alerts.told import NotTold
from smtp_panel.mail.occasions import MAIL_FAILING, compose
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.network import Network
from smtp_panel.outbox.at_once import NotSent, hand_over
from smtp_panel.outbox.enqueue import MailObject
from smtp_panel.outbox.route import Route
from smtp_panel.settings import rules
from smtp_panel.settings.default_service import DefaultService
from smtp_panel.smtp.limits import overall
from smtp_panel.smtp.tokens import Tokens
from smtp_panel.words import Quoted

SECONDS = 20.0  # for the whole conversation


def send(service: DefaultService, event: AlertEvent, recipient: str, language: str) -> None:
    """Tell the admin `recipient` that mail fails, by `service`; raises NotTold.

    Takes at most 20 seconds. The operator chose the service, so that it may be anywhere.
    """
    facts = event.facts
    message = compose(
        MAIL_FAILING,
        facts.to_json() | {"since": facts.since, "link": facts.url},
        recipient=recipient,
        language=language,
        sender=service.sender,
    )
    mail = MailObject(
        sender=rules.sender_address(service.sender),
        recipients=[recipient],
        octets=message.as_bytes(),
        subject=message.subject,
        message_id=message.msgId,
    )
    route = Route(service.endpoint, Network(), Tokens(), envelope_sender="", version=0)
    try:
        hand_over(mail, route, overall(Deadline(SECONDS)))
    except NotSent as error:
        raise NotTold(Quoted(str(error))) from None
