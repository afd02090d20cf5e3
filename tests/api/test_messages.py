"""Messages that programs hand over by HTTP (SPEC M2, M8, section 11)."""

from __future__ import annotations

import base64
import datetime
import io
import json
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from email.header import decode_header, make_header
from typing import Any

import pytest
from flask_mail import Attachment
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from smtp_panel.api import mail_types
from smtp_panel.mail.message import StandardMessage
from smtp_panel.outbox import idempotency
from smtp_panel.outbox.idempotency import Idempotency
from smtp_panel.outbox.model import Attempt, Message, MessageState, Queued, Recipient
from smtp_panel.outbox.rescue import UNHEARD
from smtp_panel.secret import Secret
from smtp_panel.settings.rules import Refused
from smtp_panel.storage import db, utcnow, writing
from smtp_panel.words import Sentence
from tests.api.conftest import BOB, EVE, HELLO, MESSAGES, Program, program_of, told_by, wrong
from tests.cli.conftest import Command
from tests.little_work import little_work
from tests.outbox.sizes import MOST, TOO_LONG, know_size
from tests.servers.fixtures import StartScripted
from tests.web.conftest import MakePanel, Panel
from tests.web.test_broken_storage import WORDS, Trouble, trouble
from tests.web.test_outbox import deliver

MEGABYTES = 4
REPORT = b"day,sold\r\nMonday,7\r\n\xff"


def accepted(panel: Panel) -> int:
    """How many messages are in the outbox."""
    with panel.app.app_context():
        return db.session.scalar(select(func.count()).select_from(Message)) or 0


@pytest.mark.both_engines
def test_a_message_is_accepted_and_told(program: Program) -> None:
    """Section 11: 202 with id, state and recipients; the same by GET, with the attempts."""
    answer = program.post(HELLO | {"to": [BOB, f"Eve <{EVE}>"]})
    assert answer.status_code == 202
    told = told_by(answer)
    waits = {"state": "waiting", "server_says": "", "instead": ""}
    people = [{"address": each} | waits for each in (BOB, EVE)]
    assert (told["state"], told["recipients"]) == ("waiting", people)
    assert told_by(program.get(f"{MESSAGES}/{told['id']}")) == told | {"attempts": []}


@trouble
def test_a_message_that_can_not_be_stored_is_refused_with_what_to_do(
    program: Program, trouble: Trouble
) -> None:
    """SPEC M3: accepted means on disk, else 503, which says why; later the same is accepted."""
    body = HELLO | {"text": "x" * 100_000}
    with trouble(program.panel):
        answer = program.post(body, key="once")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    for words in WORDS[trouble]:
        assert words in told_by(answer)["message"]
    assert program.post(body, key="once").status_code == 202
    assert accepted(program.panel) == 1


@pytest.mark.both_engines
def test_a_message_larger_than_the_mail_server_takes_is_refused_at_once(program: Program) -> None:
    """QUEUE, failure 6: while the program is there to hear it. The same smaller is accepted."""
    know_size(program.panel.app)
    answer = program.post(HELLO | {"text": TOO_LONG}, key="once")
    assert answer.status_code == 413
    assert str(MOST) in told_by(answer)["message"]
    assert accepted(program.panel) == 0
    assert program.post(HELLO, key="once").status_code == 202


def test_an_admin_sees_by_which_key_a_message_came(program: Program) -> None:
    message = told_by(program.post(HELLO))["id"]
    page = program.panel.admin().page(f"/admin/outbox/{message}")
    assert page.link("Billing") == "/admin/keys"


def test_every_field_is_in_the_message(program: Program) -> None:
    """Section 11, M8: of any script; files whole; bcc in no header, and no internal host."""
    file = {
        "filename": "売上 2026.csv",
        "content_type": "text/csv",
        "content": base64.encodebytes(REPORT).decode(),  # in lines, as many programs write it
    }
    message = program.sent(
        **{"from": "Acme, Inc. <news@acme.example>"},
        to=["山田 太郎 <taro@test.example>"],
        cc=["bob@bücher.example"],
        bcc=[EVE],
        reply_to='"Help \\"desk\\"" <help@acme.example>',
        subject="売上 " * 30,
        text="x" * 2000 + "\n.\n売上",
        html="<p>売上</p>",
        headers={"List-Unsubscribe": f"<https://acme.example/{'u' * 200}>", "X-Shop": "Köln"},
        attachments=[file],
    )
    assert str(message["From"]) == '"Acme, Inc." <news@acme.example>'
    assert str(message["To"]) == "山田 太郎 <taro@test.example>"
    assert str(message["Cc"]) == "bob@xn--bcher-kva.example"
    assert message["Reply-To"].addresses[0].display_name == 'Help "desk"'
    assert str(message["Subject"]) == "売上 " * 30
    assert message["List-Unsubscribe"] == f"<https://acme.example/{'u' * 200}>"
    assert message["X-Shop"] == "Köln"
    assert message["Message-ID"].endswith("@acme.example>")
    assert message["Date"]
    assert EVE not in message.as_string()
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text
    assert html
    assert text.get_content().splitlines() == ["x" * 2000, ".", "売上"]
    assert html.get_content().rstrip() == "<p>売上</p>"
    (attachment,) = message.iter_attachments()
    assert attachment.get_filename() == "売上 2026.csv"
    assert attachment.get_content_type() == "text/csv"
    assert attachment.get_payload(decode=True) == REPORT


