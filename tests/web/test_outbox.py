"""The outbox page (SPEC M6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import delete, select, update
from werkzeug.test import TestResponse

from smtp_panel.api.messages import fate_of
from smtp_panel.audit import AuditEntry
from smtp_panel.outbox import pause, volume
from smtp_panel.outbox.enqueue import MailObject
from smtp_panel.outbox.history import history
from smtp_panel.outbox.limit_model import LimitKind
from smtp_panel.outbox.limits import learn
from smtp_panel.outbox.model import Attempt, Depth, Message, MessageState, Pause, Queued, Recipient
from smtp_panel.outbox.retry import Uncertain
from smtp_panel.outbox.tally import count, hour_of, note_depth
from smtp_panel.outbox.volume import SentMail
from smtp_panel.secret import Secret
from smtp_panel.smtp.facts import Stage
from smtp_panel.storage import db, utcnow, writing
from tests.outbox.conftest import BOB, EVE, SILENT, Clock, Hand, letter
from tests.servers.fixtures import StartScripted
from tests.servers.processes import wait_until
from tests.servers.scripted import ScriptedServer, Step, expect, greet, take_message
from tests.web.conftest import MAILING, PAGE, MakePanel, Panel, Visitor
from tests.web.html import Element, parse

pytestmark = pytest.mark.both_engines

OUTBOX = "/admin/outbox"
UNKNOWN = f"{OUTBOX}/{'0' * 32}"  # no message has this id
OK = "250 2.0.0 Ok"
NEXT_YEAR = datetime(utcnow().year + 1, 1, 1, 12, tzinfo=UTC)


def accept(panel: Panel, mail: MailObject | None = None) -> str:
    """Accept a message; its id."""
    mail = mail or letter(subject="Report")
    with panel.app.app_context():
        panel.operations.outbox.accept(mail)
    return mail.id


def deliver(panel: Panel, scripted: StartScripted, *answers: str) -> None:
    """Hand over what waits, to a server that gives these answers to the messages."""
    steps: list[Step] = []
    for answer in answers:
        steps += [expect("MAIL", OK), expect("RCPT", OK), take_message(answer)]
    deliver_to(panel, scripted([greet(), *steps, expect("QUIT", "221 Bye")]))


def deliver_to(panel: Panel, server: ScriptedServer) -> None:
    """Hand over what is due, to `server`."""
    with panel.app.app_context():
        outbox = panel.operations.outbox
        outbox.beat()
        Hand(outbox, Clock()).deliver(server.port)
        outbox.claim(0)


def rows(page: Element) -> list[tuple[str, str]]:
    """The messages of the list, with their states."""
    return [(row["data-message"], row["data-state"]) for row in page.all("tr", data_message=None)]


def test_what_workers_came_to_no_end_with_is_kept_and_can_be_sent_again(
    panel: Panel, scripted: StartScripted
) -> None:
    """M3, M6: whatever it was that ended them, the message is not lost, and the page says so."""
    admin, message = panel.admin(), accept(panel)
    with panel.app.app_context(), writing(db.session) as session:
        session.execute(update(Queued).values(claims=3))
    deliver_to(panel, scripted([greet(), expect("QUIT", "221 Bye")]))

    page = admin.page(f"{OUTBOX}/{message}")
    assert page.one("p", data_message=message)["data-state"] == "failed"
    assert "it need not be the message" in page.text
    assert "Read the message" in page.text
    assert "Open it in the outbox" in admin.page(PAGE).text

    admin.page(f"{OUTBOX}/{message}")
    admin.follow(admin.post(f"{OUTBOX}/{message}/resend"))
    deliver(panel, scripted, "250 2.0.0 Ok: queued as 4ABC")
    assert rows(admin.page(OUTBOX)) == [(message, "sent")]


def test_it_lists_what_waits_and_what_became_of_the_rest(
    panel: Panel, scripted: StartScripted
) -> None:
    """Section 11: `[data-message]` with its id and `[data-state]`."""
    assert "Nothing yet" in panel.admin().page(OUTBOX).text
    sent, failed = accept(panel), accept(panel)
    deliver(panel, scripted, "250 2.0.0 Ok: queued as 4ABC", "554 5.7.1 Rejected as spam")
    waits = accept(panel, letter(BOB, EVE, subject="Invitation"))

    page = panel.admin().page(OUTBOX)

    assert rows(page) == [(waits, "waiting"), (failed, "failed"), (sent, "sent")]
    assert f"{BOB}, {EVE}" in page.text


def test_it_is_searched_by_state_recipient_and_subject(panel: Panel) -> None:
    """M6."""
    report, invitation = accept(panel), accept(panel, letter(EVE, subject="Invitation 100%"))
    admin = panel.admin()

    def found(query: str) -> list[str]:
        return [message for message, _ in rows(admin.page(f"{OUTBOX}?{query}"))]

    assert found(f"q={EVE}") == [invitation]
    assert found("q=invit") == [invitation]
    assert found("q=100%25") == [invitation]
    assert found("q=0%25x") == []
    assert found("state=waiting") == [invitation, report]
    assert found("state=failed&q=report") == []
    assert found("state=nonsense") == [invitation, report]


@pytest.mark.both_engines
def test_a_search_that_finds_nothing_leads_back_and_there_is_none_where_nothing_is(
    panel: Panel,
) -> None:
    """M6: as in the audit log; the chart keeps its period."""
    admin = panel.admin()
    assert not admin.page(OUTBOX).all("form", role="search")
    accept(panel)
    nothing = admin.page(f"{OUTBOX}?q=none&period=month")
    assert "No message matches." in nothing.text
    assert nothing.link("Show all") == f"{OUTBOX}?period=month"
    assert not [link for link in admin.page(OUTBOX).all("a") if link.text == "Show all"]


def test_a_recipient_is_found_however_their_address_is_written(panel: Panel) -> None:
    """M6: then and now; a domain in its own script too."""
    smith = accept(panel, letter("Bob.Smith@Acme.example"))
    city = accept(panel, letter("eve@xn--zrich-kva.example"))
    admin = panel.admin()
    for typed, message in {
        "bob.smith@acme.example": smith,
        "BOB.SMITH@ACME.EXAMPLE": smith,
        "Bob <bob.smith@acme.example>": smith,
        "Eve@Zürich.example": city,
        "eve@XN--ZRICH-KVA.example": city,
    }.items():
        assert rows(admin.page(f"{OUTBOX}?q={quote(typed)}")) == [(message, "waiting")], typed


def test_older_and_newer_messages_are_behind_links(panel: Panel) -> None:
    """M6: paging by key, so that no page is slower than the first."""
    ids = [accept(panel) for _ in range(102)][::-1]
    admin = panel.admin()

    def listed() -> list[str]:
        return [message for message, _ in rows(admin.html)]

    admin.page(f"{OUTBOX}?state=waiting")
    for shown in (ids[:50], ids[50:100], ids[100:]):
        assert listed() == shown
        if shown[-1] != ids[-1]:
            admin.page(admin.html.link("Older messages"))
    for shown in (ids[50:100], ids[:50]):
        admin.page(admin.html.link("Newer messages"))
        assert listed() == shown
    assert [link.text for link in admin.html.all("a") if "messages" in link.text] == [
        "Older messages"
    ]


def message_page(panel: Panel, message: str, visitor: Visitor | None = None) -> Element:
    """The page of one message."""
    return (visitor or panel.admin()).page(f"{OUTBOX}/{message}")


def test_a_message_shows_what_became_of_it_for_whom_and_why(
    panel: Panel, scripted: StartScripted
) -> None:
    """M6: each attempt with its diagnosis, in the server's own words as well."""
    message = accept(panel)
    deliver(panel, scripted, "554 5.7.1 Message rejected as spam")

    page = message_page(panel, message)

    assert page.one("p", data_message=message)["data-state"] == "failed"
    recipient = page.one("li", data_recipient=BOB)
    assert "Failed" in recipient.text
    attempt = page.one("li", data_attempt="failed")
    assert "554 5.7.1 Message rejected as spam" in attempt.text
    assert "spam" in attempt.all("p")[0].text
    assert attempt.one("a", data_why=None)["href"] == "/admin/faults/policy-content-rejected"
    assert ladder(attempt) == [
        "Connection Passed",
        "Sender Passed",
        "Recipient Passed",
        "Message Failed",
    ]


