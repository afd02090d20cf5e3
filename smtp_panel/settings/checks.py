"""The check of some settings: the same for the page, the command line and the background."""

from __future__ import annotations

from smtp_panel.check.check import Check, OutgoingMessage
from smtp_panel.config import Config
from smtp_panel.settings.default_service import default_variable
from smtp_panel.settings.locked import locked
from smtp_panel.settings.network import network_for
from smtp_panel.settings.saved import seconds_for
from smtp_panel.settings.values import Service, Values
from smtp_panel.smtp.endpoint import Endpoint


def check_of(
    values: Values,
    endpoint: Endpoint,
    envelope_sender: str,
    config: Config,
    *,
    message: OutgoingMessage | None = None,
    mend: bool = False,
    seconds: float | None = None,
) -> Check:
    """A check of `values`, which lead to `endpoint`, as the operator's `config` allows it.

    With a `message` it is a test. It reaches what `network_for` lets it, takes at most `seconds`,
    else what the values or the operator say, and where it is to `mend` it offers no change of what
    the operator decides: the default service, and fields that are locked (SPEC F14, L3).
    """
    return Check(
        endpoint,
        envelope_sender,
        message,
        seconds=seconds or seconds_for(values, config),
        mend=mend and values.service is Service.CUSTOM,
        fixed=locked(config).names,
        operators="" if values.service is Service.CUSTOM else default_variable(config),
        network=network_for(values, config),
    )
