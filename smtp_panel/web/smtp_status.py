"""How mail stands, and whether the settings may go back, as the SMTP page shows it (SPEC W2)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from flask import url_for

from smtp_panel.runs.model import Run
from smtp_panel.settings.confirmation import BY_ITSELF
from smtp_panel.settings.earlier import WayBack, way_back
from smtp_panel.status.model import Health, NodeStatus
from smtp_panel.storage import db, utcnow
from smtp_panel.telling.ladder import RunView, run_view
from smtp_panel.telling.language import language
from smtp_panel.telling.problem import MailProblem, Paused
from smtp_panel.web.nav import nav
from smtp_panel.words import N_

TOLD_FOR = datetime.timedelta(days=1)  # that settings came back
CHECKING = "checking"
HEALTHS = {
    Health.UNKNOWN: "unchecked",
    Health.HEALTHY: "healthy",
    Health.UNCONFIGURED: "unconfigured",
    Health.SECRET_LOST: "problem",
    Health.FAILED: "problem",
    Health.STALLED: "problem",
}
STATUS_LABELS = {
    "healthy": N_("Healthy"),
    "problem": N_("Problem"),
    CHECKING: N_("Checking…"),
    "unchecked": N_("Not checked yet"),
    "unconfigured": N_("Not set up yet"),
}


@dataclass(frozen=True, slots=True)
class StatusView:
    """How mail stands. `run` is the check that failed.

    Where mail is broken and earlier settings worked, `leaves` is the version of those in force.
    `way_back` leads to the last settings that worked; those in force came back by themselves at
    `came_back`, where that is not long ago.

    `seen` tells this from any other state; before its first space it says what is known, which a
    check under way does not change.
    """

    state: str
    at: datetime.datetime | None
    run: RunView | None
    seen: str
    leaves: int | None = None
    way_back: WayBack | None = None
    came_back: datetime.datetime | None = None

    def tells_news(self, seen: str) -> bool:
        """Whether more is known, or something else, than whoever has `seen` the page knows."""
        return seen.partition(" ")[0] != self.seen.partition(" ")[0]

    @property
    def label(self) -> str:
        """The state in words, to be translated."""
        return STATUS_LABELS[self.state]

    @property
    def poll(self) -> str:
        """Where to ask whether it still stands so."""
        return url_for("smtp.status", seen=self.seen)


def status_view() -> StatusView:
    """The status of the node that is broken longest, or of any node if none is."""
    standing, back = nav().standing, way_back(db.session())
    if standing is None or not standing.nodes:
        return StatusView("unchecked", None, None, _awaited(back), way_back=back)
    first = standing.nodes[0]
    problem = nav().problem
    mail_fails = problem and not first.broken
    known = HEALTHS[Health.FAILED if mail_fails else first.health]
    state = CHECKING if nav().checking else known
    run = db.session.get(Run, first.run_id) if first.broken and first.run_id else None
    about = _about(problem or nav().paused) + _awaited(back)
    return StatusView(
        state=state,
        at=first.checked_at if first.health is not Health.UNKNOWN else None,
        run=run_view(run, language()) if run else None,
        seen=" ".join([known, state, first.node, first.checked_at.isoformat(), about]),
        leaves=_version_to_leave(first, back, refused=standing.refused),
        way_back=back,
        came_back=_came_back(first, back),
    )


def _version_to_leave(status: NodeStatus, back: WayBack | None, *, refused: bool) -> int | None:
    """The version of the settings in force, where mail is broken by them and others worked.

    Where real mail is `refused`, settings may break it that pass every check, as long as they have
    sent no message. None where they are left anyhow, unless somebody confirms them.
    """
    version = status.version_in_force or 0
    if back is None or back.awaited:
        return None
    others = back.version < version or (refused and back.earlier is not None)
    return version if (status.broken or refused) and others else None


def _came_back(status: NodeStatus, back: WayBack | None) -> datetime.datetime | None:
    """When the settings in force came back by themselves, as long as that is told."""
    if back is None or back.version != status.version_in_force or back.saved_by != BY_ITSELF.name:
        return None
    return back.saved_at if utcnow() - back.saved_at < TOLD_FOR else None


def _awaited(back: WayBack | None) -> str:
    """What there is to tell of a confirmation that is awaited, which changes while it is."""
    awaited = back.awaited if back else None
    return f" {awaited.deadline.isoformat()} {bool(awaited.failure)}" if awaited else ""


def _about(told: MailProblem | Paused | None) -> str:
    """What there is to tell of a problem or a pause, which changes while it lasts."""
    return f"{told.since.isoformat()} {told.waiting}" if told else ""
