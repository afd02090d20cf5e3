"""The nodes on the SMTP page, where there are several: how mail stands on each, and tests of all.

See SPEC W3 and A8.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext, ngettext

from smtp_panel.operations.trials import ALL_NODES
from smtp_panel.panel import current_panel
from smtp_panel.runs.model import Run, RunState
from smtp_panel.smtp.facts import Stage
from smtp_panel.status.model import NodeState, NodeStatus
from smtp_panel.status.standing import Standing
from smtp_panel.storage import utcnow
from smtp_panel.telling.labels import STEP_LABELS
from smtp_panel.telling.ladder import RunView, StepView, run_view
from smtp_panel.telling.language import in_words, language
from smtp_panel.words import N_

LABELS = {
    NodeState.VALID: N_("Healthy"),
    NodeState.FAILING: N_("Problem"),
    NodeState.UNKNOWN: N_("Not checked yet"),
    NodeState.GONE: N_("Gone"),
}


@dataclass(frozen=True, slots=True)
class NodeView:
    """One line of the list: how `name` stands, why it fails, and when that was seen last.

    `cause` and `fault_id`, the diagnosis, are empty where it does not fail.
    """

    name: str
    state: NodeState
    cause: str
    fault_id: str
    at: datetime.datetime

    @property
    def label(self) -> str:
        """The state in words, in the reader's language."""
        return gettext(LABELS[self.state])


@dataclass(frozen=True, slots=True)
class NodeTest:
    """One line of the table: a run, with a cell for each step, and None where it did not begin."""

    run: RunView
    cells: list[StepView | None]
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeTests:
    """Tests of all nodes at once, as a table: node by step (SPEC A8). `steps` are the columns."""

    id: str
    state: RunState
    draft: str
    poll: str | None
    recipient: str
    started: datetime.datetime
    heading: str
    steps: list[str]
    lines: list[NodeTest]


def choices(standing: Standing | None) -> list[tuple[str, str]]:
    """From where a test can be sent, by value; none where there is only one node alive."""
    alive = sorted(status.node for status in standing.nodes) if standing else []
    if len(alive) < 2:
        return []
    here = gettext("%(node)s, which shows this page", node=current_panel().config.node_name)
    every = ALL_NODES, gettext("all nodes at once")
    return [("", here), *((name, name) for name in alive), every]


def tests_of_all(batch: str, runs: Sequence[Run]) -> NodeTests:
    """The tests that were asked of several nodes at once as `batch`."""
    first, poll = runs[0], url_for("smtp.progress", run_id=batch)
    views = [run_view(run, language()) for run in runs]
    states = {view.state for view in views}
    order = (RunState.RUNNING, RunState.FAILED, RunState.PASSED)
    state = next(each for each in order if each in states)
    return NodeTests(
        id=batch,
        state=state,
        draft=views[0].draft,
        poll=poll if state is RunState.RUNNING else None,
        recipient=first.recipient,
        started=first.started_at,
        heading=_heading(state, [view.state for view in views]),
        steps=[gettext(STEP_LABELS[stage]) for stage in first.order()],
        lines=[_line(view, first.order()) for view in views],
    )


def nodes(standing: Standing | None) -> list[NodeView]:
    """Every node, by name; none where there is only one, of which the page tells anyway."""
    known = [*standing.nodes, *standing.gone] if standing else []
    if len(known) < 2:
        return []
    now = utcnow()
    return [_view(status, now) for status in sorted(known, key=lambda status: status.node)]


def _view(status: NodeStatus, now: datetime.datetime) -> NodeView:
    state = status.state(now)
    why = status.explanation() if state is NodeState.FAILING else None
    return NodeView(
        name=status.node,
        state=state,
        cause=why.cause(language(), in_words) if why else "",
        fault_id=why.id if why else "",
        at=status.seen_at if state is NodeState.GONE else status.checked_at,
    )


def _heading(state: RunState, states: Sequence[str]) -> str:
    if state is RunState.RUNNING:
        return gettext("The test is running…")
    failed = states.count(RunState.FAILED)
    if not failed:
        return gettext("Accepted by the server, from every node.")
    return ngettext(
        "From %(num)s node of %(all)s the test message was not sent.",
        "From %(num)s nodes of %(all)s the test message was not sent.",
        failed,
        all=len(states),
    )


def _line(view: RunView, stages: Sequence[Stage]) -> NodeTest:
    begun = {step.step: step for step in view.steps}
    there = url_for("smtp.progress", run_id=view.id)
    return NodeTest(view, [begun.get(stage) for stage in stages], there)
