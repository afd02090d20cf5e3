"""The warning in its three places (SPEC section 7)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import render_template_string
from sqlalchemy import update

from smtp_panel.outbox import pause
from smtp_panel.outbox.enqueue import enqueue
from smtp_panel.outbox.model import MessageState, Queued
from smtp_panel.status.model import FORGOTTEN_AFTER, NODE_LEASE, Health, NodeStatus
from smtp_panel.status.service import beat
from smtp_panel.status.standing import IDLE_AFTER
from smtp_panel.storage import db, utcnow, writing
from tests.outbox.conftest import SILENT, letter
from tests.servers.fixtures import StartScripted, StartSmtpd
from tests.servers.scripted import close, expect, greet
from tests.status.test_service import EVERY
from tests.status.test_standing import ended as end_of
from tests.web.conftest import NOBODY, SECOND_ADMIN, MakePanel, Panel, Visitor, fields_of
from tests.web.html import Element, parse

pytestmark = pytest.mark.both_engines

PLACES = ["admin-menu", "sidebar", "page"]


def warned(page: Element) -> list[str]:
    """The places with a warning, in the order of the page."""
    return [warning["data-warning"] for warning in page.all(data_warning=None)]


def told(panel: Panel) -> bool:
    """Whether a refresh of the SMTP page shows the warning; in all three places, or in none."""
    found = warned(panel.admin().page())
    assert found in ([], PLACES)
    return bool(found)


def test_all_admins_are_warned_in_three_places(panel: Panel) -> None:
    """W1: an icon beside Admin, one beside SMTP in the sidebar, a message on the page."""
    assert not told(panel)
    panel.saved(panel.admin(), **NOBODY)
    eve = panel.admin(SECOND_ADMIN)
    page = eve.page()
    assert warned(page) == PLACES
    assert page.id("admin-menu").one("summary").one(data_warning="admin-menu")
    assert (
        page.one("nav", aria_label="Admin").one("a", href="/admin/smtp").one(data_warning="sidebar")
    )
    assert warned(eve.page("/admin/audit")) == ["admin-menu", "sidebar"]
    assert warned(eve.page("/")) == ["admin-menu"]
    assert page.all(data_warning="admin-menu")[0].text == "Mail has a problem"


@pytest.mark.parametrize(
    "values",
    [{"seen_at": utcnow() - NODE_LEASE}, {"settings_version": 0}],
    ids=["gone", "other settings"],
)
def test_nobody_is_warned_of_a_node_that_is_gone_or_has_not_checked_what_is_in_force(
    panel: Panel, values: dict[str, Any]
) -> None:
    """W3, A8."""
    panel.saved(panel.admin(), **NOBODY)
    assert told(panel)
    with panel.app.app_context(), writing(db.session) as session:
        session.execute(update(NodeStatus).values(**values))
    assert not told(panel)


def test_each_of_several_nodes_is_listed_and_one_that_is_gone_for_an_hour(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    """W3, A8: and no longer; of a single node the page tells anyway."""
    panel.saved(panel.admin(), **fields_of(smtpd("none")))
    assert not panel.admin().page().has_id("nodes")
    with panel.app.app_context(), writing(db.session) as session:
        for node, away in (("web-1", NODE_LEASE), ("web-2", FORGOTTEN_AFTER)):
            beat(session, node, EVERY)
            session.flush()
            seen = update(NodeStatus).where(NodeStatus.node == node)
            session.execute(seen.values(seen_at=utcnow() - away, found=Health.FAILED))
    page = panel.admin().page()
    assert warned(page) == []
    listed = {row["data-node"]: row.text for row in page.id("nodes").all(data_node=None)}
    assert list(listed) == ["test", "web-1"]
    assert "Healthy" in listed["test"]
    assert "Gone" in listed["web-1"]
    assert "last seen" in listed["web-1"]


def test_a_node_that_fails_is_listed_with_its_diagnosis(panel: Panel) -> None:
    """W3, A8: of several, and leads to all about it."""
    panel.saved(panel.admin(), **NOBODY)
    with panel.app.app_context(), writing(db.session) as session:
        beat(session, "web-1", EVERY)
    (failing,) = panel.admin().page().id("nodes").all("tr", data_state="warned")
    assert failing["data-node"] == "test"
    assert "accepts connections" in failing.text
    assert failing.one("a", data_why=None)["href"].startswith("/admin/faults/connect-")


def test_admins_are_warned_while_real_mail_fails_and_told_how_many_messages_wait(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    """W3, M5, M6: until it leaves again; see tests/outbox for what tells one from the other."""
    panel.saved(panel.admin(), **fields_of(smtpd("none")))
    assert not told(panel)
    with panel.app.app_context(), writing(db.session) as session:
        enqueue(session.connection(), [letter()])
        pause.service_failed(session.connection(), SILENT, utcnow(), 0.0, probing=False)
    assert told(panel)
    page = panel.admin().page()
    (warning,) = page.all(data_warning="page")
    assert "1 message waits" in warning.text
    assert "mail.test.example" in warning.text
    assert "Problem" in page.id("smtp-status").text

    with panel.app.app_context(), writing(db.session) as session:
        pause.service_works(session.connection())
    assert not told(panel)


@pytest.mark.parametrize("paused", [False, True], ids=["problem", "paused"])
def test_what_waits_is_named_in_each_of_the_three_places(
    panel: Panel, smtpd: StartSmtpd, paused: bool
) -> None:
    """W3; and seen there by whoever points at the icon. Where nothing waits, nothing is said."""
    panel.saved(panel.admin(), **(fields_of(smtpd("none")) if paused else NOBODY))
    with panel.app.app_context(), writing(db.session) as session:
        enqueue(session.connection(), [letter(), letter()])
        if paused:
            pause.hold(session.connection(), SECOND_ADMIN, utcnow())
    page = panel.admin().page()
    places = page.all(data_paused=None) if paused else page.all(data_warning=None)
    assert ["2 messages wait" in place.text for place in places] == [True] * 3
    assert ["2 messages wait" in icon["title"] for icon in places[:2]] == [True] * 2


def test_a_pause_by_an_admin_is_told_in_the_three_places_but_mildly(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    """W1, M6: nothing is broken, and nobody forgets it; what is broken goes before it."""
    admin = panel.admin()
    settings = fields_of(smtpd("none"))
    panel.saved(admin, **settings)
    with panel.app.app_context(), writing(db.session) as session:
        enqueue(session.connection(), [letter()])
        pause.hold(session.connection(), SECOND_ADMIN, utcnow())

    page = admin.page()

    assert [place["data-paused"] for place in page.all(data_paused=None)] == PLACES
    assert warned(page) == []
    assert page.id("smtp-status").one("p")["data-state"] == "healthy"
    note = page.one("div", data_paused="page").text
    assert f"By {SECOND_ADMIN}." in note
    assert "1 message waits" in note

    page = panel.saved(admin, **settings | {"port": "1"})
    assert warned(page) == PLACES
    assert page.all(data_paused=None) == []


def test_admins_are_warned_of_a_message_that_was_given_up_and_led_to_it(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    """W3, M4: with the reason, until the next check passes."""
    panel.saved(panel.admin(), **fields_of(smtpd("none")))
    with panel.app.app_context(), writing(db.session) as session:
        end_of(session.connection(), MessageState.FAILED, utcnow())
    assert told(panel)
    page = panel.admin().page()
    warning = page.one(data_warning="page")
    assert "A message was given up" in warning.text
    assert "mail.test.example" in warning.text
    assert warning.one("a", href="/admin/outbox?state=failed")
    _check_again(panel)
    assert not told(panel)


def test_admins_are_warned_where_nobody_sends(panel: Panel, smtpd: StartSmtpd) -> None:
    """W3: what to start, and how many messages wait."""
    panel.saved(panel.admin(), **fields_of(smtpd("none")))
    with panel.app.app_context(), writing(db.session) as session:
        enqueue(session.connection(), [letter()])
        session.execute(update(Queued).values(due=utcnow() - IDLE_AFTER * 2))
    assert told(panel)
    warning = panel.admin().page().one(data_warning="page")
    assert "Nothing sends the messages that wait" in warning.text
    assert "smtp worker" in warning.text
    assert "1 message waits" in warning.text


def test_members_never_see_a_warning(panel: Panel) -> None:
    """W1."""
    panel.saved(panel.admin(), **NOBODY)
    assert warned(panel.member().page("/")) == []


def test_the_warning_says_since_when_what_and_on_which_node(panel: Panel) -> None:
    """W3: with the remedy and the way to the field."""
    panel.saved(panel.admin(), **NOBODY)
    with panel.app.app_context():
        panel.operations.outbox.accept(letter())
    warning = panel.admin().page().one(data_warning="page")
    assert "Mail is not leaving this installation" in warning.text
    assert "Since " in warning.text
    assert "· seen on test · 1 message waits" in warning.text
    assert warning.one("a", href="#server").text == "Go to the field"


def test_it_clears_by_itself_once_a_check_succeeds(panel: Panel, smtpd: StartSmtpd) -> None:
    """W4."""
    admin = panel.admin()
    panel.saved(admin, **NOBODY)
    assert told(panel)
    panel.saved(admin, **fields_of(smtpd("none")))
    assert not told(panel)


def test_a_test_of_the_saved_settings_sets_and_clears_it(panel: Panel, smtpd: StartSmtpd) -> None:
    """W3, W4: a server that is down for a while."""
    admin, users = panel.admin(), {"ada@test.example": "correct horse"}
    server = smtpd("none", users=users)
    panel.saved(admin, **fields_of(server))
    users.clear()
    panel.tested(admin)
    assert told(panel)
    users["ada@test.example"] = "correct horse"
    panel.tested(admin)
    assert not told(panel)


def test_a_failed_test_of_an_unsaved_draft_is_no_problem(panel: Panel, smtpd: StartSmtpd) -> None:
    """W3."""
    admin = panel.admin()
    panel.saved(admin, **fields_of(smtpd("none")))
    panel.tested(admin, **NOBODY, username="")
    assert not told(panel)


def test_a_temporary_refusal_of_one_message_is_no_problem_yet(
    panel: Panel, scripted: StartScripted
) -> None:
    """W4."""
    server = scripted(
        [greet("SIZE"), expect("MAIL", "250 ok"), expect("", "451 4.7.1 greylisted"), close()]
    )
    admin = panel.admin()
    panel.saved(admin, **NOBODY | {"port": str(server.port), "tls": None})
    result = panel.tested(admin).id("test-result")
    assert result["data-state"] == "failed"
    assert not told(panel)


def test_no_service_is_a_problem_from_the_start(panel: Panel) -> None:
    """W3."""
    panel.start()
    page = panel.admin().page()
    assert warned(page) == PLACES
    assert "No mail service is set up" in page.one(data_warning="page").text
    assert "Not set up yet" in page.id("smtp-status").text


def test_a_start_checks_what_is_saved(
    make_panel: MakePanel, panel: Panel, smtpd: StartSmtpd
) -> None:
    """W2, W4: the password was changed at the server while the panel was off."""
    users = {"ada@test.example": "correct horse"}
    panel.saved(panel.admin(), **fields_of(smtpd("none", users=users)))
    users.clear()
    restarted = make_panel()
    restarted.start()
    restarted.settle()
    assert told(restarted)


@pytest.mark.parametrize("poll", ["status", "test"])
def test_with_htmx_the_three_places_update_by_themselves(
    panel: Panel, smtpd: StartSmtpd, poll: str
) -> None:
    """W2: out of band, at the end of a check and of a test."""
    admin = panel.admin()
    panel.saved(admin, **NOBODY)
    fragment = parse(_end_of(panel, admin, poll))
    assert warned(fragment) == PLACES
    panel.saved(admin, **fields_of(smtpd("none")))
    fragment = parse(_end_of(panel, admin, poll))
    assert warned(fragment) == []
    for place in PLACES:
        assert fragment.id(f"warning-{place}")["hx-swap-oob"] == "outerHTML"


def test_a_check_that_finds_what_was_known_is_not_announced(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    """T9, W5: a screen reader hears of a change, not every ten minutes that all is as before."""
    admin = panel.admin()
    settings = fields_of(smtpd("none"))
    panel.saved(admin, **settings)
    poll = admin.page().id("smtp-status")["hx-get"]
    _check_again(panel)
    fragment = admin.get(poll, htmx=True).text
    assert "smtp-status" in fragment
    assert "announcer" not in fragment
    panel.saved(admin, **settings | {"port": "1"})
    fragment = admin.get(poll, htmx=True).text
    assert "Mail is not leaving" in parse(fragment).id("announcer").text


def test_a_page_about_something_else_learns_of_it_too_by_one_look_up(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    """W2, W7: nothing comes while nothing changed; a screen reader hears of a change once."""
    admin, settings = panel.admin(), fields_of(smtpd("none"))
    panel.saved(admin, **settings)
    poll = poll_of(admin.page("/admin/audit"))
    with panel.queries() as queries:
        assert admin.get(poll, htmx=True).status_code == 204
    assert len(queries) == 2  # who asks, and how mail stands
    assert not admin.page().has_id("warning-poll")  # the SMTP page asks already

    panel.saved(panel.admin(SECOND_ADMIN), **settings | {"port": "1"})
    fragment = parse(admin.get(poll, htmx=True).text)
    assert warned(fragment) == PLACES[:2]
    assert fragment.id("announcer").text == "Mail is not leaving this installation"
    assert admin.get(poll_of(fragment), htmx=True).status_code == 204


def test_a_page_whose_admin_has_signed_out_asks_no_more_and_stays(panel: Panel) -> None:
    """W1, W2, N2: what was typed into it is not lost to the sign-in form."""
    admin = panel.admin()
    poll = poll_of(admin.page("/admin/schedules/new"))
    admin.post("/logout")
    for someone in (admin, panel.member()):
        response = someone.get(poll, htmx=True)
        assert (response.status_code, response.text) == (200, "")
        assert "HX-Redirect" not in response.headers


@pytest.mark.parametrize("path", ["/admin/smtp/status", "/admin/warning"])
def test_without_htmx_the_addresses_of_fragments_lead_to_the_page(panel: Panel, path: str) -> None:
    """W2."""
    assert panel.admin().get(path).headers["Location"] == "/admin/smtp"


def poll_of(page: Element) -> str:
    """Where a page asks whether the warning in its navigation still stands as it does."""
    return page.id("warning-poll")["hx-get"]


def _check_again(panel: Panel) -> None:
    with panel.app.app_context():
        panel.operations.check_saved()
    panel.settle()


def _end_of(panel: Panel, admin: Visitor, poll: str) -> str:
    if poll == "status":
        return admin.get("/admin/smtp/status", htmx=True).text
    address = admin.test().headers["Location"]
    panel.settle()
    return admin.get(address, htmx=True).text


def test_every_template_can_show_the_warning_to_admins_alone(panel: Panel) -> None:
    """W1, W7: a context processor provides it, and gives nothing to others."""
    template = "{{ nav.problem.headline if nav.problem else 'nothing' }}"
    panel.app.add_url_rule("/any", view_func=lambda: render_template_string(template))
    panel.saved(panel.admin(), **NOBODY)
    assert panel.admin().get("/any").text == "Mail is not leaving this installation"
    assert panel.member().get("/any").text == panel.visitor().get("/any").text == "nothing"


@pytest.mark.parametrize("broken", [False, True])
def test_the_warning_costs_other_pages_next_to_nothing(
    panel: Panel, smtpd: StartSmtpd, broken: bool
) -> None:
    """W7: no query for visitors and members, one for admins (the pause and each node in one); and
    never the network.
    """
    panel.saved(panel.admin(), **(NOBODY if broken else fields_of(smtpd("none"))))
    someone = {"visitor": panel.visitor(), "member": panel.member(), "admin": panel.admin()}
    paths = {"visitor": "/login", "member": "/nothing", "admin": "/nothing"}
    known = ["FROM user_session", "FROM outbox_pause"]
    made = {}
    for who, visitor in someone.items():
        with panel.queries() as queries:
            assert visitor.get(paths[who]).status_code in {200, 404}
        made[who] = [next((each for each in known if each in query), query) for query in queries]
    member, admin = known[:1], known
    assert made == {"visitor": [], "member": member, "admin": admin}
