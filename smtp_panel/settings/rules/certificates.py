"""The rules of Certificate authority and Pinned certificate, which may be empty (SPEC F12)."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from smtp_panel.settings.rules.refusal import Refused
from smtp_panel.settings.rules.text import trimmed
from smtp_panel.words import N_

LONGEST_AUTHORITIES = 32 * 1024  # characters
LONGEST_PINNED = 8 * 1024  # characters
BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"  # RFC 7468, section 5
# What the library raises for parts that are not as they should be, when they are asked for.
_DAMAGED = (ValueError, TypeError, x509.InvalidVersion)
_NO_EXTENSION = (
    *_DAMAGED,
    x509.ExtensionNotFound,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
_NO_BASE64 = re.compile(r"\s|\\[nr]")  # variables of the environment come with \n written out


@dataclass(frozen=True)
class CertificateFacts:
    """What tells a certificate from others: names, end, and SHA-256 as in `12:AB:...`."""

    subject: str
    issuer: str
    ends: datetime
    sha256: str


def authorities(text: str) -> str:
    """PEM of the certificates that are trusted in place of the system's; empty for the system's."""
    return _tidy(_certificates(trimmed(text, LONGEST_AUTHORITIES)))


def pinned(text: str) -> str:
    """PEM of the one certificate that the server has to show; empty for any that is trusted."""
    found = _certificates(trimmed(text, LONGEST_PINNED))
    if len(found) > 1:
        raise Refused(
            N_(
                "These are %(count)s certificates. Keep the one that the server itself shows,"
                " mostly the first."
            ),
            {"count": str(len(found))},
        )
    return _tidy(found)


def certificate_facts(pem: str) -> list[CertificateFacts]:
    """The facts of each certificate in a tidy text."""
    return [_facts(each) for each in _certificates(pem)]


def _certificates(text: str) -> list[x509.Certificate]:
    if "PRIVATE KEY" in text:
        raise Refused(
            N_("This holds a private key, which must stay secret. Keep the certificate alone.")
        )
    _, *found = text.split(BEGIN)
    if text and not found:
        raise Refused(
            N_(
                "There is no certificate in this. Paste its PEM text, from"
                " “-----BEGIN CERTIFICATE-----” to “-----END CERTIFICATE-----”."
            )
        )
    return list(dict.fromkeys(map(_certificate, found)))


def _certificate(text: str) -> x509.Certificate:
    body, end, _ = text.partition(END)
    try:
        octets = base64.b64decode(_NO_BASE64.sub("", body), validate=True)
        certificate = x509.load_der_x509_certificate(octets)
        _facts(certificate)  # some of it is not parsed before it is asked for
    except _DAMAGED:
        end = ""
    if not end:
        raise Refused(
            N_("A certificate in this is damaged or not complete. Copy all of its lines again.")
        )
    return certificate


def _facts(certificate: x509.Certificate) -> CertificateFacts:
    subject = certificate.subject
    return CertificateFacts(
        subject=_common_name(subject) or _first_host(certificate) or _organization(subject),
        issuer=_common_name(certificate.issuer) or _organization(certificate.issuer),
        ends=certificate.not_valid_after_utc,
        sha256=certificate.fingerprint(SHA256()).hex(":").upper(),
    )


def _common_name(name: x509.Name) -> str:
    return next((str(c.value) for c in name.get_attributes_for_oid(NameOID.COMMON_NAME)), "")


def _organization(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return str(found[0].value) if found else name.rfc4514_string()


def _first_host(certificate: x509.Certificate) -> str:
    """The first host that it is for; servers' certificates often have no other name."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except _NO_EXTENSION:
        return ""
    return next(map(str, found.value.get_values_for_type(x509.DNSName)), "")


def _tidy(certificates: list[x509.Certificate]) -> str:
    return "".join(each.public_bytes(Encoding.PEM).decode() for each in certificates).strip()
