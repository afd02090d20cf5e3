"""Nodes of one installation: in this process, where they look for what is asked when they are told.

Or as operators run them, on two machines; these are started once for all tests here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from smtp_panel.audit import Actor
from smtp_panel.operations import trials
from smtp_panel.runs.asked import runs_of
from smtp_panel.runs.model import Run, RunKind
from smtp_panel.settings.draft import Draft
from smtp_panel.status.service import beat
from smtp_panel.storage import db, writing
from tests.deployed import Visitor
from tests.nodes.deployment import Deployment, at, deployed, signed_in
from tests.outbox.conftest import another_hand
from tests.servers.smtpd import SubmissionServer
from tests.web.conftest import MakePanel, Panel, fields_of, make_panel, with_users

__all__ = ["another_hand", "make_panel", "with_users"]

ADA = Actor("ada@example.com", "192.0.2.7", user_id=1)
MakeNode = Callable[..., "Node"]


class Node:
    """A node, and what an admin who is at it does."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self.name = panel.config.node_name
        self.live()

    def live(self) -> None:
        """Show a sign of life."""
        with self.panel.app.app_context(), writing(db.session) as session:
            beat(session, self.name, self.panel.config.check_seconds)

    def draft(self, server: SubmissionServer, **fields: str | None) -> Draft:
        """What an admin types who means this server."""
        typed = fields_of(server) | fields
        read = self.panel.operations.read({name: text or "" for name, text in typed.items()})
        assert read.draft, read.errors
        return read.draft

    def ask(
        self, draft: Draft, node: str, kind: RunKind = RunKind.TEST, by: Actor = ADA
    ) -> Sequence[Run]:
        """Ask a node, or all, for a test of `draft`."""
        with self.panel.app.test_request_context():
            runs = trials.ask(self.panel.operations, draft, by, node, language="en", kind=kind)
            for run in runs:
                db.session.refresh(run)
            return runs

    def answer(self) -> None:
        """Look for what is asked, and wait until what was begun has ended."""
        with self.panel.app.app_context():
            trials.answer(self.panel.operations)
        self.panel.settle()

    def runs(self, asked_id: str) -> Sequence[Run]:
        """The runs as they are now."""
        with self.panel.app.app_context():
            return runs_of(db.session, asked_id)

    def run(self, run: Run) -> Run:
        """A run as it is now."""
        (found,) = self.runs(run.id)
        return found


@pytest.fixture
def make_node(make_panel: MakePanel) -> MakeNode:
    """Make a node by name, with variables other than the usual ones."""

    def make(name: str, **variables: Any) -> Node:
        return Node(make_panel(node=name, worker=False, **variables))

    return make


@pytest.fixture
def here(make_node: MakeNode) -> Node:
    """The node at which an admin asks."""
    return make_node("web-1")


@pytest.fixture(scope="package")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Two machines, which are started once."""
    with deployed(tmp_path_factory.mktemp("nodes")) as running:
        yield running


@pytest.fixture(scope="package")
def session(started: Deployment) -> Visitor:
    """An admin who has signed in at the first machine."""
    return signed_in(started.machines)


@pytest.fixture
def installation(started: Deployment) -> Deployment:
    """Two machines, all of whose processes run, and nothing counted yet."""
    started.start()
    return started


@pytest.fixture
def visitor(session: Visitor, installation: Deployment) -> Visitor:
    """The admin, wherever they were before at the SMTP page of the first machine."""
    return at(session, installation.machines[0])
