"""Searches for settings, for pages and programs: few at once, and trying counts (SPEC P1, L1)."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import timedelta

from sqlalchemy.orm import Session

from smtp_panel import audit
from smtp_panel.access import limits
from smtp_panel.audit import Actor, AuditAction
from smtp_panel.finding.finding import Found, in_dns, in_table
from smtp_panel.finding.query import Query
from smtp_panel.finding.search import SEARCH_SECONDS, Search
from smtp_panel.finding.trying import PORTS, usual_names
from smtp_panel.panel import Panel
from smtp_panel.runs.model import Run, RunKind
from smtp_panel.runs.runner import GRACE
from smtp_panel.runs.threads import Busy
from smtp_panel.settings.network import network_for_finding
from smtp_panel.storage import db, utcnow, writing
from smtp_panel.words import N_, Sentence

MOST_AT_ONCE = 4  # in a process, so that slow servers of others leave threads for other pages
PATIENCE = 0.5  # seconds that one more waits for its turn
_slots = threading.BoundedSemaphore(MOST_AT_ONCE)


class SearchesBusy(Busy):
    """As many searches are under way as may be at once."""

    sentence = Sentence(
        N_("As many searches as possible are under way. Look up again in a few seconds.")
    )


def search(panel: Panel, query: Query) -> Found:
    """What the table of providers and the DNS say of `query`; raises SearchesBusy."""
    found = in_table(query)
    if found:
        return found
    with slot():
        return in_dns(query, network_for_finding(panel.config).ask)


def begin(panel: Panel, query: Query, by: Actor, draft: Mapping[str, str]) -> Run:
    """Start the same and a try of the usual names; returns its row, which tells how far it is.

    `draft` is what stands in the form, without secrets. It counts as a test, and is one in the
    audit log, for the panel connects where `by` wants it to. Raises Busy and LimitReached; nothing
    is tried then.
    """
    work = Search(query, network_for_finding(panel.config))
    with slot() as held:
        limits.charge_actor("test", by)
        with writing(db.session) as session:
            _note(session, query, by)
            run = _new_run(session, panel, work, by, draft)
        panel.runner.start(held.pop_all(), run.id, work, lambda _session, _run: None)
    return run


def _new_run(
    session: Session, panel: Panel, work: Search, by: Actor, draft: Mapping[str, str]
) -> Run:
    now = utcnow()
    run = Run(
        kind=RunKind.SEARCH,
        node=panel.config.node_name,
        user_id=by.user_id,
        draft=dict(draft),
        steps=work.steps_json(),
        started_at=now,
        ends_by=now + timedelta(seconds=SEARCH_SECONDS) + GRACE,
    )
    session.add(run)
    session.flush()
    return run


def _note(session: Session, query: Query, by: Actor) -> None:
    servers = (*usual_names(query.domain), f"MX {query.domain}")  # whose hosts are not known yet
    tried = {"server": ", ".join(servers), "port": ", ".join(map(str, PORTS))}
    changes = {name: (None, text) for name, text in tried.items()}
    audit.record(session, AuditAction.TEST_STARTED, by, changes=changes)


def slot() -> ExitStack:
    """Take one of MOST_AT_ONCE, to be closed; raises SearchesBusy if none is free for PATIENCE."""
    db.session.rollback()  # whoever waits for others holds no connection to the database
    if not _slots.acquire(timeout=PATIENCE):
        raise SearchesBusy
    held = ExitStack()
    held.callback(_slots.release)
    return held
