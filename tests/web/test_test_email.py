"""Send test email: what is sent, to whom, and what the page shows of it (SPEC section 5)."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartScripted, StartSmtpd
from tests.servers.inbox import Received
from tests.servers.postfix import Postfix
from tests.servers.scripted import close, greet, reply
from tests.web.conftest import ADMIN, NOBODY, SECOND_ADMIN, TEST, Fields, Panel, fields_of
from tests.web.html import Element, parse

EVE = "eve@test.example"
LADDER = ["dns", "connect", "banner", "ehlo", "tls", "auth", "mail_from", "rcpt_to", "data"]


def on(postfix: Postfix) -> Fields:
    """The form filled in for the submission port of Postfix."""
    return NOBODY | {
        "server": postfix.host,
        "port": str(postfix.submission),
        "sender": "Panel <no-reply@test.example>",
        "username": postfix.username,
        "password": postfix.password,
        "tls": "1",
    }


def steps_of(result: Element) -> dict[str, str]:
    """The states of the steps, by stage."""
    return {step["data-step"]: step["data-state"] for step in result.all("li", data_step=None)}


def read(received: Received) -> EmailMessage:
    """A message as a mail program reads it."""
    message = message_from_bytes(received.content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def part(message: EmailMessage, kind: str) -> str:
    """The text of one of its two parts."""
    found = message.get_body((kind,))
    assert found
    return str(found.get_content())


def test_the_page_says_to_whom_before_the_click(panel: Panel) -> None:
    """T1."""
    assert f"to you, {ADMIN}, and nobody else" in panel.admin().page().id("smtp-form").text
    assert f"to you, {SECOND_ADMIN}," in panel.admin(SECOND_ADMIN).page().id("smtp-form").text


def test_one_message_goes_to_who_pressed_and_to_nobody_else(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    """T1: whatever else the form may name."""
    server = smtpd("none")
    others = {"to": "x@y.example", "recipient": "x@y.example", "presser": "x@y.example"}
    panel.tested(panel.admin(SECOND_ADMIN), **fields_of(server), **others)
    assert [message.recipients for message in server.messages] == [(SECOND_ADMIN,)]


def test_the_message_can_be_shown_around(panel: Panel, smtpd: StartSmtpd) -> None:
    """T10: that it is a test, who pressed, when, from where, and by which server it went."""
    server = smtpd("none")
    panel.tested(panel.admin(), **fields_of(server))
    message = read(server.messages[0])
    assert message["Subject"] == "Test email from Panel"
    assert message["Auto-Submitted"] == "auto-generated"
    assert (message["From"], message["To"]) == ("Panel <no-reply@test.example>", ADMIN)
    assert message["Message-ID"].endswith("@test.example>")
    for kind in ("plain", "html"):
        text = part(message, kind)
        for said in ("This is a test", ADMIN, "127.0.0.1", str(server.port), "http://localhost/"):
            assert said in text
        assert str(fields_of(server)["password"]) not in text


def test_the_message_is_in_the_language_of_who_pressed(panel: Panel, smtpd: StartSmtpd) -> None:
    """T10."""
    server = smtpd("none")
    admin = panel.admin()
    admin.page()
    admin.post("/language", language="ja", next="/")
    panel.tested(admin, **fields_of(server))
    message = read(server.messages[0])
    assert "テストメール" in message["Subject"]
    assert "メールサーバー" in part(message, "plain")
    assert 'lang="ja"' in part(message, "html")


def test_it_arrives_through_postfix_with_tls_and_sign_in(
    panel: Panel, postfix: Postfix, trusted: CertificateAuthority
) -> None:
    """T1, T3, T10: by the very code that sends real mail; the message names the TLS it went by."""
    panel.add_user(EVE)
    result = panel.tested(panel.admin(EVE), **on(postfix)).id("test-result")
    assert result["data-state"] == "passed"
    assert "Accepted by the server. That is not arrival yet" in result.id("verdict").text
    assert f"To {EVE}" in result.text
    message = read(postfix.inbox.to(EVE))
    assert "TLS 1.3 (STARTTLS)" in part(message, "plain")
    assert "with ESMTPSA" in str(message["Received"])


def test_the_ladder_shows_each_step_with_what_was_met(
    panel: Panel, postfix: Postfix, trusted: CertificateAuthority
) -> None:
    """T4, section 11: its state, its time, and what was found out."""
    panel.add_user(EVE)
    result = panel.tested(panel.admin(EVE), **on(postfix)).id("test-result")
    assert list(steps_of(result)) == LADDER
    assert set(steps_of(result).values()) == {"passed"}
    met = {step["data-step"]: step.text for step in result.all("li", data_step=None)}
    assert all(words.startswith("Passed") for words in met.values())
    assert all(" ms" in words for words in met.values())
    assert "127.0.0.1" in met["dns"]
    assert f"127.0.0.1:{postfix.submission}" in met["connect"]
    assert "ESMTP" in met["banner"]
    assert "messages up to 200.0 kB" in met["ehlo"]
    assert "PIPELINING" in met["ehlo"]
    for fact in ("TLS 1.3", "days left", "TLS_AES_256_GCM_SHA384", "mail.test.example"):
        assert fact in met["tls"]
    assert "PLAIN" in met["auth"]
    assert "queued as" in met["data"]


def test_with_implicit_tls_the_handshake_comes_before_the_greeting(
    panel: Panel, smtpd: StartSmtpd, trusted: CertificateAuthority
) -> None:
    """T4, F7."""
    fields = fields_of(smtpd("implicit"), tls=True) | {"tls_start": "implicit"}
    result = panel.tested(panel.admin(), **fields).id("test-result")
    assert result["data-state"] == "passed"
    assert list(steps_of(result))[:4] == ["dns", "connect", "tls", "banner"]


def test_there_is_no_fall_back_to_clear_text(panel: Panel, smtpd: StartSmtpd) -> None:
    """F7: a server without STARTTLS gets no password."""
    server = smtpd("none")
    result = panel.tested(panel.admin(), **fields_of(server, tls=True)).id("test-result")
    assert result["data-state"] == "failed"
    diagnosis = result.one(data_diagnosis=None)
    assert diagnosis["data-diagnosis"] == "starttls-not-offered-on-this-machine"
    assert "AUTH" not in result.id("transcript-text").text.partition("STARTTLS")[2]
    assert not list(server.messages)


def test_why_a_step_failed_is_told_once_and_in_the_readers_language(
    panel: Panel, scripted: StartScripted
) -> None:
    """T6: our own words are translated, and the diagnosis does not repeat the ladder."""
    server = scripted([close()])
    admin = panel.admin()
    admin.post("/language", language="ja", next="/")
    result = panel.tested(admin, **NOBODY | {"port": str(server.port), "tls": None})
    result = result.id("test-result")
    assert "サーバーが接続を閉じました" in result.one("li", data_step="banner").text
    diagnosis = result.one(data_diagnosis=None)
    assert "サーバーが接続を閉じました" not in diagnosis.text
    assert "connection closed" not in diagnosis.text


def test_a_failure_has_a_diagnosis_and_marks_the_field_to_change(
    panel: Panel, postfix: Postfix, trusted: CertificateAuthority
) -> None:
    """T6, section 11: the step, cause, remedy, the server's own words."""
    page = panel.tested(panel.admin(), **on(postfix) | {"password": "wrong horse"})
    result = page.id("test-result")
    assert result["data-state"] == "failed"
    assert steps_of(result)["auth"] == "failed"
    assert "mail_from" not in steps_of(result)
    diagnosis = result.one(data_diagnosis=None)
    assert (diagnosis["data-stage"], diagnosis["data-field"]) == ("auth", "password")
    assert "535 5.7.8" in diagnosis.one("q").text
    assert diagnosis.one("h3").text
    assert diagnosis.one("a", href="#password").text == "Password"
    assert "data-suspect" in page.id("password")
    assert "diagnosis-cause" in page.id("password")["aria-describedby"].split()


