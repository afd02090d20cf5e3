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
    Port, may stand in a private network and at any port: no admin can point it elsewhere.
    """
    locks = locked(config).names
    if values.service is Service.DEFAULT or {"server", "port"} <= locks.keys():
        return Network()
    return Network(guard=Guard(config.block_private, config.allowed_ports))
