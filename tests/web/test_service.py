"""The choice of the mail service on the page (SPEC section 2)."""

from __future__ import annotations

from urllib.parse import quote

from smtp_panel.sandbox import named
from smtp_panel.secret import Secret
from tests.servers.fixtures import StartSmtpd
from tests.servers.smtpd import USERS, SubmissionServer
from tests.test_sandbox import deliver
from tests.web.conftest import ADMIN, MakePanel, Panel, fields_of


def url_of(server: SubmissionServer) -> Secret:
    """SMTP_PANEL_DEFAULT_URL for `server`."""
    (username, password), *_ = USERS.items()
    who = f"{quote(username, safe='')}:{quote(password, safe='')}"
    return Secret(f"smtp://{who}@{server.host}:{server.port}?tls=none&from=it@test.example")


def test_the_operators_service_is_one_of_two_choices(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """S1, S4, F14: with its name and its origin, and chosen at the first start."""
    server = smtpd("none")
    admin = make_panel(default_url=url_of(server)).admin()
    group = admin.page().id("service")
    default, custom = group.all("input", type="radio", name="service")
    assert (default["value"], custom["value"]) == ("default", "custom")
    assert "checked" in default
    assert "checked" not in custom
    assert "Use default mail settings" in group.text
    assert "Use custom mail settings" in group.text
    assert "127.0.0.1 · set by SMTP_PANEL_DEFAULT_URL" in group.text


def test_the_operators_service_needs_nothing_filled_in(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """S1: it is saved, checked and tested as it is, its password never shown."""
    server = smtpd("none")
    panel = make_panel(default_url=url_of(server))
    admin = panel.admin()
    page = panel.saved(admin, service="default", server="", sender="", port="", username="")
    assert page.id("smtp-status").one(data_state=None)["data-state"] == "healthy"
    result = panel.tested(admin).id("test-result")
    assert (result["data-state"], result["data-draft"]) == ("passed", "saved")
    assert server.messages[0].recipients == (ADMIN,)
    assert server.messages[0].sender == "it@test.example"


def test_without_a_default_service_the_custom_fields_are_shown_at_once(panel: Panel) -> None:
    """S2: the page says so."""
    page = panel.admin().page()
    service = page.one(name="service")
    assert (service["type"], service["value"]) == ("hidden", "custom")
    assert "This installation has no default mail service" in page.text
    assert "Use default mail settings" not in page.text


def test_without_a_default_service_choosing_it_is_refused(panel: Panel) -> None:
    """S2: in save and in test, whoever wrote the form."""
    admin = panel.admin()
    for send in (admin.save, admin.test):
        response = send(service="default")
        assert response.status_code == 422
        error = admin.html.id("service-error")
        assert "no default mail service. Use custom mail settings." in error.text


def test_a_default_service_that_is_gone_is_a_problem_not_an_error(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """S2, W3: the operator has removed it since it was chosen."""
    server = smtpd("none")
    before = make_panel(default_url=url_of(server))
    before.saved(before.admin(), service="default")
    after = make_panel()
    after.start()
    page = after.admin().page()
    assert page.one(name="service")["value"] == "custom"
    assert "No mail service is set up" in page.one(data_warning="page").text


def test_switching_to_default_and_back_keeps_the_custom_values(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """S3: the password too."""
    server = smtpd("none")
    panel = make_panel(default_url=url_of(server))
    admin = panel.admin()
    fields = fields_of(server) | {"port": str(server.port), "auth": "login"}
    panel.saved(admin, **fields)
    page = panel.saved(admin, service="default", server="", sender="", username="", auth="auto")
    assert "checked" in page.id("service-default")
    page = panel.saved(admin, service="custom")
    assert "checked" in page.id("service-custom")
    for name in ("server", "port", "sender", "username"):
        assert page.id(name)["value"] == fields[name]
    assert page.id("auth").one("option", selected=None)["value"] == "login"
    assert "Empty keeps the saved one" in page.id("password-help").text
    assert page.id("smtp-status").one(data_state=None)["data-state"] == "healthy"


def test_the_first_test_arrives_in_the_sandbox_where_it_can_be_read(at_work: Panel) -> None:
    """S4: a newcomer has filled in nothing."""
    admin = at_work.admin()
    page = admin.page()
    assert "checked" in page.id("service-default")
    assert "Sandbox on this machine · set by SMTP_PANEL_SANDBOX" in page.id("service").text
    assert page.id("smtp-status").one(data_state=None)["data-state"] == "healthy"
    result = at_work.tested(admin).id("test-result")
    assert result["data-state"] == "passed"
    listing = admin.page(result.one("a", href="/sandbox")["href"])
    message = admin.page(listing.one("table").all("a")[0]["href"])
    assert message.one("h1").text == "Test email from SMTP Panel"
    assert f"Sent by: {ADMIN}" in message.text
    assert "Auto-Submitted" in message.id("all-headers").text


def test_what_the_operators_service_took_is_not_looked_for_in_the_sandbox_beside_it(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """S4"""
    panel = make_panel(default_url=url_of(smtpd("none")), sandbox=True)
    panel.sandbox.start()
    result = panel.tested(panel.admin()).id("test-result")
    assert result["data-state"] == "passed"
    assert not result.all("a", href="/sandbox")


def test_a_sandbox_that_fails_is_not_to_blame_for_the_operators_service(
    make_panel: MakePanel,
) -> None:
    """P3"""
    panel = make_panel(default_url=Secret("smtp://127.0.0.1:1?tls=none"), sandbox=True)
    panel.sandbox.start()
    panel.sandbox.switch(named("greylisting"), ADMIN, 60)
    diagnosis = panel.tested(panel.admin()).id("diagnosis")
    assert not diagnosis.all(data_repair="end-failure")


def test_without_a_sandbox_there_is_no_page_of_its_mail(panel: Panel) -> None:
    """S4: production never starts it unasked."""
    admin = panel.admin()
    assert admin.get("/sandbox").status_code == 404
    assert "Sandbox" not in admin.page().text


def test_who_may_not_read_the_sandbox_does_not_learn_whether_there_is_one(
    make_panel: MakePanel,
) -> None:
    """S4, N2: strangers and members are answered alike with one and without."""
    with_one, without = make_panel(sandbox=True), make_panel(sandbox=False)
    for path in ("/sandbox", "/sandbox/1.M1P1.x"):
        for someone in ("visitor", "member"):
            answers = [getattr(panel, someone)().get(path) for panel in (with_one, without)]
            first, second = [(each.status_code, each.headers.get("Location")) for each in answers]
            assert first == second
            assert first[0] == (303 if someone == "visitor" else 403)


def test_a_sandbox_that_does_not_run_is_not_offered(make_panel: MakePanel) -> None:
    """S4: before it has started; its page is there all the same."""
    admin = make_panel(sandbox=True).admin()
    assert admin.page().one(name="service")["value"] == "custom"
    assert "No mail yet" in admin.page("/sandbox").text


def test_a_message_is_called_by_its_subject_however_the_header_is_written(
    sandboxed: Panel,
) -> None:
    """S4: in the list and on its page."""
    deliver(sandboxed.sandbox, b"subject: Report\n\nHello\n")
    admin = sandboxed.admin()
    (listed,) = admin.page("/sandbox").one("table").all("a")
    assert listed.text == "Report"
    assert admin.page(listed["href"]).one("h1").text == "Report"


def test_mail_that_does_not_exist_is_a_page_that_is_not_found(sandboxed: Panel) -> None:
    """S4."""
    admin = sandboxed.admin()
    for key in ("x", "..", "%2e%2e%2fservice.json", "%00", "%ff", "a" * 5000):
        response = admin.get(f"/sandbox/{key}")
        assert response.status_code in {404, 308}, key
        assert "Traceback" not in response.text


def test_only_the_default_service_of_the_sandbox_leads_to_its_mail(
    sandboxed: Panel, smtpd: StartSmtpd
) -> None:
    """S4: mail that went elsewhere is not there."""
    server = smtpd("none")
    result = sandboxed.tested(sandboxed.admin(), **fields_of(server)).id("test-result")
    assert result["data-state"] == "passed"
    assert not result.all("a", href="/sandbox")
