"""What a connection has shown so far, and the facts of a failure made from it (SPEC D2)."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.facts import Facts, Handover, PasswordTrait, Stage
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.reply import Reply
from smtp_panel.smtp.text import printable
from smtp_panel.smtp.transcript import Redactor
from smtp_panel.words import changed

# As app passwords are shown: letters by fours, to be entered without the white space.
_IN_GROUPS = re.compile(r"[a-z]{4}(\s+[a-z]{1,4}){1,3}")
RAW_TOLD = 256  # characters; cut after redaction, so that no half of a secret stands at the end


@dataclass
class Findings:
    """What the server of `endpoint` has said so far, secrets removed by `redact`.

    `addresses` are those to which its name led, `reached` the one of them that was connected to;
    `ehlo_name` is how this machine introduced itself;
    `offered` and `offered_tls` its lines in answer to
    EHLO, before and after TLS; `mechanisms` the SASL mechanisms that it offers now; `refusals`
    those replies that did not end the opening, such as one to EHLO before HELO was taken.
    """

    endpoint: Endpoint
    redact: Redactor
    addresses: tuple[str, ...] = ()
    reached: str = ""
    ehlo_name: str = ""
    greeting: str = ""
    offered: tuple[str, ...] = ()
    offered_tls: tuple[str, ...] = ()
    mechanisms: tuple[str, ...] = ()
    refusals: list[Reply] = field(default_factory=list)

    def facts(
        self,
        fault: Fault,
        *,
        sender: str = "",
        recipient: str = "",
        first_octets: bytes = b"",
        handover: Handover = Handover.NOT_BEGUN,
        refusals: Iterable[Reply] = (),
    ) -> Facts:
        """Everything that is known about `fault`.

        `first_octets` are those of the connection, as they came; `refusals` those of the message's
        own transaction.
        """
        endpoint, reply = self.endpoint, fault.reply
        return Facts(
            stage=fault.stage or Stage.CONNECT,
            kind=fault.kind,
            reason=fault.reason,
            retry_after=fault.retry_after,
            server=endpoint.server,
            port=endpoint.port,
            security=endpoint.security,
            addresses=self.addresses,
            reached=self.reached,
            tls_version=endpoint.tls_version,
            own_authority=bool(endpoint.ca_pem),
            ehlo_name=self.ehlo_name,
            username=endpoint.username,
            password=_traits(endpoint.password),
            scopes=endpoint.oauth.scopes if endpoint.oauth else "",
            token_endpoint=endpoint.oauth.token_endpoint if endpoint.oauth else "",
            sender=sender,
            recipient=recipient,
            code=reply.code if reply else None,
            enhanced=reply.enhanced if reply else None,
            text=reply.text if reply else "",
            error=changed(fault.error, printable),
            greeting=self.greeting,
            raw=self.redact(first_octets.decode("latin-1"), (sender, recipient))[:RAW_TOLD],
            offered=self.offered,
            offered_tls=self.offered_tls,
            mechanisms=self.mechanisms,
            mechanism=fault.mechanism,
            refusals=tuple(map(str, (*self.refusals, *refusals))),
            handover=handover,
            verify_code=fault.verify_code,
            tls_reason=fault.tls_reason,
            chain=fault.chain,
            at=time.time(),
        )


def _traits(password: Secret | None) -> frozenset[PasswordTrait]:
    text = password.reveal() if password else ""
    found = {
        PasswordTrait.NON_ASCII: not text.isascii(),
        PasswordTrait.WHITE_SPACE_AT_END: text != text.strip(),
        PasswordTrait.ODD_BLANK: any(c.isspace() and c != " " for c in text.strip()),
        PasswordTrait.IN_GROUPS: _IN_GROUPS.fullmatch(text) is not None,
    }
    return frozenset(trait for trait, there in found.items() if there)