def test_a_server_that_relays_for_nobody_is_told_at_the_recipient(
    panel: Panel, postfix: Postfix
) -> None:
    """T6: Postfix, without signing in."""
    fields = on(postfix) | {"port": str(postfix.plain), "tls": None, "username": "", "password": ""}
    result = panel.tested(panel.admin(), **fields).id("test-result")
    assert steps_of(result)["rcpt_to"] == "failed"
    assert result.one(data_diagnosis=None)["data-stage"] == "rcpt_to"


@pytest.mark.parametrize("htmx", [False, True])
def test_the_result_stands_under_the_buttons(panel: Panel, smtpd: StartSmtpd, htmx: bool) -> None:
    """T2, section 11: a fragment for HTMX, else the page, with the draft in the form."""
    admin, fields = panel.admin(), fields_of(smtpd("none"))
    admin.page()
    admin.htmx = htmx
    response = admin.test(**fields)
    panel.settle()
    if htmx:
        assert response.status_code == 200
        place = parse(response.text).id("test-result")
        result = parse(admin.get(place["hx-get"], htmx=True).text).id("test-result")
    else:
        page = admin.follow(response)
        named = [element["id"] for element in page if element["id"]]
        assert named.index("save") < named.index("test") < named.index("test-result")
        assert page.id("smtp-form").form()["server"] == fields["server"]
        result = page.id("test-result")
    assert (result["data-state"], result["data-draft"]) == ("passed", "unsaved")
    assert "aria-busy" not in result
    assert "hx-get" not in result


