"""Accepted is not arrived: the link in the test message makes the difference (SPEC T5, T10)."""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from smtp_panel.check.check import Verdict
from smtp_panel.runs import arrival
from smtp_panel.runs.model import Run, RunState
from smtp_panel.storage import db, utcnow
from smtp_panel.telling.verdict import WATCHED
from tests.servers.fixtures import StartSmtpd
from tests.servers.smtpd import SubmissionServer
from tests.web.conftest import ADMIN, MEMBER, SECOND_ADMIN, MakePanel, Panel, Visitor, fields_of
from tests.web.html import Element, parse
from tests.web.test_history import alter

pytestmark = pytest.mark.both_engines

THANKS = "The sender of this test now knows that it arrived."
INVALID = (
    "This link does not work It is incomplete or too old. Copy it whole, or ask the sender for"
    " another test email."
)


def link_in(server: SubmissionServer) -> str:
    """The path of the link in the last message that `server` took."""
    *_, last = server.messages
    text = last.message.get_body(("plain",))
    assert text
    found = re.findall(r"https?://[^/\s]+(\S*/arrived/\S+)", text.get_content())
    assert len(found) == 1
    return str(found[0])


def sent(panel: Panel, admin: Visitor, smtpd: StartSmtpd) -> tuple[Element, str]:
    """A test that the server accepted: the page with its result, and the link in the message."""
    server = smtpd("none")
    return panel.tested(admin, **fields_of(server)), link_in(server)


def arrived_at(panel: Panel) -> object:
    """When the only test arrived."""
    with panel.app.app_context():
        return db.session.query(Run).one().arrived_at


def told(response: TestResponse) -> tuple[int, str, list[tuple[str, str]]]:
    """All that an answer tells."""
    return response.status_code, response.text, sorted(response.headers.items())


def test_the_link_turns_accepted_into_arrived(panel: Panel, smtpd: StartSmtpd) -> None:
    """T5: on the page of the test, in the history, and for whoever looks at it."""
    admin = panel.admin()
    page, link = sent(panel, admin, smtpd)
    verdict = page.id("verdict")
    assert verdict.text == (
        "Accepted by the server. That is not arrival yet: open the message and press its link."
    )
    assert "data-arrived" not in verdict
    assert page.id("history").one("tr", data_test="accepted")
    response = panel.visitor().get(link)
    assert response.status_code == 200
    assert parse(response.text).one("main").text == f"Thank you {THANKS}"
    page = admin.page(verdict["hx-get"].removesuffix("/arrival"))
    assert page.id("test-result")["data-state"] == "passed"
    assert page.id("verdict").text.startswith("Arrived. The link in the message was opened on ")
    assert page.id("verdict")["data-arrived"]
    alter(panel, arrived_at=utcnow() - timedelta(hours=2))
    for someone in (admin, panel.admin(SECOND_ADMIN)):
        row = someone.page().id("history").one("tr", data_test="arrived")
        assert "opened 2 hours ago" in row.text


def test_a_page_from_memory_shows_the_arrival_at_once(panel: Panel, smtpd: StartSmtpd) -> None:
    """T5."""
    admin = panel.admin()
    _, link = sent(panel, admin, smtpd)
    for _ in range(2):
        assert admin.page().id("history").one("tr", data_test="accepted")
    panel.visitor().get(link)
    assert admin.page().id("history").one("tr", data_test="arrived")


def test_the_link_begins_no_session_and_is_kept_nowhere(panel: Panel, smtpd: StartSmtpd) -> None:
    """T5: no cookie, no referrer, no cache, no search engine; also for who is signed in."""
    _, link = sent(panel, panel.admin(), smtpd)
    for path in (link, f"{link}x"):
        for someone in (panel.visitor(), panel.admin(), panel.member()):
            headers = someone.get(path).headers
            assert "Set-Cookie" not in headers
            assert headers["Cache-Control"] == "no-store"
            assert headers["Referrer-Policy"] == "strict-origin"
            assert headers["X-Robots-Tag"] == "noindex"


def test_it_tells_its_opener_nothing_else(panel: Panel, smtpd: StartSmtpd) -> None:
    """T5, N2: not whose test it is, nor by which server or from which installation it came."""
    page, link = sent(panel, panel.admin(), smtpd)
    text = panel.visitor().get(link).text
    secrets = (ADMIN, "127.0.0.1", "SMTP", page.id("test-result")["data-run"], "no-reply", "/admin")
    assert not any(secret in text for secret in secrets)
    assert not parse(text).all("form")
    assert not parse(text).all("a")


def test_opened_again_it_says_the_same_and_changes_nothing(panel: Panel, smtpd: StartSmtpd) -> None:
    """T5: once."""
    _, link = sent(panel, panel.admin(), smtpd)
    first = told(panel.visitor().get(link))
    moment = arrived_at(panel)
    assert told(panel.visitor().get(link)) == first
    assert arrived_at(panel) == moment


