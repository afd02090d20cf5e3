"""Staging to the sandbox, but for some recipients, who have their mail by the service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import filterfalse

from smtp_panel.net.network import Network
from smtp_panel.outbox.staging import Staging
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.content import Content
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.envelope import Envelope, Receipt
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.limits import Limits
from smtp_panel.smtp.transcript import Transcript


class SandboxConnection(Connection):
    """A connection to the sandbox, which hands on what is for recipients that `staging` excepts.

    They have it by a connection of `to_service` each time, from what `sender` makes of the envelope
    sender; to whoever sends it is one transaction with one receipt. It is for trying out, and not
    pipelined.
    """

    def __init__(
        self,
        sandbox: Endpoint,
        limits: Limits,
        staging: Staging,
        to_service: Callable[[], Connection],
        sender: Callable[[str], str],
    ) -> None:
        super().__init__(sandbox, limits, Network())
        self._staging = staging
        self._to_service = to_service
        self._sender = sender

    def send(
        self, envelope: Envelope, content: Content | None, transcript: Transcript | None = None
    ) -> Receipt:
        """Hand over one message to the sandbox, and then to whoever is excepted."""
        excepts = self._staging.excepts
        excepted = tuple(filter(excepts, envelope.recipients))
        staged = tuple(filterfalse(excepts, envelope.recipients))
        receipts = []
        if staged:
            receipts.append(super().send(replace(envelope, recipients=staged), content, transcript))
        if excepted:
            sender = self._sender(envelope.sender)
            receipts.append(self._by_service(Envelope(sender, excepted), content))
        return _together(envelope, receipts)

    def send_all(self, messages: Iterable[tuple[Envelope, Content]]) -> Iterator[Receipt]:
        """Hand over one message after the other, as long as there are any and this is usable."""
        for envelope, content in messages:
            yield self.send(envelope, content)
            if not self.usable:
                return

    def _by_service(self, envelope: Envelope, content: Content | None) -> Receipt:
        connection = self._to_service()
        try:
            connection.open()
            receipt = connection.send(envelope, content)
            connection.quit()
        except Fault as fault:
            facts = connection.facts(fault, envelope)
            return Receipt(envelope=envelope, failure=facts, transcript=connection.transcript)
        finally:
            connection.close()
        return receipt


def _together(envelope: Envelope, receipts: Sequence[Receipt]) -> Receipt:
    """What became of a message that went in parts, as if it had gone in one."""
    accepted = tuple(to for each in receipts for to in each.accepted)
    left = tuple(to for each in receipts for to in each.left)
    named = [(to, each) for each in receipts for to in each.envelope.recipients]
    follow = frozenset(left)
    why = {to: each.refused.get(to) or each.failure for to, each in named if to not in follow}
    return Receipt(
        envelope=envelope,
        accepted=accepted,
        refused={to: facts for to, facts in why.items() if facts},
        left=left,
        failure=None if accepted else receipts[0].failure,
        reply=next((each.reply for each in receipts if each.reply), None),
        transcript=receipts[0].transcript,
    )