def test_a_large_file_is_accepted_in_four_times_its_memory(program: Program) -> None:
    """M8: of which the request and its Base64 take most; the message is built piece by piece."""
    data = bytes(range(256)) * 4096 * MEGABYTES
    file = {"filename": "large.bin", "content": base64.b64encode(data).decode()}
    request = io.BytesIO(json.dumps(HELLO | {"attachments": [file]}).encode())
    sent: dict[str, Any] = {"content_type": "application/json", "input_stream": request}
    tracemalloc.start()
    try:
        answer = program.client.post(
            MESSAGES,
            auth=(program.client_id, program.secret),
            content_length=request.getbuffer().nbytes,
            **sent,
        )
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * len(data)
    (part,) = program.content(told_by(answer)["id"]).iter_attachments()
    assert part.get_content() == data


@pytest.mark.parametrize(
    ("body", "most"),
    [
        ("{" + ",".join(f'"k{n}" :1' for n in range(100_000)) + "}", 4000),
        ('{"headers": {' + ",".join(f'"k {n}":1' for n in range(100_000)) + "}}", 4000),
        ('{"to": [' + '"",' * 100_000 + '""]}', 50_000),
        ('"' + '\\"' * 100_000, None),
    ],
    ids=["fields", "headers", "texts", "a text without end"],
)
def test_a_body_without_end_is_refused_with_little_work(
    program: Program, body: str, most: int | None
) -> None:
    """T8: of one of 36 MB pydantic told three million unknown fields, in 40 s and 5 GB."""
    with little_work():
        answer = program.post(None, data=body, content_type="application/json")
    if most is None:
        assert answer.status_code == 400
    else:
        assert wrong(answer) == {"body": f"These are too many: at most {most} are possible."}


def test_a_text_may_hold_any_number_of_what_looks_like_fields(program: Program) -> None:
    text = '{"a": "b\\\\"}\n' * 20_000
    assert program.sent(text=text).get_content().split() == text.split()


def test_a_message_may_be_html_alone(program: Program) -> None:
    message = program.sent(text=None, html="<p>Hello</p>")
    assert message.get_content_type() == "text/html"


def test_a_message_for_later_waits(program: Program) -> None:
    """Section 11: send_at; what has passed is now."""
    later = utcnow() + datetime.timedelta(hours=1)
    ids = [
        told_by(program.post(HELLO | {"send_at": moment}))["id"]
        for moment in (later.isoformat(), "1999-12-31T23:59:59+14:00")
    ]
    with program.panel.app.app_context():
        due = [db.session.get_one(Queued, each).due for each in ids]
    assert due[0] == later
    assert due[1] <= utcnow()


def test_without_a_from_it_is_that_of_the_settings(make_panel: MakePanel) -> None:
    """Section 11."""
    service = Secret("smtp://mail.acme.example?tls=none&from=panel@acme.example")
    program = program_of(make_panel(default_url=service))
    assert program.sent(**{"from": None})["From"] == "panel@acme.example"
    nowhere = program_of(make_panel())
    assert "no From is saved" in wrong(nowhere.post({"to": [BOB]}))["from"]


