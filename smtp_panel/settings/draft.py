"""A draft: what stands in the form, checked as a whole for page, API and command line alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from smtp_panel.net.tls import TLSVersion
from smtp_panel.secret import Secret
from smtp_panel.settings import rules
from smtp_panel.settings.fields import (
    CLIENT_SECRET,
    FIELD,
    FIELDS,
    PAGE_ORDER,
    PASSWORD,
    SECRETS,
    VALUES,
    in_use,
)
from smtp_panel.settings.hosting import Hosting
from smtp_panel.settings.locked import Locked
from smtp_panel.settings.rules import Notice, Refused
from smtp_panel.settings.values import Service, Values
from smtp_panel.smtp.endpoint import Auth
from smtp_panel.words import N_

NOTHING_LOCKED = Locked()
# In the order of reading: what decides whether others are in use comes before them.
RULES: Mapping[str, Callable[[str], Any]] = {
    **{name: FIELD[name].read for name in VALUES},
    **{name: FIELD[name].read for name in SECRETS},
    **{f"remove_{name}": rules.switch for name in SECRETS},
}
DEFAULTS = {field.name: field.default_text for field in FIELDS}
WHITE_SPACE = {
    PASSWORD: N_("The password begins or ends with white space. It is kept as you typed it."),
    CLIENT_SECRET: N_(
        "The client secret begins or ends with white space. It is kept as you typed it."
    ),
}
ODD_BLANK = {
    PASSWORD: N_(
        "The password holds a blank that no keyboard types: %(character)s. It is kept as you typed"
        " it; where signing in fails, type the password by hand."
    ),
    CLIENT_SECRET: N_(
        "The client secret holds a blank that no keyboard types: %(character)s. It is kept as you"
        " typed it; where signing in fails, type the client secret by hand."
    ),
}


@dataclass(frozen=True, kw_only=True)
class Draft(Values):
    """The values of the form. A secret of None is not typed: the saved one stays or is removed."""

    password: Secret | None = None
    remove_password: bool = False
    client_secret: Secret | None = None
    remove_client_secret: bool = False

    def typed(self, secret: str) -> Secret | None:
        """What was typed into the field `secret`; None where nothing was."""
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
    """The draft, None if a value was refused; the errors by field, in page order; the notices."""

    draft: Draft | None
    errors: dict[str, Refused]
    notices: dict[str, Notice]


class NoDefaultService(Refused):
    """The default service is chosen, but the operator provides none (SPEC S2)."""

    def __init__(self) -> None:
        super().__init__(
            N_("This installation has no default mail service. Use custom mail settings."),
            suggestion=Service.CUSTOM,
        )


class DraftReader:
    """Reads a form: each field by its rule, then the rules that concern several fields.

    A `locked` field gets the locked value, whatever was sent for it. A field that an earlier choice
    hides is not read: with the default service every field of the custom one (SPEC S3), without
    OAuth 2.0 the fields of OAuth, without TLS the certificates. `http_token_endpoint` allows a
    token endpoint without TLS.
    """

    def __init__(
        self,
        hosting: Hosting,
        locked: Locked = NOTHING_LOCKED,
        *,
        http_token_endpoint: bool = False,
    ) -> None:
        self._hosting = hosting
        self._http_token_endpoint = http_token_endpoint
        self._locked = locked
        self._texts: dict[str, str] = {}
        self._found: dict[str, Any] = {}
        self._errors: dict[str, Refused] = {}
        self._notices: dict[str, Notice] = {}

    def read(self, name: str, text: str, rule: Callable[[str], Any]) -> None:
        """Read the `text` that was sent for the field `name` by its `rule`; raises Refused.

        The fields that decide whether this one is used must be read before it.
        """
        if not self._in_use(name):
            return
        self._texts[name] = text
        if name in self._locked.values:
            self._found[name] = self._locked.values[name]
            return
        self._found[name] = None
        try:
            self._found[name] = rule(text or DEFAULTS.get(name, ""))
        except Refused as refused:
            self._errors[name] = refused
            raise

    def end(self) -> Checked:
        """Apply the rules that concern several fields; returns the draft, or the errors."""
        if self._default_service:
            return Checked(Draft(service=Service.DEFAULT), {}, {})
        self._check_port()
        self._check_token_endpoint()
        self._offer_user_name()
        self._need_user_name()
        self._note_white_space()
        if self._errors:
            errors = {name: self._errors[name] for name in PAGE_ORDER if name in self._errors}
            return Checked(None, errors, self._notices)
        return Checked(Draft(**self._found), {}, self._notices)

    @property
    def _default_service(self) -> bool:
        return self._found.get("service") is Service.DEFAULT

    def _in_use(self, name: str) -> bool:
        if self._default_service or name in self._locked.secrets:
            return False
        return in_use(name, self._found)

    def _check_port(self) -> None:
        port = self._found["port"]
        if port is None:
            return
        try:
            notice = rules.port_on(port, self._hosting)
        except Refused as refused:
            self._errors["port"] = refused
            return
        if notice:
            self._notices["port"] = notice

    def _check_token_endpoint(self) -> None:
        url = self._found.get("token_endpoint")
        try:
            rules.token_endpoint_without_tls(url or "", allowed=self._http_token_endpoint)
        except Refused as refused:
            self._errors["token_endpoint"] = refused

    def _offer_user_name(self) -> None:
        """Where From is empty, suggest the user name if it is an address, for often they agree."""
        refused, username = self._errors.get("sender"), self._found["username"]
        if not refused or not username or self._texts["sender"].strip():
            return
        with suppress(Refused):
            offered = rules.sender(username)
            self._errors["sender"] = refused.suggesting(offered)

    def _need_user_name(self) -> None:
        """OAuth 2.0 needs a user name: a token says who fetched it, but not for which mailbox."""
        if self._found["auth"] is Auth.OAUTH2 and self._found["username"] == "":
            self._errors["username"] = Refused(
                N_("Enter the mailbox to sign in to: OAuth 2.0 needs its address."),
                suggestion=rules.sender_address(self._found["sender"] or "") or None,
            )

    def _note_white_space(self) -> None:
        for name in SECRETS:
            text = self._texts.get(name)
            if not text:
                continue
            if blank := rules.odd_blank(text):
                self._notices[name] = Notice(ODD_BLANK[name], {"character": blank})
            if rules.secret_notice(text):
                self._notices[name] = Notice(WHITE_SPACE[name])
            if name == PASSWORD and self._found["username"] == "":
                self._notices["username"] = Notice(
                    N_("Without a user name the password is not used: fill in both, or neither.")
                )


def check(
    values: Mapping[str, str],
    reader: DraftReader,
    *,
    supported: Collection[TLSVersion],
    has_default: bool = False,
) -> Checked:
    """Read `values`, the texts of a form by field, and apply every rule to them; raises nothing.

    `supported` tells what this machine can do, and `has_default` whether the operator provides a
    default service.
    """
    own = {
        "service": lambda text: service(text, has_default=has_default),
        "tls_version": lambda text: rules.tls_version(text, supported),
    }
    for name, rule in {**RULES, **own}.items():
        with suppress(Refused):  # which the end tells
            reader.read(name, values.get(name, ""), rule)
    return reader.end()


def service(text: str, *, has_default: bool) -> Service:
    """The mail service that `text` chooses; raises NoDefaultService where there is none."""
    chosen = rules.choice(text, Service)
    if chosen is Service.DEFAULT and not has_default:
        raise NoDefaultService
    return chosen
