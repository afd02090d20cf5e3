"""The line above the fields, in which settings are looked up (SPEC P1)."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from smtp_panel.access import users
from smtp_panel.finding.search import Search
from smtp_panel.finding.trying import PORTS
from smtp_panel.operations import searches
from smtp_panel.runs.model import Run, RunKind
from smtp_panel.settings import rules
from smtp_panel.storage import db, utcnow, writing
from tests.finding.town import HOST, Town
from tests.servers.dns import Zone
from tests.servers.fixtures import StartDns, StartSmtpd
from tests.web.conftest import (
    ADMIN,
    MAILING,
    NOBODY,
    PAGE,
    SECOND_ADMIN,
    MakePanel,
    Panel,
    Visitor,
)
from tests.web.html import Element, parse

FIND = "/admin/smtp/find"
pytestmark = pytest.mark.usefixtures("trusted")

TYPED = {"sender": "Ada <ada@example.com>", "server": "typed.example", "port": "2525"}


def look(admin: Visitor, text: str, **fields: str | None) -> Element:
    """The page after a look without JavaScript, which comes."""
    response = admin.press(FIND, find=text, **fields)
    assert response.status_code == 200
    return admin.html


def looked_up(admin: Visitor, text: str, **fields: str | None) -> Element:
    """What HTMX gets."""
    admin.page()
    admin.htmx = True
    response = admin.press(FIND, find=text, **fields)
    assert response.status_code == 200
    return parse(response.text)


def test_with_htmx_only_what_was_found_is_swapped_in(panel: Panel) -> None:
    """NAMES: an offer has its origin, and what it fills in; the provider's words stand below."""
    page = looked_up(panel.admin(), "ada@gmail.com")
    assert not page.has_id("smtp-form")
    result = page.id("find-result")
    first, second = result.all(data_offer="table")
    assert {name: first[f"data-{name}"] for name in ("server", "port", "tls", "username")} == {
        "server": "smtp.gmail.com",
        "port": "465",
        "tls": "1",
        "username": "ada@gmail.com",
    }
    assert second["data-port"] == "587"
    assert [each.text for each in result.all("button", name="use")] == [
        "Use smtp.gmail.com, port 465, TLS from the first byte",
        "Use smtp.gmail.com, port 587, TLS by STARTTLS",
    ]
    assert "app password" in result.one(data_provider="gmail").text
    assert page.id("announcer").text == "Gmail, from the table of providers"


def test_without_javascript_what_was_typed_stays(panel: Panel) -> None:
    """P1: with what was found below the line; nothing is saved."""
    admin = panel.admin()
    page = look(admin, "fastmail", **TYPED)
    form = page.id("smtp-form").form()
    assert {name: form[name] for name in TYPED} == TYPED
    assert form["find"] == "fastmail"
    assert page.id("find-result").all(data_offer="table")
    assert page.one("a", aria_current="page").text == "SMTP"
    assert panel.admin().page().id("server")["value"] == ""


def test_enter_without_javascript_looks_up_where_nothing_can_be_saved_yet(panel: Panel) -> None:
    """P1: the button that Enter presses is that of Save."""
    admin = panel.admin()
    response = admin.press(PAGE, find="gmail", enter="")
    assert (response.status_code, response.headers["Location"]) == (307, FIND)
    assert admin.press(PAGE, find="gmail", enter="", **NOBODY).status_code == 303


def test_one_click_fills_the_fields_in_and_leads_to_the_password(panel: Panel) -> None:
    """P1: Mail server, Port, TLS and User name; all else stays as it was typed."""
    admin = panel.admin()
    page = look(admin, "ada@gmail.com", **TYPED, tls=None, tls_start="starttls")
    button = page.all("button", name="use")[0]
    assert button["formaction"] == FIND
    page = look(admin, "ada@gmail.com", use=button["value"])
    form = page.id("smtp-form").form()
    assert (form["server"], form["port"], form["tls"]) == ("smtp.gmail.com", "465", "1")
    assert (form["tls_start"], form["username"]) == ("auto", "ada@gmail.com")
    assert form["sender"] == TYPED["sender"]
    assert "autofocus" in page.id("password")


