"""Looker's settings of mail: its names, and what they are here (SPEC A5).

What is absent or null stays as it is saved, a secret too. An empty text is an empty field of the
page: it takes back what was there, and of a secret it keeps what is saved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pydantic_core import from_json
from werkzeug.exceptions import BadRequest

from smtp_panel.net.tls import TLSVersion
from smtp_panel.settings.rules import Refused
from smtp_panel.settings.values import Service
from smtp_panel.words import N_

SSL_VERSIONS = {
    "TLSv1_1": TLSVersion.V1_1,
    "SSLv23": TLSVersion.AUTO,
    "TLSv1_2": TLSVersion.V1_2,
    "": "",
}
NO_FIELD = N_("There is no such field. Remove it, or look for another spelling.")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Refused(N_("Write text, in quotation marks."))
    return value


def _number(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Refused(N_("Write a whole number."))
    return str(value)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Refused(N_("Write true or false."))
    return value


def _tick(value: Any) -> str:
    return "1" if _truth(value) else ""


def _service(value: Any) -> str:
    return Service.DEFAULT if _truth(value) else Service.CUSTOM


def _ssl_version(value: Any) -> str:
    text = _text(value)
    if text not in SSL_VERSIONS:
        known = ", ".join(filter(None, SSL_VERSIONS))
        raise Refused(N_("Choose one of these versions: %(versions)s."), {"versions": known})
    return SSL_VERSIONS[text]


class Ours(NamedTuple):
    """A field of ours, and how a JSON value becomes the text of that field; raises Refused."""

    field: str
    text_of: Callable[[Any], str] = _text


NAMES = {
    "default_smtp": Ours("service", _service),
    "address": Ours("server"),
    "from": Ours("sender"),
    "user_name": Ours("username"),
    "password": Ours("password"),
    "port": Ours("port", _number),
    "enable_starttls_auto": Ours("tls", _tick),
    "ssl_version": Ours("tls_version", _ssl_version),
    "auth_type": Ours("auth"),
    "client_id": Ours("client_id"),
    "client_secret": Ours("client_secret"),
    "token_endpoint": Ours("token_endpoint"),
    "scopes": Ours("scopes"),
}
OTHER_VALUES = frozenset({"service", "tls", "tls_version"})  # Looker has other words for these
LOOKERS = {ours.field: name for name, ours in NAMES.items()}


def read(octets: bytes) -> tuple[dict[str, str], dict[str, Refused]]:
    """The texts of our form, by our names, in a JSON object of Looker's; and what is wrong with it.

    What is wrong is told by Looker's names. Who describes a mail server means to use it: then the
    custom service is chosen, unless `default_smtp` says otherwise. Raises BadRequest.
    """
    texts: dict[str, str] = {}
    errors: dict[str, Refused] = {}
    for name, value in _object(octets).items():
        try:
            if name not in NAMES:
                raise Refused(NO_FIELD)
            if value is not None:
                texts[NAMES[name].field] = NAMES[name].text_of(value)
        except Refused as refused:
            errors[name] = refused
    return ({"service": Service.CUSTOM} if texts else {}) | texts, errors


def _object(octets: bytes) -> Mapping[str, Any]:
    try:
        found = from_json(octets, allow_inf_nan=False)
    except ValueError:
        raise BadRequest from None
    if not isinstance(found, dict):
        raise BadRequest
    return found
