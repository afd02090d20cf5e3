"""The page: against Django admin's, while tests hang, and over the wire."""

from __future__ import annotations

import gzip
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlencode

from tests.bench.client import Site, compare, django_admin, panel, request, token

HANGING = 50
MANY = "100000 per minute"


def page_ratios() -> dict[str, float]:
    """How many times as long as the SMTP page each of Django admin's ADMIN_FORMS takes."""
    with panel() as site, django_admin() as forms:
        return {name: compare(site, form) for name, form in forms.items()}


def waiting_ratio() -> float:
    """How many times as long the page takes while 50 tests hang, as beside none."""
    many = {"SMTP_PANEL_TEST_LIMIT": MANY, "SMTP_PANEL_TEST_TIMEOUT": "120"}
    with panel() as idle, panel(**many) as busy, silence() as port:
        _hang(busy, port)
        return compare(idle, busy)


def first_load() -> tuple[int, int]:
    """Requests and compressed octets of the first load of the SMTP page."""
    with panel() as site:
        page = site.get()
        assets = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.decode())
        sizes = [len(gzip.compress(page))]
        for path in assets:
            headers = {**site.headers, "Accept-Encoding": "gzip"}
            sizes.append(len(request(site.url, "GET", path, headers=headers)[1]))
        return len(sizes), sum(sizes)


def _hang(site: Site, port: int) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true"}
    fields = {
        "csrf_token": token(site.get()),
        "service": "custom",
        "server": "127.0.0.1",
        "port": str(port),
        "sender": "a@b.example",
    }
    for _ in range(HANGING):
        answer = request(
            site.url, "POST", "/admin/smtp/test", headers={**site.headers, **kind},
            body=urlencode(fields),
        )[1]  # fmt: skip
        if b'data-state="running"' not in answer:
            raise RuntimeError(answer.decode()[:3000])


@contextmanager
def silence() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=2 * HANGING))
        yield listener.getsockname()[1]
