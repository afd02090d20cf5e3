"""The values of the mail settings: one frozen record, and the order of its fields on the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from smtp_panel.net.tls import TLSVersion
from smtp_panel.settings import rules
from smtp_panel.smtp.endpoint import Auth, TLSStart

DEFAULT_PORT = 587  # submission, RFC 6409


class Service(StrEnum):
    """Whose mail service is used: the operator's, or one that an admin describes."""

    DEFAULT = "default"
    CUSTOM = "custom"


@dataclass(frozen=True, kw_only=True)
class Values:
    """What the fields hold, tidy. Those after `service` describe the custom service."""

    service: Service = Service.CUSTOM
    server: str = ""
    sender: str = ""
    username: str = ""
    port: int = DEFAULT_PORT
    tls: bool = True
    tls_version: TLSVersion = TLSVersion.V1_2
    tls_start: TLSStart = TLSStart.AUTO
    auth: Auth = Auth.AUTO
    client_id: str = ""
    token_endpoint: str = ""
    scopes: str = ""
    ehlo_name: str = ""
    envelope_sender: str = ""
    reply_to: str = ""
    time_limit: int | None = None
    ca_pem: str = ""
    pinned: str = ""


def _tls_version(text: str) -> TLSVersion:
    return rules.tls_version(text, tuple(TLSVersion))


def _tls_start(text: str) -> TLSStart:
    return rules.choice(text, TLSStart)


def _auth(text: str) -> Auth:
    return rules.choice(text, Auth)


# How the text of each field of the custom service is read, whatever the machine, in page order.
READERS: Mapping[str, Callable[[str], Any]] = {
    "server": rules.mail_server,
    "port": rules.port,
    "tls": rules.switch,
    "tls_version": _tls_version,
    "sender": rules.sender,
    "username": rules.username,
    "tls_start": _tls_start,
    "auth": _auth,
    "client_id": rules.client_id,
    "token_endpoint": rules.token_endpoint,
    "scopes": rules.scopes,
    "ehlo_name": rules.ehlo_name,
    "envelope_sender": rules.envelope_sender,
    "reply_to": rules.reply_to,
    "time_limit": rules.time_limit,
    "ca_pem": rules.authorities,
    "pinned": rules.pinned,
}
FIELDS = ("service", *READERS)
# Fields that another one, before them, has to say something for; else they are not looked at.
NEEDS: Mapping[str, tuple[str, object]] = {
    "client_id": ("auth", Auth.OAUTH2),
    "token_endpoint": ("auth", Auth.OAUTH2),
    "scopes": ("auth", Auth.OAUTH2),
    "ca_pem": ("tls", True),
    "pinned": ("tls", True),
}
PASSWORD, CLIENT_SECRET = "password", "client_secret"
SECRETS = (PASSWORD, CLIENT_SECRET)
# What it means to leave out a choice; the other fields have to be filled in.
LEFT_OUT: Mapping[str, str] = {
    "service": Service.CUSTOM,
    "tls_version": TLSVersion.V1_2,
    "tls_start": TLSStart.AUTO,
    "auth": Auth.AUTO,
}


def in_use(name: str, values: Mapping[str, Any]) -> bool:
    """Whether the field `name` counts, by the custom service's `values` of those before it."""
    other, value = NEEDS.get(name, (None, None))
    return other is None or values.get(other) == value


def unused(values: Values) -> list[str]:
    """The fields that `values` make no use of, so that what is saved in them stays."""
    if values.service is Service.DEFAULT:
        return list(READERS)
    return [name for name in READERS if not in_use(name, vars(values))]


def secret_for(auth: Auth) -> str:
    """The field of the secret that `auth` signs in with."""
    return CLIENT_SECRET if auth is Auth.OAUTH2 else PASSWORD