def test_why_one_of_several_does_not_have_it_is_told_in_the_readers_language(
    panel: Panel, scripted: StartScripted
) -> None:
    """M6, T6: the panel's own words are translated, those of the server are not."""
    message, no, bye = accept(panel, letter(BOB, EVE)), "550 5.1.1 No such user", "221 Bye"
    one = [expect("MAIL", OK), expect("RCPT", no), expect("RCPT", OK), take_message("451 Later")]
    deliver_to(panel, scripted([greet(), *one, expect("QUIT", bye)]))
    with panel.app.app_context(), writing(db.session) as session:
        session.execute(update(Queued).values(due=utcnow()))
    deliver_to(panel, scripted([greet("SIZE 5"), expect("QUIT", bye)]))
    admin = panel.admin()
    admin.client.set_cookie("smtp_panel_language", "ja")

    page = message_page(panel, message, admin)

    assert no in page.one("li", data_recipient=BOB).text
    assert "上限の 5 " in page.one("li", data_recipient=EVE).text
    assert "上限の 5 " in page.one("li", data_attempt="failed").text
    with panel.app.app_context():
        found = fate_of(history(db.session(), message))
    told = {each.address: each.server_says for each in found.recipients}
    assert told[BOB] == no
    assert told[EVE].endswith("exceeds the size limit of 5 octets")


