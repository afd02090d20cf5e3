"""Searches for settings, for pages and programs: few at once, and trying counts (SPEC P1, L1)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from smtp_panel.access import limits
from smtp_panel.audit import Actor
from smtp_panel.finding.finding import Found, find, find_by_trying
from smtp_panel.finding.query import Query
from smtp_panel.panel import Panel
from smtp_panel.runs.runner import Busy
from smtp_panel.settings.network import network_for_finding
from smtp_panel.storage import db

MOST_AT_ONCE = 3  # in a process, so that slow servers of others leave threads for other pages
_slots = threading.BoundedSemaphore(MOST_AT_ONCE)


def search(panel: Panel, query: Query) -> Found:
    """What the table of providers and the DNS say of `query`; raises Busy."""
    with slot():
        return find(query, network_for_finding(panel.config).ask)


def search_by_trying(panel: Panel, query: Query, by: Actor) -> Found:
    """The same, and what answers at the usual names; raises Busy and LimitReached.

    It counts as a test, for the panel connects where `by` wants it to.
    """
    with slot():
        limits.charge_actor("test", by)
        return find_by_trying(query, network_for_finding(panel.config))


@contextmanager
def slot() -> Iterator[None]:
    """One of MOST_AT_ONCE; whoever waits in it for others holds no connection to the database."""
    if not _slots.acquire(blocking=False):
        raise Busy
    try:
        db.session.rollback()
        yield
    finally:
        _slots.release()
