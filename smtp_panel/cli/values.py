"""What the command line reads beside the fields of the form: secrets, certificates, OAuth 2.0."""

from __future__ import annotations

import re
import ssl
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import click
from flask_babel import gettext

from smtp_panel import kinds
from smtp_panel.cli.typed import Typed
from smtp_panel.secret import Secret
from smtp_panel.settings import rules
from smtp_panel.settings.rules import Refused
from smtp_panel.smtp.endpoint import Auth, OAuthClient
from smtp_panel.words import N_

CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
LARGEST_SECRET = 65536  # octets
LEAST, MOST = 0.1, 600.0  # seconds
T = TypeVar("T")


class Reading:
    """What is wrong so far, by field."""

    def __init__(self) -> None:
        self.errors: dict[str, Refused] = {}

    def read(self, name: str, reader: Callable[[str], T], text: str | None) -> T | None:
        """What `reader` makes of `text`; None for none, and with an error where it refuses."""
        if text is None:
            return None
        try:
            return reader(text)
        except Refused as refused:
            self.errors[name] = refused
            return None


def secrets(typed: Typed, reading: Reading) -> tuple[str, str]:
    """Password and client secret, of which standard input holds one at most."""
    if typed.password_stdin and typed.client_secret_stdin:
        text = N_("Standard input holds one secret: leave out this or %(option)s.")
        reading.errors["password"] = Refused(text, {"option": "--client-secret-stdin"})
    elif typed.password_stdin:
        return reading.read("password", _secret, gettext("Password")) or "", ""
    elif typed.client_secret_stdin:
        return "", reading.read("client_secret", _secret, gettext("Client secret")) or ""
    return "", ""


def recipient(text: str) -> str:
    """The mail address in `text`; raises Refused."""
    return rules.sender_address(rules.sender(text))


def seconds(text: str) -> float:
    """A time limit; raises Refused."""
    try:
        return kinds.seconds(LEAST, MOST).parse(text)
    except ValueError:
        limits = {"least": f"{LEAST:g}", "most": f"{MOST:g}"}
        raise Refused(N_("Write seconds, from %(least)s to %(most)s."), limits) from None


def certificates(path: str) -> str:
    """The certificates in the file at `path`, without what else is in it; raises Refused."""
    try:
        found = CERTIFICATE.findall(Path(path).read_text("latin-1"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Refused(N_("This file can't be read: %(reason)s."), {"reason": reason}) from error
    pem = "\n".join(found)
    try:
        ssl.create_default_context(cadata=pem or "none")
    except (ssl.SSLError, ValueError) as error:
        raise Refused(N_("This file holds no certificate in PEM format.")) from error
    return pem


def oauth_client(typed: Typed, client_secret: str, reading: Reading) -> OAuthClient | None:
    """Who fetches a token, where --auth oauth2 was typed; what is wrong goes to `reading`."""
    texts = {
        "client_id": typed.client_id,
        "client_secret": client_secret,
        "token_endpoint": typed.token_endpoint,
    }
    if (typed.auth or "").strip().lower() != Auth.OAUTH2:
        text = N_("This goes with --auth oauth2.")
        given = [name for name, each in {**texts, "scopes": typed.scopes}.items() if each]
        reading.errors.update({name: Refused(text) for name in given})
        return None
    for name, each in texts.items():
        if not each:
            reading.errors.setdefault(name, Refused(N_("This is needed for --auth oauth2.")))
    return OAuthClient(
        client_id=typed.client_id or "",
        client_secret=Secret(client_secret),
        token_endpoint=reading.read("token_endpoint", _url, typed.token_endpoint or None) or "",
        scopes=typed.scopes or "",
    )


def _secret(asked: str) -> str:
    """A secret from standard input, where one newline at its end is none of it; raises Refused.

    A terminal is asked, as `asked` says, and does not show what is typed.
    """
    if sys.stdin.isatty():
        return str(click.prompt(asked, hide_input=True, err=True))
    octets = sys.stdin.buffer.read(LARGEST_SECRET)
    try:
        text = octets.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:  # the error holds the secret, so it is not chained
        raise Refused(N_("Standard input held no UTF-8 text.")) from None
    if not text:
        raise Refused(N_("Standard input was empty."))
    return text


def _url(text: str) -> str:
    try:
        url = urlsplit(text)
        usable = url.scheme in {"http", "https"} and url.hostname
    except ValueError:
        usable = None
    if not usable:
        raise Refused(N_("This is no address of a token endpoint: it begins with https://."))
    return text
