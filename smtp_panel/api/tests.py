"""Tests of the mail path: started by programs, and followed step by step (SPEC A5, T1-T6)."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from pydantic import Field
from werkzeug.exceptions import NotFound

from smtp_panel.access import users
from smtp_panel.access.keys import ApiKey, KeyScope
from smtp_panel.access.principal import Principal
from smtp_panel.access.users import Role
from smtp_panel.api.bodies import JsonAnswer, JsonObject, WrongFields, answer
from smtp_panel.api.diagnoses import DiagnosisInWords, in_words
from smtp_panel.api.operation import Operation
from smtp_panel.api.settings_types import SettingsChange, draft_of, model
from smtp_panel.api.v1 import asking, blueprint
from smtp_panel.check.check import Verdict
from smtp_panel.check.steps import StepState
from smtp_panel.operations import trials
from smtp_panel.panel import current_panel
from smtp_panel.runs.asked import runs_of
from smtp_panel.runs.model import Run, RunState
from smtp_panel.smtp.facts import Stage
from smtp_panel.storage import db, utcnow
from smtp_panel.telling.diagnoses import step_json
from smtp_panel.telling.language import language
from smtp_panel.telling.verdict import verdict_of
from smtp_panel.words import N_

NO_ADMIN = N_("A test message goes to an admin alone. Name the mail address of one.")

# Of several nodes, the one that decides how a test stands.
URGENCY = (RunState.RUNNING, RunState.FAILED, RunState.PASSED)

tests = blueprint("tests")

NewTest = model(
    "NewTest",
    "A test to be started: of the settings in force, or of those with a change.",
    JsonObject,
    to=(str | None, Field(default=None, description="An admin; else the key's maker")),
    settings=(SettingsChange | None, Field(default=None)),
    node=(str | None, Field(default=None, description='A node by name, or "all"; else this one')),
)


class StepOfTest(JsonAnswer):
    """One step, its time in milliseconds once it has ended, and what was met."""

    step: Stage
    state: StepState
    ms: float | None
    detail: dict[str, Any]


class TestOfNode(JsonAnswer):
    """How far a test from one node is, or how it ended, which `message` says in a sentence.

    Accepted is not arrived: `arrived_at` is when the link in the message was opened.
    """

    node: str
    state: RunState
    verdict: Verdict | None
    message: str
    steps: list[StepOfTest]
    diagnosis: DiagnosisInWords | None
    arrived_at: datetime.datetime | None


class TestRun(TestOfNode):
    """A test. One of all nodes is running while one of `nodes` is, and tells of the first to fail.

    `nodes` is empty for a test from one node.
    """

    id: str
    nodes: list[TestOfNode]


@tests.post("/test")
@Operation(
    scopes=(KeyScope.MANAGE,),
    answers={202: TestRun},
    body=NewTest,
    optional=True,
    gives=("Location",),
    leads_to="api_tests.show",
)
def start(body: Any) -> ResponseReturnValue:
    """Start a test, which sends one message to an admin. Location is where to follow it.

    It is of the settings in force, or with `settings` of a change that is not saved. A change of
    where a secret goes needs the secret again, as in a save.
    """
    panel, principal = current_panel(), asking()
    draft = draft_of(panel, panel.saved(db.session()), body.settings)
    by, words, to = principal.actor, language(), _recipient(body.to, principal)
    if body.node in {None, panel.config.node_name}:
        started = [trials.begin(panel, draft, by, language=words, recipient=to)]
    else:
        started = [*trials.ask(panel, draft, by, body.node, language=words, recipient=to)]
    told = _told(started[0].batch or started[0].id, started)
    response = answer(told, 202)
    response.headers["Location"] = url_for("api_tests.show", test_id=told.id)
    return response


@tests.get("/tests/<id:test_id>")
@Operation(scopes=(KeyScope.READ,), answers={200: TestRun})
def show(test_id: str) -> ResponseReturnValue:
    """How far a test is, or how it ended. Ask again while its state is running."""
    runs = runs_of(db.session, test_id)
    if not runs:
        raise NotFound
    return answer(_told(test_id, runs))


def _recipient(to: str | None, principal: Principal) -> str:
    """The mail address of the admin who gets the message (SPEC T1)."""
    key = db.session.get(ApiKey, principal.id) if isinstance(principal.id, str) else None
    user = users.find(db.session, to or (key.created_by if key else principal.name))
    if user is None or not user.email or user.role is not Role.ADMIN:
        raise WrongFields({"to": gettext(NO_ADMIN)})
    return user.email


def _told(test_id: str, runs: Sequence[Run]) -> TestRun:
    """The test with this id, of which there is a run for each node."""
    nodes = [_of_node(run) for run in runs]
    worst = min(nodes, key=lambda each: URGENCY.index(each.state))
    return TestRun(**dict(worst), id=test_id, nodes=nodes if runs[0].batch else [])


def _of_node(run: Run) -> TestOfNode:
    return TestOfNode(
        node=run.node,
        state=RunState.FAILED if run.abandoned(utcnow()) else run.state,
        verdict=run.verdict,
        message=str(verdict_of(run, "")),
        steps=[StepOfTest(**step_json(step)) for step in run.ladder()],
        diagnosis=in_words(run.explanation()),
        arrived_at=run.arrived_at,
    )
