"""Copy report: a finished test as a text that can be shown around (SPEC T7)."""

from __future__ import annotations

from threading import Event

from smtp_panel.secret import Secret
from tests.servers.fixtures import StartScripted, StartSmtpd
from tests.servers.scripted import greet
from tests.web.conftest import ADMIN, NOBODY, MakePanel, Panel, fields_of, held
from tests.web.html import parse


def test_a_finished_test_has_a_report_to_copy(panel: Panel, smtpd: StartSmtpd) -> None:
    """T7: verdict, ladder, transcript and versions; people by the first letter, no password."""
    server = smtpd("none")
    fields = fields_of(server)
    result = panel.tested(panel.admin(), **fields).id("test-result")
    button = result.one("button", data_copy="report-text")
    assert button.text == "Copy report"
    assert button["data-done"] == "Copied"
    text = result.id("report").one("pre").text
    for part in ("accepted", str(server.port), "SMTP Panel ", "OpenSSL", "C: DATA", "4TEST"):
        assert part in text
    for name in (fields["username"], fields["password"], ADMIN):
        assert name
        assert name not in text
    assert "a***@example.com" in text


def test_a_failed_test_has_its_diagnosis_in_the_report(panel: Panel) -> None:
    """T6, T7."""
    result = panel.tested(panel.admin(), **NOBODY).id("test-result")
    name = result.one(data_diagnosis=None)["data-diagnosis"]
    assert f"Diagnosis: {name}" in result.id("report-text").text


def test_the_default_service_does_not_show_the_fields_of_another(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """S1: what stands in the custom fields says nothing about it."""
    server = smtpd("none", auth=())
    url = Secret(f"smtp://127.0.0.1:{server.port}?tls=none&from=a@b.example")
    panel = make_panel(default_url=url)
    text = panel.tested(panel.admin(), service="default").id("report-text").text
    assert "default" in text
    assert "587" not in text


def test_while_a_test_runs_there_is_nothing_to_report(
    panel: Panel, scripted: StartScripted
) -> None:
    """T7: with a finished run only."""
    go_on = Event()
    server = scripted([held(go_on), greet()])
    admin = panel.admin()
    admin.page()
    admin.htmx = True
    shown = parse(admin.test(**NOBODY | {"port": str(server.port)}).text)
    go_on.set()
    assert shown.id("test-result")["data-state"] == "running"
    assert not shown.has_id("report")
    assert not shown.all("button", data_copy="report-text")


def test_in_japanese_the_button_is_and_the_report_is_not(panel: Panel) -> None:
    """T7: those who get it read English."""
    admin = panel.admin()
    admin.client.set_cookie("smtp_panel_language", "ja")
    result = panel.tested(admin, **NOBODY).id("test-result")
    assert result.one("button", data_copy="report-text").text == "レポートをコピー"
    report = result.id("report-text")
    assert report["lang"] == "en"
    assert report.text.isascii()
