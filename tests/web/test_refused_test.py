"""A test that is refused before anything is sent says so where its result would be (SPEC T2)."""

from __future__ import annotations

import pytest

from tests.web.conftest import NOBODY, Fields, MakePanel, Panel
from tests.web.html import Element

SAVED: Fields = NOBODY | {"username": "ada", "password": "x"}


def refusal(page: Element) -> Element:
    """What stands in the place of the result: that nothing was sent."""
    place = page.id("test-result")
    assert place["data-state"] == "failed"
    assert "data-run" not in place
    assert place.one("h2").text == "Nothing was sent."
    return place


def links(place: Element) -> dict[str, str]:
    """Where its links lead, by their words."""
    return {link.text: link["href"] for link in place.all("a")}


def test_wrong_fields_are_named_and_linked(panel: Panel) -> None:
    """T2, V2: in the order of the page, with what is wrong."""
    admin = panel.admin()
    assert admin.test(**NOBODY | {"port": "0", "sender": "nobody"}).status_code == 422
    place = refusal(admin.html)
    assert links(place) == {"Port": "#port", "From": "#sender"}
    assert "A port is a number from 1 to 65535." in place.text
    assert admin.html.has_id("port")
    assert admin.html.has_id("sender")


def test_a_password_to_enter_again_is_named_and_linked(panel: Panel) -> None:
    """T2, F9."""
    admin = panel.admin()
    panel.saved(admin, **SAVED)
    assert admin.test(port="2").status_code == 422
    place = refusal(admin.html)
    assert links(place) == {"Password": "#password"}
    assert "Enter the password again" in place.text


def test_a_save_that_is_refused_says_nothing_of_a_test(panel: Panel) -> None:
    """T2."""
    admin = panel.admin()
    assert admin.save(**NOBODY | {"port": "0"}).status_code == 422
    assert admin.html.id("test-result").text == ""


def test_a_test_that_is_sent_leaves_no_refusal(panel: Panel) -> None:
    """T2."""
    admin = panel.admin()
    admin.test(**NOBODY | {"port": "0"})
    result = panel.tested(admin, **NOBODY).id("test-result")
    assert "Nothing was sent." not in result.text
    assert result["data-run"]


def test_after_a_failure_the_settings_can_be_saved_anyway(panel: Panel) -> None:
    """V4: and not as if they were good."""
    result = panel.tested(panel.admin(), **NOBODY).id("test-result")
    assert [each.text for each in result.all("button", form="smtp-form")][-1] == "Save anyway"
    assert "Save these settings" not in result.text


@pytest.mark.parametrize(
    ("auth", "hint"),
    [
        ({}, "a change asks for the password again"),
        (
            {
                "auth": "oauth2",
                "client_id": "panel",
                "client_secret": "s3cret",
                "token_endpoint": "https://id.test.example/token",
                "password": "",
            },
            "a change asks for the client secret again",
        ),
    ],
)
def test_while_a_secret_is_saved_the_help_says_what_a_change_asks_for(
    panel: Panel, auth: Fields, hint: str
) -> None:
    """F9: at Mail server and at Port, before the change."""
    admin = panel.admin()
    for name in ("server", "port"):
        assert "a change asks for" not in admin.page().id(f"{name}-help").text
    page = panel.saved(admin, **SAVED | auth)
    for name in ("server", "port"):
        assert page.id(f"{name}-help").text.endswith(hint)
        assert f"{name}-help" in page.id(name)["aria-describedby"].split()
    assert "a change asks for" not in page.id("sender-help").text


@pytest.mark.parametrize(
    ("hosting", "address"),
    [
        ("gcp", "https://cloud.google.com/compute/docs/tutorials/sending-mail"),
        (
            "azure",
            "https://learn.microsoft.com/azure/virtual-network/"
            "troubleshoot-outbound-smtp-connectivity",
        ),
    ],
)
def test_what_is_said_of_port_25_leads_to_the_clouds_own_page(
    make_panel: MakePanel, hosting: str, address: str
) -> None:
    """F10: the error and the warning."""
    admin = make_panel(hosting=hosting).admin()
    admin.save(**NOBODY | {"port": "25", "sender": ""})
    said = admin.html.id("port-error" if hosting == "gcp" else "port-notice")
    assert said.one("a")["href"] == address
