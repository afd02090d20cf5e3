"""What `smtp check` and `smtp test` connect to: by their options, or by the saved settings."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import click
from flask_babel import gettext

from smtp_panel.cli.options import BadOptions, Options
from smtp_panel.cli.panel import BadInput, panel
from smtp_panel.cli.values import OptionReader, file_text, oauth_errors, recipient, seconds, secrets
from smtp_panel.config import PREFIX, Config, ConfigError
from smtp_panel.net.tls import supported_versions
from smtp_panel.panel import current_panel
from smtp_panel.runs.drafts import texts_of
from smtp_panel.settings import rules
from smtp_panel.settings.cipher import Cipher
from smtp_panel.settings.default_service import LOCAL_SENDER
from smtp_panel.settings.draft import Checked, Draft, DraftReader, check
from smtp_panel.settings.fields import VALUES
from smtp_panel.settings.hosting import hosting
from smtp_panel.settings.locked import Locked
from smtp_panel.settings.rules import Notice, Refused
from smtp_panel.settings.saved import (
    Addresses,
    Saved,
    addresses_for,
    endpoint_for,
    first_row,
    saved_from,
    seconds_for,
)
from smtp_panel.settings.values import DEFAULT_PORT, Values
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.storage import db
from smtp_panel.telling.refusals import with_link
from smtp_panel.words import N_

# The variables that count beside the options: about this machine, and what it may reach.
OF_THE_MACHINE = (
    "allowed_ports",
    "block_private",
    "dns",
    "ehlo_name",
    "hosting",
    "http_token_endpoint",
    "node",
    "test_timeout",
)


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where and how to connect, the addresses of the sender, and the recipient, or empty for none.

    It was made of `values` under `config`; `settings` are the same as texts without secrets, and
    `notices` the notices by field. `seconds` is the deadline over everything.
    """

    values: Values
    config: Config
    endpoint: Endpoint
    addresses: Addresses
    recipient: str
    settings: Mapping[str, str]
    saved: bool
    seconds: float
    notices: Mapping[str, str]


def target_of(options: Options) -> Target:
    """The target by the options, or by the saved settings if no server was given.

    Raises BadInput for wrong options, and ClickException if the saved settings can't be used.
    """
    if options.server is not None:
        return _by_options(options)
    if given := options.about_server():
        text = N_("Without it the saved settings are used, and %(options)s would do nothing.")
        raise BadOptions({"server": Refused(text, {"options": ", ".join(given)})})
    with panel():
        return _by_saved(options, current_panel().config)


def _by_options(options: Options) -> Target:
    config = config_of_the_machine()
    http = config.http_token_endpoint
    reader = DraftReader(hosting(config.hosting), http_token_endpoint=http)
    judge = partial(check, reader=reader, supported=supported_versions())
    reading = OptionReader()
    to = reading.read("to", recipient, options.to) or ""
    limit = reading.read("timeout", seconds, options.timeout)
    draft, notices = draft_by(options, reading, judge)
    sender = _sender(draft, options, to)
    return Target(
        values=draft,
        config=config,
        endpoint=endpoint_for(_nothing_saved(config), draft, config=config),
        addresses=Addresses(sender=sender, envelope_sender=rules.sender_address(sender)),
        recipient=to,
        settings=texts_of(draft) | {"sender": sender},
        saved=False,
        seconds=limit or seconds_for(draft, config),
        notices={name: with_link(notice) for name, notice in notices.items()},
    )


def draft_by(
    options: Options, reading: OptionReader, judge: Callable[[Mapping[str, str]], Checked]
) -> tuple[Draft, Mapping[str, Notice]]:
    """What the options say of the mail server, as `judge` reads their texts, with its notices.

    Raises BadOptions, also for what `reading` has found wrong.
    """
    password, client_secret = secrets(options, reading)
    ca_pem = reading.read("ca_pem", file_text, options.ca_file)
    beside = {"password": password, "client_secret": client_secret, "ca_pem": ca_pem or ""}
    checked = judge(_texts(options) | beside)
    errors = {**checked.errors, **oauth_errors(options), **reading.errors}
    if checked.draft is None or errors:
        raise BadOptions(errors)
    return checked.draft, checked.notices


def _by_saved(options: Options, config: Config) -> Target:
    reading = OptionReader()
    to = reading.read("to", recipient, options.to) or ""
    limit = reading.read("timeout", seconds, options.timeout)
    reading.end()
    saved, default = current_panel().saved(db.session()), current_panel().default
    db.session.remove()
    try:
        endpoint = endpoint_for(saved, config=config, default=default)
        addresses = addresses_for(saved, default)
    except Refused as refused:
        raise click.ClickException(with_link(refused)) from refused
    if not endpoint.server:
        text = gettext(
            "No mail server is set up yet. Save one by `smtp set`, or name one by --server."
        )
        raise click.ClickException(text)
    return Target(
        values=saved,
        config=config,
        endpoint=endpoint,
        addresses=addresses,
        recipient=to,
        settings=texts_of(saved) | {"server": endpoint.server, "port": str(endpoint.port)},
        saved=True,
        seconds=limit or seconds_for(saved, config),
        notices={},
    )


def config_of_the_machine() -> Config:
    """The configuration where no panel is opened; raises BadInput for a wrong variable."""
    names = (PREFIX + name.upper() for name in OF_THE_MACHINE)
    try:
        return Config.from_environ({n: os.environ[n] for n in names if n in os.environ})
    except ConfigError as error:
        raise BadInput(str(error)) from error


def _texts(options: Options) -> dict[str, str]:
    """The options as the form would send them. A check needs no From, but the form does."""
    defaults = {"port": str(DEFAULT_PORT), "sender": LOCAL_SENDER}
    given = {name: text for name, text in options.given().items() if name in VALUES}
    return {**defaults, **given, "tls": "" if options.tls is False else "1"}


def _sender(draft: Draft, options: Options, to: str) -> str:
    """The From that was typed. A message needs one: the user name, else who gets the message."""
    if options.sender is not None:
        return draft.sender
    if to:
        with suppress(Refused):
            return rules.sender(draft.username)
    return to


def _nothing_saved(config: Config) -> Saved:
    """The settings of an installation that has none saved, made without a database."""
    return saved_from(first_row(config, None), Locked(), Cipher([]))
