"""The words of the ladder about TLS and about the certificates that a server showed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask_babel import format_decimal, gettext, ngettext

from smtp_panel.net.certificates import Certificate
from smtp_panel.telling.language import day
from smtp_panel.words import N_

Met = Mapping[str, Any]
CertificateFacts = list[tuple[str, str]]

NAMES_SHOWN = 20  # of a certificate that are shown
# By OpenSSL's X509_V_ERR number.
REASONS = {
    2: N_("who issued it is not known here"),
    9: N_("it is not valid yet"),
    10: N_("it has ended"),
    18: N_("it is signed by itself"),
    19: N_("it goes back to an authority that is not trusted here"),
    20: N_("who issued it is not known here"),
    21: N_("the certificates between it and a trusted authority are missing"),
    23: N_("it was revoked"),
    26: N_("it is not meant for a server"),
    62: N_("it is made out for other names"),
    64: N_("it is made out for other names"),
    66: N_("its key is too weak"),
    67: N_("the key of an authority above it is too weak"),
    68: N_("the signature of an authority above it is too weak"),
}

# How the offer of AUTH changed with TLS.
AUTH = {
    "appeared": N_("offered only after TLS"),
    "vanished": N_("no longer offered after TLS"),
}


def summary(met: Met) -> str:
    """The TLS version and the certificate, in one line."""
    version = str(met["version"]).replace("TLSv", "TLS ")
    if "issuer" not in met:
        return version
    return gettext(
        "%(version)s, certificate by %(issuer)s, %(days)s",
        version=version,
        issuer=met["issuer"],
        days=_days_left(int(met["days_left"])),
    )


def facts(met: Met) -> CertificateFacts:
    """The TLS version and cipher, what changed with TLS, and the certificates."""
    change = AUTH.get(met.get("auth", ""))
    sign_in = [(gettext("Sign-in"), gettext(change))] if change else []
    return [(gettext("Cipher"), str(met["cipher"])), *sign_in, *_certificates(met)]


def refused(met: Met) -> CertificateFacts:
    """Why a certificate was refused, and what was shown; nothing where TLS failed otherwise."""
    code = met.get("verify_code")
    reason = REASONS.get(code) if code else None
    because = [(gettext("Not trusted because"), f"{gettext(reason)} ({code})")] if reason else []
    return [*because, *_certificates(met)]


def shown(certificate: Certificate) -> CertificateFacts:
    """What there is to know of a certificate that is trusted."""
    return _of(certificate.to_json())


def _certificates(met: Met) -> CertificateFacts:
    if "subject" not in met:
        return []
    own, *others = met.get("chain", [met])
    return _of(own) + [(gettext("Authority"), _authority(each)) for each in others]


def _of(own: Met) -> CertificateFacts:
    names = [*own["names"][:NAMES_SHOWN], *(["…"] if len(own["names"]) > NAMES_SHOWN else [])]
    known = [
        (gettext("Certificate of"), str(own["subject"])),
        (gettext("Valid for"), ", ".join(names)),
    ]
    return known + _identity(own)


def identity(certificate: Certificate) -> CertificateFacts:
    """What identifies a certificate: its issuer, its end, and its fingerprint."""
    return _identity(certificate.to_json())


def _identity(own: Met) -> CertificateFacts:
    told = [(gettext("Issued by"), str(own["issuer"])), (gettext("Valid until"), _end(own))]
    if "fingerprint" in own:
        told.append((gettext("Fingerprint (SHA-256)"), own["fingerprint"]))
    return told


def _authority(certificate: Met) -> str:
    return gettext(
        "%(subject)s, issued by %(issuer)s, until %(end)s",
        subject=certificate["subject"],
        issuer=certificate["issuer"],
        end=_end(certificate),
    )


def _end(certificate: Met) -> str:
    end = datetime.fromtimestamp(certificate["not_after"], UTC)
    return end_in_words(end, int(certificate["days_left"]))


def end_in_words(end: datetime, left: int) -> str:
    """When it ends, and how many days are `left`, which are negative once it has ended."""
    return f"{day(end)} ({_days_left(left)})"


def _days_left(left: int) -> str:
    if left < 0:
        return gettext("ended")
    if left == 0:
        return gettext("less than a day left")
    days = format_decimal(left)
    return ngettext("%(days)s day left", "%(days)s days left", left, days=days)
