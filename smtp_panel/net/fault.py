"""How the network, the resolver or the TLS library fails."""

from __future__ import annotations

import contextlib
import errno
import socket
import ssl
from collections.abc import Iterator
from enum import StrEnum

from smtp_panel.net.deadline import TimedOut
from smtp_panel.words import Quoted, Sentence


class NetworkKind(StrEnum):
    """What happened.

    BLOCKED: the guard forbids the address; LOCAL: this machine lacks files, memory or threads.
    """

    TIMEOUT = "timeout"
    CLOSED = "closed"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    DNS_NOT_FOUND = "dns_not_found"
    DNS_TEMPORARY = "dns_temporary"
    DNS_NO_ADDRESS = "dns_no_address"
    CERTIFICATE = "certificate"
    TLS = "tls"
    BLOCKED = "blocked"
    LOCAL = "local"
    ERROR = "error"


_KINDS = {
    errno.ECONNREFUSED: NetworkKind.REFUSED,
    errno.ECONNRESET: NetworkKind.CLOSED,
    errno.ECONNABORTED: NetworkKind.CLOSED,
    errno.EPIPE: NetworkKind.CLOSED,
    errno.ESHUTDOWN: NetworkKind.CLOSED,
    errno.ETIMEDOUT: NetworkKind.TIMEOUT,
    errno.ENETUNREACH: NetworkKind.UNREACHABLE,
    errno.EHOSTUNREACH: NetworkKind.UNREACHABLE,
    errno.ENETDOWN: NetworkKind.UNREACHABLE,
    errno.EHOSTDOWN: NetworkKind.UNREACHABLE,
    errno.EADDRNOTAVAIL: NetworkKind.UNREACHABLE,
    errno.EAFNOSUPPORT: NetworkKind.UNREACHABLE,
    errno.EMFILE: NetworkKind.LOCAL,
    errno.ENFILE: NetworkKind.LOCAL,
    errno.ENOMEM: NetworkKind.LOCAL,
    errno.ENOBUFS: NetworkKind.LOCAL,
}
_LOOKUP_KINDS = {
    socket.EAI_AGAIN: NetworkKind.DNS_TEMPORARY,
    socket.EAI_SYSTEM: NetworkKind.DNS_TEMPORARY,
    socket.EAI_FAIL: NetworkKind.DNS_TEMPORARY,
    socket.EAI_NODATA: NetworkKind.DNS_NO_ADDRESS,
    socket.EAI_ADDRFAMILY: NetworkKind.DNS_NO_ADDRESS,
    socket.EAI_MEMORY: NetworkKind.LOCAL,
}


class NetworkFault(Exception):
    """The network failed. `error` says how, in our words or the library's.

    `verify_code` is OpenSSL's X509_V_ERR number of a refused certificate, `tls_reason` its reason
    for any other failure of TLS, such as "WRONG_VERSION_NUMBER".
    """

    def __init__(
        self,
        kind: NetworkKind,
        error: Sentence | Quoted,
        *,
        verify_code: int | None = None,
        tls_reason: str = "",
    ) -> None:
        super().__init__(kind.value)
        self.kind = kind
        self.error = error
        self.verify_code = verify_code
        self.tls_reason = tls_reason

    @classmethod
    def of(cls, error: OSError) -> NetworkFault:
        """The fault that an error of the socket, the resolver or the TLS library stands for."""
        words = error.sentence if isinstance(error, TimedOut) else Quoted(str(error))
        if isinstance(error, ssl.SSLCertVerificationError):
            return cls(NetworkKind.CERTIFICATE, words, verify_code=error.verify_code)
        if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return cls(NetworkKind.CLOSED, words)
        if isinstance(error, ssl.SSLError):
            return cls(NetworkKind.TLS, words, tls_reason=error.reason or "")
        if isinstance(error, socket.gaierror):
            kind = _LOOKUP_KINDS.get(error.errno or 0, NetworkKind.DNS_NOT_FOUND)
            return cls(kind, words)
        if isinstance(error, TimeoutError):
            return cls(NetworkKind.TIMEOUT, words)
        return cls(_KINDS.get(error.errno or 0, NetworkKind.ERROR), words)


@contextlib.contextmanager
def network_faults() -> Iterator[None]:
    """Turn every OSError of the block into the NetworkFault that it stands for."""
    try:
        yield
    except OSError as error:
        raise NetworkFault.of(error) from None