def test_a_draft_that_was_tested_can_be_saved_from_the_result(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    """T3: without JavaScript the password has to be typed again, and the page says so."""
    admin, fields = panel.admin(), fields_of(smtpd("none"))
    page = panel.tested(admin, **fields)
    assert "with what stands in the form, not saved yet" in page.id("test-result").text
    assert page.id("test-result").one("button", form="smtp-form")
    assert "The password that you typed was used for the test and not kept" in page.text
    page = panel.saved(admin, password=fields["password"])
    assert page.id("sender")["value"] == fields["sender"]
    page = panel.tested(admin)
    result = page.id("test-result")
    assert (result["data-state"], result["data-draft"]) == ("passed", "saved")
    assert not result.all("button", form="smtp-form")


def test_a_tested_draft_without_its_password_stays_without(panel: Panel, smtpd: StartSmtpd) -> None:
    """T3, F4: removing the password is part of the draft."""
    admin = panel.admin()
    panel.saved(admin, **fields_of(smtpd("none")))
    page = panel.tested(admin, remove_password="1")
    assert page.id("test-result")["data-draft"] == "unsaved"
    assert "checked" in page.id("remove_password")
    assert not panel.saved(admin).has_id("remove_password")


def test_the_transcript_can_be_unfolded_and_copied_and_holds_no_secret(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    """T7."""
    result = panel.tested(panel.admin(), **fields_of(smtpd("none"))).id("test-result")
    words = result.id("transcript-text").text
    assert "C: EHLO" in words
    assert "AUTH PLAIN ***" in words
    assert "S: 250 2.0.0 OK queued as 4TEST" in words
    assert result.id("transcript").one("button", data_copy="transcript-text")


def test_the_result_is_announced_and_not_only_by_colour(panel: Panel, smtpd: StartSmtpd) -> None:
    """T9: out of band in the live region; each state is a word too."""
    admin = panel.admin()
    admin.page()
    admin.htmx = True
    place = parse(admin.test(**fields_of(smtpd("none"))).text).id("test-result")
    panel.settle()
    fragment = parse(admin.get(place["hx-get"], htmx=True).text)
    announcer = fragment.id("announcer")
    assert announcer["hx-swap-oob"] == "innerHTML"
    assert announcer.text == fragment.id("verdict").text
    assert fragment.id("test-result")["aria-labelledby"] == "verdict"
    assert {step.text.split()[0] for step in fragment.all("li")} == {"Passed", "Skipped"}


def test_a_test_of_another_admin_is_not_shown(panel: Panel) -> None:
    """T1, N2."""
    address = panel.admin().test(**NOBODY).headers["Location"]
    other = panel.admin(SECOND_ADMIN)
    assert other.get(address).status_code == 404
    assert other.get(address, htmx=True).status_code == 404
    assert panel.member().get(address).status_code == 403


@pytest.mark.parametrize("name", ["unknown", "%00", "%ff", "x" * 5000])
def test_a_test_that_does_not_exist_is_a_page_that_is_not_found(panel: Panel, name: str) -> None:
    response = panel.admin().get(f"{TEST}/{name}")
    assert response.status_code == 404
    assert "There is no such page" in response.text


def test_what_a_server_says_is_text_on_the_page(panel: Panel, scripted: StartScripted) -> None:
    """T4: markup of a hostile server stays markup that is read."""
    evil = "<script>alert(1)</script><b id='save'>"
    server = scripted([greet(f"SIZE {evil}", evil), reply(f"550 5.1.0 {evil}"), close()])
    admin = panel.admin()
    page = panel.tested(admin, **NOBODY | {"port": str(server.port), "tls": None})
    assert not page.id("test-result").all("script")
    assert page.id("save").tag == "button"
    assert evil in page.id("transcript-text").text


def test_the_audit_log_says_which_server_was_tested(panel: Panel) -> None:
    """V5: as what it is, and not as a change from something else."""
    panel.tested(panel.admin(), **NOBODY)
    (entry,) = [
        cell
        for cell in panel.admin().page("/admin/audit").all("td")
        if "Test requested" in cell.text
    ]
    assert entry.text.startswith("Test requested")
    assert [each.text for each in entry.all("dd")] == ["127.0.0.1", NOBODY["port"]]
    assert not entry.all("del")
