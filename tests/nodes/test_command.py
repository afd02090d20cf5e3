"""`smtp check --node` and `smtp test --node`, where that can't be (SPEC A8, A6).

That it can is shown by tests/nodes/test_deployed.py, where nodes answer by themselves.
"""

from __future__ import annotations

import pytest

from smtp_panel.runs import asked
from tests.cli.conftest import Command
from tests.nodes.conftest import MakeNode, Node
from tests.servers.fixtures import StartSmtpd
from tests.web.conftest import fields_of


def test_a_node_that_does_not_answer_fails_with_its_sentence(
    here: Node, make_node: MakeNode, smtpd: StartSmtpd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A6: exit code 1."""
    make_node("web-2")
    here.panel.saved(here.panel.admin(), **fields_of(smtpd("none")))
    monkeypatch.setattr(asked, "ANSWER_SECONDS", -1)  # its time is over as soon as it is asked
    ran = Command(here.panel.app)("check", "--node", "web-2")
    assert ran.code == 1
    assert "web-2 did not answer within" in ran.stdout


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("--node", "web-9"), "panel"),
        (("--node", "web-1", "--server", "127.0.0.1"), "node"),
        (("--node", "web-1", "--username", "ada"), "node"),
        (("--node", "web-1", "--timeout", "3"), "timeout"),
    ],
)
def test_what_does_not_go_with_a_node_is_bad_input(
    here: Node, words: tuple[str, ...], field: str
) -> None:
    """A6: exit code 2."""
    ran = Command(here.panel.app)("check", *words, "--json")
    assert (ran.code, list(ran.json["errors"])) == (2, [field])