def test_what_the_provider_wants_is_told_once(panel: Panel) -> None:
    """P2: beside its server, once that is filled in."""
    admin = panel.admin()
    page = look(admin, "ada@gmail.com")
    assert [each["data-provider"] for each in page.all(data_provider=None)] == ["gmail"]
    button = page.all("button", name="use")[0]
    page = look(admin, "ada@gmail.com", use=button["value"])
    assert page.id("provider").one(data_provider="gmail")
    page = look(admin, "ada@gmail.com")
    assert page.id("provider").one(data_provider="gmail")
    assert len(page.all(data_provider="gmail")) == 1


def test_a_blank_is_where_the_page_goes_on(panel: Panel) -> None:
    """P1: sv{number}.xserver.jp is no name yet."""
    admin = panel.admin()
    button = look(admin, "xserver").all("button", name="use")[0]
    assert "autofocus" in look(admin, "xserver", use=button["value"]).id("server")


def test_an_offer_chooses_the_custom_service(make_panel: MakePanel) -> None:
    """P1, S1: it would fill in fields that nobody sees."""
    admin = make_panel(**MAILING).admin()
    button = look(admin, "gmail", service="default").all("button", name="use")[0]
    page = look(admin, "gmail", use=button["value"])
    assert page.id("smtp-form").form()["service"] == "custom"


def test_what_the_operator_fixes_is_not_filled_in(make_panel: MakePanel) -> None:
    """F14: without a mail server to choose there is nothing to find."""
    admin = make_panel(port="2525").admin()
    button = look(admin, "ada@gmail.com").all("button", name="use")[0]
    form = look(admin, "ada@gmail.com", use=button["value"]).id("smtp-form").form()
    assert (form["server"], form["port"]) == ("smtp.gmail.com", "2525")
    assert not make_panel(server="mail.example").admin().page().has_id("finder")


def test_what_can_be_nothing_of_the_kind_is_told_beside_the_line(panel: Panel) -> None:
    """P1, V2: 422 in both ways."""
    admin = panel.admin()
    assert admin.press(FIND, find="ada@", **TYPED).status_code == 422
    assert admin.html.id("find")["aria-invalid"] == "true"
    assert "whole mail address" in admin.html.id("find-error").text
    assert admin.html.id("smtp-form").form()["server"] == TYPED["server"]
    admin.htmx = True
    response = admin.press(FIND, find="ada@")
    assert (response.status_code, response.headers["HX-Retarget"]) == (422, "#finder")
    assert parse(response.text).has_id("find-error")
    assert "autofocus" in parse(response.text).id("find")


def test_why_nothing_is_found_is_a_sentence(make_panel: MakePanel, name_server: StartDns) -> None:
    """P1: and a second click tries the usual names, which are told beforehand."""
    server = name_server({("a.example", "A"): ["192.0.2.1"], ("a.example", "MX"): ["0 m.example."]})
    admin = make_panel(dns=(("127.0.0.1", server.port),)).admin()
    page = looked_up(admin, "ada@a.example")
    assert "Neither the table of providers nor the DNS" in page.id("find-result").text
    assert page.id("try")["formaction"] == FIND
    assert "smtp.a.example, mail.a.example, m.example" in page.id("find-result").text
    assert not looked_up(admin, "ada@gmail.com").has_id("try")


def test_trying_counts_as_a_test(make_panel: MakePanel, name_server: StartDns) -> None:
    """L1, L2, V5: past the limit it says when to try again; looking up counts nothing."""
    server = name_server({("a.invalid", "A"): ["192.0.2.1"]})
    panel = make_panel(dns=(("127.0.0.1", server.port),), test_limit="1 per minute")
    admin = panel.admin()
    tried = looked_up(admin, "a.invalid", **{"try": "1"})
    assert not tried.has_id("try")
    assert "autofocus" in tried.id("find-result")
    panel.settle()
    again = admin.press(FIND, **{"find": "a.invalid", "try": "1"})
    assert (again.status_code, again.headers["HX-Retarget"]) == (429, "#find-result")
    assert 1 <= int(again.headers["Retry-After"]) <= 60
    assert "Too many attempts" in parse(again.text).id("find-result").text
    assert looked_up(admin, "a.invalid").has_id("try")
    admin.htmx = False
    assert "smtp.a.invalid, mail.a.invalid, MX a.invalid" in admin.page("/admin/audit").text


