"""The fields of the custom service as they show on the page (SPEC section 3)."""

from __future__ import annotations

import pytest

from smtp_panel.net.tls import supported_versions
from smtp_panel.secret import Secret
from tests.servers.fixtures import StartSmtpd
from tests.web.conftest import NOBODY, MakePanel, Panel, fields_of
from tests.web.html import Element

LABELS = {
    "server": "Mail server",
    "sender": "From",
    "username": "User name",
    "password": "Password",
    "port": "Port",
    "tls": "TLS / SSL",
}


def error_of(page: Element, name: str) -> str:
    """The message beside a field, which is marked as wrong and described by it."""
    field = page.id(name)
    assert field["aria-invalid"] == "true"
    assert f"{name}-error" in field["aria-describedby"].split()
    return page.id(f"{name}-error").text


def chosen(page: Element, name: str) -> str:
    """The option of a drop-down that is chosen."""
    return page.id(name).one("option", selected=None)["value"]


def test_fields_and_buttons_have_the_names_that_must_hold(panel: Panel) -> None:
    """Section 11: names, labels, buttons."""
    form = panel.admin().page().id("smtp-form")
    for name, words in LABELS.items():
        assert form.id(name)["name"] == name
        assert form.one("label", **{"for": name}).text == words
    assert (form.id("tls")["type"], form.id("tls")["value"]) == ("checkbox", "1")
    assert {"tls_version", "tls_start", "auth"} <= form.form().keys()
    assert form.id("save").text == "Save"
    assert form.id("test").text == "Send test email"
    assert form["action"] == "/admin/smtp"
    assert form.id("test")["formaction"] == "/admin/smtp/test"


@pytest.mark.parametrize(
    ("name", "typed", "offered"),
    [
        pytest.param("server", "https://smtp.example.com/", "smtp.example.com", id="F1 URL"),
        pytest.param("server", "smtp.example.com:587", "smtp.example.com", id="F1 port"),
        pytest.param("server", "127.0.0.256", None, id="F1 no address"),
        pytest.param("sender", "O'Brien <o@b.example>", "OBrien <o@b.example>", id="F2 mark"),
        pytest.param("sender", "<a@b.example>", "a@b.example", id="F2 no name"),
        pytest.param("sender", "", None, id="F2 empty"),
        pytest.param("port", "0587", "587", id="F5 zero in front"),
        pytest.param("port", "+25", "25", id="F5 sign"),
        pytest.param("port", "65536", None, id="F5 too large"),
        pytest.param("tls_version", "3.0", None, id="F6 no version"),
        pytest.param("tls_start", "maybe", None, id="F7 no choice"),
        pytest.param("auth", "cram-md5", None, id="F8 no choice"),
    ],
)
def test_a_wrong_value_is_told_beside_its_field(
    panel: Panel, name: str, typed: str, offered: str | None
) -> None:
    """F1, F2, F5-F8, V2: and the tidy value is offered as one click."""
    admin = panel.admin()
    response = admin.save(**(NOBODY | {name: typed}))
    assert response.status_code == 422
    page = admin.html
    assert error_of(page, name)
    buttons = page.id(f"{name}-error").all("button", name="take")
    assert [button["value"] for button in buttons] == ([f"{name}={offered}"] if offered else [])


def test_a_click_takes_over_the_value_that_is_offered(panel: Panel) -> None:
    """F1, V2: without JavaScript too, and nothing else is lost."""
    admin = panel.admin()
    admin.save(server="smtp://mail.example.com/", sender="Ada <ada@example.com>", port="2525")
    offer = admin.html.id("server-error").one("button", name="take")
    response = admin.save(**{offer["name"]: offer["value"]}, tls=None)
    assert response.status_code == 200
    form = admin.html.id("smtp-form").form()
    assert form["server"] == "mail.example.com"
    assert (form["sender"], form["port"]) == ("Ada <ada@example.com>", "2525")
    assert "tls" not in form
    assert "aria-invalid" not in admin.html.id("server")
    assert panel.admin().page().id("server")["value"] == ""


def test_a_value_is_tidied_when_it_is_saved(panel: Panel) -> None:
    """F1, F2, F13: white space at the ends, and what the rules tidy."""
    page = panel.saved(
        panel.admin(),
        server=" LOCALHOST. \n",
        sender="Ada<ada@Bücher.example> ",
        username="\tada ",
        password="x",
        port=" 1 ",
    )
    assert page.id("server")["value"] == "localhost"
    assert page.id("sender")["value"] == "Ada <ada@xn--bcher-kva.example>"
    assert page.id("username")["value"] == "ada"
    assert page.id("port")["value"] == "1"


