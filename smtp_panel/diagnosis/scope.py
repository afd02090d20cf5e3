"""The scope of a failure: which other messages would meet it as well (SPEC D3)."""

from __future__ import annotations

from enum import StrEnum

from smtp_panel.smtp.facts import Facts, FaultKind, Stage


class Scope(StrEnum):
    """Which messages would meet a failure again.

    SERVICE: every message, by settings, network, server, account or quota; SENDER: every message
    of this sender; RECIPIENT: every message to this recipient; MESSAGE: this message alone.

    Where it can't be known, what may pass by waiting is taken for the narrower, so that one
    message does not hold the others up, and what does not pass for the wider, so that a mistake of
    the settings throws no message away.
    """

    SERVICE = "service"
    SENDER = "sender"
    RECIPIENT = "recipient"
    MESSAGE = "message"


TRANSACTION = {
    Stage.MAIL_FROM: Scope.SENDER,
    Stage.RCPT_TO: Scope.RECIPIENT,
    Stage.DATA: Scope.MESSAGE,
    Stage.QUIT: Scope.MESSAGE,
}
OF_THE_MESSAGE = frozenset({FaultKind.TOO_LARGE, FaultKind.NOT_OFFERED})
BROKEN = frozenset({Stage.MAIL_FROM, Stage.RCPT_TO})  # where only a reply is about an address


def of_stage(stage: Stage) -> Scope:
    """Whose failure a refusal at `stage` is: before the transaction always the service's."""
    return TRANSACTION.get(stage, Scope.SERVICE)


def of_failure(facts: Facts) -> Scope:
    """Whose failure `facts` tell of, as far as step and kind say it.

    A connection that breaks before the message is the service's, and so are answers that nobody
    asked for; what the message needs and the server does not offer is the message's.
    """
    if facts.stage in TRANSACTION and facts.kind in OF_THE_MESSAGE:
        return Scope.MESSAGE
    broken = facts.stage in BROKEN and facts.kind is not FaultKind.REPLY
    if broken or facts.kind is FaultKind.UNASKED:
        return Scope.SERVICE
    return of_stage(facts.stage)
