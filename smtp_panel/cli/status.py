"""`smtp status`: whether mail leaves each node, as the last check there found (SPEC W3, A6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from flask.cli import with_appcontext
from flask_babel import gettext

from smtp_panel.cli import gauge
from smtp_panel.cli.command import json_option, print_json
from smtp_panel.cli.exits import MAIL_FAILS
from smtp_panel.cli.panel import panel
from smtp_panel.panel import current_panel
from smtp_panel.relay.service import relay_port
from smtp_panel.status.ending import Ending, calendar
from smtp_panel.status.model import Health, NodeStatus
from smtp_panel.status.standing import Standing, standing
from smtp_panel.storage import db, utcnow
from smtp_panel.telling.actors import actor_in_words
from smtp_panel.telling.ending import ending_in_words
from smtp_panel.telling.language import ago, in_words, language
from smtp_panel.telling.problem import HEADLINES, MailProblem, Paused, paused_in, problem_in
from smtp_panel.words import N_

HEALTH_LABELS = HEADLINES | {Health.UNKNOWN: N_("Not checked yet"), Health.HEALTHY: N_("Healthy")}


@click.command("status")
@json_option
@with_appcontext
def status(as_json: bool) -> None:
    """Print whether mail leaves, and for each node what its last check found."""
    with panel():
        db.session.remove()
        found = standing(db.session())
        problem = problem_in(found)
        paused = paused_in(found)
        sent, ends = gauge.sent_lately(), _calendar(found)
        ok = bool(found.nodes) and problem is None
        if as_json:
            told = _as_json(found, problem, paused)
            told["sent"] = {each.span: each.facts() for each in sent}
            told["ends"] = [each.facts(utcnow()) for each in ends]
            print_json({"ok": ok, **told})
        else:
            _print(found, problem, paused)
            click.echo("\n".join(map(gauge.in_words, sent)))
            for told_of in (ending_in_words(each, utcnow()) for each in ends):
                click.echo(f"{told_of.what}: {told_of.when}")
    if not ok:
        click.get_current_context().exit(MAIL_FAILS)


def _as_json(found: Standing, problem: MailProblem | None, paused: Paused | None) -> dict[str, Any]:
    """What `_print` prints, as JSON data."""
    return {
        "waiting": found.waiting,
        "problem": _facts(problem) if problem else None,
        "paused": {"by": paused.by, "since": paused.since} if paused else None,
        "relay": {"port": relay_port(current_panel().config)},
        "nodes": [facts_of(each) for each in (*found.nodes, *found.gone)],
    }


def _calendar(found: Standing) -> list[Ending]:
    """What ends, and when."""
    return calendar(current_panel().saved(db.session()), found.nodes, utcnow())


def _facts(problem: MailProblem) -> dict[str, Any]:
    return {
        "headline": problem.headline,
        "cause": problem.cause,
        "remedy": problem.remedy,
        "field": problem.field,
        "since": problem.since,
        "node": problem.node,
    }


def _print(found: Standing, problem: MailProblem | None, paused: Paused | None) -> None:
    """What the nodes have found, what real mail has met beside it, and whether it is paused."""
    for each in found.nodes:
        print_status(each)
    if not found.nodes:
        click.echo(gettext("No node is running, so nothing is known."))
    for each in found.gone:
        passed = ago(each.seen_at)
        click.echo(gettext("%(node)s: Gone, last seen %(ago)s", node=each.node, ago=passed))
    if problem and not problem.node:
        click.echo(f"{problem.headline} ({ago(problem.since)})")
        click.echo("\n".join(f"  {line}" for line in (problem.cause, problem.remedy) if line))
    if paused:
        click.echo(f"{gettext('Sending is paused')} ({ago(paused.since)})")
        who = actor_in_words(paused.by)
        click.echo("  " + gettext("By %(who)s. What is accepted meanwhile waits.", who=who))
    if (told_of := problem or paused) and told_of.waiting:
        click.echo(told_of.waiting)


def nodes() -> Mapping[str, NodeStatus]:
    """The present status of each node that is alive, by name."""
    db.session.remove()
    return {each.node: each for each in standing(db.session()).nodes}


def facts_of(status: NodeStatus) -> dict[str, Any]:
    """The status of a node as JSON data; times in UTC (RFC 3339)."""
    why = status.explanation()
    diagnosis = (
        {
            "id": why.id,
            "cause": why.cause(language(), in_words),
            "remedy": why.remedy(language()),
            "field": why.field,
        }
        if why
        else None
    )
    return {
        "node": status.node,
        "state": status.state(utcnow()),
        "health": status.health,
        "since": status.since,
        "checked_at": status.checked_at,
        "seen_at": status.seen_at,
        "version": status.settings_version,
        "server": status.server,
        "diagnosis": diagnosis,
    }


def print_status(status: NodeStatus) -> None:
    """Print whether mail leaves a node, and if not, why."""
    click.echo(f"{status.node}: {gettext(HEALTH_LABELS[status.health])} ({ago(status.checked_at)})")
    why = status.explanation()
    if status.broken and why:
        click.echo(f"  {why.cause(language(), in_words)}\n  {why.remedy(language())}")