def ladder(attempt: Element) -> list[str]:
    """The steps of an attempt, with their states."""
    return [step.text for step in attempt.one("ol").all("li")]


@pytest.mark.parametrize(
    ("state", "stage", "steps"),
    [
        (MessageState.FAILED, Stage.MAIL_FROM, ["Passed", "Failed", "Skipped", "Skipped"]),
        (MessageState.WAITING, Stage.RCPT_TO, ["Passed", "Passed", "Warning", "Skipped"]),
        (MessageState.UNCERTAIN, Stage.DATA, ["Passed", "Passed", "Passed", "Warning"]),
        (MessageState.WAITING, Stage.EHLO, ["Warning", "Skipped", "Skipped", "Skipped"]),
        (MessageState.FAILED, None, ["Passed", "Passed", "Warning", "Passed"]),
    ],
)
def test_an_attempt_shows_how_far_it_got(
    panel: Panel, state: MessageState, stage: Stage | None, steps: list[str]
) -> None:
    """M6: put off and uncertain are no failure; where some have it, others were refused."""
    message = accept(panel)
    tried = {"state": state, "stage": stage, "diagnosis": SILENT.to_json()}
    with panel.app.app_context(), writing(db.session) as session:
        session.add(Attempt(message=message, at=utcnow(), node="test", ms=1.0, **tried))

    attempt = message_page(panel, message).one("li", data_attempt=state)

    assert [step.rpartition(" ")[2] for step in ladder(attempt)] == steps


def test_attempts_that_failed_for_the_same_reason_say_it_once(panel: Panel) -> None:
    """M6: two days of greylisting are read at a glance, and another reason stands out."""
    message, now = accept(panel), utcnow()
    other = replace(SILENT, id="auth-password-missing")
    with panel.app.app_context(), writing(db.session) as session:
        for number, why in enumerate((other, SILENT, SILENT)):
            at, state = now + timedelta(hours=number), MessageState.WAITING
            told = why.to_json()
            session.add(
                Attempt(message=message, at=at, node="test", ms=1.0, state=state, diagnosis=told)
            )
    newest, older, oldest = message_page(panel, message).all("li", data_attempt="waiting")
    reason = "No answer came from"
    assert (reason in newest.text, reason in older.text) == (True, False)
    assert "For the same reason as the attempt above." in older.text
    assert "For the same reason" not in oldest.text