def test_every_other_link_gets_one_same_answer(panel: Panel, smtpd: StartSmtpd) -> None:
    """T5: unknown, forged, malformed or expired, opened before that or not."""
    _, link = sent(panel, panel.admin(), smtpd)
    token = link.removeprefix("/arrived/")
    unknown = arrival.new_token(panel.app.config["SECRET_KEY"])
    others = [unknown, arrival.new_token("x"), "x", "%00", "%ff", "x" * 5000, token[:-5] + "AAAAA"]
    answers = [told(panel.visitor().get(f"/arrived/{each}")) for each in others]
    alter(panel, started_at=utcnow() - arrival.LIFETIME)
    answers.append(told(panel.visitor().get(link)))
    assert arrived_at(panel) is None
    alter(panel, arrived_at=utcnow())
    answers.append(told(panel.visitor().get(link)))
    assert answers == [answers[0]] * 9
    status, text, _ = answers[0]
    assert status == 404
    assert parse(text).one("main").text == INVALID


def test_a_look_ahead_is_no_arrival(panel: Panel, smtpd: StartSmtpd) -> None:
    """T5: a HEAD, of a server that looks before it passes a message on; its status is the same."""
    _, link = sent(panel, panel.admin(), smtpd)
    assert panel.visitor().client.head(link).status_code == 200
    assert panel.visitor().client.head(f"{link}x").status_code == 404
    assert panel.visitor().client.post(link).status_code == 405
    assert arrived_at(panel) is None


@pytest.mark.parametrize(
    ("asked", "thanks", "invalid"),
    [
        ("en", "Thank you", "This link does not work"),
        ("ja", "ありがとうございます", "このリンクは使用できません"),
    ],
)
def test_it_speaks_the_openers_language(
    panel: Panel, smtpd: StartSmtpd, asked: str, thanks: str, invalid: str
) -> None:
    """T5, section 11: whatever the presser's is."""
    _, link = sent(panel, panel.admin(), smtpd)
    speaking = {"Accept-Language": asked}
    for path, said in ((link, thanks), (f"{link}x", invalid)):
        text = panel.visitor().client.get(path, headers=speaking).text
        assert f'<html lang="{asked}"' in text
        assert said in text


