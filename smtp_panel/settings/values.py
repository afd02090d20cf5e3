"""The values of the mail settings: one frozen record."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from smtp_panel.net.tls import TLSVersion
from smtp_panel.smtp.endpoint import Auth, TLSStart

DEFAULT_PORT = 587  # submission, RFC 6409


class Service(StrEnum):
    """Whose mail service is used: the operator's, or one that an admin describes."""

    DEFAULT = "default"
    CUSTOM = "custom"


@dataclass(frozen=True, kw_only=True)
class Values:
    """The values of the fields, by name. Those after `service` describe the custom service.

    An empty text stands for what is usual, and so does None for `time_limit`, which is in seconds.
    """

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
    client_secret_ends: str = ""
    ehlo_name: str = ""
    envelope_sender: str = ""
    reply_to: str = ""
    time_limit: int | None = None
    ca_pem: str = ""
    pinned: str = ""