def test_of_very_many_recipients_the_first_are_named_and_the_rest_counted(panel: Panel) -> None:
    """M6: a page is no longer and no slower for a message to ten thousand people."""
    message = accept(panel, letter(*(f"{number}@test.example" for number in range(1500))))
    admin = panel.admin()

    row = admin.page(OUTBOX).one("tr", data_message=message).text
    assert "0@test.example, 1@test.example, 2@test.example and 1,497 more" in row

    page = message_page(panel, message, admin)
    assert len(page.all("li", data_recipient=None)) == 200
    folded = page.one("main").one("details")
    assert len(folded.all("li", data_recipient=None)) == 190  # so that the attempts are in sight
    assert folded.one("summary").text == "and 1,490 more"
    assert folded.all("p")[-1].text == "and 1,300 more"


def test_of_very_many_recipients_those_who_do_not_have_the_message_come_first(panel: Panel) -> None:
    """M7: what a server refuses of a message is told per recipient, however many they are."""
    message = accept(panel, letter(*(f"{number}@test.example" for number in range(1500))))
    with panel.app.app_context(), writing(db.session) as session:
        session.execute(update(Message).values(state=MessageState.FAILED))
        others = update(Recipient).where(Recipient.number != 1400)
        session.execute(others.values(state=MessageState.SENT))

    people = message_page(panel, message).all("li", data_recipient=None)

    assert people[0]["data-recipient"] == "1400@test.example"
    assert people[1]["data-recipient"] == "0@test.example"


def test_admins_read_what_is_not_sent_yet(panel: Panel, scripted: StartScripted) -> None:
    """M6: as text, with the names and sizes of attachments; gone once it is sent."""
    mail = EmailMessage()
    mail["Subject"] = "Report"
    mail["X-Host"] = "shop"
    mail.set_content("See https://acme.example/r/1 <b>now</b>\n")
    mail.add_alternative("<p>See it</p>", subtype="html")
    mail.add_attachment(b"x" * 2000, maintype="application", subtype="pdf", filename="report.pdf")
    message = accept(panel, letter(octets=mail.as_bytes(policy=SMTP), subject="Report"))
    admin, path = panel.admin(), f"{OUTBOX}/{message}/content"
    where = message_page(panel, message, admin).link("Read the message")

    page = admin.page(where)

    assert where == path
    assert page.one("pre", aria_label="Text").text == "See https://acme.example/r/1 <b>now</b>"
    assert "report.pdf (application/pdf, 2.0 kB)" in page.text
    assert "X-Host shop" in page.id("all-headers").text
    assert page.one("pre", aria_label="What the HTML part says").text == "<p>See it</p>"
    assert panel.member().get(path).status_code == 403

    deliver(panel, scripted, "250 2.0.0 Ok")
    page = admin.follow(admin.get(path))
    assert "The content of this message is no longer kept." in page.text
    assert "Its content was removed once it was sent." in page.text


def test_a_serving_process_forgets_what_ended_long_ago_and_notes_what_waits(
    make_panel: MakePanel,
) -> None:
    """M6: `SMTP_PANEL_KEEP_MESSAGES_DAYS`, and the depth for the chart."""
    panel = make_panel(keep_messages_days=2, worker=False)
    kept, forgotten, waits = uncertain(panel), uncertain(panel), accept(panel)
    with panel.app.app_context(), writing(db.session) as session:
        for message, days in ((kept, 1), (forgotten, 3)):
            ended = utcnow() - timedelta(days=days)
            end = {"finished_at": ended, "state": MessageState.FAILED}
            session.execute(update(Message).where(Message.id == message).values(end))
    admin = panel.admin()

    panel.start()

    def is_tidy() -> bool:
        with panel.app.app_context():
            depths = db.session.scalars(select(Depth.messages)).all()
        there = rows(admin.page(OUTBOX))
        return set(depths) == {1} and there == [(waits, "waiting"), (kept, "failed")]

    wait_until(is_tidy)


def test_an_operator_decides_about_what_is_uncertain(make_panel: MakePanel) -> None:
    """M3: `SMTP_PANEL_UNCERTAIN`."""
    assert make_panel(uncertain="sent").operations.outbox.uncertain is Uncertain.SENT


