"""How often something may be tried, as the page shows it (SPEC section 6)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from smtp_panel.access.users import Role
from tests.servers.fixtures import StartSmtpd
from tests.web.conftest import (
    ADMIN,
    NOBODY,
    SECOND_ADMIN,
    MakePanel,
    Panel,
    Visitor,
    fields_of,
)
from tests.web.html import parse

MEASURE = {"save": "save_limit", "test": "test_limit"}


def press(admin: Visitor, button: str, **fields: str | None) -> int:
    """Press Save or Send test email on a fresh page; gives the status."""
    admin.page()
    send = admin.save if button == "save" else admin.test
    return send(**(NOBODY | fields)).status_code


@pytest.mark.parametrize("button", ["save", "test"])
def test_past_the_limit_it_says_when_to_try_again(make_panel: MakePanel, button: str) -> None:
    """L1, L2: 429, Retry-After in seconds, a message under the buttons; what was typed stays."""
    panel = make_panel(**{MEASURE[button]: "2 per minute"})
    admin = panel.admin()
    assert [press(admin, button) for _ in range(2)] == [303, 303]
    admin.page()
    send = admin.save if button == "save" else admin.test
    response = send(**NOBODY | {"port": "2525"}, username="typed", tls=None)
    assert response.status_code == 429
    seconds = response.headers["Retry-After"]
    assert 1 <= int(seconds) <= 60
    page = admin.html
    message = f"Too many attempts. Try again in {seconds} seconds."
    if button == "test":
        assert page.id("test-result").text == f"Nothing was sent. {message}"
        assert page.id("test-result")["data-state"] == "failed"
    else:
        assert page.id("form-alert").text == page.id("announcer").text == message
    form = page.id("smtp-form").form()
    assert (form["port"], form["username"], form.get("tls")) == ("2525", "typed", None)
    assert panel.admin().page().id("username")["value"] == ""


def test_with_htmx_only_the_message_is_swapped(make_panel: MakePanel) -> None:
    """L2: so that the typed password stays as well."""
    admin = make_panel(test_limit="1 per minute").admin()
    press(admin, "test")
    admin.page()
    admin.htmx = True
    response = admin.test(**NOBODY)
    assert response.status_code == 429
    assert response.headers["HX-Retarget"] == "#test-result"
    assert response.headers["HX-Reswap"] == "outerHTML"
    assert "Try again in" in parse(response.text).id("test-result").text
    assert "smtp-form" not in response.text


@pytest.mark.parametrize("button", ["save", "test"])
def test_what_makes_no_connection_does_not_count(make_panel: MakePanel, button: str) -> None:
    """L1: wrong fields, a broken token, the password that is asked for, a conflict."""
    panel = make_panel(save_limit="2 per minute", test_limit="1 per minute")
    admin = panel.admin()
    assert press(admin, "save", username="ada", password="x") == 303
    for _ in range(3):
        assert press(admin, button, server="") == 422
        assert press(admin, button, port="2", username="ada") == 422
        assert press(admin, button, csrf_token="broken") == 400
        assert press(admin, button, take="server=x") == 200
    if button == "save":
        assert press(admin, button, version="0", username="eve", password="x") == 409
    assert press(admin, button, username="ada") == 303
    assert press(admin, button, username="ada") == 429


def test_the_check_that_follows_a_save_belongs_to_the_save(make_panel: MakePanel) -> None:
    """L1: saves and tests have budgets of their own."""
    panel = make_panel(test_limit="1 per minute")
    admin = panel.admin()
    assert [press(admin, "save") for _ in range(3)] == [303] * 3
    assert press(admin, "test") == 303


def test_admins_have_budgets_of_their_own_and_one_together(make_panel: MakePanel) -> None:
    """L1: the installation as a whole may do three times as much."""
    panel = make_panel(test_limit="1 per minute")
    panel.add_user("third@example.com", Role.ADMIN)
    panel.add_user("fourth@example.com", Role.ADMIN)
    emails = (ADMIN, SECOND_ADMIN, "third@example.com", "fourth@example.com")
    assert [press(panel.admin(email), "test") for email in emails] == [303, 303, 303, 429]


def test_another_process_and_a_restart_share_the_count(make_panel: MakePanel) -> None:
    """L1: two applications on the same data."""
    first = make_panel(test_limit="2 per minute")
    second = make_panel(test_limit="2 per minute")
    assert press(first.admin(), "test") == 303
    assert press(second.admin(), "test") == 303
    assert press(first.admin(), "test") == 429
    assert press(make_panel(test_limit="2 per minute").admin(), "test") == 429


def test_parallel_tests_cannot_slip_through(panel: Panel, smtpd: StartSmtpd) -> None:
    """L1: the count is taken before the attempt."""
    server = smtpd("none")
    admins = [panel.admin() for _ in range(16)]
    for admin in admins:
        admin.page()

    def send(admin: Visitor) -> int:
        return admin.test(**fields_of(server)).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(send, admins))
    panel.settle()
    assert answers == [303] * 6 + [429] * 10
    assert len(server.messages) == server.connections == 6


def test_signing_in_is_limited(make_panel: MakePanel) -> None:
    """L4: the address that was typed stays, and the right password does not help."""
    visitor = make_panel(login_limit="2 per minute").visitor()
    for _ in range(2):
        assert visitor.sign_in(ADMIN, "wrong").status_code == 422
    response = visitor.sign_in(ADMIN)
    assert response.status_code == 429
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert "Too many attempts. Try again in" in visitor.html.one(role="alert").text
    assert visitor.html.id("email")["value"] == ADMIN


def test_guessing_the_old_password_is_limited(make_panel: MakePanel) -> None:
    """L4."""
    member = make_panel(login_limit="1 per minute").member()
    member.page("/")
    sent = {"current": "wrong password", "new": "another password"}
    assert member.post("/password", **sent).status_code == 422
    response = member.post("/password", **sent)
    assert response.status_code == 429
    assert "Retry-After" in response.headers
    assert "Too many attempts" in member.html.id("current-error").text
