"""What a conversation has shown so far, and the facts of a failure made from it (SPEC D2)."""

from __future__ import annotations

from dataclasses import dataclass, field

from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.facts import Facts, Handover, Stage
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.reply import Reply
from smtp_panel.smtp.transcript import Redactor

RAW_TOLD = 256  # characters; cut after redaction, so that no half of a secret stands at the end


@dataclass
class Known:
    """The words of `endpoint`'s server, secrets removed by `redact`."""

    endpoint: Endpoint
    redact: Redactor
    greeting: str = ""
    offered: tuple[str, ...] = ()
    offered_tls: tuple[str, ...] = ()
    mechanisms: tuple[str, ...] = ()
    refusals: list[Reply] = field(default_factory=list)
    handover: Handover = Handover.NOT_BEGUN

    def facts(
        self, step: Stage, fault: Fault, *, sender: str, recipient: str, first_octets: bytes
    ) -> Facts:
        """Everything that is known about `fault`, met at `step`; `first_octets` as they came."""
        endpoint, reply = self.endpoint, fault.reply
        return Facts(
            stage=fault.stage or step,
            kind=fault.kind,
            server=endpoint.server,
            port=endpoint.port,
            security=endpoint.security,
            username=endpoint.username,
            sender=sender,
            recipient=recipient,
            code=reply.code if reply else None,
            enhanced=reply.enhanced if reply else None,
            text=reply.text if reply else "",
            error=self.redact(fault.error),
            greeting=self.greeting,
            raw=self.redact(first_octets.decode("latin-1"))[:RAW_TOLD],
            offered=self.offered,
            offered_tls=self.offered_tls,
            mechanisms=self.mechanisms,
            refusals=tuple(map(str, self.refusals)),
            handover=self.handover,
            verify_code=fault.verify_code,
            tls_reason=fault.tls_reason,
            chain=fault.chain,
        )
