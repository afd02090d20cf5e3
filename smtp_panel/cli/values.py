"""Reads the values of options: secrets, files, times, and what goes with OAuth 2.0."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
from flask_babel import gettext

from smtp_panel.cli.options import BadOptions, Options
from smtp_panel.config import kinds
from smtp_panel.net.address import ip_of
from smtp_panel.settings import rules
from smtp_panel.settings.fields import CLIENT_SECRET, OAUTH_FIELDS
from smtp_panel.settings.rules import Refused
from smtp_panel.smtp.endpoint import Auth
from smtp_panel.words import N_

LARGEST_SECRET = 65536  # octets
LEAST, MOST = 0.1, 600.0  # seconds
S = TypeVar("S")
T = TypeVar("T")


class OptionReader:
    """Collects the errors of values that are read one after the other, by field."""

    def __init__(self) -> None:
        self.errors: dict[str, Refused] = {}

    def read(self, name: str, reader: Callable[[S], T], given: S | None) -> T | None:
        """The value that `reader` makes of what is given; None for none, or if it is refused."""
        if given is None:
            return None
        try:
            return reader(given)
        except Refused as refused:
            self.errors[name] = refused
            return None

    def end(self) -> None:
        """Raise BadOptions where anything was refused."""
        if self.errors:
            raise BadOptions(self.errors)


def secrets(options: Options, reading: OptionReader) -> tuple[str, str]:
    """The password and the client secret, of which at most one can be on standard input."""
    if options.password_stdin and options.client_secret_stdin:
        text = N_("Standard input holds one secret: leave out this or %(option)s.")
        reading.errors["password"] = Refused(text, {"option": "--client-secret-stdin"})
    elif options.password_stdin:
        return reading.read("password", typed_secret, gettext("Password")) or "", ""
    elif options.client_secret_stdin:
        return "", reading.read("client_secret", typed_secret, gettext("Client secret")) or ""
    return "", ""


def recipient(text: str) -> str:
    """The mail address in `text`; raises Refused."""
    if not text.strip():
        raise Refused(N_("This is not a mail address. Write one such as ada@example.com."))
    return rules.sender_address(rules.sender(text))


def ip_address(text: str) -> str:
    """The IP address in `text`, one of IPv4 mapped to IPv6 as itself; raises Refused."""
    try:
        return str(ip_of(text))
    except ValueError:
        raise Refused(N_("Type an IP address, such as 192.0.2.1 or 2001:db8::1.")) from None


def seconds(text: str) -> float:
    """A time limit; raises Refused."""
    try:
        return kinds.seconds(LEAST, MOST).parse(text)
    except ValueError:
        limits = {"least": f"{LEAST:g}", "most": f"{MOST:g}"}
        raise Refused(N_("Write seconds, from %(least)s to %(most)s."), limits) from None


def file_text(path: str) -> str:
    """The text of the file at `path`; raises Refused."""
    try:
        return Path(path).read_text("latin-1")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Refused(N_("This file can't be read: %(reason)s."), {"reason": reason}) from error


def oauth_errors(options: Options) -> dict[str, Refused]:
    """What is wrong with the choice of options for OAuth 2.0, by field; not with their values."""
    given = [name for name in OAUTH_FIELDS if options.value_of(name)]
    if (options.auth or "").strip().lower() != Auth.OAUTH2:
        return {name: Refused(N_("This goes with --auth oauth2.")) for name in given}
    if CLIENT_SECRET not in given:
        return {CLIENT_SECRET: Refused(N_("This is needed for --auth oauth2."))}
    return {}


def typed_secret(asked: str) -> str:
    """A secret from standard input, without one line end at its end; raises Refused.

    On a terminal the user is prompted by `asked`, and what is typed is not shown.
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
