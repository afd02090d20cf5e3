"""What one process of a machine does beside requests or sending, and how often."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from smtp_panel.access import api_tokens, links, sessions
from smtp_panel.alerts import ends
from smtp_panel.alerts.alerts import ALERTS_SECONDS, Alerts
from smtp_panel.alerts.ends import ENDS_SECONDS
from smtp_panel.alerts.ping import PING_SECONDS, ping_of
from smtp_panel.background import Loop, Ownership
from smtp_panel.operations import failures, looks, trials
from smtp_panel.outbox import idempotency, volume
from smtp_panel.outbox.listing import waiting
from smtp_panel.outbox.pruning import prune
from smtp_panel.outbox.tally import fold, note_depth
from smtp_panel.panel import Panel
from smtp_panel.runs.asked import ASKED_SECONDS
from smtp_panel.runs.runner import forget_old
from smtp_panel.schedules import runs as schedule_runs
from smtp_panel.schedules.scheduler import Scheduler
from smtp_panel.settings import confirmation
from smtp_panel.settings.cipher import KeyUnavailable
from smtp_panel.settings.confirmation import BY_ITSELF, NotAwaited
from smtp_panel.settings.network import network_for_content
from smtp_panel.settings.rules import Refused
from smtp_panel.status.due import CHECKS_SECONDS, is_due
from smtp_panel.status.service import BEAT_SECONDS, beat, forget_gone
from smtp_panel.storage import db, utcnow, writing
from smtp_panel.storage.errors import storage_errors

CLEANING_SECONDS = 3600.0
PRUNING_SECONDS = 5.0  # some hundred messages a turn are millions a day
DEPTH_SECONDS = 60.0
SCHEDULER_SECONDS = 5.0
RETURN_SECONDS = 5.0
RENEWING_SECONDS = 20.0
SANDBOX_SECONDS = 1.5
SCHEDULERS = 3  # so that content which takes its time keeps no other waiting

log = logging.getLogger(__name__)


def loops(panel: Panel) -> list[Loop]:
    """Every loop of an installation."""
    alerts = Alerts(panel)
    ping = ping_of(panel.config)
    regular_looks = looks.RegularLooks()
    scheduler = Scheduler(panel.app, panel.cipher, network_for_content(panel.config))
    return [
        _loop(panel, "heartbeat", BEAT_SECONDS, _beat),
        _loop(panel, "checks", CHECKS_SECONDS, _check),
        _loop(panel, "asked tests", ASKED_SECONDS, trials.answer),
        _loop(panel, "automatic return", RETURN_SECONDS, lambda of: return_due(of, utcnow())),
        *(
            [_loop(panel, "sandbox", SANDBOX_SECONDS, failures.end_overdue)]
            if panel.sandbox
            else []
        ),
        _loop(panel, "cleaning", CLEANING_SECONDS, _clean),
        _loop(panel, "outbox pruning", PRUNING_SECONDS, _prune),
        _loop(panel, "outbox depth", DEPTH_SECONDS, _note_depth),
        _loop(panel, "alerts", ALERTS_SECONDS, lambda _: alerts.turn()),
        _loop(panel, "ends", ENDS_SECONDS, _tell_ends),
        _loop(panel, "deliverability", looks.TURN_SECONDS, regular_looks.turn),
        *([_loop(panel, "ping", PING_SECONDS, lambda _: ping.turn())] if ping else []),
        *[_loop(panel, "schedules", SCHEDULER_SECONDS, lambda _: scheduler.work())] * SCHEDULERS,
        _loop(panel, "schedules in hand", RENEWING_SECONDS, lambda _: scheduler.renew()),
    ]


def ownership(panel: Panel) -> Ownership:
    """Which of the processes with the data folder of `panel` runs the loops."""
    return Ownership(panel.config.data_dir / "background.lock")


def _loop(panel: Panel, name: str, seconds: float, work: Callable[[Panel], object]) -> Loop:
    """A loop whose work has the database of `panel` at hand, and says what is wrong with that."""

    def turn() -> None:
        with panel.app.app_context(), storage_errors(db.engine.url):
            work(panel)

    return Loop(name, seconds, turn)


def _beat(panel: Panel) -> None:
    with writing(db.session) as session:
        beat(session, panel.config.node_name, panel.config.check_seconds)


def _check(panel: Panel) -> None:
    if is_due(db.session(), panel.config.node_name, panel.config.check_seconds):
        panel.check_saved()


def return_due(panel: Panel, now: datetime) -> None:
    """Put the last settings that worked in force again, where nobody has confirmed others in time.

    Where that can't be, it is said in the log and on the page, and not tried again.
    """
    if not confirmation.is_due(db.session(), now):
        return
    try:
        panel.change(
            lambda session: confirmation.go_back(session, panel.environment, now),
            BY_ITSELF,
            None,
        )
    except NotAwaited:
        return  # somebody was faster
    except (Refused, KeyUnavailable) as reason:
        log.warning("unconfirmed settings stay in force, for they can't go back: %s", reason)
        with writing(db.session) as session:
            confirmation.give_up(session, reason.sentence, now)


def _clean(_panel: Panel) -> None:
    with writing(db.session) as session:
        forget_old(session)
        forget_gone(session)
        sessions.forget_ended(session)
        links.forget_expired(session)
        api_tokens.forget_ended(session)
        idempotency.forget(session)
        volume.forget(session.connection(), utcnow())
        fold(session.connection(), utcnow())
        schedule_runs.forget(session, utcnow())


def _tell_ends(panel: Panel) -> None:
    with writing(db.session) as session:
        ends.tell(session, panel, utcnow())


def _prune(panel: Panel) -> None:
    keep = timedelta(days=panel.config.keep_messages_days)
    with writing(db.session) as session:
        prune(session.connection(), utcnow() - keep)


def _note_depth(_panel: Panel) -> None:
    count = waiting(db.session.connection())
    with writing(db.session) as session:
        note_depth(session.connection(), count, utcnow())
