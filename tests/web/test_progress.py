"""While a test runs, and when it does not end as it should (SPEC T2, T8, T9)."""

from __future__ import annotations

import datetime
from threading import Event

import pytest
from sqlalchemy import select, update

from smtp_panel.runs.model import Run, RunState
from smtp_panel.runs.runner import GRACE
from smtp_panel.storage import db, utcnow, writing
from tests.servers.fixtures import StartScripted, StartSmtpd
from tests.servers.scripted import ScriptedServer, close, drip, greet, hang, reply
from tests.web.conftest import (
    NOBODY,
    SECOND_ADMIN,
    Fields,
    MakePanel,
    Panel,
    Visitor,
    fields_of,
    held,
)
from tests.web.html import parse


def at(server: ScriptedServer) -> Fields:
    """The form filled in for a scripted server."""
    return NOBODY | {"port": str(server.port), "tls": None}


def with_htmx(admin: Visitor) -> Visitor:
    """`admin` on the page, with JavaScript."""
    admin.page()
    admin.htmx = True
    return admin


def test_the_ladder_appears_while_it_happens(panel: Panel, scripted: StartScripted) -> None:
    """T2, T4, T9: the fragment is busy and asks again, until the test has ended."""
    go_on = Event()
    server = scripted([reply("220 mail.test.example ESMTP"), held(go_on), close()])
    admin = with_htmx(panel.admin())
    first = parse(admin.test(**at(server)).text).id("test-result")
    assert (first["data-state"], first["aria-busy"]) == ("running", "true")
    assert first["hx-trigger"].startswith("load delay")
    assert len(first.all("li")) == 9
    server.wait_for_connections(1)
    later = parse(admin.get(first["hx-get"], htmx=True).text).id("test-result")
    assert later["data-state"] == "running"
    assert later.one("li", data_step="dns")["data-state"] == "passed"
    go_on.set()
    panel.settle()
    last = parse(admin.get(first["hx-get"], htmx=True).text).id("test-result")
    assert last["data-state"] == "failed"
    assert "hx-get" not in last
    assert "aria-busy" not in last


def test_without_javascript_the_page_shows_how_far_it_is(
    panel: Panel, scripted: StartScripted
) -> None:
    """T2: at an address of its own, to be loaded again."""
    go_on = Event()
    server = scripted([held(go_on), close()])
    admin = panel.admin()
    response = admin.test(**at(server))
    assert response.headers["Location"].startswith("/admin/smtp/test/")
    server.wait_for_connections(1)
    page = admin.follow(response)
    assert page.id("test-result")["data-state"] == "running"
    go_on.set()
    panel.settle()
    page = admin.follow(response)
    assert page.id("test-result")["data-state"] == "failed"
    assert not page.all("meta", http_equiv="refresh")


def test_without_javascript_a_running_test_is_looked_at_again(
    panel: Panel, scripted: StartScripted
) -> None:
    """T2: by the page itself, which only browsers without JavaScript reload."""
    go_on = Event()
    server = scripted([held(go_on), close()])
    admin = panel.admin()
    response = admin.test(**at(server))
    page = admin.follow(response)
    go_on.set()
    refresh = page.one("head").one("noscript").one("meta", http_equiv="refresh")
    # With its address, for one that ends in #main would be gone to and not loaded again.
    assert refresh["content"] == f"1; url={response.headers['Location']}"


@pytest.mark.parametrize("script", ["silent", "dripping", "hanging"])
def test_a_test_has_a_deadline_whatever_the_server_does(
    make_panel: MakePanel, scripted: StartScripted, script: str
) -> None:
    """T8."""
    scripts = {
        "silent": [hang()],
        "dripping": [drip(b"220-and so on\r\n", 0.02)],
        "hanging": [greet("SIZE"), hang()],
    }
    panel = make_panel(test_timeout=0.3)
    page = panel.tested(panel.admin(), **at(scripted(scripts[script])))
    result = page.id("test-result")
    assert result["data-state"] == "failed"
    assert result.one(data_diagnosis=None)


def test_a_page_that_is_closed_leaves_nothing_behind(
    make_panel: MakePanel, scripted: StartScripted
) -> None:
    """T8: nobody asks how it went, and the place and the connection are free all the same."""
    panel = make_panel(test_timeout=0.3, test_pool=1)
    server = scripted([hang()])
    admin = panel.admin()
    assert admin.test(**at(server)).status_code == 303
    panel.settle()
    server.wait_until_idle()
    assert admin.test(**NOBODY).status_code == 303


@pytest.mark.parametrize("htmx", [False, True])
def test_past_the_pools_bound_a_test_is_asked_to_wait(
    make_panel: MakePanel, scripted: StartScripted, htmx: bool
) -> None:
    """T8, L1: a busy does not count as an attempt, and nothing typed is lost."""
    go_on = Event()
    server = scripted([held(go_on), close()])
    panel = make_panel(test_pool=1, test_limit="2 per minute")
    admin = with_htmx(panel.admin())
    admin.test(**at(server))
    admin.htmx = htmx
    for _ in range(3):
        response = admin.test(**at(server))
        assert response.status_code == 429
        assert response.headers["Retry-After"] == "5"
        assert "As many tests as possible are under way" in response.text
    if htmx:
        assert response.headers["HX-Retarget"] == "#test-result"
        assert "Nothing was sent." in parse(response.text).id("test-result").text
    else:
        assert admin.html.id("port")["value"] == str(server.port)
    go_on.set()
    panel.settle()
    admin.htmx = False
    assert admin.test(**NOBODY).status_code == 303


def test_a_test_that_is_refused_frees_its_place(make_panel: MakePanel, smtpd: StartSmtpd) -> None:
    """T8: whatever the reason; else a few slips would block every test."""
    panel = make_panel(test_pool=1, test_limit="1 per minute")
    ada = panel.admin()
    fields = fields_of(smtpd("none"))
    panel.saved(ada, **fields)
    for _ in range(3):
        assert ada.test(port="2", password="").status_code == 422
    panel.tested(ada, **fields)
    for _ in range(3):
        assert ada.test(**fields).status_code == 429
    assert panel.tested(panel.admin(SECOND_ADMIN)).id("test-result")["data-state"] == "passed"


def test_a_test_whose_process_ended_is_told_as_interrupted(panel: Panel) -> None:
    """T8: it is not waited for."""
    admin = panel.admin()
    response = admin.test(**NOBODY)
    panel.settle()
    long_ago = utcnow() - GRACE - datetime.timedelta(minutes=1)
    with panel.app.app_context(), writing(db.session) as session:
        session.execute(
            update(Run).values(
                state=RunState.RUNNING, verdict=None, diagnosis=None, ends_by=long_ago
            )
        )
        assert session.scalars(select(Run)).one()
    result = admin.follow(response).id("test-result")
    assert result["data-state"] == "failed"
    assert "The test was interrupted" in result.text
    assert "hx-get" not in result


def test_other_pages_go_on_while_tests_hang(panel: Panel, scripted: StartScripted) -> None:
    """T8: no thread of the server and no connection of the database is held."""
    go_on = Event()
    server = scripted([held(go_on), close()])
    admins = [panel.admin() for _ in range(3)]
    for admin in admins:
        admin.test(**at(server))
        admin.test(**at(server))
    server.wait_for_connections(6)
    for path in ("/", "/admin/smtp", "/admin/audit"):
        assert panel.admin().get(path).status_code == 200
    go_on.set()
