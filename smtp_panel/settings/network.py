"""Which servers the mail path may reach (SPEC L3)."""

from __future__ import annotations

from smtp_panel.config import Config
from smtp_panel.net.guard import Guard
from smtp_panel.net.network import Network
from smtp_panel.settings.locked import locked
from smtp_panel.settings.values import Service, Values


def network_for(values: Values, config: Config) -> Network:
    """The network for mail by `values`, guarded as the operator says.

    A server that the operator chose, as the default service or by locking both Mail server and
    Port, may stand in a private network and at any port: no admin can point it elsewhere. The same
    holds, by itself, for a token endpoint that is locked.
    """
    locks = locked(config).names
    default = values.service is Service.DEFAULT
    guard = Guard(config.block_private, config.allowed_ports)
    return Network(
        guard=Guard() if default or {"server", "port"} <= locks.keys() else guard,
        web_guard=Guard() if default or "token_endpoint" in locks else guard,
        http=config.http_token_endpoint,
    )
