"""A test of the mail path is asked of a node, or of all at once (SPEC A8)."""

from __future__ import annotations

import datetime
import json

import pytest
from sqlalchemy import select, update

from smtp_panel.access.limits import LimitReached
from smtp_panel.audit import AuditEntry
from smtp_panel.check.check import Verdict
from smtp_panel.operations.trials import ALL_NODES, NoSuchNode
from smtp_panel.runs.asked import ORPHANED_AFTER, AskedRun
from smtp_panel.runs.model import Run, RunKind, RunState
from smtp_panel.secret import Secret
from smtp_panel.status.model import NODE_LEASE, NodeStatus
from smtp_panel.storage import db, utcnow, writing
from tests.nodes.conftest import MakeNode, Node
from tests.servers.fixtures import StartSmtpd
from tests.web.conftest import ADMIN

TYPED = "correct horse"  # the password of the test servers
SOME_KEYS = Secret("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=")
OTHER_KEYS = Secret("AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=")


def stored(node: Node) -> list[AskedRun]:
    """What waits for nodes, as the database has it."""
    with node.panel.app.app_context():
        return list(db.session.scalars(select(AskedRun)))


def pass_time(node: Node, span: datetime.timedelta) -> None:
    """Let what waits have been asked so long ago."""
    with node.panel.app.app_context(), writing(db.session) as session:
        session.execute(update(AskedRun).values(begin_by=utcnow() - span))


def said(run: Run) -> str:
    """Why a run could not begin."""
    assert run.state is RunState.FAILED
    assert run.refused
    return str(run.refused)


@pytest.mark.both_engines
def test_the_node_that_is_asked_tests_what_was_typed_elsewhere(
    here: Node, make_node: MakeNode, smtpd: StartSmtpd
) -> None:
    """A8, T1, T3: by the draft, with its password, and a message to whoever asks."""
    there, server = make_node("web-2"), smtpd("none")
    (asked,) = here.ask(here.draft(server), "web-2")
    assert (asked.node, asked.state) == ("web-2", RunState.RUNNING)
    here.answer()
    assert server.connections == 0, "who is not asked does nothing"
    there.answer()
    run = here.run(asked)
    assert (run.verdict, run.node) == (Verdict.ACCEPTED, "web-2")
    (message,) = server.messages
    assert message.recipients == (ADMIN,)
    assert "/arrived/" in message.text
    assert run.arrival_hash


def test_a_password_that_was_typed_is_never_stored_in_the_clear_and_goes_with_the_request(
    here: Node, make_node: MakeNode, smtpd: StartSmtpd
) -> None:
    """F4, V6."""
    there = make_node("web-2")
    here.ask(here.draft(smtpd("none")), "web-2")
    (waiting,) = stored(here)
    files = [file.read_bytes() for file in here.panel.config.data_dir.glob("panel.db*")]
    assert any(waiting.request.encode() in each for each in files)
    assert not any(TYPED.encode() in each for each in files)
    there.answer()
    assert stored(here) == []


def test_all_nodes_are_asked_at_once_and_each_tells_how_it_went_from_there(
    here: Node, make_node: MakeNode, smtpd: StartSmtpd
) -> None:
    """A8: one that may not reach what another reaches."""
    there, server = make_node("web-2", block_private=True), smtpd("none")
    asked = here.ask(here.draft(server), ALL_NODES)
    here.answer()
    there.answer()
    batch = asked[0].batch
    assert batch
    assert [(run.node, run.verdict) for run in here.runs(batch)] == [
        ("web-1", Verdict.ACCEPTED),
        ("web-2", Verdict.FAILED),
    ]


def test_a_node_can_be_asked_for_a_check_which_sends_nothing(
    here: Node, make_node: MakeNode, smtpd: StartSmtpd
) -> None:
    """A8."""
    there, server = make_node("web-2"), smtpd("none")
    (asked,) = here.ask(here.draft(server), "web-2", RunKind.CHECK)
    there.answer()
    assert here.run(asked).verdict is Verdict.CONNECTED
    assert not list(server.messages)


def test_what_is_asked_is_begun_once_though_several_processes_of_the_node_look(
    make_node: MakeNode, smtpd: StartSmtpd
) -> None:
    """A8."""
    server = smtpd("none")
    one, other = make_node("web-1"), make_node("web-1")
    one.ask(one.draft(server), "web-1")
    one.answer()
    other.answer()
    assert len(list(server.messages)) == 1


def test_a_node_that_does_not_answer_in_time_ends_the_test_with_a_sentence(
    here: Node, make_node: MakeNode, smtpd: StartSmtpd
) -> None:
    """A8, F4: and with it goes what was typed; the node that comes late does nothing."""
    there, server = make_node("web-2"), smtpd("none")
    (asked,) = here.ask(here.draft(server), "web-2")
    here.answer()
    assert here.run(asked).state is RunState.RUNNING
    pass_time(here, datetime.timedelta(seconds=1))
    here.answer()
    assert "web-2 did not answer within 10 seconds" in said(here.run(asked))
    assert stored(here) == []
    there.answer()
    assert server.connections == 0