def test_a_chart_shows_at_once_what_waits_now(make_panel: MakePanel) -> None:
    """M6: though nobody has noted the depth of this hour yet."""
    panel = make_panel(worker=False, **MAILING)
    accept(panel)
    page = panel.admin().page(OUTBOX)
    assert page.all("svg", aria_label="Last 24 hours: 0 sent, 0 failed, at most 1 waiting at once")
    assert page.id("chart-table").all("tr")[-1].text.endswith(" 0 0 1")


def test_a_chart_shows_what_was_sent_failed_and_waited(panel: Panel) -> None:
    """M6: the last day by hour, the last month by day; as a table as well."""
    admin = panel.admin()
    empty = admin.page(OUTBOX).id("volume").text
    assert empty == "Last 24 hours Last 30 days No message in this time."
    hour = hour_of(utcnow())
    ends = [(hour, MessageState.SENT, "")] * 40 + [(hour, MessageState.FAILED, "x")] * 10
    with panel.app.app_context(), writing(db.session) as session:
        count(session.connection(), ends)
        count(session.connection(), [(hour - timedelta(days=3), MessageState.SENT, "")] * 5)
        note_depth(session.connection(), 100, hour - timedelta(hours=2))

    page = admin.page(OUTBOX)
    said = "Last 24 hours: 40 sent, 10 failed, at most 100 waiting at once"
    picture = page.one("svg", aria_label=said)
    bars = {bar["class"]: (bar["y"], bar["height"]) for bar in picture.all("rect")}
    assert bars == {
        "sent": ("60.0", "40.0"),
        "failed": ("50.0", "10.0"),
        "waiting": ("0.0", "100.0"),
    }
    table = [row.text for row in page.id("chart-table").all("tr")]
    assert len(table) == 25
    last = table.index(f"{hour:%H:%M} 40 10 0")  # of all, unless another hour has begun
    assert table[last - 2] == f"{hour - timedelta(hours=2):%H:%M} 0 0 100"

    page = admin.page(page.link("Last 30 days"))
    assert page.all(
        "svg", aria_label="Last 30 days: 45 sent, 10 failed, at most 100 waiting at once"
    )
    assert len(page.id("chart-table").all("tr")) == 31


def test_a_failed_message_is_sent_again_by_a_click(panel: Panel, scripted: StartScripted) -> None:
    """M6: and the audit log says by whom."""
    message = accept(panel)
    deliver(panel, scripted, "554 5.7.1 Message rejected as spam")
    admin = panel.admin()
    message_page(panel, message, admin)

    page = admin.follow(admin.post(f"{OUTBOX}/{message}/resend"))

    assert "The message is sent again." in page.text
    assert page.one("p", data_message=message)["data-state"] == "waiting"
    with panel.app.app_context():
        last = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert last
    assert (last.action, last.actor) == ("message.resent", "ada@example.com")


def test_a_waiting_message_is_cancelled_by_a_click(panel: Panel) -> None:
    """M6."""
    message, admin = accept(panel), panel.admin()
    message_page(panel, message, admin)

    page = admin.follow(admin.post(f"{OUTBOX}/{message}/cancel"))

    assert page.one("p", data_message=message)["data-state"] == "cancelled"
    assert "Cancelled" in page.one("li", data_recipient=BOB).text


def test_what_was_sent_meanwhile_is_neither_cancelled_nor_sent_again(
    panel: Panel, scripted: StartScripted
) -> None:
    """M3: an old page doubles no mail."""
    message, admin = accept(panel), panel.admin()
    message_page(panel, message, admin)
    deliver(panel, scripted, "250 2.0.0 Ok")

    for act in ("resend", "cancel"):
        page = admin.follow(admin.post(f"{OUTBOX}/{message}/{act}"))
        assert "Nothing was changed: the message was sent in the meantime." in page.text
        assert page.one("p", data_message=message)["data-state"] == "sent"


def uncertain(panel: Panel, *recipients: str) -> str:
    """Accept a message that then is uncertain; its id."""
    message = accept(panel, letter(*recipients))
    with panel.app.app_context(), writing(db.session) as session:
        session.execute(delete(Queued).where(Queued.id == message))
        ended = {"state": MessageState.UNCERTAIN, "finished_at": utcnow()}
        session.execute(update(Message).where(Message.id == message).values(ended))
    return message


