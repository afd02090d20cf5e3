"""The error of one step of a conversation; the connection adds the other facts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from smtp_panel.net.certificates import Chain
from smtp_panel.net.fault import NetworkFault
from smtp_panel.smtp.facts import FaultKind, OAuthReason, Stage
from smtp_panel.smtp.reply import Reply
from smtp_panel.words import Quoted, Sentence

NOTHING = Quoted("")


class Fault(Exception):
    """One step failed. `stage` says which, where that differs from the step that was under way.

    `error` says how, in our words or a library's, where the server gave no `reply` that does;
    `chain` is what the server showed when its certificate was refused; `reason`, `mechanism` and
    `retry_after` are as in Facts.
    """

    def __init__(
        self,
        kind: FaultKind,
        *,
        stage: Stage | None = None,
        reason: OAuthReason | None = None,
        reply: Reply | None = None,
        mechanism: str = "",
        error: Sentence | Quoted = NOTHING,
        verify_code: int | None = None,
        tls_reason: str = "",
        retry_after: int | None = None,
    ) -> None:
        super().__init__(kind.value)
        self.kind = kind
        self.stage = stage
        self.reason = reason
        self.reply = reply
        self.mechanism = mechanism
        self.error = error
        self.verify_code = verify_code
        self.tls_reason = tls_reason
        self.retry_after = retry_after
        self.chain: Chain = ()

    def copy(self) -> Fault:
        """Another one that says the same, for another thread to raise."""
        other = Fault(self.kind)
        vars(other).update(vars(self))
        return other

    @classmethod
    def refused(cls, reply: Reply, mechanism: str = "") -> Fault:
        """The fault of a reply that refuses, a login by `mechanism` where it is one."""
        return cls(FaultKind.REPLY, reply=reply, mechanism=mechanism)

    @classmethod
    def of(cls, fault: NetworkFault) -> Fault:
        """The fault of a step that failed with a fault of the network."""
        return cls(
            FaultKind(fault.kind.value),
            error=fault.error,
            verify_code=fault.verify_code,
            tls_reason=fault.tls_reason,
        )


def oauth_fault(
    reason: OAuthReason, words: Sentence | Quoted = NOTHING, retry_after: int | None = None
) -> Fault:
    """No login by OAuth for `reason`, in our `words` or those of who refused."""
    return Fault(
        FaultKind.OAUTH, stage=Stage.AUTH, reason=reason, error=words, retry_after=retry_after
    )


def expect(code: int, reply: Reply) -> Reply:
    """`reply`, where it has this code; raises Fault for any other."""
    if reply.code != code:
        raise Fault.refused(reply)
    return reply


ERRORS = (OSError, NetworkFault, Fault)


def fault_of(error: OSError | NetworkFault | Fault, stage: Stage | None = None) -> Fault:
    """`error` as a Fault at `stage`, unless it names a stage of its own."""
    if isinstance(error, OSError):
        error = NetworkFault.of(error)
    fault = Fault.of(error) if isinstance(error, NetworkFault) else error
    fault.stage = fault.stage or stage
    return fault


@contextlib.contextmanager
def faults(stage: Stage | None = None) -> Iterator[None]:
    """Turn every OSError and NetworkFault of the block into the Fault that it stands for.

    A Fault that names no stage of its own gets `stage`.
    """
    try:
        yield
    except ERRORS as error:
        raise fault_of(error, stage) from None
