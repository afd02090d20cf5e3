"""What would work instead, as one button (SPEC T6)."""

from __future__ import annotations

import pytest

from smtp_panel.secret import Secret
from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartScripted, StartSmtpd
from tests.servers.scripted import expect, greet, reply
from tests.web.conftest import NOBODY, TEST, Fields, MakePanel, Panel, fields_of
from tests.web.html import Element


def button(page: Element) -> Element:
    """The button that offers a repair."""
    (found,) = page.all("button", name="repair")
    return found


@pytest.fixture
def by_implicit_tls(trusted: CertificateAuthority, smtpd: StartSmtpd) -> Fields:
    """The form for a server that begins TLS by STARTTLS, filled in for implicit TLS."""
    return fields_of(smtpd("starttls"), tls=True) | {"tls_start": "implicit"}


@pytest.mark.parametrize("words", ["421 Xyzzy, not for now", "550 5.7.25 No PTR record for xyzzy"])
def test_what_the_server_said_stands_in_its_place_whether_the_cause_quotes_it_or_not(
    panel: Panel, scripted: StartScripted, words: str
) -> None:
    """T6: as it was said, with its codes, to be looked up or passed on."""
    server = scripted([reply(words)])
    at = {"server": server.host, "port": str(server.port), "sender": "no-reply@test.example"}
    page = panel.tested(panel.admin(), service="custom", **at)
    assert f"The server said: {words}" in " ".join(page.id("diagnosis").text.split())


def test_one_button_mends_the_settings_and_tests_again(
    panel: Panel, by_implicit_tls: Fields
) -> None:
    """T6, T2: without JavaScript too; the mended values then stand in the form."""
    admin = panel.admin()
    page = panel.tested(admin, **by_implicit_tls)
    port = by_implicit_tls["port"]
    assert button(page).text == f"Use STARTTLS on port {port} and test again"
    assert button(page)["formaction"] == TEST
    assert "works as far as the sign-in" in page.id("diagnosis").text
    pressed = {"repair": button(page)["value"], "password": by_implicit_tls["password"]}
    page = panel.tested(admin, **pressed)
    assert page.id("test-result")["data-state"] == "passed"
    form = page.id("smtp-form").form()
    assert (form["tls_start"], form["port"]) == ("starttls", port)


def test_the_sender_that_the_server_takes_keeps_the_display_name(
    panel: Panel, scripted: StartScripted
) -> None:
    """T6, F2"""
    server = scripted(
        [
            greet("AUTH PLAIN"),
            expect("AUTH", "235 ok"),
            expect("MAIL FROM", "553 5.7.1 Sender address rejected: not owned by user"),
            expect("MAIL FROM:<ada@test.example>", "250 ok"),
            expect("RCPT TO", "250 ok"),
            expect("QUIT", "221 bye"),
        ]
    )
    there: Fields = {
        "server": server.host,
        "port": str(server.port),
        "sender": "Panel <no-reply@test.example>",
        "username": "ada@test.example",
        "password": "secret words",
        "tls": None,
    }
    page = panel.tested(panel.admin(), **there)
    text = button(page).text
    assert text == "Use Panel <ada@test.example> as From and test again"


def test_the_operators_own_service_is_not_for_admins_to_mend(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """S1, T6: its fields are not those of the form."""
    server = smtpd("starttls")
    url = Secret(f"smtp://ada:secret@{server.host}:{server.port}?tls=implicit")
    panel = make_panel(default_url=url, default_from="a@test.example")
    page = panel.tested(panel.admin(), service="default")
    assert page.id("test-result")["data-state"] == "failed"
    assert not page.all("button", name="repair")
    assert server.connections == 1


def test_what_the_environment_fixes_is_not_offered_to_be_changed(
    make_panel: MakePanel, by_implicit_tls: Fields
) -> None:
    """F14, T6: what else is locked, as it is, is no hindrance."""
    for locked, offered in (({"tls_start": "implicit"}, False), ({"tls": "1"}, True)):
        panel = make_panel(**locked)
        page = panel.tested(panel.admin(), **by_implicit_tls)
        assert bool(page.all("button", name="repair")) is offered


def test_where_nothing_works_nothing_is_offered(panel: Panel) -> None:
    """T6"""
    page = panel.tested(panel.admin(), **NOBODY)
    assert not page.all("button", name="repair")


@pytest.mark.parametrize(
    "repair",
    [
        "password=stolen",
        "csrf_token=x&version=99&take=server%3Dx",
        "nonsense",
        "=&&;%00=%ff",
        "surprise=1" * 999,
    ],
)
def test_a_repair_changes_only_fields_of_the_settings(panel: Panel, repair: str) -> None:
    """F4, F9: whatever is sent in its name."""
    admin = panel.admin()
    page = panel.tested(admin, **NOBODY, repair=repair)
    assert page.id("test-result")["data-state"] == "failed"
    form = page.id("smtp-form").form()
    assert {name: form[name] for name in NOBODY} == NOBODY


def test_a_repair_is_held_to_the_rules_and_to_the_password_of_its_destination(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    """F5, F9: it is typed by another hand, and no more than that."""
    admin = panel.admin()
    panel.saved(admin, **fields_of(smtpd("none")))
    response = admin.test(repair="port=70000", password="")
    assert response.status_code == 422
    assert "1 to 65535" in admin.html.id("port-error").text
    response = admin.test(repair="port=587&tls=1", port="25", password="")
    assert response.status_code == 422
    assert admin.html.id("password-error").text
    assert admin.html.id("port")["value"] == "587"
