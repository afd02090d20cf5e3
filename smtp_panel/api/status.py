"""How mail stands, on every node (SPEC A5, W3)."""

from __future__ import annotations

import datetime
from typing import Literal

from flask import Response
from flask.typing import ResponseReturnValue

from smtp_panel.access.keys import KeyScope
from smtp_panel.api.bodies import JSON, JsonAnswer
from smtp_panel.api.operation import Operation
from smtp_panel.api.v1 import blueprint
from smtp_panel.outbox.gauge import gauges
from smtp_panel.panel import current_panel
from smtp_panel.status.ending import Ending, EndingKind, calendar
from smtp_panel.status.model import NodeState, NodeStatus
from smtp_panel.status.standing import Standing, standing
from smtp_panel.storage import db, lately, utcnow
from smtp_panel.telling.language import language
from smtp_panel.telling.problem import node_message, problem_in

status = blueprint("status")


class StatusOfNode(JsonAnswer):
    """How mail stands on a node, by the version of the settings that it has checked.

    `message` says what is wrong and what to do; a node without a sign of life for 45 s is gone.
    """

    name: str
    state: NodeState
    seen_at: datetime.datetime
    settings_version: int | None
    message: str


class SentLately(JsonAnswer):
    """What was sent in the last minute, hour or day.

    It `counts` messages in a minute, and recipients in an hour or day, unless the limit is one of
    messages. `limit` is what the mail server lets through, where that is known: `documented_by` its
    provider, at `source`, or learnt from what it says. One that `varies` is documented for some
    accounts, and others may send more. While it is `kept`, what would pass it waits, up to
    `goes_on_at`.
    """

    sent: int
    counts: Literal["messages", "recipients"]
    limit: int | None
    kept: bool
    varies: bool
    documented_by: str
    source: str
    server_says: str
    goes_on_at: datetime.datetime | None


class Sent(JsonAnswer):
    """What was sent lately, against what the mail server lets through."""

    minute: SentLately
    hour: SentLately
    day: SentLately


class End(JsonAnswer):
    """When that ends which mail needs: a certificate of `name`, or the client secret of it.

    `days_left` are whole days, negative once it has ended.
    """

    what: EndingKind
    name: str
    at: datetime.datetime
    days_left: int


class Status(JsonAnswer):
    """Whether mail leaves from every node that is alive, how many messages wait, and what ends.

    `message` says what keeps it from leaving. Of more than 10,000 that wait only one more is told.
    """

    is_valid: bool
    message: str
    nodes: list[StatusOfNode]
    waiting: int
    sent: Sent
    ends: list[End]


@status.get("/status")
@Operation(scopes=(KeyScope.READ,), answers={200: Status})
def show() -> ResponseReturnValue:
    """Whether mail leaves, what each node has found, and how many messages wait."""
    body = lately(("status", language()), lambda: _status().model_dump_json())
    return Response(body, mimetype=JSON)


def _status() -> Status:
    now, found = utcnow(), standing(db.session())
    problem = problem_in(found)
    valid = {node.state(now) for node in found.nodes} == {NodeState.VALID}
    return Status(
        is_valid=valid and problem is None,
        message=f"{problem.cause} {problem.remedy}".strip() if problem else "",
        nodes=[_told(node, now) for node in (*found.nodes, *found.gone)],
        waiting=found.waiting,
        sent=sent_lately(now),
        ends=[End(**each.facts(now)) for each in _calendar(found, now)],
    )


def _calendar(found: Standing, now: datetime.datetime) -> list[Ending]:
    return calendar(current_panel().saved(db.session()), found.nodes, now)


def sent_lately(now: datetime.datetime) -> Sent:
    """What was sent up to `now` by the settings in force, against what may be."""
    session = db.session()
    found = gauges(session.connection(), current_panel().account(session), now)
    return Sent(**{each.span: SentLately(**each.facts()) for each in found})


def _told(node: NodeStatus, now: datetime.datetime) -> StatusOfNode:
    return StatusOfNode(
        name=node.node,
        state=node.state(now),
        seen_at=node.seen_at,
        settings_version=node.settings_version,
        message=node_message(node),
    )
