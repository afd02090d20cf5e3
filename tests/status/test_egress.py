"""The address from which a node connects, as its last check or test has shown it (SPEC F11)."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from smtp_panel.check.check import Check
from smtp_panel.check.steps import Step, StepState
from smtp_panel.runs.egress import Egress, EgressOrigin
from smtp_panel.runs.model import RunKind
from smtp_panel.runs.runner import new_run
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.facts import Stage
from smtp_panel.status.service import beat, note_egress
from smtp_panel.status.standing import standing
from tests.status.test_service import EVERY

pytestmark = pytest.mark.both_engines


def connected(session: Session, node: str, *local: str) -> None:
    """Note a test of `node` that connected from the address `local`, or did not get so far."""
    run = new_run(session, RunKind.TEST, Check(Endpoint(server="mail.test.example", port=25)))
    steps = [Step(Stage.CONNECT, StepState.PASSED, 1.0, {"local": address}) for address in local]
    run.steps = [step.to_json() for step in steps]
    note_egress(session, node, run)
    session.flush()


def seen(session: Session) -> dict[str, Egress]:
    """What is known of each node."""
    return {status.node: status.egress for status in standing(session).nodes}


def test_the_last_run_that_left_the_machine_tells(session: Session) -> None:
    """F11"""
    beat(session, "web-1", EVERY)
    session.flush()
    assert seen(session) == {"web-1": Egress(EgressOrigin.UNKNOWN)}
    for local in (["10.0.0.4"], ["10.0.0.5"], ["127.0.0.1"], []):
        connected(session, "web-1", *local)
    assert seen(session) == {"web-1": Egress(EgressOrigin.LOCAL, ("10.0.0.5",))}


def test_each_node_has_its_own(session: Session) -> None:
    """F11, A8."""
    connected(session, "web-1", "10.0.0.5")
    connected(session, "web-2", "2001:db8::7")
    assert {node: egress.addresses for node, egress in seen(session).items()} == {
        "web-1": ("10.0.0.5",),
        "web-2": ("2001:db8::7",),
    }
