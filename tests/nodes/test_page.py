"""The SMTP page where mail leaves from several nodes: a test from one of them, or all (A8)."""

from __future__ import annotations

import datetime

from sqlalchemy import update

from smtp_panel.runs.asked import AskedRun
from smtp_panel.storage import db, utcnow, writing
from tests.nodes.conftest import MakeNode, Node
from tests.servers.fixtures import StartSmtpd
from tests.web.conftest import SECOND_ADMIN, Visitor, fields_of
from tests.web.html import Element, parse


def visited(node: Node) -> Visitor:
    """An admin at the SMTP page of `node`."""
    admin = node.panel.admin()
    admin.page()
    return admin


def result_of(admin: Visitor, address: str) -> Element:
    """The result at the address that an earlier one said to ask."""
    return parse(admin.get(address, htmx=True).text).id("test-result")


def test_where_one_node_is_alive_there_is_nothing_to_choose(
    here: Node, make_node: MakeNode
) -> None:
    """A8: the page is as it is on one machine."""
    assert not visited(here).html.has_id("test-from")
    make_node("web-2")
    options = visited(here).html.id("test-from").all("option")
    assert [option["value"] for option in options] == ["", "web-1", "web-2", "all"]
    assert options[0].text == "web-1, which shows this page"


def test_a_test_from_a_chosen_node_appears_like_any_other_and_says_from_where(
    here: Node, make_node: MakeNode, smtpd: StartSmtpd
) -> None:
    """A8, T2: it polls until that node has done it."""
    there, server = make_node("web-2"), smtpd("none")
    admin = visited(here)
    admin.htmx = True
    first = parse(admin.test(**fields_of(server), node="web-2").text).id("test-result")
    assert first["data-state"] == "running"
    there.answer()
    last = result_of(admin, first["hx-get"])
    assert last["data-state"] == "passed"
    assert "from web-2" in last.text
    assert len(list(server.messages)) == 1


def test_tests_of_all_nodes_are_a_table_of_node_by_step(
    here: Node, make_node: MakeNode, smtpd: StartSmtpd
) -> None:
    """A8: with JavaScript; it grows until the last node is done, and says why one failed."""
    there = make_node("web-2", block_private=True)
    admin = visited(here)
    admin.htmx = True
    first = parse(admin.test(**fields_of(smtpd("none")), node="all").text).id("test-result")
    assert first["data-state"] == "running"
    assert len(first.all(data_pending=None)) == 2 * 9
    here.answer()
    half = result_of(admin, first["hx-get"])
    assert half["data-state"] == "running"
    assert half.one("tr", data_node="web-1")["data-state"] == "passed"
    there.answer()
    last = result_of(admin, first["hx-get"])
    assert last["data-state"] == "failed"
    assert "hx-get" not in last
    assert "From 1 node of 2" in last.text
    failed = last.one("tr", data_node="web-2")
    assert failed.one(data_step="connect")["data-state"] == "failed"
    assert "does not let it connect" in last.one("tr", **{"class": "why"}).text
    whole = parse(admin.get(failed.one("a")["href"]).text)
    diagnosis = whole.id("test-result").one(data_diagnosis=None)["data-diagnosis"]
    assert last.one("a", data_why=None)["href"] == f"/admin/faults/{diagnosis}"


def test_without_javascript_the_table_is_on_the_page_and_the_choice_is_kept(
    here: Node, make_node: MakeNode, smtpd: StartSmtpd
) -> None:
    """A8, T2."""
    there = make_node("web-2")
    admin = here.panel.admin()
    response = admin.test(**fields_of(smtpd("none")), node="all")
    page = admin.follow(response)
    assert page.one("head").one("noscript").one("meta", http_equiv="refresh")
    for node in (here, there):
        node.answer()
    page = admin.follow(response)
    assert page.id("test-result")["data-state"] == "passed"
    assert len(page.id("test-result").all(data_node=None)) == 2
    assert page.id("test-from").one("option", selected=None)["value"] == "all"
    assert page.id("history").text.count("from web-") == 2


def test_a_node_that_does_not_answer_is_told_in_words(
    here: Node, make_node: MakeNode, smtpd: StartSmtpd
) -> None:
    """A8: in the result, and in the list of the last tests."""
    make_node("web-2")
    admin = here.panel.admin()
    response = admin.test(**fields_of(smtpd("none")), node="web-2")
    with here.panel.app.app_context(), writing(db.session) as session:
        session.execute(update(AskedRun).values(begin_by=utcnow() - datetime.timedelta(seconds=1)))
    here.answer()
    page = admin.follow(response)
    assert page.id("test-result")["data-state"] == "failed"
    for place in ("test-result", "history"):
        assert "web-2 did not answer within 10 seconds" in page.id(place).text


def test_a_node_that_has_gone_meanwhile_is_refused_where_the_result_would_be(
    here: Node, make_node: MakeNode, smtpd: StartSmtpd
) -> None:
    """T2, A8: and what was typed stays."""
    make_node("web-2")
    response = here.panel.admin().test(**fields_of(smtpd("none")), node="web-9")
    page = parse(response.text)
    assert response.status_code == 422
    assert "Nothing was sent." in page.id("test-result").text
    assert "no node web-9" in page.id("test-result").text
    assert page.id("username")["value"] == "ada@test.example"


def test_a_save_after_a_test_that_failed_from_one_node_is_recorded_as_such(
    here: Node, make_node: MakeNode, smtpd: StartSmtpd
) -> None:
    """V4, A8: whichever of them was the last."""
    there = make_node("web-0", block_private=True)
    admin, fields = here.panel.admin(), fields_of(smtpd("none"))
    admin.test(**fields, node="all")
    there.answer()
    here.answer()
    here.panel.saved(admin, **fields)
    with here.panel.app.app_context():
        assert here.panel.operations.saved(db.session()).tested == "failed"


def test_nobody_sees_what_another_admin_has_asked_of_all(
    here: Node, make_node: MakeNode, smtpd: StartSmtpd
) -> None:
    """T1."""
    make_node("web-2")
    there = here.panel.admin().test(**fields_of(smtpd("none")), node="all").headers["Location"]
    assert here.panel.admin(SECOND_ADMIN).get(there).status_code == 404
