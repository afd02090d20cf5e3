"""Where a submission server is and how to reach it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from smtp_panel.net.tls import TLSVersion
from smtp_panel.secret import Secret

IMPLICIT_TLS_PORT = 465  # RFC 8314, section 3.3


class TLSStart(StrEnum):
    """How TLS starts; AUTO means at once on port 465 and by STARTTLS on any other."""

    AUTO = "auto"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


class Auth(StrEnum):
    """The SASL mechanism; AUTO takes the strongest that the server offers."""

    AUTO = "auto"
    PLAIN = "plain"
    LOGIN = "login"
    OAUTH2 = "oauth2"


class Security(StrEnum):
    """What protects the conversation, as it follows from TLSStart and port."""

    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthClient:
    """Who fetches an access token, and where: client credentials (RFC 6749, section 4.4).

    `scopes` are separated by spaces.
    """

    client_id: str
    client_secret: Secret
    token_endpoint: str
    scopes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A mail server and how to talk to it.

    `server` is a host name in ASCII or an IP address; `ca_pem`, PEM text, is trusted in place of
    the system's store; with `pinned`, PEM text of one certificate, the server has to show that
    very certificate, whatever its name and dates; an empty `ehlo_name` means that the session
    chooses one. `oauth` is used where `auth` is OAUTH2, in place of the password.
    """

    server: str
    port: int
    tls: bool = True
    tls_version: TLSVersion = TLSVersion.V1_2
    tls_start: TLSStart = TLSStart.AUTO
    username: str = ""
    password: Secret | None = None
    auth: Auth = Auth.AUTO
    oauth: OAuthClient | None = None
    ca_pem: str | None = None
    pinned: str | None = None
    ehlo_name: str = ""

    @property
    def security(self) -> Security:
        """What protects the conversation with this endpoint."""
        if not self.tls:
            return Security.NONE
        if self.tls_start is TLSStart.AUTO:
            at_once = self.port == IMPLICIT_TLS_PORT
        else:
            at_once = self.tls_start is TLSStart.IMPLICIT
        return Security.IMPLICIT if at_once else Security.STARTTLS

    @property
    def signs_in(self) -> bool:
        """Whether a login is wanted: with a user name, and always where OAuth 2.0 is chosen."""
        return bool(self.username) or self.auth is Auth.OAUTH2