def test_what_a_node_asked_before_it_died_is_ended_by_any_other(
    here: Node, make_node: MakeNode, smtpd: StartSmtpd
) -> None:
    """A8, F4: but not before its clock may be another."""
    there, third = make_node("web-2"), make_node("web-3")
    (asked,) = there.ask(there.draft(smtpd("none")), "web-2")
    pass_time(here, ORPHANED_AFTER / 2)
    third.answer()
    assert len(stored(here)) == 1
    pass_time(here, ORPHANED_AFTER)
    third.answer()
    assert stored(here) == []
    assert "did not answer" in said(here.run(asked))


def test_a_node_that_is_not_alive_is_not_asked(
    here: Node, make_node: MakeNode, smtpd: StartSmtpd
) -> None:
    """A8: and who asks learns which are."""
    make_node("web-2")
    with here.panel.app.app_context(), writing(db.session) as session:
        gone = update(NodeStatus).where(NodeStatus.node == "web-2")
        session.execute(gone.values(seen_at=utcnow() - NODE_LEASE))
    with pytest.raises(NoSuchNode, match=r"no node web-2 at the moment.*: web-1\."):
        here.ask(here.draft(smtpd("none")), "web-2")
    assert [run.node for run in here.ask(here.draft(smtpd("none")), ALL_NODES)] == ["web-1"]


def test_a_node_with_other_keys_says_so(make_node: MakeNode, smtpd: StartSmtpd) -> None:
    """A8, V6: the keys are to be the same on every machine."""
    here, there = make_node("web-1", keys=SOME_KEYS), make_node("web-2", keys=OTHER_KEYS)
    (asked,) = here.ask(here.draft(smtpd("none")), "web-2")
    there.answer()
    assert "SMTP_PANEL_KEYS" in said(here.run(asked))


@pytest.mark.parametrize(
    "change",
    [{"kind": "rehearsal"}, {"pace": 3}, {"by": {"name": "ada", "team": "mail"}}, {"by": {}}],
    ids=["a kind", "a key", "a key about who asks", "a key that is missing"],
)
def test_a_node_of_another_version_says_so_at_once(
    here: Node, make_node: MakeNode, smtpd: StartSmtpd, change: dict[str, object]
) -> None:
    """A8: while machines are brought up to date one by one; what else is asked is not kept up."""
    there = make_node("web-2")
    (asked,) = here.ask(here.draft(smtpd("none")), "web-2")
    purpose, cipher = f"run {asked.id} on web-2", here.panel.operations.cipher
    (row,) = stored(here)
    request = json.loads(cipher.decrypt(purpose, row.request).reveal()) | change
    with here.panel.app.app_context(), writing(db.session) as session:
        newer = cipher.encrypt(purpose, Secret(json.dumps(request)))
        session.execute(update(AskedRun).values(request=newer))
    there.answer()
    assert "web-2 runs another version of the panel" in said(here.run(asked))
    assert stored(here) == []


def test_a_node_judges_by_its_own_rules(here: Node, make_node: MakeNode, smtpd: StartSmtpd) -> None:
    """F10: in another cloud."""
    there = make_node("web-2", hosting="gcp")
    (asked,) = here.ask(here.draft(smtpd("none"), port="25"), "web-2")
    there.answer()
    assert "Google Cloud" in said(here.run(asked))


def test_a_node_that_is_busy_says_so(here: Node, make_node: MakeNode, smtpd: StartSmtpd) -> None:
    """T8: at once, as the one does at which somebody presses."""
    there = make_node("web-2", test_pool=1)
    (asked,) = here.ask(here.draft(smtpd("none")), "web-2")
    with there.panel.operations.runner.reserve():
        there.answer()
    assert "As many tests as possible are under way on web-2" in said(here.run(asked))


def test_each_node_that_connects_counts_as_an_attempt(
    make_node: MakeNode, smtpd: StartSmtpd
) -> None:
    """L1: what is refused is asked of none."""
    here = make_node("web-1", test_limit="3 per minute")
    make_node("web-2")
    draft = here.draft(smtpd("none"))
    here.ask(draft, ALL_NODES)
    with pytest.raises(LimitReached):
        here.ask(draft, ALL_NODES)
    assert len(stored(here)) == 2
    here.ask(draft, "web-2")
    with pytest.raises(LimitReached):
        here.ask(draft, "web-2")


def test_all_can_be_asked_where_there_are_more_nodes_than_tests_a_minute(
    make_node: MakeNode, smtpd: StartSmtpd
) -> None:
    """L1: it takes all that is allowed."""
    here = make_node("web-1", test_limit="2 per minute")
    for number in (2, 3):
        make_node(f"web-{number}")
    draft = here.draft(smtpd("none"))
    assert len(here.ask(draft, ALL_NODES)) == 3
    with pytest.raises(LimitReached):
        here.ask(draft, "web-1")


def test_the_audit_log_names_the_nodes(here: Node, make_node: MakeNode, smtpd: StartSmtpd) -> None:
    """V5."""
    make_node("web-2")
    here.ask(here.draft(smtpd("none")), ALL_NODES)
    with here.panel.app.app_context():
        (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "test.started"))
    assert entry.changes["node"] == [None, "web-1, web-2"]