def test_trying_has_an_address_at_which_its_result_is_with_what_was_typed(
    make_panel: MakePanel, name_server: StartDns
) -> None:
    """P1, T8: without JavaScript a page; with HTMX a fragment, from any process."""
    server = name_server({("a.invalid", "A"): ["192.0.2.1"]})
    panel, other = (make_panel(dns=(("127.0.0.1", server.port),)) for _ in range(2))
    admin = panel.admin()
    fields = {**TYPED, "tls": None, "password": "correct horse", "try": "1"}
    begun = admin.press(FIND, find="ada@a.invalid", **fields)
    panel.settle()
    page = admin.follow(begun)
    form = page.id("smtp-form").form()
    assert {name: form[name] for name in TYPED} == TYPED
    assert (form["find"], form.get("tls")) == ("ada@a.invalid", None)
    assert "no mail server answers at smtp.a.invalid" in page.id("find-result").text
    assert not page.all("meta", http_equiv="refresh")
    assert "autofocus" in page.id("find-result")
    assert len(page.all(autofocus=None)) == 1
    assert not any(b"correct horse" in each for each in panel.answers)
    with panel.app.app_context():
        assert "correct horse" not in repr(db.session.scalars(select(Run.draft)).all())
    there = begun.headers["Location"]
    elsewhere = parse(other.admin().get(there, htmx=True).text)
    assert "no mail server answers" in elsewhere.id("announcer").text
    rows = elsewhere.id("find-result").one("details").all("li")
    assert [each["data-try"] for each in rows] == ["smtp.a.invalid", "mail.a.invalid"]
    assert panel.admin(SECOND_ADMIN).get(there).status_code == 404
    assert admin.get(there.replace("find", "test")).status_code == 404


def test_how_far_a_search_is_shows_while_it_lasts(panel: Panel, smtpd: StartSmtpd) -> None:
    """P1, T9: the fragment is busy and asks again; then the offers stand there, the best first."""
    town = Town({"mail.test.example": HOST}, {465: smtpd("implicit").port})
    search = Search(rules.query("ada@test.example"), town.network())
    admin, there = panel.admin(), search_of(panel, search)
    page = admin.page(there)
    assert page.all("meta", http_equiv="refresh")
    waiting = parse(admin.get(there, htmx=True).text).id("find-result")
    assert (waiting["aria-busy"], waiting["hx-get"]) == ("true", there)
    assert {each["data-state"] for each in waiting.all("li")} == {"running"}
    assert len(waiting.all("li")) == len(PORTS) * 2
    assert "autofocus" not in waiting

    search.run()
    ended(panel, there, **search.outcome(), steps=search.steps_json())
    last = parse(admin.get(there, htmx=True).text)
    result = last.id("find-result")
    assert "hx-get" not in result
    (offer,) = result.all(data_offer="tried")
    assert (offer["data-server"], offer["data-port"]) == ("mail.test.example", "465")
    assert [each["data-try"] for each in result.one("details").all("li")] == [
        "smtp.test.example",
        *(f"mail.test.example, port {port}" for port in PORTS),
    ]
    assert last.id("announcer").text == "Found by trying, for test.example"


def test_a_search_whose_process_was_stopped_says_so(panel: Panel) -> None:
    """T8: nobody waits for a result that will not come."""
    search = Search(rules.query("test.example"), Town({}, {}).network())
    there = search_of(panel, search)
    ended(panel, there, ends_by=utcnow() - timedelta(seconds=1))
    result = parse(panel.admin().get(there, htmx=True).text).id("find-result")
    assert "The search broke off" in result.text
    assert "hx-get" not in result


