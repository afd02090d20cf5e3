"""TLS contexts, and which protocol versions this machine's OpenSSL really speaks."""

from __future__ import annotations

import functools
import ssl
import tempfile
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from smtp_panel.net.own_certificate import Contents, key_and_certificate


class TLSVersion(StrEnum):
    """The lowest protocol version that is accepted; AUTO takes whatever both sides know."""

    AUTO = "auto"
    V1_0 = "1.0"
    V1_1 = "1.1"
    V1_2 = "1.2"
    V1_3 = "1.3"


_PROTOCOLS = {
    TLSVersion.V1_0: ssl.TLSVersion.TLSv1,
    TLSVersion.V1_1: ssl.TLSVersion.TLSv1_1,
    TLSVersion.V1_2: ssl.TLSVersion.TLSv1_2,
    TLSVersion.V1_3: ssl.TLSVersion.TLSv1_3,
}
INSECURE = frozenset({TLSVersion.AUTO, TLSVersion.V1_0, TLSVersion.V1_1})  # RFC 8996
OLD_NAMES = frozenset({"TLSv1", "TLSv1.1"})  # as a connection calls them
ALL_CIPHERS = "DEFAULT"  # Python leaves those out that have no forward secrecy
# OpenSSL 3 signs nothing older than TLS 1.2 above security level 0.
OLD_CIPHERS = "DEFAULT:@SECLEVEL=0"
OF_A_TRIAL = Contents(ends_in=timedelta(days=1))


def context_for(
    version: TLSVersion = TLSVersion.V1_2,
    ca_pem: str | None = None,
    *,
    verified: bool = True,
    old: bool = False,
) -> ssl.SSLContext:
    """A client context that accepts TLS `version` and newer ones, but none before TLS 1.2.

    With `old` those are accepted as well, where `version` is one of them. OpenSSL then takes short
    keys and broken signatures with every version, so see that an old one is agreed (`is_old`).
    `ca_pem`, PEM text, is trusted in place of the system's store. Raises ssl.SSLError where it
    holds no certificate.
    """
    if not verified:
        return _unverified(version, old)
    return _verifying(version, old, ca_pem, _trust_store_changed_at())


def accepts_old(version: TLSVersion) -> bool:
    """Whether versions before TLS 1.2 are accepted where `version` is the lowest accepted one."""
    return _lowest(version) in INSECURE


@functools.lru_cache(maxsize=32)
def _verifying(
    version: TLSVersion, old: bool, ca_pem: str | None, changed_at: float
) -> ssl.SSLContext:
    """Reading the system's store takes 20 ms, so it is read again only after a change of it."""
    # What stands around a certificate may be of any script (RFC 7468, section 5.2).
    ascii_pem = ca_pem.encode("ascii", "replace").decode() if ca_pem else None
    context = ssl.create_default_context(cadata=ascii_pem)
    # Whoever trusts an intermediate authority means it, root or no root.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    # From 3.13 on, Python refuses an authority that was made without its key usage, for instance.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    _accept(context, version, old=old)
    return context


@functools.lru_cache
def _unverified(version: TLSVersion, old: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    _accept(context, version, old=old)
    return context


def _trust_store_changed_at() -> float:
    paths = ssl.get_default_verify_paths()
    return max((Path(p).stat().st_mtime for p in (paths.cafile, paths.capath) if p), default=0.0)


def _accept(context: ssl.SSLContext, version: TLSVersion, *, old: bool) -> None:
    lowest = _lowest(version)
    if version in INSECURE:
        context.set_ciphers(OLD_CIPHERS if old else ALL_CIPHERS)
        lowest = lowest if old else max(lowest, TLSVersion.V1_2)
    context.minimum_version = _PROTOCOLS[lowest]


def _lowest(version: TLSVersion) -> TLSVersion:
    return supported_versions()[0] if version is TLSVersion.AUTO else version


def handshake_facts(connection: ssl.SSLSocket) -> dict[str, Any]:
    """The protocol version and the cipher of the connection."""
    cipher = connection.cipher()
    return {"version": connection.version(), "cipher": cipher[0] if cipher else None}


def is_old(connection: ssl.SSLSocket) -> bool:
    """Whether the version that was agreed is one before TLS 1.2."""
    return connection.version() in OLD_NAMES


def is_pinned(connection: ssl.SSLSocket, pinned: str) -> bool:
    """Whether the server's own certificate is the one in `pinned`, PEM text, octet for octet."""
    try:
        wanted = ssl.PEM_cert_to_DER_cert(pinned.strip())
    except ValueError:
        return False
    return connection.getpeercert(binary_form=True) == wanted


@functools.cache
def supported_versions() -> tuple[TLSVersion, ...]:
    """The versions in which a handshake succeeds here, oldest first, tried once in memory.

    What the library was built with says little: policy, security level and provider decide.
    """
    with tempfile.TemporaryDirectory() as folder:
        certificate = Path(folder) / "certificate.pem"
        certificate.write_bytes(key_and_certificate("localhost", OF_A_TRIAL))
        return tuple(v for v in _PROTOCOLS if _speaks(v, certificate))


def _speaks(version: TLSVersion, certificate: Path) -> bool:
    try:
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.check_hostname = False
        client.verify_mode = ssl.CERT_NONE
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(certificate)
        for context in (client, server):
            if version in INSECURE:
                context.set_ciphers(OLD_CIPHERS)
            context.maximum_version = context.minimum_version = _PROTOCOLS[version]
        return _shake_hands(client, server)
    except (ssl.SSLError, ValueError):
        return False


def _shake_hands(client: ssl.SSLContext, server: ssl.SSLContext) -> bool:
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(4):  # two round trips are enough for any version
        for end in list(ends):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            ends.remove(end)
    return not ends
