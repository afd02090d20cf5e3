"""The check of some settings: the same for the page, the command line and the background."""

from __future__ import annotations

from smtp_panel.check.check import Check, OutgoingMessage
from smtp_panel.config import Config
from smtp_panel.settings.default_service import operator_variable
from smtp_panel.settings.locked import locked
from smtp_panel.settings.network import network_for
from smtp_panel.settings.saved import seconds_for
from smtp_panel.settings.values import Service, Values
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.tokens import Tokens


def check_of(
    values: Values,
    endpoint: Endpoint,
    envelope_sender: str,
    config: Config,
    *,
    message: OutgoingMessage | None = None,
    find_repair: bool = False,
    seconds: float | None = None,
    tokens: Tokens | None = None,
) -> Check:
    """A check of `values`, which lead to `endpoint`, as the operator's `config` allows it.

    With a `message` it is a test. It may connect where `network_for` allows, and takes at most
    `seconds`, by default as long as `values` or else `config` say. With `find_repair` it looks for
    a repair after a failure, but for none that changes what the operator decides: the default
    service and the locked fields (SPEC F14, L3).
    """
    return Check(
        endpoint,
        envelope_sender,
        message,
        seconds=seconds or seconds_for(values, config),
        find_repair=find_repair and values.service is Service.CUSTOM,
        locked=locked(config).names,
        operator_variable=operator_variable(values, config),
        network=network_for(values, config),
        tokens=tokens or Tokens(),
    )
