"""Saving on the page (SPEC section 4)."""

from __future__ import annotations

import threading
from threading import Event

import pytest

from smtp_panel.settings.fields import PAGE_ORDER
from smtp_panel.storage import utcnow
from tests.servers.fixtures import StartScripted, StartSmtpd
from tests.servers.scripted import close, reply
from tests.web.conftest import ADMIN, NOBODY, SECOND_ADMIN, MakePanel, Panel, fields_of, held
from tests.web.html import Element, parse

pytestmark = pytest.mark.both_engines

WRONG = {
    "server": "https://x",
    "port": "0",
    "tls": "perhaps",
    "tls_version": "9",
    "sender": "nobody",
    "username": "a\0b",
    "tls_start": "later",
    "auth": "magic",
}


def badge(page: Element) -> str:
    """The word that says how mail is."""
    return page.id("smtp-status").one("b").text


def test_a_save_starts_a_check_and_a_refresh_shows_how_it_went(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    """V1."""
    admin = panel.admin()
    page = panel.saved(admin, **fields_of(smtpd("none")))
    assert page.id("form-alert").text == page.id("announcer").text == "Saved."
    assert badge(page) == "Healthy"
    again = admin.page()
    assert badge(again) == "Healthy"
    assert again.id("form-alert").text == ""


def test_a_refresh_shows_the_errors_of_what_was_saved(
    panel: Panel, scripted: StartScripted
) -> None:
    """V1, W2: which step failed and what to do."""
    server = scripted([reply("554 5.3.2 go away"), close()])
    admin = panel.admin()
    panel.saved(admin, **NOBODY | {"port": str(server.port), "tls": None})
    page = admin.page()
    assert badge(page) == "Problem"
    warning = page.one(data_warning="page")
    assert "Mail is not leaving this installation" in warning.text
    steps = {step["data-check"]: step["data-state"] for step in warning.all("li", data_check=None)}
    assert steps == {"dns": "passed", "connect": "passed", "banner": "failed"}


def test_while_the_check_runs_the_page_says_so(panel: Panel, scripted: StartScripted) -> None:
    """V1, W2: with JavaScript it asks again by itself."""
    go_on = Event()
    server = scripted([held(go_on), close()])
    admin = panel.admin()
    response = admin.save(**NOBODY | {"port": str(server.port)})
    server.wait_for_connections(1)
    page = admin.follow(response)
    assert badge(page) == "Checking…"
    asking = page.id("smtp-status")
    assert asking["hx-trigger"] == "load delay:400ms"
    again = parse(admin.get(asking["hx-get"], htmx=True).text).id("smtp-status")
    assert (again["hx-get"], again["hx-trigger"]) == (asking["hx-get"], asking["hx-trigger"])
    go_on.set()
    panel.settle()
    fragment = admin.get(asking["hx-get"], htmx=True).text
    assert parse(fragment).id("smtp-status")["hx-trigger"] == "every 4s"
    for place in ("warning-admin-menu", "warning-sidebar", "warning-page"):
        assert f'id="{place}" hx-swap-oob="outerHTML"' in fragment


def test_a_save_is_one_though_no_thread_can_be_had_for_its_check(panel: Panel) -> None:
    """V1, V4: the next look of the background checks what was saved."""
    admin, usual = panel.admin(), threading.stack_size(1 << 46)  # more than there are addresses
    try:
        response = admin.save(**NOBODY)
    finally:
        threading.stack_size(usual)
    page = admin.follow(response)
    assert page.id("form-alert").text == "Saved."


def test_a_page_that_is_open_learns_of_a_check_that_others_start(panel: Panel) -> None:
    """W2: it asks every few seconds, and is answered with nothing while nothing changes."""
    admin = panel.admin()
    panel.saved(admin, **NOBODY)
    asking = admin.page().id("smtp-status")
    assert asking["hx-trigger"] == "every 4s"
    with panel.queries() as queries:
        assert admin.get(asking["hx-get"], htmx=True).status_code == 204
    assert len([query for query in queries if "node_status" in query]) == 1
    panel.saved(panel.admin(SECOND_ADMIN), port="2")
    fragment = admin.get(asking["hx-get"], htmx=True)
    assert fragment.status_code == 200
    status = parse(fragment.text).id("smtp-status")
    assert status["hx-get"] != asking["hx-get"]
    assert 'id="warning-page" hx-swap-oob="outerHTML"' in fragment.text
    assert admin.get(status["hx-get"], htmx=True).status_code == 204


def test_errors_stand_in_the_order_of_the_page_and_focus_goes_to_the_first(panel: Panel) -> None:
    """V2: status 422; both buttons answer alike."""
    admin = panel.admin()
    for send in (admin.save, admin.test):
        assert send(**WRONG).status_code == 422
        page = admin.html
        marked = [field["id"] for field in page.all(aria_invalid="true")]
        assert marked == [name for name in PAGE_ORDER if name in WRONG]
        assert [field["id"] for field in page if "autofocus" in field] == ["server"]
        messages = [each["id"] for each in page if each["id"].endswith("-error")]
        assert messages == [f"{name}-error" for name in marked]
        words = "8 fields need a change."
        told = words if send == admin.save else f"Nothing was sent. {words}"
        assert page.id("announcer").text == told


def test_the_order_of_the_errors_is_that_of_the_page(panel: Panel) -> None:
    """V2: with a saved secret of each kind."""
    admin = panel.admin()
    panel.saved(admin, **NOBODY, username="ada", password="x")
    oauth = {"auth": "oauth2", "client_id": "x", "token_endpoint": "https://id.example"}
    page = panel.saved(admin, **oauth, client_secret="x")
    shown = [element["id"] for element in page if element["id"] in PAGE_ORDER]
    assert shown == [name for name in PAGE_ORDER if name != "service"]


@pytest.mark.parametrize("first", ["tls_version", "tls_start", "auth"])
def test_a_wrong_field_that_is_folded_away_is_unfolded(panel: Panel, first: str) -> None:
    """V2: focus goes to what can be seen."""
    admin = panel.admin()
    assert admin.save(**NOBODY | {first: WRONG[first]}).status_code == 422
    assert [field["id"] for field in admin.html if "autofocus" in field] == [first]
    assert ("open" in admin.html.id("more")) == (first != "tls_version")


def test_what_was_typed_stays_but_for_the_secret(panel: Panel) -> None:
    """V2."""
    admin = panel.admin()
    typed = {
        "server": " Mail.Example.com ",
        "port": "0587",
        "sender": "O'Brien <o@b.example>",
        "username": "ada",
        "tls": None,
        "tls_version": "1.3",
        "tls_start": "starttls",
        "auth": "login",
    }
    assert admin.save(**typed, password="very secret").status_code == 422
    form = admin.html.id("smtp-form").form()
    assert {name: form.get(name) for name in typed} == typed
    assert form["password"] == ""
    assert "very secret" not in admin.html.text


def test_with_htmx_a_refused_test_puts_the_page_with_the_errors_in_place(panel: Panel) -> None:
    """V2, T2: the button's own target is the result, the errors stand beside the fields."""
    admin = panel.admin()
    admin.page()
    admin.htmx = True
    response = admin.test(server="")
    assert response.status_code == 422
    assert response.headers["HX-Retarget"] == response.headers["HX-Reselect"] == "#main"
    assert response.headers["HX-Reswap"] == "outerHTML"


def test_a_save_needs_no_passing_test(panel: Panel) -> None:
    """V4: after a failed one it is possible, and recorded as such."""
    admin = panel.admin()
    result = panel.tested(admin, **NOBODY).id("test-result")
    assert (result["data-state"], result["data-draft"]) == ("failed", "unsaved")
    panel.saved(admin)
    assert "Saved after a test that failed." in admin.page("/admin/audit").one("tbody").text


def test_a_save_after_a_passing_test_is_recorded_as_such(panel: Panel, smtpd: StartSmtpd) -> None:
    """V4, T3."""
    admin, fields = panel.admin(), fields_of(smtpd("none"))
    panel.tested(admin, **fields)
    panel.saved(admin, password=fields["password"])
    assert "Saved after a test that passed." in admin.page("/admin/audit").one("tbody").text


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"sender": "bob@example.com"}, id="another field"),
        pytest.param({"password": "x"}, id="with a password"),
    ],
)
def test_a_save_of_something_else_is_not_recorded_as_tested(
    panel: Panel, other: dict[str, str]
) -> None:
    """V4."""
    admin = panel.admin()
    panel.tested(admin, **NOBODY, username="ada")
    panel.saved(admin, **other)
    assert "Saved after a test" not in admin.page("/admin/audit").one("tbody").text


