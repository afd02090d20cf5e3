"""A draft: what stands in the form, checked as a whole for page, API and command line alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from smtp_panel.net.tls import TLSVersion
from smtp_panel.secret import Secret
from smtp_panel.settings import rules
from smtp_panel.settings.hosting import Hosting
from smtp_panel.settings.locked import Locked
from smtp_panel.settings.rules import Notice, Refused
from smtp_panel.settings.values import (
    CLIENT_SECRET,
    LEFT_OUT,
    PASSWORD,
    READERS,
    SECRETS,
    Service,
    Values,
    in_use,
    secret_for,
)
from smtp_panel.smtp.endpoint import Auth
from smtp_panel.words import N_

NOTHING_LOCKED = Locked()
# The order in which the page shows its fields, and so its errors (SPEC V2).
PAGE_ORDER = (
    "service",
    "server",
    "port",
    "tls",
    "tls_version",
    "sender",
    "username",
    "password",
    "remove_password",
    "client_secret",
    "remove_client_secret",
    "tls_start",
    "auth",
    "client_id",
    "token_endpoint",
    "scopes",
    "envelope_sender",
    "reply_to",
    "ehlo_name",
    "time_limit",
    "ca_pem",
    "pinned",
)
WHITE_SPACE = {
    PASSWORD: N_("The password begins or ends with white space. It is kept as you typed it."),
    CLIENT_SECRET: N_(
        "The client secret begins or ends with white space. It is kept as you typed it."
    ),
}


@dataclass(frozen=True, kw_only=True)
class Draft(Values):
    """The values of the form. A secret that is None means: keep the saved one."""

    password: Secret | None = None
    remove_password: bool = False
    client_secret: Secret | None = None
    remove_client_secret: bool = False

    def typed(self, secret: str) -> Secret | None:
        """The secret of this name that was typed."""
        found: Secret | None = getattr(self, secret)
        return found

    @property
    def types_a_secret(self) -> bool:
        """Whether any secret was typed."""
        return any(map(self.typed, SECRETS))

    def removes(self, secret: str) -> bool:
        """Whether the saved secret of this name is to be removed."""
        return bool(getattr(self, f"remove_{secret}"))


class Checked(NamedTuple):
    """A draft, or None and why not: what is refused by field, in page order; notices by field."""

    draft: Draft | None
    errors: dict[str, Refused]
    notices: dict[str, Notice]


class NoDefaultService(Refused):
    """The default service is chosen where the operator provides none (SPEC S2)."""

    def __init__(self) -> None:
        super().__init__(
            N_("This installation has no default mail service. Use custom mail settings."),
            suggestion=Service.CUSTOM,
        )


def check(
    values: Mapping[str, str],
    *,
    supported: Collection[TLSVersion],
    hosting: Hosting,
    has_default: bool = False,
    locked: Locked = NOTHING_LOCKED,
) -> Checked:
    """Read the texts of a form, by field name, and apply every rule to them.

    A field that is `locked` has its value from there, whatever was sent for it. What the choices
    before it hide is not read, and stays as it is: with the default service all the custom values
    (SPEC S3), without OAuth 2.0 what it needs, without TLS who is trusted.
    """
    reading = _Reading(values, locked)
    service = reading.read("service", _service(has_default))
    if service is Service.DEFAULT:
        return Checked(Draft(service=service), {}, {})
    found: dict[str, Any] = {}
    for name, reader in _readers(supported).items():
        if in_use(name, found):
            found[name] = reading.read(name, reader)
    _check_port(reading, found["port"], hosting)
    _offer_user_name(reading, found["username"])
    _need_user_name(reading, found)
    secrets = _secrets(reading, found)
    if reading.errors:
        return Checked(None, reading.in_page_order(), reading.notices)
    return Checked(Draft(service=Service.CUSTOM, **found, **secrets), {}, reading.notices)


@dataclass
class _Reading:
    """The texts being read, and what there is to say about them."""

    values: Mapping[str, str]
    locked: Locked
    errors: dict[str, Refused] = field(default_factory=dict)
    notices: dict[str, Notice] = field(default_factory=dict)

    def read(self, name: str, reader: Callable[[str], Any]) -> Any:
        """The value of the field `name`; None, and an error, where `reader` refuses its text."""
        if name in self.locked.values:
            return self.locked.values[name]
        try:
            return reader(self.values.get(name) or LEFT_OUT.get(name, ""))
        except Refused as refused:
            self.errors[name] = refused
            return None

    def in_page_order(self) -> dict[str, Refused]:
        """The errors in the order of the fields on the page."""
        return {name: self.errors[name] for name in PAGE_ORDER if name in self.errors}


def _service(has_default: bool) -> Callable[[str], Service]:
    def read(text: str) -> Service:
        service = rules.choice(text, Service)
        if service is Service.DEFAULT and not has_default:
            raise NoDefaultService
        return service

    return read


def _readers(supported: Collection[TLSVersion]) -> dict[str, Callable[[str], Any]]:
    return {**READERS, "tls_version": lambda text: rules.tls_version(text, supported)}


def _check_port(reading: _Reading, port: int | None, hosting: Hosting) -> None:
    if port is None:
        return
    try:
        notice = rules.port_on(port, hosting)
    except Refused as refused:
        reading.errors["port"] = refused
        return
    if notice:
        reading.notices["port"] = notice


def _offer_user_name(reading: _Reading, username: str | None) -> None:
    """Where From is empty, offer the user name if it is a mail address: mostly it is the one."""
    refused = reading.errors.get("sender")
    if not refused or not username or reading.values.get("sender", "").strip():
        return
    try:
        offered = rules.sender(username)
    except Refused:
        return
    reading.errors["sender"] = Refused(refused.message, refused.params, offered)


def _need_user_name(reading: _Reading, found: Mapping[str, Any]) -> None:
    """OAuth 2.0 can't do without: a token says who fetched it, not whose mailbox is meant."""
    if found["auth"] is Auth.OAUTH2 and found["username"] == "":
        reading.errors["username"] = Refused(
            N_("Enter the mailbox to sign in to: OAuth 2.0 needs its address."),
            suggestion=rules.sender_address(found["sender"] or "") or None,
        )


def _secrets(reading: _Reading, found: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed for the secret that is in use, and which of the saved ones to remove."""
    sent = secret_for(found["auth"])
    removed = {each: reading.read(f"remove_{each}", rules.switch) for each in SECRETS}
    return {sent: _typed(reading, sent, found["username"])} | {
        f"remove_{each}": remove for each, remove in removed.items()
    }


def _typed(reading: _Reading, secret: str, username: str | None) -> Secret | None:
    text = reading.values.get(secret, "")
    if not text or secret in reading.locked.secrets:
        return None
    if rules.secret_notice(text):
        reading.notices[secret] = Notice(WHITE_SPACE[secret])
    if username == "" and secret == PASSWORD:
        reading.notices["username"] = Notice(
            N_("Without a user name the password is not used: fill in both, or neither.")
        )
    found: Secret | None = reading.read(secret, rules.secret)
    return found
