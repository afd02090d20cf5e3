"""Faults of TLS and of certificates."""

from __future__ import annotations

import datetime
import ssl
from collections.abc import Callable
from functools import cache
from typing import Any

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from smtp_panel.smtp.endpoint import Security
from tests.diagnosis.faults.play import SILENT, Play, ServerContext, at_auth
from tests.servers.certificates import Certificate, CertificateAuthority
from tests.servers.scripted import close, expect, greet, hang, reply, send

NAME = "mail.test.example"
STARTTLS = Security.STARTTLS
IMPLICIT = Security.IMPLICIT


def speaking(make: ServerContext, *, at: str = NAME, **choices: Any) -> Play:
    """A server that speaks TLS at once, in the context that `make` gives."""
    script = [reply("220 mail.test.example ESMTP"), hang()]
    return Play(script=script, tls=make, at=at, port=465, security=IMPLICIT, choices=choices)


def showing(name: str) -> Callable[[CertificateAuthority], ssl.SSLContext]:
    """A server with one of the certificates of the tests."""
    return lambda ca: getattr(ca, name).context()


def _with_root(_ca: CertificateAuthority) -> ssl.SSLContext:
    authority = trustme.CA()
    leaf = authority.issue_cert(NAME).private_key_and_cert_chain_pem.bytes()
    return Certificate(leaf + authority.cert_pem.bytes()).context()


def _without_intermediate(_ca: CertificateAuthority) -> ssl.SSLContext:
    issued = trustme.CA().create_child_ca().issue_cert(NAME)
    return Certificate(issued.private_key_pem.bytes() + issued.cert_chain_pems[0].bytes()).context()


def _leaf_of(authority: trustme.CA, **dates: Any) -> ssl.SSLContext:
    issued = authority.issue_cert(NAME, **dates)
    return Certificate(issued.private_key_and_cert_chain_pem.bytes()).context()


@cache
def _weak() -> tuple[bytes, str]:
    """A key of 1024 bits with a certificate for NAME, and the authority that issued it."""
    strong = rsa.generate_private_key(65537, 2048)
    weak = rsa.generate_private_key(65537, 1024)
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority of the tests")])
    root = _signed(issuer, issuer, strong, strong, x509.BasicConstraints(True, None))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    leaf = _signed(subject, issuer, weak, strong, x509.SubjectAlternativeName([x509.DNSName(NAME)]))
    private = weak.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private + leaf, root.decode()


def _signed(
    subject: x509.Name,
    issuer: x509.Name,
    key: rsa.RSAPrivateKey,
    by: rsa.RSAPrivateKey,
    extension: x509.ExtensionType,
) -> bytes:
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(extension, critical=False)
        .sign(by, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


def _weak_key(_ca: CertificateAuthority) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return Certificate(_weak()[0]).context(into=context)


def _knows_no_name(ca: CertificateAuthority) -> ssl.SSLContext:
    context = ca.good.context()

    def refuse(_object: ssl.SSLObject, _name: str, _context: ssl.SSLContext) -> int:
        return ssl.AlertDescription.ALERT_DESCRIPTION_UNRECOGNIZED_NAME

    context.sni_callback = refuse
    return context


def _wants_a_certificate(ca: CertificateAuthority) -> ssl.SSLContext:
    context = ca.good.context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=ca.pem)
    return context


CLEAR_TEXT = [reply("220 mail.test.example ESMTP"), hang()]


def offering_starttls(*answer: str, **rest: Any) -> Play:
    """STARTTLS is on offer, and answered in these words."""
    script = [greet("STARTTLS", "AUTH PLAIN"), expect("STARTTLS", *answer)]
    return Play(script=script, security=STARTTLS, **rest)


PLAYS: dict[str, Play] = {
    "starttls-not-offered": Play(script=[greet("SIZE 1000")], security=STARTTLS),
    "starttls-required-530": at_auth(
        "530 5.7.0 Must issue a STARTTLS command first. pe5sm5768337wjb.15 - gsmtp"
    ),
    "starttls-required-yandex": at_auth(
        "530 5.7.7 Email sending without SSL/TLS encryption is not allowed. Please see: "
        "http://help.yandex.ru/mail/mail-clients/ssl.xml",
        at="smtp.yandex.ru",
    ),
    "starttls-454-local-problem": offering_starttls(
        "454 4.7.0 TLS not available due to local problem"
    ),
    "starttls-502-not-available": offering_starttls("502 TLS not available"),
    "starttls-500-unrecognized-exchange": offering_starttls("500 5.3.3 Unrecognized command"),
    "starttls-220-then-plaintext": Play(
        script=[
            *(greet("STARTTLS"), expect("STARTTLS", "220 go ahead")),
            *(send(b"500 5.5.1 what?\r\n"), hang()),
        ],
        security=STARTTLS,
    ),
    "starttls-chosen-on-465": Play(script=[hang()], port=465, security=STARTTLS, clock=SILENT),
    "tls-wrong-version-number-node": Play(script=CLEAR_TEXT, security=IMPLICIT),
    "tls-wrong-version-number-ssl-on-25": Play(script=CLEAR_TEXT, security=IMPLICIT, port=25),
    "tls-unrecognized-ssl-message-java": Play(script=CLEAR_TEXT, security=IMPLICIT),
    "tls-hostname-mismatch-python": speaking(showing("wrong_name")),
    "tls-ip-address-mismatch": speaking(showing("wrong_name"), at="127.0.0.1"),
    "tls-mismatch-because-connection-hijacked": speaking(
        showing("wrong_name"), at="smtp.gmail.com"
    ),
    "tls-certificate-expired": speaking(showing("expired")),
    "tls-certificate-not-yet-valid": speaking(
        lambda ca: _leaf_of(
            ca.authority,
            not_before=datetime.datetime(2040, 1, 1, tzinfo=datetime.UTC),
            not_after=datetime.datetime(2041, 1, 1, tzinfo=datetime.UTC),
        )
    ),
    "tls-self-signed": speaking(showing("self_signed")),
    "tls-self-signed-in-chain": speaking(_with_root, ca_pem=None),
    "tls-missing-intermediate": speaking(_without_intermediate, ca_pem=None),
    "tls-no-ca-bundle-in-container": speaking(
        showing("untrusted"), at="smtp.office365.com", ca_pem=None
    ),
    "tls-private-ca": speaking(showing("untrusted"), ca_pem=None),
    "tls-alert-protocol-version": speaking(lambda ca: ca.good.context(ssl.TLSVersion.TLSv1_1)),
    "tls-unrecognized-name": speaking(_knows_no_name),
    "tls-client-certificate-required": Play(
        script=[close()], tls=_wants_a_certificate, port=465, security=IMPLICIT
    ),
    "tls-certificate-key-too-weak": speaking(_weak_key, ca_pem=_weak()[1]),
}