@pytest.mark.parametrize(
    ("tested", "saved", "recorded"),
    [
        pytest.param("first", "second", False, id="another than was tested"),
        pytest.param("second", "", False, id="the saved one, where another was tested"),
        pytest.param("", "second", False, id="another, where the saved one was tested"),
        pytest.param("first", "first", True, id="the saved one, typed both times"),
        pytest.param("second", "second", True, id="the one that was tested"),
        pytest.param("", "first", True, id="the saved one, typed again"),
    ],
)
def test_a_save_is_recorded_as_tested_where_its_password_is_the_one_that_was_tested(
    panel: Panel, tested: str, saved: str, recorded: bool
) -> None:
    """V4, F4: whichever way the panel came to know it."""
    admin = panel.admin()
    panel.saved(admin, **NOBODY, username="ada", password="first")
    panel.tested(admin, sender="bob@example.com", password=tested)
    panel.saved(admin, sender="bob@example.com", password=saved)
    newest = admin.page("/admin/audit").one("tbody").all("tr")[0].text
    assert ("Saved after a test that failed." in newest) == recorded


def test_a_save_is_not_recorded_as_tested_where_the_saved_password_was_another_by_then(
    panel: Panel,
) -> None:
    """V4, V3: the save that is repeated after another admin's is of their password."""
    ada, eve = panel.admin(), panel.admin(SECOND_ADMIN)
    panel.saved(ada, **NOBODY, username="ada", password="first")
    panel.tested(ada)
    panel.saved(eve, password="second")
    assert ada.save().status_code == 409
    panel.saved(ada)
    assert "Saved after a test" not in ada.page("/admin/audit").one("tbody").text