@pytest.mark.parametrize(
    "more",
    [
        {"draft": {"dane": "1", "service": "carrier pigeon", "tls_version": "1.4"}},
        {"found": {"offers": [{"origin": "jmap"}], "dane": True}},
        {"steps": [{"state": "doubted", "seen": None}]},
    ],
    ids=["draft", "found", "steps"],
)
def test_a_search_by_a_newer_version_is_shown_as_far_as_it_is_known(
    panel: Panel, more: dict[str, Any]
) -> None:
    """P1: where a balancer leads a poll to another machine."""
    admin = panel.admin()
    search = Search(rules.query("test.example"), Town({}, {}).network())
    there = search_of(panel, search)
    search.run()
    found = search.outcome()["found"]
    row = {"draft": {"find": "test.example"}, "found": found, "steps": search.steps_json()}
    for name, told in more.items():
        row[name] = row[name] | told if isinstance(told, dict) else [*row[name], *told]
    ended(panel, there, verdict="failed", **row)
    assert admin.get(there).status_code == 200
    assert admin.get(there, htmx=True).status_code == 200


def search_of(panel: Panel, search: Search) -> str:
    """Where the admin follows `search`, which another process has begun."""
    with panel.app.app_context(), writing(db.session) as session:
        admin = users.find(session, ADMIN)
        assert admin
        run = Run(
            kind=RunKind.SEARCH,
            user_id=admin.id,
            draft={"find": search.query.text},
            steps=search.steps_json(),
            ends_by=utcnow() + timedelta(minutes=1),
        )
        session.add(run)
        session.flush()
        return f"{FIND}/{run.id}"


def ended(panel: Panel, there: str, **values: Any) -> None:
    """Let the other process write these values."""
    with panel.app.app_context(), writing(db.session) as session:
        session.execute(update(Run).where(Run.id == there.rpartition("/")[2]).values(**values))


def test_names_of_other_scripts_are_shown_as_people_read_them(
    make_panel: MakePanel, name_server: StartDns
) -> None:
    """P1, F1: what is filled in is in ASCII."""
    name = "xn--bcher-kva.example"
    zone: Zone = {
        (f"_submissions._tcp.{name}", "SRV"): [f"0 1 465 mail.{name}."],
        (f"mail.{name}", "A"): ["192.0.2.1"],
    }
    admin = make_panel(dns=(("127.0.0.1", name_server(zone).port),)).admin()
    found = looked_up(admin, "ada@bücher.example").id("find-result")
    assert found.one("h2").text == "From the SRV records of bücher.example"
    assert found.one(data_offer="srv")["data-server"] == f"mail.{name}"
    assert "smtp.bücher.example" in found.text
    gone = looked_up(admin, "xn--bcher-kva.invalid").id("find-result")
    assert "There is no domain bücher.invalid." in gone.text


def test_past_a_few_searches_at_once_it_says_busy(
    make_panel: MakePanel, name_server: StartDns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T8: slow name servers leave threads for other pages; the table needs none."""
    monkeypatch.setattr(searches, "PATIENCE", 0)
    panel = make_panel(dns=(("127.0.0.1", name_server({}).port),))
    admin = panel.admin()
    admin.page()
    admin.htmx = True
    with ExitStack() as stack, panel.app.app_context():
        for _ in range(searches.MOST_AT_ONCE):
            stack.enter_context(searches.slot())
        busy = admin.press(FIND, find="ada@a.example")
        assert (busy.status_code, busy.headers["HX-Retarget"]) == (429, "#find-result")
        assert "As many searches as possible are under way" in busy.text
        assert admin.press(FIND, **{"find": "ada@a.example", "try": "1"}).status_code == 429
        assert admin.press(FIND, find="gmail").status_code == 200
    assert admin.press(FIND, find="ada@a.example").status_code == 200


def test_the_first_visit_begins_with_it(make_panel: MakePanel) -> None:
    """P1: whatever service is chosen, until something is saved or tested."""
    panel = make_panel(**MAILING)
    admin = panel.admin()
    page = admin.page()
    assert page.id("finder")["class"] == ""
    assert page.id("finder").text.startswith("Begin here")
    assert "autofocus" in page.id("find")
    panel.tested(admin)
    page = admin.page()
    assert page.id("finder")["class"] == "custom"
    assert "autofocus" not in page.id("find")


def test_many_servers_of_a_provider_are_folded_away(panel: Panel) -> None:
    """P1: the likeliest are seen at once, and of many providers the first six."""
    result = looked_up(panel.admin(), "amazon ses").id("find-result")
    assert len(result.one("details").all(data_offer="table")) == 38
    assert "38 more servers" in result.text
    assert "more providers are called so" in looked_up(panel.admin(), "s").id("find-result").text
