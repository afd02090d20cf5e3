"""The choices of the SMTP form, in the reader's language."""

from __future__ import annotations

from flask_babel import gettext

from smtp_panel.net.tls import INSECURE, RECOMMENDED, TLSVersion, supported_versions
from smtp_panel.settings.values import Service
from smtp_panel.smtp.endpoint import Auth, TLSStart

Choices = list[tuple[str, str]]


def services() -> Choices:
    """Whose mail service is used (SPEC S1)."""
    return [
        (Service.DEFAULT, gettext("Use default mail settings")),
        (Service.CUSTOM, gettext("Use custom mail settings")),
    ]


def tls_versions() -> Choices:
    """The versions that this machine's TLS library has (SPEC F6)."""
    versions = [(version, _version_label(version)) for version in supported_versions()]
    return [(TLSVersion.AUTO, gettext("SSL/TLS automatic")), *versions]


def tls_starts() -> Choices:
    """How TLS starts (SPEC F7)."""
    return [
        (TLSStart.AUTO, gettext("Automatic")),
        (TLSStart.STARTTLS, "STARTTLS"),
        (TLSStart.IMPLICIT, gettext("Implicit TLS")),
    ]


def authentications() -> Choices:
    """How to sign in to the mail server (SPEC F8)."""
    return [
        (Auth.AUTO, gettext("Automatic")),
        (Auth.PLAIN, "PLAIN"),
        (Auth.LOGIN, "LOGIN"),
        (Auth.OAUTH2, "OAuth 2.0"),
    ]


def _version_label(version: TLSVersion) -> str:
    if version is RECOMMENDED:
        return gettext("TLS %(version)s (recommended)", version=version)
    if version in INSECURE:
        return gettext("TLS %(version)s (insecure)", version=version)
    return f"TLS {version}"
