"""Pages of an admin with a million messages, beside the same with ten thousand (SPEC M6, W7)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from smtp_panel.storage import upgrade
from tests.bench.client import Site, compare, panel
from tests.bench.filled import fill
from tests.servers.postgresql import postgresql_server
from tests.storage.databases import opened

FEW, MANY = 10_000, 1_000_000
PAGES = {
    "outbox, newest": "/admin/outbox",
    "outbox, in the middle": "/admin/outbox?before={middle:014x}",
    "outbox, to one address": "/admin/outbox?q=eve@x.example",
    "audit log, with its warnings": "/admin/audit",
}


def outbox_page_ratios() -> Iterator[tuple[str, float]]:
    """By engine and page: how many times as long it takes with MANY messages."""
    with tempfile.TemporaryDirectory() as folder:
        few, many = (f"sqlite:///{Path(folder) / name}" for name in ("few.db", "many.db"))
        yield from _ratios("SQLite", few, many)
    with postgresql_server() as cluster:
        few, many = (cluster.url(cluster.create()) for _ in range(2))
        yield from _ratios("PostgreSQL", few, many)


def _ratios(engine: str, few: str, many: str) -> Iterator[tuple[str, float]]:
    with _outbox(few, FEW) as yardstick, _outbox(many, MANY) as measured:
        for name, path in PAGES.items():
            beside = _page(yardstick, path, FEW)
            yield f"{name}, {engine}", compare(beside, _page(measured, path, MANY))


def _page(site: Site, path: str, messages: int) -> Site:
    return replace(site, path=path.format(middle=messages // 2))


@contextmanager
def _outbox(url: str, messages: int) -> Iterator[Site]:
    engine = opened(url)
    upgrade(engine)
    fill(engine, messages)
    engine.dispose()
    with panel(SMTP_PANEL_DATABASE_URL=url, SMTP_PANEL_WORKER="off") as site:
        yield site
