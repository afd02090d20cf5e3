"""What steps and fields are called, on the page and in the terminal."""

from __future__ import annotations

from smtp_panel.check.senders import SenderState
from smtp_panel.settings.fields import FIELDS
from smtp_panel.smtp.facts import Stage
from smtp_panel.words import N_

STEP_LABELS = {
    Stage.DNS: N_("Resolve"),
    Stage.CONNECT: N_("Connect"),
    Stage.BANNER: N_("Greeting"),
    Stage.EHLO: N_("EHLO"),
    Stage.TLS: N_("TLS"),
    Stage.AUTH: N_("Authenticate"),
    Stage.MAIL_FROM: N_("Sender"),
    Stage.RCPT_TO: N_("Recipient"),
    Stage.DATA: N_("Message"),
}
SENDER_STATE_LABELS = {
    SenderState.TAKEN: N_("Taken"),
    SenderState.REFUSED: N_("Refused"),
    SenderState.UNKNOWN: N_("Not known"),
}
FIELD_LABELS = {field.name: field.label for field in FIELDS}
