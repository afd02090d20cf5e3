"""Fields whose values come from the environment, and can be changed only there (SPEC F14)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from smtp_panel.config import PREFIX, Config, ConfigError
from smtp_panel.net.tls import TLSVersion
from smtp_panel.secret import Secret
from smtp_panel.settings import rules
from smtp_panel.settings.fields import FIELD, FIELDS, SECRETS
from smtp_panel.settings.hosting import Hosting
from smtp_panel.settings.values import Values
from smtp_panel.words import N_

FROM_ENVIRONMENT = N_("This comes from the environment, as %(variable)s. Change it there.")
LOCKABLE = tuple(field.name for field in FIELDS if field.lockable and not field.secret)

T = TypeVar("T")
V = TypeVar("V", bound=Values)


class FieldLocked(rules.Refused):
    """A field whose value comes from the environment, by `variable`, was to be changed."""

    def __init__(self, variable: str) -> None:
        super().__init__(FROM_ENVIRONMENT, {"variable": variable})


@dataclass(frozen=True)
class Locked:
    """The locked fields: their `values`, `secrets` and the `names` of their variables, by field."""

    values: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def over(self, values: V) -> V:
        """`values`, with those of the locked fields replaced."""
        return replace(values, **self.values)


def locked(config: Config) -> Locked:
    """The fields that the environment locks. A variable that is set but empty locks nothing.

    Raises ConfigError where the rule of a field refuses the value.
    """
    texts = {name: text for name in LOCKABLE if (text := getattr(config, name))}
    values = {name: _read(name, FIELD[name].read, text) for name, text in texts.items()}
    given = {name: secret for name in SECRETS if (secret := getattr(config, name))}
    secrets = {name: _read(name, rules.secret, each.reveal()) for name, each in given.items()}
    return Locked(values, secrets, {name: variable(name) for name in (*texts, *given)})


def check_locked(config: Config, supported: Collection[TLSVersion], hosting: Hosting) -> None:
    """Raise ConfigError for a locked value that is valid, but not usable on this machine."""
    values = locked(config).values
    if "port" in values:
        _read("port", lambda text: rules.port_on(int(text), hosting), str(values["port"]))
    if "tls_version" in values:
        _read("tls_version", lambda text: rules.tls_version(text, supported), values["tls_version"])
    if "token_endpoint" in values:
        rule = partial(rules.token_endpoint_without_tls, allowed=config.http_token_endpoint)
        _read("token_endpoint", rule, values["token_endpoint"])


def variable(name: str) -> str:
    """The variable that locks the field `name`."""
    return f"{PREFIX}{name.upper()}"


def _read(name: str, reader: Callable[[str], T], text: str) -> T:
    try:
        return reader(text)
    except rules.Refused as refused:  # the text may hold a password in the wrong place
        advice = f" Write {refused.suggestion}" if refused.suggestion else ""
        raise ConfigError(variable(name), f"can't be used: {refused}{advice}") from None