def test_the_user_name_may_be_empty(panel: Panel, smtpd: StartSmtpd) -> None:
    """F3: for a server without authentication."""
    server = smtpd("none", auth=())
    page = panel.tested(panel.admin(), **fields_of(server) | {"username": "", "password": ""})
    result = page.id("test-result")
    assert result["data-state"] == "passed"
    assert result.one("li", data_step="auth")["data-state"] == "skipped"


def test_the_password_is_write_only(panel: Panel, smtpd: StartSmtpd) -> None:
    """F4: not even its length is told; empty keeps it, removing is an act of its own."""
    admin, fields = panel.admin(), fields_of(smtpd("none"))
    assert not admin.page().has_id("remove_password")
    page = panel.saved(admin, **fields)
    field = page.id("password")
    assert field["value"] == ""
    assert field["placeholder"] == "saved; type to replace"
    assert "Empty keeps the saved one" in page.id("password-help").text
    again = panel.tested(admin, password="").id("test-result")
    assert again["data-state"] == "passed"
    page = panel.saved(admin, remove_password="1")
    assert not page.has_id("remove_password")
    assert "placeholder" not in page.id("password")


def test_a_tick_that_is_none_is_told_beside_it(panel: Panel) -> None:
    """V2: at the box that removes a secret as at any other field."""
    admin = panel.admin()
    panel.saved(admin, **NOBODY | {"username": "ada", "password": "x"})
    assert admin.save(remove_password="maybe").status_code == 422
    assert error_of(admin.html, "remove_password")


def test_tls_offers_the_versions_that_this_machine_speaks(panel: Panel) -> None:
    """F6: TLS 1.2 is recommended and the default, older ones are marked insecure."""
    page = panel.admin().page()
    options = page.id("tls_version").all("option")
    words = {option["value"]: option.text for option in options}
    assert list(words) == ["auto", *supported_versions()]
    assert words["auto"] == "SSL/TLS automatic"
    assert words["1.2"] == "TLS 1.2 (recommended)"
    assert words["1.3"] == "TLS 1.3"
    for old in {"1.0", "1.1"} & words.keys():
        assert words[old] == f"TLS {old} (insecure)"
    assert "checked" in page.id("tls")
    assert chosen(page, "tls_version") == "1.2"


def test_how_tls_starts_is_a_choice_of_three(panel: Panel) -> None:
    """F7, F8: and authentication one of four."""
    page = panel.admin().page()
    for name, values in {
        "tls_start": ["auto", "starttls", "implicit"],
        "auth": ["auto", "plain", "login", "oauth2"],
    }.items():
        assert [option["value"] for option in page.id(name).all("option")] == values
        assert chosen(page, name) == "auto"
    saved = panel.saved(panel.admin(), **NOBODY, tls_start="implicit", auth="plain", tls="1")
    assert (chosen(saved, "tls_start"), chosen(saved, "auth")) == ("implicit", "plain")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"server": "localhost"}, id="server"),
        pytest.param({"port": "2"}, id="port"),
        pytest.param({"username": "bob@test.example"}, id="user name"),
        pytest.param({"tls": None}, id="TLS off"),
        pytest.param({"tls_version": "1.2"}, id="lower TLS version"),
        pytest.param({"tls_version": "auto"}, id="automatic TLS version"),
    ],
)
def test_another_destination_asks_for_the_password_again(
    panel: Panel, change: dict[str, str | None]
) -> None:
    """F9: in save and in test; what was typed stays."""
    admin = panel.admin()
    saved = NOBODY | {"username": "ada", "password": "x", "tls": "1", "tls_version": "1.3"}
    panel.saved(admin, **saved)
    for send in (admin.save, admin.test):
        assert send(**change).status_code == 422
        assert error_of(admin.html, "password").startswith("Enter the password again")
        assert admin.html.id("password")["aria-invalid"] == "true"
        for name, value in change.items():
            assert admin.html.id("smtp-form").form().get(name) == value
    assert panel.saved(admin, **change, password="x").id("form-alert").text == "Saved."


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"tls_start": "implicit"}, id="how TLS starts"),
        pytest.param({"auth": "plain"}, id="mechanism"),
        pytest.param({"sender": "bob@example.com"}, id="From"),
        pytest.param({"tls_version": "1.3"}, id="higher TLS version"),
    ],
)
def test_what_is_no_other_destination_keeps_the_password(
    panel: Panel, change: dict[str, str | None]
) -> None:
    """F9."""
    admin = panel.admin()
    panel.saved(admin, **NOBODY, username="ada", password="x", tls="1", tls_version="1.2")
    assert panel.saved(admin, **change).has_id("remove_password")


