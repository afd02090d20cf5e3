"""The options that say where and how to connect: what was typed, and what is wrong with it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import click
from flask_babel import gettext

from smtp_panel.cli.panel import BadInput
from smtp_panel.settings.rules import Refused
from smtp_panel.telling.refusals import with_link

# What a value is called on the command line, where its name does not say it.
OPTIONS = {
    "password": "--password-stdin",
    "client_secret": "--client-secret-stdin",
    "ca_pem": "--ca-file",
}
# Metavariable and help of each; those without a metavariable are switches.
ABOUT: dict[str, tuple[str, ...]] = {
    "--server": ("HOST", "Mail server, by name or IP address; without it the saved settings."),
    "--port": ("PORT", "587 where it is left out."),
    "--tls/--no-tls": ("Secure the connection (it is unless --no-tls is given).",),
    "--tls-version": ("VERSION", "The lowest to accept: auto, 1.0, 1.1, 1.2 or 1.3; 1.2."),
    "--tls-start": (
        "HOW",
        "auto (at once on port 465, else STARTTLS), starttls or implicit; auto.",
    ),
    "--ca-file": ("FILE", "Trust the authorities in this file (PEM) in place of the system's."),
    "--username": ("NAME", "Who signs in; without it nobody does."),
    "--password-stdin": ("Read the password from standard input.",),
    "--auth": ("HOW", "auto, plain, login or oauth2; auto."),
    "--client-id": ("ID", "OAuth 2.0: who fetches the token."),
    "--client-secret-stdin": ("OAuth 2.0: read the client secret from standard input.",),
    "--token-endpoint": ("URL", "OAuth 2.0: where the token is fetched."),
    "--scopes": ("SCOPES", "OAuth 2.0: what the token is for, separated by spaces."),
    "--sender": ("FROM", "ADDRESS or 'Name <ADDRESS>'."),
    "--timeout": ("SECONDS", "All ends by then; SMTP_PANEL_TEST_TIMEOUT, else 20."),
}
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class Options:
    """What was typed; None, or False for what is read from standard input, where nothing was."""

    server: str | None = None
    port: str | None = None
    tls: bool | None = None
    tls_version: str | None = None
    tls_start: str | None = None
    ca_file: str | None = None
    username: str | None = None
    password_stdin: bool = False
    auth: str | None = None
    client_id: str | None = None
    client_secret_stdin: bool = False
    token_endpoint: str | None = None
    scopes: str | None = None
    sender: str | None = None
    timeout: str | None = None
    to: str | None = None

    def about_server(self) -> list[str]:
        """The options that were given and say where or how to connect."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        given = [name for name, value in values.items() if value not in {None, False}]
        no_tls = ["--no-tls"] if self.tls is False else []
        return [option_of(name) for name in given if name not in {"timeout", "to"}] + no_tls


def connection(command: F) -> F:
    """Give `command` the options that Options holds, but for --to."""
    for name, about in reversed(ABOUT.items()):
        *metavar, help_text = about
        option = click.option(
            name,
            help=help_text,
            metavar=metavar[0] if metavar else None,
            is_flag=not metavar,
            default=None,
        )
        command = option(command)
    return command


@dataclass(frozen=True)
class WrongOption:
    """What is wrong with the value of an option, and a better one where one is known."""

    option: str | None
    message: str
    suggestion: str | None = None

    def __str__(self) -> str:
        """The whole sentence for people, in their language."""
        said = f"{self.option}: {self.message}"
        if not self.suggestion:
            return said
        return f"{said} {self.advice(shlex.quote(self.suggestion))}"

    def advice(self, value: str) -> str:
        """What to type, in which `value` is the better one."""
        return gettext("Try %(option)s %(value)s", option=self.option, value=value)


class BadOptions(BadInput):
    """Values that the rules refuse, by the name of their fields."""

    def __init__(self, refused: Mapping[str, Refused]) -> None:
        self.errors = {name: self.wrong(name, each) for name, each in refused.items()}
        super().__init__("\n".join(map(str, self.errors.values())))

    def wrong(self, name: str, refused: Refused) -> WrongOption:
        """What is wrong with the value of the field `name`, which an option sets."""
        return WrongOption(option_of(name), with_link(refused), refused.suggestion)


def option_of(field: str) -> str:
    """The option that sets `field`."""
    return OPTIONS.get(field) or f"--{field.replace('_', '-')}"
