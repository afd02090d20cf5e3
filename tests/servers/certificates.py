"""Certificates of the test servers, good and bad, and the TLS contexts made from them."""

from __future__ import annotations

import ssl
import tempfile
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from ipaddress import ip_address
from typing import cast

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

NAMES = ("127.0.0.1", "localhost", "mail.test.example")
CERTIFICATE = b"-----BEGIN CERTIFICATE-----"
# Until when that is valid which has no end; RFC 5280, section 4.1.2.5.
LAST_SECOND = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
OLD = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)


@dataclass(frozen=True)
class Certificate:
    """A server's private key and certificate chain, PEM in one piece."""

    pem: bytes

    @property
    def key(self) -> bytes:
        """The private key itself, PEM."""
        return self.pem.partition(CERTIFICATE)[0]

    @property
    def chain(self) -> bytes:
        """The certificate chain, PEM, without the key."""
        return self.pem.removeprefix(self.key)

    @property
    def own(self) -> str:
        """The certificate itself, PEM, without key and chain."""
        _, begin, rest = self.pem.partition(CERTIFICATE)
        content, end, _ = rest.partition(b"-----END CERTIFICATE-----")
        return (begin + content + end).decode() + "\n"

    def context(
        self, only: ssl.TLSVersion | None = None, *, into: ssl.SSLContext | None = None
    ) -> ssl.SSLContext:
        """The TLS context of a server with this certificate, restricted to one protocol version.

        `into` is the context that gets the certificate, in place of a new one.
        """
        context = into or ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile() as file:
            file.write(self.pem)
            file.flush()
            context.load_cert_chain(file.name)
        if only is not None:
            _restrict(context, only)
        return context


class CertificateAuthority:
    """An authority for the tests: `pem` is what a client trusts, the others what servers show."""

    def __init__(self) -> None:
        self.authority = trustme.CA()
        self._below = self.authority.create_child_ca()
        self.pem: str = self.authority.cert_pem.bytes().decode()

    @cached_property
    def good(self) -> Certificate:
        """Valid for NAMES."""
        return self.made_out_for(*NAMES)

    def made_out_for(self, *names: str) -> Certificate:
        """Valid for `names`."""
        return _leaf(self.authority.issue_cert(*names))

    @cached_property
    def expired(self) -> Certificate:
        """Valid for NAMES until yesterday."""
        yesterday = datetime.now(UTC) - timedelta(days=1)
        month_ago = yesterday - timedelta(days=30)
        return _leaf(self.authority.issue_cert(*NAMES, not_before=month_ago, not_after=yesterday))

    @cached_property
    def ending(self) -> Certificate:
        """Valid for NAMES for another ten days and a half."""
        end = datetime.now(UTC) + timedelta(days=10, hours=12)
        return _leaf(self.authority.issue_cert(*NAMES, not_after=end))

    @cached_property
    def endless(self) -> Certificate:
        """Valid for NAMES, without an end."""
        return _leaf(self.authority.issue_cert(*NAMES, not_after=LAST_SECOND))

    @cached_property
    def wrong_name(self) -> Certificate:
        """Valid, for another host."""
        return _leaf(self.authority.issue_cert("other.test.example"))

    @cached_property
    def untrusted(self) -> Certificate:
        """Valid for NAMES, by an authority that nobody knows."""
        return _leaf(trustme.CA().issue_cert(*NAMES))

    @cached_property
    def chained(self) -> Certificate:
        """Valid for NAMES, by an authority below this one, whose certificate is shown as well."""
        return _leaf(self._below.issue_cert(*NAMES))

    @cached_property
    def incomplete(self) -> Certificate:
        """The same without the certificate between it and this authority."""
        issued = self._below.issue_cert(*NAMES)
        return Certificate(issued.private_key_pem.bytes() + issued.cert_chain_pems[0].bytes())

    @cached_property
    def chained_to_expired(self) -> Certificate:
        """Valid for NAMES, by the same authority below this one, which has expired."""
        issued = self._below.issue_cert(*NAMES)
        yesterday = datetime.now(UTC) - timedelta(days=1)
        expired = _issued_anew(self._below, by=self.authority, until=yesterday)
        own = issued.private_key_pem.bytes() + issued.cert_chain_pems[0].bytes()
        return Certificate(own + expired.public_bytes(Encoding.PEM))

    @property
    def without_key_usage(self) -> str:
        """This authority by a certificate that does not say what its key is for."""
        said_less = _issued_anew(self.authority, by=self.authority, without=x509.KeyUsage)
        return said_less.public_bytes(Encoding.PEM).decode()

    @property
    def below_pem(self) -> str:
        """The authority between this one and `chained`."""
        return self._below.cert_pem.bytes().decode()

    @cached_property
    def self_signed(self) -> Certificate:
        """Valid for NAMES, signed by its own key."""
        return _self_signed(ec.generate_private_key(ec.SECP256R1()))


def by_rsa(bits: int) -> Certificate:
    """Valid for NAMES, signed by its own RSA key of so many bits."""
    return _self_signed(rsa.generate_private_key(public_exponent=65537, key_size=bits))


def client_context(ca_pem: str, lowest: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """The TLS context of a client that trusts this authority alone."""
    context = ssl.create_default_context(cadata=ca_pem)
    if lowest is not None:
        _restrict(context, lowest)
    return context


def _restrict(context: ssl.SSLContext, only: ssl.TLSVersion) -> None:
    if only in OLD:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # TLS 1.0 and 1.1 are what is tested
        context.minimum_version = only
        context.maximum_version = only


def _leaf(issued: trustme.LeafCert) -> Certificate:
    return Certificate(issued.private_key_and_cert_chain_pem.bytes())


def _issued_anew(
    ca: trustme.CA,
    *,
    by: trustme.CA,
    until: datetime = LAST_SECOND,
    without: type[x509.ExtensionType] | None = None,
) -> x509.Certificate:
    """Another certificate of an authority and its key, valid from a month ago."""
    known = x509.load_pem_x509_certificate(ca.cert_pem.bytes())
    key = load_pem_private_key(by.private_key_pem.bytes(), None)
    builder = (
        x509.CertificateBuilder()
        .subject_name(known.subject)
        .issuer_name(known.issuer)
        .public_key(known.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=30))
        .not_valid_after(until)
    )
    for each in known.extensions:
        if without is None or not isinstance(each.value, without):
            builder = builder.add_extension(each.value, critical=each.critical)
    return builder.sign(cast("ec.EllipticCurvePrivateKey", key), hashes.SHA256())


def _self_signed(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test.example")])
    names = [x509.IPAddress(ip_address(NAMES[0])), *map(x509.DNSName, NAMES[1:])]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Certificate(private + certificate.public_bytes(Encoding.PEM))
