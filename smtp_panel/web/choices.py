"""The choices in forms. Whoever shows a label translates it."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import SelectChoice  # type: ignore[attr-defined]  # its types are of 3.2

from smtp_panel.access.users import Role
from smtp_panel.net.tls import TLSVersion, supported_versions
from smtp_panel.outbox.staging import SANDBOX
from smtp_panel.settings.values import Service
from smtp_panel.smtp.endpoint import Auth, TLSStart
from smtp_panel.telling.language import LANGUAGES
from smtp_panel.words import N_

SERVICES = [
    SelectChoice(Service.DEFAULT, N_("Use default mail settings")),
    SelectChoice(Service.CUSTOM, N_("Use custom mail settings")),
]
STAGING = [
    SelectChoice("address", N_("One address")),
    SelectChoice(SANDBOX, N_("The sandbox")),
]
TLS_VERSIONS = [
    SelectChoice(TLSVersion.AUTO, N_("SSL/TLS automatic")),
    SelectChoice(TLSVersion.V1_0, N_("TLS 1.0 (insecure)")),
    SelectChoice(TLSVersion.V1_1, N_("TLS 1.1 (insecure)")),
    SelectChoice(TLSVersion.V1_2, N_("TLS 1.2 (recommended)")),
    SelectChoice(TLSVersion.V1_3, "TLS 1.3"),
]
TLS_STARTS = [
    SelectChoice(TLSStart.AUTO, N_("Automatic")),
    SelectChoice(TLSStart.STARTTLS, "STARTTLS"),
    SelectChoice(TLSStart.IMPLICIT, N_("Implicit TLS")),
]
AUTHENTICATIONS = [
    SelectChoice(Auth.AUTO, N_("Automatic")),
    SelectChoice(Auth.PLAIN, "PLAIN"),
    SelectChoice(Auth.LOGIN, "LOGIN"),
    SelectChoice(Auth.OAUTH2, "OAuth 2.0"),
]
ROLES = [
    SelectChoice(Role.MEMBER, N_("Member: only their own page")),
    SelectChoice(Role.ADMIN, N_("Admin: may open the panel")),
]
LANGUAGE_CHOICES = [
    SelectChoice("", N_("As the browser says")),
    *(SelectChoice(code, name, {"lang": code}) for code, name in LANGUAGES.items()),
]


def tls_versions() -> list[SelectChoice]:
    """The versions that this machine's TLS library has (SPEC F6)."""
    usable = {TLSVersion.AUTO, *supported_versions()}
    return [choice for choice in TLS_VERSIONS if choice.value in usable]


def contents(names: Iterable[str]) -> list[SelectChoice]:
    """What a schedule may send: what the functions of these `names` give, or a web address."""
    functions = [SelectChoice(name, name) for name in sorted(names)]
    return [*functions, SelectChoice("", N_("From a web address"))]
