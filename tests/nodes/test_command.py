"""`smtp check --node` and `smtp test --node`, where that can't be (SPEC A8, A6).

That it can by the saved settings is shown by tests/nodes/test_deployed.py, where nodes answer by
themselves.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from smtp_panel.runs import asked
from tests.cli.conftest import LOGIN, STDIN, Command, at
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


def test_a_node_is_asked_about_any_server_and_nothing_is_saved(
    here: Node, make_node: MakeNode, smtpd: StartSmtpd
) -> None:
    """A8, A6: as the page does with what is typed there; the password goes with the request."""
    server, other = smtpd("none"), make_node("web-2")
    smtp = Command(here.panel.app)
    words = ("test", "--node", "web-2", *at(server, *LOGIN), "--sender", "a@b.example")
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(smtp, *words, "--to", "bob@test.example", "--json", stdin=STDIN)
        while not ended.done():
            other.answer()
        ran = ended.result(30)
    assert (ran.code, ran.json["node"]) == (0, "web-2"), ran
    (message,) = server.messages
    assert message.recipients == ("bob@test.example",)
    assert smtp("show", "--json").json["version"] == 0


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("--node", "web-9"), "panel"),
        (("--node", "web-1", "--username", "ada"), "node"),
        (("--node", "web-1", "--server", "127.0.0.1"), "sender"),
        (("--node", "web-1", "--server", "a b", "--sender", "a@b.example"), "server"),
        (("--node", "web-1", "--timeout", "3"), "timeout"),
    ],
)
def test_what_does_not_go_with_a_node_is_bad_input(
    here: Node, words: tuple[str, ...], field: str
) -> None:
    """A6: exit code 2."""
    ran = Command(here.panel.app)("check", *words, "--json")
    assert (ran.code, list(ran.json["errors"])) == (2, [field])
