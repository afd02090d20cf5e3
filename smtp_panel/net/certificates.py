"""The certificates that a server shows."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import MAXYEAR, UTC, datetime
from functools import lru_cache
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

DAY = 86400  # seconds
FEW_DAYS = 14  # a certificate so close to its end deserves a word
LONGEST_COMMON_NAME = 200  # characters of a name
# What the library raises for parts that are not as they should be, when they are asked for.
UNREADABLE = (
    ValueError,
    TypeError,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate (RFC 5280).

    `subject` and `issuer` are common names, or the whole names where there are none; `authority` is
    the organisation and unit of the issuer, where they say more; `names` are the hosts that it is
    valid for; `not_before` and `not_after` are seconds since 1970;
    `fingerprint` is SHA-256, written "AB:CD:..."; `pem` is the certificate itself.
    """

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: float
    not_after: float
    fingerprint: str
    pem: str
    authority: str = ""

    @classmethod
    def of(cls, der: bytes) -> Self:
        """The certificate in `der`; raises one of UNREADABLE."""
        certificate = x509.load_der_x509_certificate(der)
        names = tuple(map(_printable, _names(certificate)))
        return cls(
            subject=_common_name(certificate.subject)
            or "".join(names[:1])
            or _called(certificate.subject),
            issuer=_called(certificate.issuer),
            names=names,
            not_before=certificate.not_valid_before_utc.timestamp(),
            not_after=certificate.not_valid_after_utc.timestamp(),
            fingerprint=certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
            pem=ssl.DER_cert_to_PEM_cert(der),
            authority=_authority(certificate.issuer),
        )

    @classmethod
    def of_pem(cls, pem: str) -> Self:
        """The certificate in `pem`; raises one of UNREADABLE."""
        return cls.of(ssl.PEM_cert_to_DER_cert(pem))

    @property
    def days_left(self) -> int:
        """Whole days until it expires, negative once it has."""
        return int((self.not_after - time.time()) // DAY)

    def to_json(self) -> dict[str, Any]:
        """The certificate as JSON data, with its days left."""
        known = {each.name: getattr(self, each.name) for each in fields(self)}
        return known | {"names": list(self.names), "days_left": self.days_left}


Chain = tuple[Certificate, ...]


def end_of(not_after: float) -> datetime | None:
    """When a certificate with this `not_after` ends; None for one that has no end.

    Such a one names the last second of the year 9999 (RFC 5280, section 4.1.2.5), which by the
    clocks east of Greenwich belongs to no year that Python knows.
    """
    end = datetime.fromtimestamp(not_after, UTC)
    return end if end.year < MAXYEAR else None


def chain_of(connection: ssl.SSLSocket) -> Chain:
    """The certificates that the server showed, its own first, as far as they can be read."""
    return tuple(_readable(_shown(connection)))


def chain_facts(chain: Chain) -> dict[str, Any]:
    """The detail of a step about `chain`: all certificates, and the server's own by itself."""
    if not chain:
        return {}
    told = [each.to_json() for each in chain]
    own = {name: told[0][name] for name in ("subject", "issuer", "names", "not_after", "days_left")}
    return own | {"chain": told}


def _shown(connection: ssl.SSLSocket) -> list[bytes]:
    """The chain in DER: public from Python 3.13, on a private object before it."""
    if hasattr(connection, "get_unverified_chain"):
        return list(connection.get_unverified_chain() or ())
    inner = getattr(connection, "_sslobj")  # noqa: B009  (the stubs know no private names)
    return [ssl.PEM_cert_to_DER_cert(each.public_bytes()) for each in inner.get_unverified_chain()]


def _readable(chain: Iterable[bytes]) -> Iterator[Certificate]:
    for der in chain:
        try:
            yield certificate_of(der)
        except UNREADABLE:
            return  # what follows would be taken for the one before it


@lru_cache(maxsize=64)
def certificate_of(der: bytes) -> Certificate:
    """The certificate in `der`; raises one of UNREADABLE.

    Cached, for parsing is slow, and a server shows the same certificates every time, as do pages.
    """
    return Certificate.of(der)


def _common_name(name: x509.Name) -> str:
    return _first(name, NameOID.COMMON_NAME)


def _called(name: x509.Name) -> str:
    organization = _first(name, NameOID.ORGANIZATION_NAME)
    return _common_name(name) or organization or _printable(name.rfc4514_string())


def _authority(name: x509.Name) -> str:
    kinds = (NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME)
    found = dict.fromkeys(_first(name, kind) for kind in kinds)
    return ", ".join(each for each in found if each and each != _called(name))


def _first(name: x509.Name, kind: x509.ObjectIdentifier) -> str:
    found = name.get_attributes_for_oid(kind)
    return _printable(str(found[0].value)) if found else ""


def _names(certificate: x509.Certificate) -> Iterator[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return
    yield from found.get_values_for_type(x509.DNSName)
    yield from map(str, found.get_values_for_type(x509.IPAddress))


def _printable(text: str) -> str:
    return "".join(c for c in text if c.isprintable())[:LONGEST_COMMON_NAME]