INJECTION = "a\r\nBcc: eve@test.example"
NO_LINE = "Line breaks"


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"to": []}, "to", "at least one recipient"),
        ({"to": BOB}, "to", "Write a list"),
        ({"to": [BOB, "nobody"]}, "to", "1: This is not a mail address"),
        ({"to": [f"{BOB}, {EVE}"]}, "to", "not a mail address"),
        ({"to": [BOB, "Jürgen <jürgen@test.example>"]}, "to", "1: Before the “@” only ASCII"),
        ({"to": [INJECTION]}, "to", NO_LINE),
        ({"cc": [f"{INJECTION} <{BOB}>"]}, "cc", NO_LINE),
        ({"bcc": [f"{BOB}>\r\nRCPT TO:<{EVE}"]}, "bcc", NO_LINE),
        ({"from": f"News\n <{BOB}>"}, "from", NO_LINE),
        ({"reply_to": "a@b\0.example"}, "reply_to", NO_LINE),
        ({"subject": INJECTION}, "subject", NO_LINE),
        ({"subject": "a\u2028b"}, "subject", NO_LINE),
        ({"subject": "x" * 1001}, "subject", "1000"),
        ({"text": "a\0b"}, "text", "NUL"),
        ({"text": 7}, "text", "Write text"),
        ({"headers": {"X-A": INJECTION}}, "headers", NO_LINE),
        ({"headers": {INJECTION: "x"}}, "headers", "letters, digits"),
        ({"headers": {"BCC": EVE}}, "headers", "BCC: This header can't be set here"),
        ({"headers": {"Content-Type": "text/html"}}, "headers", "can't be set here"),
        ({"headers": {"X-A": "x" * 950}}, "headers", "without a space"),
        ({"attachments": [{"filename": "a", "content": "!"}]}, "attachments", "not Base64"),
        ({"attachments": [{"filename": "a"}]}, "attachments", "0.content: This is missing"),
        ({"attachments": [{"filename": "a\n", "content": ""}]}, "attachments", NO_LINE),
        (
            {"attachments": [{"filename": "a", "content": "", "content_type": "text"}]},
            "attachments",
            "type/subtype",
        ),
        (
            {"attachments": [{"filename": "a", "content": "", "content_type": "message/rfc822"}]},
            "attachments",
            "application/octet-stream",
        ),
        ({"send_at": "2026-11-28T15:00:00"}, "send_at", "with its offset"),
        ({"send_at": "20261224"}, "send_at", "with its offset"),  # not seconds, and so not now
        ({"send_at": "1"}, "send_at", "with its offset"),
        ({"send_at": "9999-12-31T23:59:59-14:00"}, "send_at", "more than a year ahead"),
        ({"body": "Hello"}, "body", "no such field"),
    ],
)
def test_what_can_not_be_is_told_by_its_field(
    program: Program, fields: dict[str, Any], field: str, words: str
) -> None:
    """Section 11, M8: nothing gets into a header by the side door, and nothing is accepted."""
    found = wrong(program.post(HELLO | fields))
    assert list(found) == [field]
    assert words in found[field]
    assert accepted(program.panel) == 0


@given(st.text('ab@.<>", \\\n日', max_size=25))
@settings(max_examples=200, deadline=None)
def test_no_mailbox_is_more_than_one(text: str) -> None:
    """M8: whatever is taken has one address, in one line."""
    try:
        tidy = mail_types.mailbox(text)
    except Refused:
        return
    assert tidy.isprintable()
    assert tidy.rpartition("<")[2].count("@") == 1


@given(*[st.text(max_size=120)] * 4)
@settings(max_examples=100, deadline=None)
def test_what_a_program_writes_stays_in_its_field(
    subject: str, name: str, value: str, filename: str
) -> None:
    """M8: whatever is taken ends up in one header, no other comes with it, and all is ASCII."""
    try:
        who = mail_types.mailbox(f'"{name}" <{BOB}>')
        message = StandardMessage(
            mail_types.line(subject),
            [who],
            sender=who,
            extra_headers={"X-Mark": mail_types.header_value(value)},
            attachments=[Attachment(mail_types.line(filename), "text/csv", REPORT)],
        )
    except Refused:
        return
    octets = message.as_bytes()
    headers = message_from_bytes(octets)
    assert octets.isascii()
    assert headers.keys() == [
        "From", "To", "Subject", "Date", "Message-ID", "X-Mark", "MIME-Version", "Content-Type",
    ]  # fmt: skip
    read = str(make_header(decode_header(headers["X-Mark"].replace("\r\n", ""))))
    assert read.split() == value.split()


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"data": "{", "content_type": "application/json"}, 400),
        ({"data": b'{"text": "\xff"}', "content_type": "application/json"}, 400),
        ({"data": "", "content_type": "application/json"}, 400),
        ({"data": "[]", "content_type": "application/json"}, 422),
        ({"data": "{}", "content_type": "text/plain"}, 415),
        ({"data": {"to": BOB}}, 415),
        ({}, 415),
        ({"data": " " * 2000 + "{}", "content_type": "application/json"}, 413),
        pytest.param(
            {
                "input_stream": io.BytesIO(b"{}" + b" " * 2000),
                "content_type": "application/json",
                "environ_overrides": {
                    "HTTP_TRANSFER_ENCODING": "chunked",
                    "wsgi.input_terminated": True,
                },
            },
            413,
            id="of no stated length, as in chunks",
        ),
    ],
)
def test_what_is_no_message_at_all_is_told_by_its_status(
    make_panel: MakePanel, options: dict[str, Any], status: int
) -> None:
    """NAMES, errors."""
    program = program_of(make_panel(api_max_bytes=1024))
    answer = program.client.post(MESSAGES, auth=(program.client_id, program.secret), **options)
    assert (answer.status_code, answer.mimetype) == (status, "application/json")
    assert ("at most 1024 octets" in told_by(answer)["message"]) == (status == 413)


