"""The way that mail leaves by the settings in force."""

from __future__ import annotations

from dataclasses import dataclass

from smtp_panel.net.network import Network
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Route:
    """How mail leaves by the settings of `version`.

    `envelope_sender` is that of the settings, "" where it is the address of each From.
    """

    endpoint: Endpoint
    network: Network
    tokens: Tokens
    envelope_sender: str
    version: int
