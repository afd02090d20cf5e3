"""The nodes on the SMTP page, where there are several: how mail stands on each (SPEC W3)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from flask_babel import gettext

from smtp_panel.status.model import NodeState, NodeStatus
from smtp_panel.status.standing import Standing
from smtp_panel.storage import utcnow
from smtp_panel.telling.language import language
from smtp_panel.words import N_

LABELS = {
    NodeState.VALID: N_("Healthy"),
    NodeState.FAILING: N_("Problem"),
    NodeState.UNKNOWN: N_("Not checked yet"),
    NodeState.GONE: N_("Gone"),
}


@dataclass(frozen=True, slots=True)
class NodeView:
    """One line of the list: how `name` stands, why it fails, and when that was seen last."""

    name: str
    state: NodeState
    cause: str
    at: datetime.datetime

    @property
    def label(self) -> str:
        """The state in words, in the reader's language."""
        return gettext(LABELS[self.state])


def nodes(standing: Standing | None) -> list[NodeView]:
    """Every node, by name; none where there is only one, of which the page tells anyway."""
    known = [*standing.nodes, *standing.gone] if standing else []
    if len(known) < 2:
        return []
    now = utcnow()
    return [_view(status, now) for status in sorted(known, key=lambda status: status.node)]


def _view(status: NodeStatus, now: datetime.datetime) -> NodeView:
    state, why = status.state(now), status.explanation()
    return NodeView(
        name=status.node,
        state=state,
        cause=why.cause(language()) if why and state is NodeState.FAILING else "",
        at=status.seen_at if state is NodeState.GONE else status.checked_at,
    )