@pytest.mark.both_engines
def test_the_same_request_twice_is_one_message(program: Program) -> None:
    """Section 11: the old answer; another body with the same key is refused, another key not."""
    first, again = program.post(HELLO, "order-7"), program.post(HELLO, "order-7")
    assert (again.status_code, told_by(again)) == (202, told_by(first))
    other = HELLO | {"subject": "Another"}
    assert "another message" in wrong(program.post(other, "order-7"))["Idempotency-Key"]
    assert told_by(program.post(other, "order-8"))["id"] != told_by(first)["id"]
    theirs = told_by(program_of(program.panel).post(HELLO, "order-7"))["id"]
    assert theirs != told_by(first)["id"]
    assert accepted(program.panel) == 3


@pytest.mark.both_engines
def test_the_same_request_many_times_at_once_is_one_message(program: Program) -> None:
    """QUEUE 3.1: whoever is first; the others get its answer."""

    def post(_number: int) -> object:
        caller = Program(
            program.panel,
            program.panel.app.test_client(),
            program.client_id,
            program.secret,
        )
        return told_by(caller.post(HELLO, "order-7"))

    with ThreadPoolExecutor(8) as pool:
        first, *others = pool.map(post, range(8))
    assert others == [first] * 7
    assert accepted(program.panel) == 1


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "é"])
def test_a_key_that_can_not_be_remembered_is_refused(program: Program, key: str) -> None:
    assert "255 visible ASCII characters" in wrong(program.post(HELLO, key))["Idempotency-Key"]


def test_a_request_is_forgotten_after_a_day(program: Program) -> None:
    first = told_by(program.post(HELLO, "order-7"))["id"]
    with program.panel.app.app_context(), writing(db.session) as session:
        a_day_ago = utcnow() - idempotency.KEPT
        session.execute(update(Idempotency).values(created_at=a_day_ago))
        idempotency.forget(session)
    assert told_by(program.post(HELLO, "order-7"))["id"] != first


def test_where_staging_had_it_go_instead_is_told(program: Program) -> None:
    """Issue 7, item 6: no program takes it for granted that Bob has it."""
    message = told_by(program.post(HELLO | {"to": [BOB, EVE]}))["id"]
    with program.panel.app.app_context(), writing(db.session) as session:
        staged = update(Recipient).where(Recipient.address == BOB)
        session.execute(staged.values(instead="sandbox"))

    people = told_by(program.get(f"{MESSAGES}/{message}"))["recipients"]
    assert {each["address"]: each["instead"] for each in people} == {BOB: "sandbox", EVE: ""}
    listed = Command(program.panel.app)("queue", "--json").json["messages"][0]
    assert listed["instead"] == {BOB: "sandbox"}


def test_what_became_of_a_message_is_told(program: Program, scripted: StartScripted) -> None:
    """Section 11: state per recipient, and each attempt with its diagnosis and node."""
    sent, failed = (told_by(program.post(HELLO))["id"] for _ in range(2))
    deliver(program.panel, scripted, "250 2.0.0 Ok", "554 5.7.1 Rejected as spam")

    told = told_by(program.get(f"{MESSAGES}/{sent}"))
    assert told["state"] == told["recipients"][0]["state"] == "sent"
    (attempt,) = told["attempts"]
    assert (attempt["ok"], attempt["diagnosis"], attempt["node"]) == (True, None, "test")
    assert attempt["server_says"] == "250 2.0.0 Ok"
    assert datetime.datetime.fromisoformat(attempt["at"]).tzinfo

    told = told_by(program.get(f"{MESSAGES}/{failed}"))
    assert told["state"] == told["recipients"][0]["state"] == "failed"
    (attempt,) = told["attempts"]
    assert not attempt["ok"]
    assert attempt["diagnosis"]["server_says"] == "554 5.7.1 Rejected as spam"
    assert attempt["diagnosis"]["cause"]
    assert attempt["diagnosis"]["remedy"]


def test_an_attempt_that_no_server_answered_says_why_it_ended(program: Program) -> None:
    """M6: without a diagnosis too, in the reader's language."""
    message = told_by(program.post(HELLO))["id"]
    with program.panel.app.app_context(), writing(db.session) as session:
        about = {"message": message, "at": utcnow(), "node": "web-1", "ms": 0.0}
        session.add(Attempt(state=MessageState.UNCERTAIN, **about, says=Sentence(UNHEARD)))

    asked = {"auth": (program.client_id, program.secret), "headers": {"Accept-Language": "ja"}}
    (attempt,) = told_by(program.client.get(f"{MESSAGES}/{message}", **asked))["attempts"]
    assert (attempt["ok"], attempt["diagnosis"]) == (False, None)
    assert attempt["server_says"].isascii() is False