def test_an_uncertain_message_says_what_that_means(panel: Panel) -> None:
    """M3: neither repeated nor dropped by itself."""
    page = message_page(panel, uncertain(panel))

    assert page.one("p", data_message=None)["data-state"] == MessageState.UNCERTAIN
    assert "nobody can know whether it was taken" in page.text
    buttons = [button.text for button in page.all("button", formaction=None)]
    assert buttons == ["Send again", "Count as sent"]


def test_an_uncertain_message_counts_as_sent_by_a_click(panel: Panel) -> None:
    """M3, M6: for those who may have it; whom it was refused, it is still refused."""
    both, admin = uncertain(panel, BOB, EVE), panel.admin()
    with panel.app.app_context(), writing(db.session) as session:
        refused = update(Recipient).where(Recipient.address == EVE)
        session.execute(refused.values(state=MessageState.FAILED))
    alone = uncertain(panel)
    message_page(panel, alone, admin)

    page = admin.follow(admin.post(f"{OUTBOX}/{alone}/count-as-sent"))
    assert page.one("p", data_message=alone)["data-state"] == "sent"
    assert page.all("button", formaction=None) == []

    page = admin.follow(admin.post(f"{OUTBOX}/{both}/count-as-sent"))
    assert page.one("p", data_message=both)["data-state"] == "failed"
    states = {each["data-recipient"]: each["data-state"] for each in page.all("li")}
    assert (states[BOB], states[EVE]) == ("sent", "failed")
    assert [button.text for button in page.all("button", formaction=None)] == ["Send again"]

    page = admin.follow(admin.post(f"{OUTBOX}/{alone}/count-as-sent"))
    assert "Nothing was changed" in page.text


@pytest.mark.parametrize(("decision", "state"), [("resend", "waiting"), ("count-as-sent", "sent")])
def test_all_uncertain_messages_are_decided_about_at_once(
    panel: Panel, decision: str, state: str
) -> None:
    """M3: with the sentence that says what it means."""
    accept(panel)
    ids, admin = [uncertain(panel), uncertain(panel)], panel.admin()
    note = admin.page(OUTBOX).one("form", data_uncertain="2")
    assert "nobody can know whether it was taken" in note.text
    assert admin.post(f"{OUTBOX}/uncertain").status_code == 400, "nothing was decided"

    page = admin.follow(admin.post(f"{OUTBOX}/uncertain", decision=decision))

    assert [each for each in rows(page) if each[0] in ids] == [(each, state) for each in ids[::-1]]
    assert page.all("form", data_uncertain=None) == []


def test_sending_is_paused_and_resumed_by_a_click(panel: Panel) -> None:
    """M6: with who, since when, and how many wait; once."""
    admin = panel.admin()
    accept(panel)
    admin.page(OUTBOX)

    page = admin.follow(admin.post(f"{OUTBOX}/pause"))
    note = page.one("div", data_paused="page").text
    assert "By ada@example.com." in note
    assert "1 message waits" in note
    assert page.one("main").text.count("is paused") == 1
    (resume,) = page.all("form", action=f"{OUTBOX}/resume")
    assert resume in page.one("div", data_paused="page").all("form")

    page = admin.follow(admin.post(f"{OUTBOX}/resume"))
    assert page.all("div", data_paused=None) == []


@pytest.mark.parametrize("odd", ["endpoint=x", "_scheme=javascript&_external=1", "values=x"])
def test_what_else_stands_in_the_address_of_the_page_is_nothing_to_it(
    panel: Panel, odd: str
) -> None:
    """W2: a link from elsewhere neither breaks the page nor leads its questions elsewhere."""
    page = panel.admin().page(f"{OUTBOX}?{odd}")
    assert page.id("outbox-now")["hx-get"].startswith(f"{OUTBOX}?seen=")


