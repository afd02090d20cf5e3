"""The TLS that the sandbox has while it is told to fail: a bad certificate, or an old version."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from smtp_panel.net.own_certificate import Contents, new_context, server_context
from smtp_panel.net.tls import OLD_CIPHERS

NAME = "SMTP Panel sandbox"
YEAR = timedelta(days=365)


class Flaw(StrEnum):
    """What is wrong with the server's TLS."""

    EXPIRED = "expired"
    OTHER_NAME = "other-name"
    UNKNOWN_AUTHORITY = "unknown-authority"
    ENDS_SOON = "ends-soon"
    OLD_VERSION = "old-version"


CERTIFICATES = {
    Flaw.EXPIRED: Contents(ends_in=timedelta(days=-1)),
    Flaw.OTHER_NAME: Contents(ends_in=YEAR, host="mail.example.com"),
    Flaw.UNKNOWN_AUTHORITY: Contents(ends_in=YEAR, issuer="Example Authority"),
    Flaw.ENDS_SOON: Contents(ends_in=timedelta(days=3, hours=1)),
}
UNTRUSTED = frozenset({Flaw.UNKNOWN_AUTHORITY})


@dataclass(frozen=True, slots=True)
class ServerTLS:
    """The TLS of the sandbox by its flaw, None for none, and the certificates to trust, as PEM.

    A flawed certificate is trusted as well, unless just that is the flaw: so it is met alone.
    """

    contexts: Mapping[Flaw | None, ssl.SSLContext]
    certificate: str
    flawed_certificates: Mapping[Flaw, str]


def server_tls(folder: Path) -> ServerTLS:
    """The good TLS of the sandbox, which outlives a restart, and all that have a flaw.

    The certificates are files in `folder`. Raises OSError if it can't be written.
    """
    path = folder / "certificate.pem"
    good, certificate = server_context(path, NAME)
    made = {
        flaw: new_context(folder / f"{flaw}.pem", NAME, contents)
        for flaw, contents in CERTIFICATES.items()
    }
    contexts: dict[Flaw | None, ssl.SSLContext] = {None: good, Flaw.OLD_VERSION: _old(path)}
    contexts |= {flaw: context for flaw, (context, _) in made.items()}
    return ServerTLS(
        contexts=contexts,
        certificate=certificate,
        flawed_certificates={flaw: pem for flaw, (_, pem) in made.items() if flaw not in UNTRUSTED},
    )


def _old(path: Path) -> ssl.SSLContext:
    """TLS 1.1 alone, with the certificate in the file `path`."""
    context, _ = server_context(path, NAME)
    context.set_ciphers(OLD_CIPHERS)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context
