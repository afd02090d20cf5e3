"""A look at a domain of a name server of the tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smtp_panel.deliverability.finding import Finding
from smtp_panel.deliverability.look import look
from smtp_panel.deliverability.question import Question
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import Lookup
from smtp_panel.net.network import Network
from smtp_panel.spf.asked import asked_once
from tests.servers.dns import DnsServer

SECONDS = 3.0
DOMAIN = "acme.example"
ADDRESS = "8.8.4.4"  # one that is global, for the checks ask nothing of others
Zone = dict[tuple[str, str], Sequence[str]]


def lookup_by(server: DnsServer) -> Lookup:
    """The questions of one look, to a name server of the tests."""
    return asked_once(server.name_servers.ask, Deadline(SECONDS))


def found_by(server: DnsServer, check: str, /, **about: Any) -> list[Finding]:
    """What is found of one `check`, of mail from acme.example."""
    usual: dict[str, Any] = {"domain": DOMAIN, "mail_from": f"news@{DOMAIN}"}
    network = Network(ask=server.name_servers.ask)
    found = look(Question(**usual | about), network, Deadline(SECONDS))
    return [each for each in found if each.check == check]


def only(server: DnsServer, check: str, /, **about: Any) -> Finding:
    """The one that is found of `check`."""
    (finding,) = found_by(server, check, **about)
    return finding