def test_an_open_page_asks_whether_it_still_stands_so_and_has_what_has_changed(
    panel: Panel,
) -> None:
    """W2: whoever pauses sending, and whatever becomes of a message."""
    admin, other = panel.admin(), panel.admin()
    first = accept(panel)

    def ask() -> TestResponse:
        return admin.get(page.id("outbox-now")["hx-get"], htmx=True)

    page = admin.page(f"{OUTBOX}?q=bob@test.example")
    assert ask().status_code == 204

    other.page(OUTBOX)
    other.post(f"{OUTBOX}/pause")
    page = parse(ask().text)
    assert page.one("div", data_paused="page")
    assert ask().status_code == 204

    other.post(f"{OUTBOX}/{first}/cancel")
    page = parse(ask().text)
    assert page.one("tr", data_message=first)["data-state"] == "cancelled"
    assert ask().status_code == 204


def test_it_says_that_the_service_fails_and_when_it_is_tried_next(panel: Panel) -> None:
    """M5."""
    with panel.app.app_context(), writing(db.session) as session:
        pause.service_failed(session.connection(), SILENT, utcnow(), 0.0, probing=False)

    page = panel.admin().page(OUTBOX)

    assert "no attempt is used up" in page.one("div", data_pause="failing").text


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({}, "As soon as it is its turn"),
        ({"held_by": "ada@example.com"}, "As soon as sending is resumed"),
        ({"failures": 2}, "As soon as the mail server takes mail again"),
        (
            {"full_until": NEXT_YEAR},
            f"When the sending limit has room again: Jan 1, {NEXT_YEAR.year}",
        ),
    ],
)
def test_a_message_that_is_due_says_what_it_waits_for(
    panel: Panel, about: dict[str, Any], words: str
) -> None:
    """QUEUE 3.10: a time that has passed would tell nobody when it leaves."""
    admin, waits = panel.admin(), accept(panel)
    later = accept(panel, letter(send_at=NEXT_YEAR))
    with panel.app.app_context(), writing(db.session) as session:
        session.execute(update(Pause).values(**{"held_at": utcnow(), "until": utcnow()} | about))

    told = admin.page(f"{OUTBOX}/{waits}").one("dd", data_next_try=None).text
    assert told.startswith(words)
    told = admin.page(f"{OUTBOX}/{later}").one("dd", data_next_try=None).text
    assert told.startswith(f"Jan 1, {NEXT_YEAR.year}")


def test_the_list_names_no_next_try_that_has_passed(panel: Panel) -> None:
    """QUEUE 3.10."""
    admin, waits, later = panel.admin(), accept(panel), accept(panel, letter(send_at=NEXT_YEAR))
    with panel.app.app_context(), writing(db.session) as session:
        tried: dict[str, Any] = {"at": utcnow(), "node": "test", "ms": 1.0}
        for message in (waits, later):
            session.add(Attempt(message=message, state=MessageState.WAITING, **tried))

    listed = admin.page(OUTBOX).all("tr", data_message=None)
    told = {row["data-message"]: "next try:" in row.text for row in listed}
    assert told == {waits: False, later: True}


def test_it_says_what_the_server_takes_and_how_that_is_known(panel: Panel) -> None:
    """M7: what was learnt of another server, or long ago, is not said."""
    said = "421 4.7.0 Too many connections"
    admin, now = panel.admin(), utcnow()
    with panel.app.app_context(), writing(db.session) as session:
        account = panel.operations.account(session).key
        learnt: dict[str, Any] = {"account": account, "now": now}
        learn(session.connection(), LimitKind.CONNECTIONS, 4, **learnt, says=said)
        learn(
            session.connection(),
            LimitKind.PER_MINUTE,
            9,
            **learnt | {"account": "another"},
            says="",
        )
        learn(session.connection(), LimitKind.SIZE, 25_000_000, **learnt, says="")

    page = admin.page(OUTBOX)

    (connections, size) = page.id("limits").all("div", data_limit=None)
    assert connections.text.startswith("Connections at once at most 4 until")
    assert said in connections.text
    assert size.text.startswith("Size of a message at most 25.0 MB")


def test_a_search_and_the_period_of_the_chart_do_not_undo_each_other(panel: Panel) -> None:
    """M6"""
    admin = panel.admin()
    page = admin.page(f"{OUTBOX}?q=report&state=failed")
    (month,) = page.all("a", href=f"{OUTBOX}?state=failed&q=report&period=month#volume")
    page = admin.page(month["href"])
    search = page.one("form", role="search").form()
    assert search == {"q": "report", "state": "failed", "period": "month"}