def test_the_link_leads_below_the_path_of_the_installation(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """T5, A2: as SMTP_PANEL_URL states it, style sheet included."""
    panel = make_panel(trusted_proxies=(ipaddress.ip_network("127.0.0.0/8"),))
    panel.serve_at("http://localhost/mail")
    server, below = smtpd("none"), {"X-Forwarded-Prefix": "/mail"}
    admin = panel.admin()
    admin.page()
    form = admin.html.id("smtp-form").form() | {"csrf_token": admin.token} | fields_of(server)
    form = {name: value for name, value in form.items() if value is not None}
    admin.client.post("/admin/smtp/test", data=form, headers=below)
    panel.settle()
    link = link_in(server)
    assert link.startswith("/mail/arrived/")
    response = panel.visitor().client.get(link.removeprefix("/mail"), headers=below)
    assert response.status_code == 200
    sheet = parse(response.text).one("link", rel="stylesheet")
    assert sheet["href"].startswith("/mail/static/")


def test_the_page_asks_now_and_then_until_it_has_arrived(panel: Panel, smtpd: StartSmtpd) -> None:
    """T2, T5, T9: for a small part, outside the ladder; said once, the history renewed."""
    admin = panel.admin()
    page, link = sent(panel, admin, smtpd)
    waiting = page.id("verdict")
    assert waiting["hx-trigger"] == "load delay:3s"
    fragment = parse(admin.get(waiting["hx-get"], htmx=True).text)
    assert fragment.id("verdict")["hx-get"] == waiting["hx-get"]
    for name in ("announcer", "history", "test-result"):
        assert not fragment.has_id(name)
    panel.visitor().get(link)
    fragment = parse(admin.get(waiting["hx-get"], htmx=True).text)
    verdict = fragment.id("verdict")
    assert verdict["data-arrived"]
    assert not [name for name in verdict.attributes if name.startswith("hx-")]
    assert fragment.id("announcer").text == verdict.text
    assert fragment.id("history")["hx-swap-oob"] == "outerHTML"
    assert fragment.id("history").one("tr", data_test="arrived")
    assert not fragment.has_id("test-result")


def test_a_question_costs_one_look_beside_who_asks(panel: Panel, smtpd: StartSmtpd) -> None:
    """T8, W7: by its primary key, and without the long texts."""
    admin = panel.admin()
    page, _ = sent(panel, admin, smtpd)
    admin.get("/")
    with panel.queries() as queries:
        admin.get(page.id("verdict")["hx-get"], htmx=True)
    assert [query.partition("FROM ")[2].split()[0] for query in queries] == [
        "user_session",
        "check_run",
    ]
    assert "transcript" not in queries[1]


def test_the_page_stops_asking_in_the_end(panel: Panel, smtpd: StartSmtpd) -> None:
    """T8: nobody looks on for long; a reload still shows an arrival."""
    admin = panel.admin()
    page, link = sent(panel, admin, smtpd)
    alter(panel, started_at=utcnow() - WATCHED)
    poll = page.id("verdict")["hx-get"]
    verdict = parse(admin.get(poll, htmx=True).text).id("verdict")
    assert "hx-get" not in verdict
    assert "press its link" in verdict.text
    alter(panel, started_at=utcnow() - arrival.LIFETIME - timedelta(seconds=1))
    verdict = parse(admin.get(poll, htmx=True).text).id("verdict")
    assert "press its link" not in verdict.text
    assert "not arrival yet: look into the mailbox" in verdict.text
    alter(panel, started_at=utcnow() - WATCHED)
    panel.visitor().get(link)
    assert parse(admin.get(poll, htmx=True).text).id("verdict")["data-arrived"]


def test_a_message_that_may_have_been_sent_can_arrive(panel: Panel, smtpd: StartSmtpd) -> None:
    """T5, D4: what the connection left open the link settles."""
    admin = panel.admin()
    page, link = sent(panel, admin, smtpd)
    alter(panel, verdict=Verdict.UNCERTAIN, state=RunState.FAILED)
    poll = page.id("verdict")["hx-get"]
    verdict = parse(admin.get(poll, htmx=True).text).id("verdict")
    assert verdict["hx-get"] == poll
    assert "It may have been sent" in verdict.text
    panel.visitor().get(link)
    assert parse(admin.get(poll, htmx=True).text).id("verdict").text.startswith("Arrived.")


def test_a_message_that_was_not_sent_is_not_awaited(panel: Panel, smtpd: StartSmtpd) -> None:
    """T5."""
    fields = fields_of(smtpd("none")) | {"password": "wrong"}
    verdict = panel.tested(panel.admin(), **fields).id("verdict")
    assert verdict.text == "The test message was not sent."
    assert "hx-get" not in verdict


def test_a_link_that_is_opened_before_the_test_has_ended_waits_for_its_end(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    """T4, T5: a scanner may be faster than the last steps of the conversation."""
    admin = panel.admin()
    page, link = sent(panel, admin, smtpd)
    result = page.id("test-result")
    alter(panel, state=RunState.RUNNING, ends_by=utcnow() + timedelta(minutes=1))
    panel.visitor().get(link)
    path = f"/admin/smtp/test/{result['data-run']}"
    running = parse(admin.get(path, htmx=True).text).id("test-result")
    assert (running["data-state"], running.id("verdict").text) == (
        "running",
        "The test is running…",
    )
    alter(panel, state=RunState.PASSED)
    ended = parse(admin.get(path, htmx=True).text)
    assert ended.id("verdict").text.startswith("Arrived.")
    assert ended.id("announcer").text == ended.id("verdict").text


def test_an_arrival_is_told_to_who_pressed_alone(panel: Panel, smtpd: StartSmtpd) -> None:
    """N2: without JavaScript the address leads to the page of the test."""
    admin = panel.admin()
    page, _ = sent(panel, admin, smtpd)
    poll = page.id("verdict")["hx-get"]
    assert admin.get(poll).headers["Location"] == poll.removesuffix("/arrival")
    other = panel.admin(SECOND_ADMIN)
    assert other.get(poll, htmx=True).status_code == 404
    assert panel.admin(MEMBER).get(poll, htmx=True).status_code == 403
    assert admin.get("/admin/smtp/test/%00/arrival", htmx=True).status_code == 404


def test_the_token_is_nowhere_but_in_the_message(panel: Panel, smtpd: StartSmtpd) -> None:
    """T5, T7: not in the database, the transcript, or a page."""
    _, link = sent(panel, panel.admin(), smtpd)
    guess = link.removeprefix("/arrived/").partition(".")[0].encode()
    panel.admin().page("/admin/audit")
    files = [file.read_bytes() for file in panel.config.data_dir.iterdir() if file.is_file()]
    assert not any(guess in content for content in [*files, *panel.answers])


@pytest.mark.parametrize("url", ["https://panel.example.com", "https://panel.example.com/mail"])
def test_the_link_is_built_from_the_address_of_the_panel(
    panel: Panel, smtpd: StartSmtpd, url: str
) -> None:
    """A1: and never from what a request says of its host."""
    panel.serve_at(url)
    admin, server = panel.admin(), smtpd("none")
    admin.test(**fields_of(server))
    panel.settle()
    (message,) = server.messages
    text = message.message.as_string()
    assert f"{url}/arrived/" in text
    assert "localhost" not in text


def test_without_an_address_of_the_panel_no_link_goes_by_mail(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    """A1: the message says so much less, and nothing waits for its arrival."""
    panel.serve_at("")
    admin, server = panel.admin(), smtpd("none")
    page = panel.tested(admin, **fields_of(server))
    (message,) = server.messages
    text = message.message.as_string()
    assert "arrived" not in text
    assert "command line" not in text
    assert "hx-get" not in page.id("verdict")
