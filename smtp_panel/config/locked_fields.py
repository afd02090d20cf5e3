"""The variables that lock a field of the SMTP page to a value (SPEC F14)."""

from __future__ import annotations

from dataclasses import dataclass

from smtp_panel.config import kinds
from smtp_panel.config.declaring import setting
from smtp_panel.secret import Secret


@dataclass(frozen=True, kw_only=True)
class LockedFields:
    """What the operator has decided of the mail service; None: an admin does."""

    server: str | None = setting(kinds.LOCKED, None, "locks Mail server to this value")
    sender: str | None = setting(kinds.LOCKED, None, "locks From to this value")
    username: str | None = setting(kinds.LOCKED, None, "locks User name to this value")
    password: Secret | None = setting(kinds.LOCKED_SECRET, None, "locks Password to this value")
    port: str | None = setting(kinds.LOCKED, None, "locks Port to this value")
    tls: str | None = setting(kinds.LOCKED, None, "locks TLS / SSL: `1` with, `0` without")
    tls_version: str | None = setting(
        kinds.LOCKED, None, "locks the TLS version: `auto`, `1.0`, `1.1`, `1.2` or `1.3`"
    )
    tls_start: str | None = setting(
        kinds.LOCKED, None, "locks how TLS starts: `auto`, `starttls` or `implicit`"
    )
    auth: str | None = setting(
        kinds.LOCKED, None, "locks Authentication: `auto`, `plain`, `login` or `oauth2`"
    )
    client_id: str | None = setting(kinds.LOCKED, None, "locks Client ID to this value")
    client_secret: Secret | None = setting(
        kinds.LOCKED_SECRET, None, "locks Client secret to this value"
    )
    token_endpoint: str | None = setting(kinds.LOCKED, None, "locks Token endpoint to this URL")
    scopes: str | None = setting(kinds.LOCKED, None, "locks Scopes, separated by spaces")
    client_secret_ends: str | None = setting(
        kinds.LOCKED, None, "locks the day on which the client secret ends, such as 2027-01-31"
    )
    envelope_sender: str | None = setting(
        kinds.LOCKED, None, "locks Envelope sender to this address"
    )
    reply_to: str | None = setting(kinds.LOCKED, None, "locks Reply-To to this value")
    time_limit: str | None = setting(
        kinds.LOCKED, None, "locks Time limit: whole seconds, 1 to 120"
    )
    ca_pem: str | None = setting(
        kinds.LOCKED_TEXT, None, "locks Certificate authority to these certificates, as PEM"
    )
    pinned: str | None = setting(
        kinds.LOCKED_TEXT, None, "locks Pinned certificate to this one, as PEM"
    )
