"""The options that say where and how to connect, and what is wrong with their values."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

import click
from flask_babel import gettext

from smtp_panel.cli import completion
from smtp_panel.cli.completion import offering
from smtp_panel.cli.panel import BadInput
from smtp_panel.settings.rules import Refused
from smtp_panel.telling.refusals import with_link

# Where fields are typed that have no option of their name: secrets, files, texts and arguments.
OPTIONS = {
    "password": "--password-stdin",
    "client_secret": "--client-secret-stdin",
    "secret": "--secret-stdin",
    "ca_pem": "--ca-file",
    "text": "standard input",
    "words": "WORDS",
}
ABOUT_THE_RUN = frozenset({"node", "timeout", "to"})
Command = TypeVar("Command", bound=Callable[..., Any])


def text(metavar: str, meaning: str) -> str | None:
    """Declare an option that takes a text."""
    return field(default=None, metadata={"metavar": metavar, "help": meaning})


def switch(meaning: str) -> bool:
    """Declare an option that is on where it is given."""
    return field(default=False, metadata={"is_flag": True, "help": meaning})


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options that were given, each named as its field is: `tls_version` by `--tls-version`."""

    server: str | None = text(
        "HOST", "Mail server, by name or IP address; without it the saved settings."
    )
    port: str | None = text("PORT", "587 where it is left out.")
    tls: bool | None = field(
        default=None,
        metadata={
            "names": "--tls/--no-tls",
            "is_flag": True,
            "help": "Secure the connection (it is unless --no-tls is given).",
        },
    )
    tls_version: str | None = text(
        "VERSION", "The lowest to accept: auto, 1.0, 1.1, 1.2 or 1.3; 1.2."
    )
    tls_start: str | None = text(
        "HOW", "auto (at once on port 465, else STARTTLS), starttls or implicit; auto."
    )
    ca_file: str | None = text(
        "FILE", "Trust the authorities in this file (PEM) in place of the system's."
    )
    username: str | None = text("NAME", "Who signs in; without it nobody does.")
    password_stdin: bool = switch("Read the password from standard input.")
    auth: str | None = text("HOW", "auto, plain, login or oauth2; auto.")
    client_id: str | None = text("ID", "OAuth 2.0: who fetches the token.")
    client_secret_stdin: bool = switch("OAuth 2.0: read the client secret from standard input.")
    token_endpoint: str | None = text("URL", "OAuth 2.0: where the token is fetched.")
    scopes: str | None = text("SCOPES", "OAuth 2.0: what the token is for, separated by spaces.")
    sender: str | None = text("FROM", "ADDRESS or 'Name <ADDRESS>'.")
    timeout: str | None = text("SECONDS", "All ends by then; SMTP_PANEL_TEST_TIMEOUT, else 20.")
    node: str | None = field(
        default=None,
        metadata={
            "metavar": "NAME",
            "help": "Ask this node, or all of them at once, to do it.",
            "shell_complete": offering(completion.nodes),
        },
    )
    to: str | None = None  # of `smtp test` alone

    def value_of(self, field_name: str) -> Any:
        """The value of the option that sets a field; None or False where none was given."""
        name = option_of(field_name).removeprefix("--").replace("-", "_")
        return getattr(self, name, None)  # a field that says nothing of the way has no option

    def given(self) -> dict[str, Any]:
        """The options that were given, by attribute, with their values."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if value not in {None, False}}

    def about_server(self) -> list[str]:
        """The options that were given and say where or how to connect."""
        no_tls = ["--no-tls"] if self.tls is False else []
        return [option_of(name) for name in self.given() if name not in ABOUT_THE_RUN] + no_tls


def connection(command: Command) -> Command:
    """Give `command` the options of Options that say where and how to connect."""
    for each in reversed(fields(Options)):
        if about := dict(each.metadata):
            names = about.pop("names", option_of(each.name))
            command = click.option(names, default=each.default, **about)(command)
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


def secrets_by_stdin(command: Command) -> Command:
    """Give `command` the options by which the saved secrets are read from standard input."""
    for name, what in (("client_secret", "client secret"), ("password", "password")):
        meaning = f"Read the {what} from standard input."
        command = click.option(OPTIONS[name], is_flag=True, help=meaning)(command)
    return command