def test_the_second_of_two_admins_is_told_who_saved_what(panel: Panel) -> None:
    """V3: nothing typed is lost, and saving again puts it in force."""
    ada, eve = panel.admin(), panel.admin(SECOND_ADMIN)
    ada.page()
    eve.page()
    panel.saved(eve, **NOBODY, username="eve", password="x")
    response = ada.save(**NOBODY | {"port": "2"}, username="ada", password="y")
    assert response.status_code == 409
    conflict = ada.html.id("form-alert")
    assert f"{SECOND_ADMIN} saved these settings while you were editing" in conflict.text
    changed = [row.text for row in conflict.all("dt")]
    assert {"Mail server", "Port", "From", "User name", "Password"} == set(changed)
    form = ada.html.id("smtp-form").form()
    assert (form["port"], form["username"], form["password"]) == ("2", "ada", "")
    page = panel.saved(ada, password="y")
    assert page.id("port")["value"] == "2"
    assert panel.admin().page().id("username")["value"] == "ada"


@pytest.mark.parametrize("version", [None, "", "x", "-1", "１", "9" * 10, "0"])
def test_a_save_that_says_no_readable_version_is_no_wish_to_overwrite(
    panel: Panel, version: str | None
) -> None:
    """V3: it is told who saved what, keeps what was typed, and may be pressed again."""
    panel.saved(panel.admin(SECOND_ADMIN), **NOBODY)
    ada = panel.admin()
    assert ada.save(port="2", version=version).status_code == 409
    assert f"{SECOND_ADMIN} saved these settings" in ada.html.id("form-alert").text
    assert ada.html.id("smtp-form").form()["port"] == "2"
    assert panel.admin().page().id("port")["value"] == "1"
    assert panel.saved(ada).id("port")["value"] == "2"


def test_before_anything_was_saved_a_page_of_no_version_is_refused_too(panel: Panel) -> None:
    """V3."""
    admin = panel.admin()
    assert admin.save(**NOBODY, version=None).status_code == 409
    told = admin.html.id("form-alert").text
    assert "This page did not start from the settings in force" in told
    assert panel.admin().page().id("server")["value"] == ""


def test_a_test_in_between_does_not_hide_that_another_admin_saved(panel: Panel) -> None:
    """V3: without JavaScript, where the result is a page of its own."""
    ada, eve = panel.admin(), panel.admin(SECOND_ADMIN)
    ada.page()
    panel.saved(eve, **NOBODY)
    panel.tested(ada, **NOBODY | {"port": "2"})
    assert ada.save().status_code == 409


def test_every_change_is_in_the_audit_log(panel: Panel) -> None:
    """V5: when, who, from which address, which fields, old and new value, secrets as changed."""
    admin = panel.admin()
    panel.saved(admin, **NOBODY, username="ada", password="x", tls="1")
    panel.saved(admin, port="2", tls=None, password="y")
    newest, first, *_ = admin.page("/admin/audit").one("tbody").all("tr")
    assert "SMTP settings saved" in newest.text
    assert f"{ADMIN} 127.0.0.1" in newest.all("td")[1].text
    assert newest.one("time")["datetime"].startswith(f"{utcnow():%Y-%m-%dT%H}"[:10])
    rows = [row.text for row in newest.one("dl").all("div")]
    assert rows == ["Port 1 → 2", "TLS / SSL on → off", "Password changed"]
    assert "Password empty → changed" in first.text


def test_the_audit_log_has_pages(panel: Panel) -> None:
    """V5: 50 entries each, the newest first."""
    for number in range(55):
        panel.add_user(f"user{number}@example.com")
    admin = panel.admin()
    page = admin.page("/admin/audit")
    assert len(page.one("tbody").all("tr")) == 50
    assert "user54@example.com" in page.one("tbody").all("tr")[0].text
    older = admin.page(page.link("Older entries"))
    assert len(older.one("tbody").all("tr")) == 8


@pytest.mark.parametrize("before", ["0", "-1", "x", "9" * 18, "9" * 19, "9" * 5000, "１", "%00"])
def test_an_audit_page_that_is_none_is_a_page_all_the_same(panel: Panel, before: str) -> None:
    """V5."""
    assert panel.admin().get(f"/admin/audit?before={before}").status_code == 200


def test_saving_nothing_new_is_no_entry_in_the_audit_log(make_panel: MakePanel) -> None:
    """V5."""
    panel = make_panel()
    admin = panel.admin()
    panel.saved(admin, **NOBODY)
    panel.saved(admin)
    assert admin.page("/admin/audit").one("tbody").text.count("SMTP settings saved") == 1
