"""The table of fields: each setting of the mail path once, in the order of the page.

A new field is: its rule, its line here, its line in Values, in the row of the settings and among
the variables (whose types need it), its line in the form and its place on the page, a migration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from smtp_panel.net.tls import TLSVersion
from smtp_panel.secret import Secret
from smtp_panel.settings import rules
from smtp_panel.settings.values import Service, Values
from smtp_panel.smtp.endpoint import Auth, TLSStart
from smtp_panel.words import N_

Texts = Mapping[str, str]  # what is typed into fields, by the name of each

PASSWORD, CLIENT_SECRET = "password", "client_secret"
OAUTH = ("auth", Auth.OAUTH2)
TLS = ("tls", True)


@dataclass(frozen=True, kw_only=True)
class Field:
    """One setting.

    `read` turns a text into the value, on whatever machine, or raises Refused; an empty text stands
    for `default_text`. `needs` names an earlier field, and the value it must have for this one to
    be used. A `lockable` field can be locked by its environment variable (SPEC F14).
    """

    name: str
    label: str
    read: Callable[[str], Any]
    default_text: str = ""
    needs: tuple[str, object] | None = None
    secret: bool = False
    lockable: bool = True


def _service(text: str) -> Service:
    return rules.choice(text, Service)


def _tls_version(text: str) -> TLSVersion:
    return rules.tls_version(text, tuple(TLSVersion))


def _tls_start(text: str) -> TLSStart:
    return rules.choice(text, TLSStart)


def _auth(text: str) -> Auth:
    return rules.choice(text, Auth)


def typed_secret(text: str) -> Secret | None:
    """The secret that was typed; None, which keeps the saved one, where nothing was."""
    return rules.secret(text) if text else None


FIELDS = (
    Field(
        name="service",
        label=N_("Mail service"),
        read=_service,
        default_text=Service.CUSTOM,
        lockable=False,  # the operator decides by providing a default service, or none
    ),
    Field(name="server", label=N_("Mail server"), read=rules.mail_server),
    Field(name="port", label=N_("Port"), read=rules.port),
    Field(name="tls", label=N_("TLS / SSL"), read=rules.switch),
    Field(
        name="tls_version",
        label=N_("TLS version"),
        read=_tls_version,
        default_text=TLSVersion.V1_2,
    ),
    Field(name="sender", label=N_("From"), read=rules.sender),
    Field(name="username", label=N_("User name"), read=rules.username),
    Field(name=PASSWORD, label=N_("Password"), read=typed_secret, secret=True),
    Field(
        name=CLIENT_SECRET,
        label=N_("Client secret"),
        read=typed_secret,
        secret=True,
    ),
    Field(
        name="tls_start", label=N_("How TLS starts"), read=_tls_start, default_text=TLSStart.AUTO
    ),
    Field(name="auth", label=N_("Authentication"), read=_auth, default_text=Auth.AUTO),
    Field(
        name="client_id",
        label=N_("Client ID"),
        read=rules.client_id,
        needs=OAUTH,
    ),
    Field(
        name="token_endpoint",
        label=N_("Token endpoint"),
        read=rules.token_endpoint,
        needs=OAUTH,
    ),
    Field(name="scopes", label=N_("Scopes"), read=rules.scopes, needs=OAUTH),
    Field(
        name="client_secret_ends",
        label=N_("Secret ends on"),
        read=rules.client_secret_ends,
        needs=OAUTH,
    ),
    Field(name="envelope_sender", label=N_("Envelope sender"), read=rules.envelope_sender),
    Field(name="reply_to", label=N_("Reply-To"), read=rules.reply_to),
    Field(
        name="ehlo_name",
        label=N_("EHLO name"),
        read=rules.ehlo_name,
        lockable=False,  # its variable is what counts where the field is empty
    ),
    Field(name="time_limit", label=N_("Time limit"), read=rules.time_limit),
    Field(
        name="ca_pem",
        label=N_("Certificate authority"),
        read=rules.authorities,
        needs=TLS,
    ),
    Field(
        name="pinned",
        label=N_("Pinned certificate"),
        read=rules.pinned,
        needs=TLS,
    ),
)
FIELD: Mapping[str, Field] = {field.name: field for field in FIELDS}
SECRETS = tuple(field.name for field in FIELDS if field.secret)
VALUES = tuple(field.name for field in FIELDS if not field.secret)
CUSTOM = tuple(name for name in VALUES if name != "service")
OAUTH_FIELDS = (CLIENT_SECRET, *(field.name for field in FIELDS if field.needs == OAUTH))
# Each secret has a tick of its own that removes it.
PAGE_ORDER = tuple(
    name
    for field in FIELDS
    for name in ([field.name, f"remove_{field.name}"] if field.secret else [field.name])
)


def in_use(name: str, values: Mapping[str, Any]) -> bool:
    """Whether the custom service uses the field `name`, by the `values` of those before it."""
    if name in SECRETS:
        return secret_for(values["auth"]) == name
    needs = FIELD[name].needs if name in FIELD else None
    return needs is None or values.get(needs[0]) == needs[1]


def unused(values: Values) -> list[str]:
    """The fields that `values` make no use of, so that what is saved in them stays."""
    if values.service is Service.DEFAULT:
        return list(CUSTOM)
    return [name for name in CUSTOM if not in_use(name, vars(values))]


def secret_for(auth: Auth) -> str:
    """The field of the secret that `auth` signs in with."""
    return CLIENT_SECRET if auth is Auth.OAUTH2 else PASSWORD
