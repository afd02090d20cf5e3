"""The values of the mail settings: one frozen record, and the order of its fields on the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from smtp_panel.settings import rules
from smtp_panel.smtp.endpoint import Auth, TLSStart, TLSVersion

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
}
FIELDS = ("service", *READERS)
# What it means to leave out a choice; the other fields have to be filled in.
LEFT_OUT: Mapping[str, str] = {
    "service": Service.CUSTOM,
    "tls_version": TLSVersion.V1_2,
    "tls_start": TLSStart.AUTO,
    "auth": Auth.AUTO,
}
