"""The page of deliverability over a name server 20 ms away, beside its longest chain (issue 9)."""

from __future__ import annotations

import statistics
import sys
import time
from urllib.parse import urlencode

from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import NameServers
from tests.bench.client import Site, panel, request, serving, token
from tests.bench.pages import MANY
from tests.bench.resolver import ADDRESS, CHAIN, DOMAIN

PATH = "/admin/deliverability"
ROUNDS = 7
SECONDS = 10.0


def deliverability_ratio() -> float:
    """How many times as long as its longest chain of look-ups a look at the From domain takes.

    It is a look that an admin asks for: from the press of the button to the findings on the page.
    """
    with serving([sys.executable, "-m", "tests.bench.resolver"], {}) as line:
        port = int(line)
        about = {
            "SMTP_PANEL_DNS": f"127.0.0.1:{port}",
            "SMTP_PANEL_DEFAULT_FROM": f"news@{DOMAIN}",
            "SMTP_PANEL_EGRESS_IPS": ADDRESS,
            "SMTP_PANEL_TEST_LIMIT": MANY,
        }
        servers = NameServers([("127.0.0.1", port)])
        with panel(**about) as site:
            _look(site)
            return statistics.median(_look(site) / _chain(servers) for _ in range(ROUNDS))


def _look(site: Site) -> float:
    """The seconds of one look."""
    page = request(site.url, "GET", PATH, headers=site.headers)[1]
    kind = {"Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true"}
    body = urlencode({"csrf_token": token(page)})
    began = time.perf_counter()
    found = request(site.url, "POST", PATH, headers={**site.headers, **kind}, body=body)[1]
    passed = time.perf_counter() - began
    if b'data-finding="spf" data-state="good"' not in found:
        raise RuntimeError(found.decode())
    return passed


def _chain(servers: NameServers) -> float:
    """The seconds of the longest chain, asked one after the other."""
    began = time.perf_counter()
    for name, kind in CHAIN:
        if not servers.ask(name, kind, Deadline(SECONDS)).records:
            raise RuntimeError(f"{name} has no {kind}")
    return time.perf_counter() - began
