"""Which servers the mail path and the content of mail may reach (SPEC L3)."""

from __future__ import annotations

from smtp_panel.config import Config
from smtp_panel.net.dns import NameServers
from smtp_panel.net.guard import Guard
from smtp_panel.net.network import Network
from smtp_panel.settings.locked import locked
from smtp_panel.settings.values import Service, Values


def network_for(values: Values, config: Config) -> Network:
    """The network for mail by `values`, with the guards that the operator's `config` asks for.

    A server that the operator chose, as the default service or by locking both Mail server and
    Port, may be in a private network and at any port, for no admin can point it elsewhere. A locked
    token endpoint may be so as well, whoever chose the server.
    """
    locks = locked(config).names
    default = values.service is Service.DEFAULT
    guard = Guard(config.block_private, config.allowed_ports)
    return Network(
        guard=Guard() if default or {"server", "port"} <= locks.keys() else guard,
        web_guard=Guard() if default or "token_endpoint" in locks else guard,
        http=config.http_token_endpoint,
        ask=NameServers(config.dns).ask,
    )


def network_for_content(config: Config) -> Network:
    """The network for web servers that people name, with the guard that the operator asks for.

    It is for the content of schedules, and for what a domain says of its own mail.

    Without TLS only this machine is reached, and only where the operator allows that.
    """
    guard = Guard(config.block_private, config.allowed_ports)
    return Network(web_guard=guard, http=config.http_content, ask=NameServers(config.dns).ask)


def network_for_finding(config: Config) -> Network:
    """The network for finding settings, with the guard that the operator asks for.

    Any name may be looked for, so no field that is locked loosens it.
    """
    guard = Guard(config.block_private, config.allowed_ports)
    return Network(guard=guard, ask=NameServers(config.dns).ask)
