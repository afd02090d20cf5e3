"""What goes wrong at one step, before the session adds what else it knows."""

from __future__ import annotations

import contextlib
import errno
import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import Any

from smtp_panel.smtp.certificates import Chain
from smtp_panel.smtp.facts import Kind, Stage
from smtp_panel.smtp.reply import Reply

_KINDS = {
    errno.ECONNREFUSED: Kind.REFUSED,
    errno.ECONNRESET: Kind.CLOSED,
    errno.ECONNABORTED: Kind.CLOSED,
    errno.EPIPE: Kind.CLOSED,
    errno.ESHUTDOWN: Kind.CLOSED,
    errno.ETIMEDOUT: Kind.TIMEOUT,
    errno.ENETUNREACH: Kind.UNREACHABLE,
    errno.EHOSTUNREACH: Kind.UNREACHABLE,
    errno.ENETDOWN: Kind.UNREACHABLE,
    errno.EHOSTDOWN: Kind.UNREACHABLE,
    errno.EADDRNOTAVAIL: Kind.UNREACHABLE,
    errno.EAFNOSUPPORT: Kind.UNREACHABLE,
}
_LOOKUP_KINDS = {
    socket.EAI_AGAIN: Kind.DNS_TEMPORARY,
    socket.EAI_FAIL: Kind.DNS_TEMPORARY,
    socket.EAI_NODATA: Kind.DNS_NO_ADDRESS,
}


class Fault(Exception):
    """One step failed. `stage` says which, where that differs from the step that was under way.

    `chain` is what the server showed when its certificate was refused; `met` what the step met
    before it failed, as the detail of a step that passed would say it.
    """

    def __init__(
        self,
        kind: Kind,
        *,
        stage: Stage | None = None,
        reply: Reply | None = None,
        error: str = "",
        verify_code: int | None = None,
        tls_reason: str = "",
    ) -> None:
        super().__init__(kind.value)
        self.kind = kind
        self.stage = stage
        self.reply = reply
        self.error = error
        self.verify_code = verify_code
        self.tls_reason = tls_reason
        self.chain: Chain = ()
        self.met: Mapping[str, Any] = {}

    @classmethod
    def refused(cls, reply: Reply) -> Fault:
        """The server answered, and its answer was no."""
        return cls(Kind.REPLY, reply=reply)

    @classmethod
    def of(cls, error: OSError) -> Fault:
        """The fault that an error of the socket, the resolver or the TLS library stands for."""
        words = str(error)
        if isinstance(error, ssl.SSLCertVerificationError):
            return cls(Kind.CERTIFICATE, error=words, verify_code=error.verify_code)
        if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return cls(Kind.CLOSED, error=words)
        if isinstance(error, ssl.SSLError):
            return cls(Kind.TLS, error=words, tls_reason=error.reason or "")
        if isinstance(error, socket.gaierror):
            kind = _LOOKUP_KINDS.get(error.errno or 0, Kind.DNS_NOT_FOUND)
            return cls(kind, error=words)
        if isinstance(error, TimeoutError):
            return cls(Kind.TIMEOUT, error=words)
        return cls(_KINDS.get(error.errno or 0, Kind.ERROR), error=words)


@contextlib.contextmanager
def faults(stage: Stage | None = None) -> Iterator[None]:
    """Turn every OSError of the block into the Fault that it stands for.

    `stage` is put to the account of what fails in the block, unless the Fault names another.
    """
    try:
        yield
    except OSError as error:
        fault = Fault.of(error)
        fault.stage = stage
        raise fault from None
    except Fault as fault:
        fault.stage = fault.stage or stage
        raise
