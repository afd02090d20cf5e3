"""Looking at the From domain of the settings in force: for an admin, and every day (SPEC D5)."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from ipaddress import ip_address
from threading import Thread

from sqlalchemy.exc import SQLAlchemyError

from smtp_panel.access import limits
from smtp_panel.audit import Actor
from smtp_panel.deliverability import seen
from smtp_panel.deliverability.look import LOOK_SECONDS, look
from smtp_panel.deliverability.question import Question, helo_name
from smtp_panel.deliverability.selectors import Selector
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.guard import is_public
from smtp_panel.panel import Panel
from smtp_panel.runs.model import Run
from smtp_panel.runs.threads import Busy, in_thread
from smtp_panel.settings.draft import NoDefaultService
from smtp_panel.settings.network import network_for_content
from smtp_panel.settings.rules import sender_address
from smtp_panel.settings.saved import Saved, addresses_for, sender_for
from smtp_panel.settings.values import Service
from smtp_panel.smtp.facts import Stage
from smtp_panel.status.model import NodeStatus
from smtp_panel.status.standing import standing
from smtp_panel.storage import db, utcnow, writing

BY_ITSELF = ""  # in place of the name of an admin
TURN_SECONDS = 2.0  # after which it is seen that others have saved


def domain_of(panel: Panel, saved: Saved) -> str:
    """The From domain of mail by the `saved` settings; empty where it is none that others know.

    That is so before there is a From, and of a name such as localhost.
    """
    with suppress(NoDefaultService):
        domain = sender_address(sender_for(saved, panel.default)).rpartition("@")[2]
        return domain if "." in domain else ""
    return ""


def question_of(panel: Panel, saved: Saved) -> Question:
    """What to ask of mail by the `saved` settings, which have a From, and where keys may be."""
    domain = domain_of(panel, saved)
    known = seen.last_seen(db.session(), domain)
    default = panel.default if saved.service is Service.DEFAULT else None
    server = default.endpoint.server if default else saved.server
    return Question(
        domain=domain,
        mail_from=addresses_for(saved, panel.default).envelope_sender,
        server=server,
        helo=helo_name(saved.ehlo_name or panel.config.ehlo_name),
        addresses=_leaving(panel, server),
        selectors=tuple(known.selectors) if known else (),
    )


def _leaving(panel: Panel, server: str) -> tuple[str, ...]:
    """The addresses from which mail leaves for the world, as far as they are known.

    They are this installation's where `server` is beside it, and that server's own elsewhere.
    """
    nodes = standing(db.session()).nodes
    egress = panel.egress(nodes)
    reached = [each for node in nodes if (each := _reached(node))] or [server]
    return egress.addresses if not egress.private and all(map(_is_beside, reached)) else ()


def _reached(node: NodeStatus) -> str | None:
    """The address of the mail server that the last check or test from `node` reached."""
    known = node.run_id and node.is_of_settings_in_force
    run = db.session.get(Run, node.run_id) if known else None
    met = {step.step: step.detail for step in run.ladder()} if run else {}
    address = met.get(Stage.CONNECT, {}).get("address", "")
    return str(address).rpartition(":")[0].strip("[]") or None


def _is_beside(server: str) -> bool:
    """Whether `server` is in this network: by its address, or a name that is known only there."""
    try:
        return not is_public(str(ip_address(server)))
    except ValueError:
        return "." not in server


def begin(panel: Panel, by: Actor, selectors: Sequence[Selector] = ()) -> Thread | None:
    """Look anew in the background, for `by`, who may have entered `selectors`.

    None where there is no domain, or somebody looks already. Else it counts as a test (SPEC L1);
    raises LimitReached, and Busy where no thread can be had.
    """
    saved = panel.saved(db.session())
    domain = domain_of(panel, saved)
    known = seen.last_seen(db.session(), domain)
    looking = known is not None and known.is_looking(utcnow())
    if not domain or (looking and not selectors):
        return None
    limits.charge_actor("test", by)
    claimed = _claim(domain, selectors, by)
    if claimed is None:
        return None
    try:
        return in_thread(partial(_work, panel, saved, claimed, by.name), f"look {domain}")
    except Busy:
        with writing(db.session) as session:
            seen.give_up(session, domain, claimed)
        raise


class RegularLooks:
    """Looks anew by itself. After a fault of the program it rests, for the next look has it too.

    `clock` tells seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rests_until = -math.inf

    def turn(self, panel: Panel) -> None:
        """Look anew if that is due."""
        if self._clock() < self._rests_until:
            return
        try:
            _watch(panel)
        except SQLAlchemyError:
            raise  # the database works again at any moment
        except Exception:
            self._rests_until = self._clock() + seen.SOONER_SECONDS
            raise


def _watch(panel: Panel) -> None:
    """Look anew if that is due, but not before a check has told where the mail server is."""
    saved = panel.saved(db.session())
    domain = domain_of(panel, saved)
    known = seen.last_seen(db.session(), domain) if domain else None
    due = domain and seen.is_due(known, saved.version, panel.config.watch_seconds, utcnow())
    if due and not _is_checking() and (claimed := _claim(domain, (), Actor(BY_ITSELF))):
        _look(panel, saved, claimed, BY_ITSELF)


def _is_checking() -> bool:
    now = utcnow()
    return any(node.is_checking(now) for node in standing(db.session()).nodes)


def _claim(domain: str, selectors: Sequence[Selector], by: Actor) -> datetime | None:
    with writing(db.session) as session:
        if selectors:
            seen.enter(session, domain, selectors, by)
        return seen.claim(session, domain, utcnow())


def _work(panel: Panel, saved: Saved, claimed: datetime, by: str) -> None:
    with panel.app.app_context():
        _look(panel, saved, claimed, by)


def _look(panel: Panel, saved: Saved, claimed: datetime, by: str) -> None:
    """Look at what `claimed` is for, and keep what is found."""
    domain = domain_of(panel, saved)
    try:
        question = question_of(panel, saved)
        db.session.rollback()  # so that no connection to the database waits for the network
        found = look(question, network_for_content(panel.config), Deadline(LOOK_SECONDS))
    except BaseException:
        with writing(db.session) as session:
            seen.give_up(session, domain, claimed)
        raise
    with writing(db.session) as session:
        seen.note(session, domain, claimed, found, version=saved.version, by=by, now=utcnow())