def test_without_a_saved_password_there_is_nothing_to_ask_for(panel: Panel) -> None:
    """F9."""
    admin = panel.admin()
    panel.saved(admin, **NOBODY)
    assert panel.saved(admin, server="localhost", port="2").id("form-alert").text == "Saved."


def test_port_25_is_refused_on_google_cloud(make_panel: MakePanel) -> None:
    """F10."""
    admin = make_panel(hosting="gcp").admin()
    assert admin.save(**NOBODY | {"port": "25"}).status_code == 422
    assert "Google Cloud blocks port 25" in error_of(admin.html, "port")
    assert admin.html.id("port-error").one("button")["value"] == "port=587"


def test_port_25_is_allowed_on_azure_with_a_warning(make_panel: MakePanel) -> None:
    """F10: after the save, after a refresh, and beside the errors of other fields."""
    panel = make_panel(hosting="azure", server="127.0.0.1", port="25", tls="0")
    admin = panel.admin()
    page = panel.saved(admin, sender="ada@example.com")
    for shown in (page, admin.page()):
        notice = shown.one(data_notice="port")
        assert "not recommended on Azure" in notice.text
        assert notice["id"] in shown.id("port")["aria-describedby"].split()
        assert "aria-invalid" not in shown.id("port")
    assert admin.save(sender="").status_code == 422
    assert admin.html.one(data_notice="port")


def test_password_managers_leave_the_fields_alone(panel: Panel) -> None:
    """F13."""
    page = panel.admin().page()
    assert page.id("password")["autocomplete"] == "new-password"
    assert page.id("username")["autocomplete"] == "off"
    for name in ("username", "password"):
        for mark in ("data-1p-ignore", "data-lpignore", "data-bwignore", "data-form-type"):
            assert mark in page.id(name)


def test_white_space_around_a_password_is_kept_and_pointed_out(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    """F13: after the save as well, where nothing of it is left to look at."""
    server = smtpd("none", users={"ada@test.example": " secret\t"})
    admin = panel.admin()
    page = panel.saved(admin, **fields_of(server) | {"password": " secret\t"})
    assert "begins or ends with white space" in page.one(data_notice="password").text
    assert page.id("smtp-status").one(data_state=None)["data-state"] == "healthy"
    assert not admin.page().all(data_notice="password")


def test_a_password_without_a_user_name_is_pointed_out(panel: Panel) -> None:
    """F3, F4."""
    page = panel.saved(panel.admin(), **NOBODY, password="x")
    assert "Without a user name" in page.one(data_notice="username").text


def test_values_of_the_environment_are_shown_with_their_origin_and_locked(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """F14: whatever a form says for them."""
    server = smtpd("none")
    fields = fields_of(server)
    panel = make_panel(
        server=server.host,
        port=str(server.port),
        tls="0",
        auth="login",
        username=fields["username"],
        password=Secret(fields["password"] or ""),
    )
    admin = panel.admin()
    page = admin.page()
    for name in ("server", "port", "username"):
        assert "readonly" in page.id(name)
        assert page.id(name)["value"] == fields[name]
    for name in ("tls", "auth", "password"):
        assert "disabled" in page.id(name)
    origins = [element.text for element in page.all("p", **{"class": "lock"})]
    locked = ("SERVER", "PORT", "TLS", "USERNAME", "PASSWORD", "AUTH")
    assert origins == [f"Set by SMTP_PANEL_{name}" for name in locked]
    assert not page.has_id("remove_password")
    sent = {"server": "evil.example", "port": "1", "tls": "1", "auth": "plain", "password": "x"}
    result = panel.tested(admin, sender="ada@example.com", **sent).id("test-result")
    assert result["data-state"] == "passed"
    page = panel.saved(admin, sender="ada@example.com", **sent)
    assert page.id("server")["value"] == server.host
    assert chosen(page, "auth") == "login"


def test_what_the_environment_fixes_is_nowhere_left_to_the_admin(make_panel: MakePanel) -> None:
    """F14, S2, T6: who names the mail server, and which field to change, is told as it is."""
    here, by = "127.0.0.1", "set by SMTP_PANEL_SERVER"
    panel = make_panel(server=here, port="1")
    page = panel.admin().page()
    assert f"The mail server that this installation sends by is {by}." in page.text
    assert "that you name" not in page.text
    result = panel.tested(panel.admin(), **NOBODY).id("test-result")
    assert f"Field to change: Mail server · {by}" in result.text
    panel = make_panel(server=here, port="1", default_url=Secret("smtp://mail.example:587"))
    page = panel.admin().page()
    assert f"Use custom mail settings {here} · {by}" in page.id("service").text
