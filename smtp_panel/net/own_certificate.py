"""A certificate of our own for a server on loopback: for nothing else, and self-signed if good."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from smtp_panel import private_file

CERTIFICATE_LIFETIME = timedelta(days=3650)
RENEW_BEFORE = timedelta(days=30)
CLOCK_SKEW = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a certificate says beside whose it is: for which `host` it is good, and how long.

    Without a `host` that is this machine. It `ends_in` so long from now. It is signed by its own
    key, or by that of an `issuer`, which is thrown away.
    """

    host: str = ""
    ends_in: timedelta
    issuer: str = ""


def server_context(path: Path, name: str) -> tuple[ssl.SSLContext, str]:
    """The TLS context of a server with the certificate in the file `path`, and that certificate.

    The second value is PEM text for clients to trust. A certificate that is missing, unreadable or
    about to expire is replaced by one for `name`. Raises OSError if the file can't be written.
    """
    try:
        _check_end(path)
        return _load(path)
    except (FileNotFoundError, ValueError, ssl.SSLError):
        return new_context(path, name, Contents(ends_in=CERTIFICATE_LIFETIME))


def new_context(path: Path, name: str, contents: Contents) -> tuple[ssl.SSLContext, str]:
    """The same with a new certificate, good or not, which replaces that in the file `path`."""
    private_file.replace(path, key_and_certificate(name, contents))
    return _load(path)


def key_and_certificate(name: str, contents: Contents) -> bytes:
    """A new key and its certificate, as PEM in one piece."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer_key = ec.generate_private_key(ec.SECP256R1()) if contents.issuer else key
    described = _describe(key.public_key(), name, contents, datetime.now(UTC))
    certificate = described.sign(issuer_key, hashes.SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + certificate.public_bytes(Encoding.PEM)


def _check_end(path: Path) -> None:
    """Raise ValueError where the certificate in the file `path` is about to expire."""
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    if certificate.not_valid_after_utc - RENEW_BEFORE < datetime.now(UTC):
        raise ValueError("the certificate is close to its end")


def _load(path: Path) -> tuple[ssl.SSLContext, str]:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(path)
    return context, certificate.public_bytes(Encoding.PEM).decode()


def _describe(
    key: ec.EllipticCurvePublicKey, name: str, contents: Contents, now: datetime
) -> x509.CertificateBuilder:
    """What the certificate says (RFC 5280, section 4.2): a server, and no authority."""
    end = now + contents.ends_in
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(contents.issuer or name))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now, end) - CLOCK_SKEW)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName(_hosts(contents.host)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _hosts(host: str) -> list[x509.GeneralName]:
    if host:
        return [x509.DNSName(host)]
    return [x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))]