@pytest.mark.parametrize("path", [OUTBOX, UNKNOWN])
def test_members_do_not_see_it(panel: Panel, path: str) -> None:
    """N2."""
    assert panel.member().get(path).status_code == 403
    assert panel.visitor().get(path).status_code == 303


def test_a_message_that_is_not_there_is_not_found(panel: Panel) -> None:
    """Whatever is asked for."""
    admin = panel.admin()
    assert admin.get(UNKNOWN).status_code == 404
    assert admin.get(f"{OUTBOX}/nothing").status_code == 404
    assert admin.get(f"{OUTBOX}/%00").status_code == 404
    assert admin.get(f"{OUTBOX}?q=%00&before=%00").status_code == 200
    admin.page(OUTBOX)
    assert admin.post(f"{UNKNOWN}/resend").status_code == 404


def test_subjects_and_replies_are_text(panel: Panel) -> None:
    """No markup of others stands in our pages."""
    mail = replace(letter(), subject="<b>bold</b>")
    message = accept(panel, mail)
    for path in (OUTBOX, f"{OUTBOX}/{message}"):
        assert "<b>bold" not in panel.admin().get(path).text


def test_a_limit_of_some_accounts_is_told_and_nobody_can_lift_what_holds_nothing_back(
    make_panel: MakePanel,
) -> None:
    """M5, P2: an account of another plan may send more."""
    panel = make_panel(default_url=Secret("smtp://ada%40test.example:x@smtp-relay.brevo.com:587"))
    admin = panel.admin()

    for decision in ("", "lift", "keep"):
        if decision:
            admin.post(f"{OUTBOX}/limits", span="day", decision=decision)
        day = admin.page(OUTBOX).all(data_gauge="day")[0]
        assert "0 messages Brevo (Sendinblue) documents 300 for some accounts" in day.text
        assert day.one("a")["href"].startswith("https://help.brevo.com/")
        assert not day.all("svg")
        assert not day.all("button")
    assert "Limit of the mail server" not in admin.page("/admin/audit").one("tbody").text


def test_it_shows_what_was_sent_against_what_the_server_lets_through(
    make_panel: MakePanel,
) -> None:
    """M5, P2: how much, of how much, how that is known, and when mail goes on."""
    panel = make_panel(default_url=Secret("smtp://ada%40gmail.com:x@smtp.gmail.com:587"))
    with panel.app.app_context(), writing(db.session) as session:
        connection, now = session.connection(), utcnow()
        account = panel.operations.account(session).key
        volume.count(connection, [SentMail(account, now, 1000, 600)])
        learn(connection, LimitKind.PER_HOUR, 2000, account=account, now=now, says="452 Enough")
        pause.note_full(connection, now + timedelta(hours=2), now)

    admin = panel.admin()
    assert not admin.page(OUTBOX).all(data_pause="full"), "nothing waits"
    accept(panel)
    page = admin.page(OUTBOX)

    minute, hour, day = page.all(data_gauge=None)
    assert [each["data-gauge"] for each in (minute, hour, day)] == ["minute", "hour", "day"]
    assert "600 messages No limit is known" in minute.text
    assert "1,000 recipients of at most 2,000" in hour.text
    assert "452 Enough" in hour.text
    assert "600 messages of at most 500 Mail goes on:" in day.text
    assert "As Gmail documents" in day.one("a").text
    assert day.one("a")["href"] == "https://support.google.com/mail/answer/22839"
    assert "Mail goes on:" in page.one(data_pause="full").text

    for decision, words in (
        ("lift", "regardless of the limit of 500, as ada@"),
        ("keep", "of at most 500"),
    ):
        page = admin.follow(admin.post(f"{OUTBOX}/limits", span="day", decision=decision))
        assert words in page.one(data_gauge="day").text
        assert not page.all(data_pause="full")
    entries = admin.page("/admin/audit").one("tbody").text
    assert "Limit of the mail server set aside" in entries
    assert "At most in a day" in entries
    for fields in ({"span": "day"}, {"span": "year", "decision": "lift"}):
        assert admin.post(f"{OUTBOX}/limits", **fields).status_code == 400
