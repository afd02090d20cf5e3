"""The queue as the terminal sees and handles it (SPEC M6, A6)."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from smtp_panel.mail.mounted import EXTENSION
from smtp_panel.outbox import pause
from smtp_panel.outbox.enqueue import MailObject
from smtp_panel.outbox.limit_model import LimitKind
from smtp_panel.outbox.limits import learn
from smtp_panel.outbox.model import Attempt, Message, MessageState, Pause, Queued, Recipient
from smtp_panel.outbox.rescue import UNHEARD
from smtp_panel.secret import Secret
from smtp_panel.storage import db, utcnow, writing
from smtp_panel.words import N_, Sentence
from tests.cli.conftest import Command
from tests.outbox.conftest import BOB, EVE, SILENT, letter
from tests.web.conftest import MakePanel


@pytest.fixture
def smtp(app: Flask) -> Command:
    """The command, with an outbox that nobody empties."""
    return Command(app)


def accept(smtp: Command, mail: MailObject) -> str:
    """Accept a message; its id."""
    with smtp.app.app_context():
        smtp.app.extensions[EXTENSION].outbox.accept(mail)
    return mail.id


def end(smtp: Command, message: str, state: MessageState) -> None:
    """Let a message have come to this end."""
    with smtp.app.app_context(), writing(db.session) as session:
        ended = update(Message).where(Message.id == message)
        session.execute(ended.values(state=state, finished_at=utcnow()))
        session.execute(delete(Queued).where(Queued.id == message))


def test_the_queue_lists_what_waits_and_what_became_of_the_rest(smtp: Command) -> None:
    """SPEC section 11: `smtp queue --json` has id, state, recipients and attempts."""
    older = accept(smtp, letter(BOB, subject="Report"))
    newer = accept(smtp, letter(BOB, EVE, subject="Invitation"))
    end(smtp, older, MessageState.FAILED)

    listed = smtp("queue", "--json").json

    assert listed["waiting"] == 1
    assert listed["paused"] == {
        "by_admin": False,
        "by": None,
        "since": None,
        "failures": 0,
        "until": None,
        "full_until": None,
    }
    first, second = listed["messages"]
    assert (first["id"], first["state"], first["recipients"]) == (newer, "waiting", [BOB, EVE])
    assert (second["id"], second["state"], second["attempts"]) == (older, "failed", 0)
    waiting = smtp("queue", "--state", "waiting", "--json").json
    assert [each["id"] for each in waiting["messages"]] == [newer]
    text = smtp("queue").lines
    assert text[-1] == "1 waiting."
    assert text[0].split() == [newer, "waiting", f"{BOB},", EVE, "Invitation"]


def test_of_very_many_recipients_the_rest_is_counted(smtp: Command) -> None:
    """SPEC M6: nobody takes the first ones for all."""
    message = accept(smtp, letter(*(f"{number}@test.example" for number in range(250))))

    assert smtp("message", message).lines[-1].strip() == "and 50 more"
    assert "0@test.example, 1@test.example, 2@test.example and 247 more" in smtp("queue").lines[0]


def test_a_failed_message_is_sent_again_to_those_who_do_not_have_it(smtp: Command) -> None:
    """SPEC M6."""
    message = accept(smtp, letter(BOB, EVE))
    end(smtp, message, MessageState.FAILED)

    ran = smtp("resend", message, "--json")

    assert (ran.code, ran.json) == (0, {"ok": True, "id": message, "state": "waiting"})
    with smtp.app.app_context():
        row = db.session.execute(select(Queued.recipients, Queued.size)).one()
    assert [address for _, address in row.recipients] == [BOB, EVE]


def test_a_waiting_message_is_cancelled_and_can_be_sent_after_all(smtp: Command) -> None:
    """SPEC M6."""
    message = accept(smtp, letter())

    assert smtp("cancel", message).stdout == f"{message} is cancelled.\n"
    again = smtp("cancel", message)
    assert (again.code, again.stderr) == (
        2,
        "Error: Nothing was changed: the message is cancelled.\n",
    )
    assert smtp("resend", message).code == 0
    assert smtp("queue", "--json").json["waiting"] == 1


def test_an_uncertain_message_counts_as_sent_by_a_word(smtp: Command) -> None:
    """SPEC M3."""
    message = accept(smtp, letter())
    assert smtp("count-as-sent", message).code == 2, "it is not uncertain"
    end(smtp, message, MessageState.UNCERTAIN)

    ran = smtp("count-as-sent", message, "--json")

    assert (ran.code, ran.json) == (0, {"ok": True, "id": message, "state": "sent"})


def test_the_queue_says_that_the_service_fails_and_when_it_is_tried_next(smtp: Command) -> None:
    """SPEC M5."""
    with smtp.app.app_context(), writing(db.session) as session:
        pause.service_failed(session.connection(), SILENT, utcnow(), 0.0, probing=False)

    assert "The mail server takes no mail; the next try is at" in smtp("queue").stdout
    assert smtp("queue", "--json").json["paused"]["failures"] == 1
    with smtp.app.app_context(), writing(db.session) as session:
        pause.service_works(session.connection())
        pause.note_full(session.connection(), utcnow() + timedelta(hours=1), utcnow())
    assert "The sending limit of the mail server is reached" in smtp("queue").stdout


def test_a_message_that_is_not_there_is_named(smtp: Command) -> None:
    """SPEC A6: exit code 2 for bad input."""
    ran = smtp("resend", "nothing", "--json")

    assert ran.code == 2
    sentence = ran.json["errors"]["panel"]["message"]
    assert sentence.startswith("There is no message nothing in the outbox. `smtp queue` lists")


def test_the_status_tells_what_was_sent_lately(smtp: Command) -> None:
    """SPEC M5: against what the server lets through, of which nothing is known here."""
    told = smtp("status", "--json").json["sent"]
    assert {span: (each["sent"], each["limit"]) for span, each in told.items()} == {
        "minute": (0, None),
        "hour": (0, None),
        "day": (0, None),
    }
    assert "Recipients in the last 24 hours: 0" in smtp("status").stdout


@pytest.mark.parametrize(
    ("server", "line"),
    [
        ("smtp.gmail.com", "Messages in the last 24 hours: 0 of at most 500\n"),
        ("smtp.mail.me.com", "Recipients in the last 24 hours: 0 of at most 1,000\n"),
        (
            "smtp.resend.com",
            "Recipients in the last 24 hours: 0 (Resend documents 100 for some accounts;"
            " mail does not wait for that.)\n",
        ),
    ],
)
def test_the_status_tells_what_the_provider_documents(
    make_panel: MakePanel, server: str, line: str
) -> None:
    """SPEC M5, P2: and whether mail waits for it."""
    panel = make_panel(default_url=Secret(f"smtp://ada:x@{server}:587"))
    assert line in Command(panel.app)("status").stdout


def test_sending_is_paused_and_goes_on_by_a_word(smtp: Command) -> None:
    """SPEC M6: with who and since when."""

    assert smtp("pause", "--json").json == {"ok": True, "paused": True}
    assert smtp("queue", "--json").json["paused"]["by_admin"] is True
    assert "Sending is paused by command line since" in smtp("queue").stdout
    told = smtp("status", "--json").json["paused"]
    assert told["by"] == "command line"
    assert "Sending is paused" in smtp("status").stdout
    with smtp.app.app_context():
        held = db.session.execute(select(Pause.held_by, Pause.held_at)).one()
    assert held.held_by == "command line"
    assert held.held_at is not None
    assert smtp("resume", "--json").json == {"ok": True, "paused": False}
    assert smtp("queue", "--json").json["paused"]["by_admin"] is False


def test_the_queue_is_searched_and_read_part_by_part(smtp: Command) -> None:
    """SPEC M6, A6: as on the page."""
    report, invitation = (accept(smtp, letter(BOB, subject=each)) for each in ("Report", "Hello"))
    to_eve = accept(smtp, letter(EVE, subject="Report of May"))

    def found(*words: str) -> list[str]:
        return [each["id"] for each in smtp("queue", *words, "--json").json["messages"]]

    assert found("--about", "report") == [to_eve, report]
    assert found("--about", BOB) == [invitation, report]
    assert found("--most", "1") == [to_eve]
    assert found("--before", to_eve, "--most", "1") == [invitation]


def test_one_message_is_told_with_its_recipients_attempts_and_words(smtp: Command) -> None:
    """SPEC M6, A6: and no one-time link in it, which would let its reader in."""
    octets = b"Subject: Hello\r\n\r\nGo to https://panel.example/link/%b now.\r\n" % (b"a" * 43)
    message = accept(smtp, letter(BOB, EVE, subject="Hello\x1b[2J", octets=octets))
    with smtp.app.app_context(), writing(db.session) as session:
        tried = {"node": "web-1", "ms": 12.0, "says": "451 later", "diagnosis": SILENT.to_json()}
        state = MessageState.WAITING
        session.add(Attempt(message=message, at=utcnow(), state=state, **tried))
        refused = update(Recipient).where(Recipient.address == EVE)
        session.execute(refused.values(state=MessageState.FAILED, says="550 no such user"))

    told = smtp("message", message, "--json").json
    assert (told["id"], told["state"], told["subject"]) == (message, "waiting", "Hello\x1b[2J")
    assert [(each["address"], each["state"]) for each in told["recipients"]] == [
        (BOB, "waiting"),
        (EVE, "failed"),
    ]
    (attempt,) = told["attempts"]
    assert (attempt["ok"], attempt["node"]) == (False, "web-1")
    assert attempt["diagnosis"]["cause"]
    assert "content" not in told

    plain = smtp("message", message, "--content").stdout
    assert f"failed     {EVE}  550 no such user" in plain
    assert attempt["diagnosis"]["remedy"] in plain
    assert "Go to" in plain
    assert "aaaa" not in plain
    assert "\x1b" not in plain
    assert smtp("message", "unknown", "--json").code == 2


def test_what_the_server_said_of_an_attempt_is_told_and_why_where_it_said_nothing(
    smtp: Command,
) -> None:
    """M6, A6: `not sent` alone would leave whoever reads it in the dark."""
    message = accept(smtp, letter())
    with smtp.app.app_context(), writing(db.session) as session:
        about = {"message": message, "at": utcnow(), "node": "web-1", "ms": 12.0}
        put_off = {"diagnosis": SILENT.to_json(), "says": "451 later"}
        session.add(Attempt(state=MessageState.WAITING, **about, **put_off))
        session.add(Attempt(state=MessageState.UNCERTAIN, **about, says=Sentence(UNHEARD)))
        session.add(Attempt(state=MessageState.SENT, **about, says="250 queued as 4ABC"))
        ours = put_off | {"says": Sentence(N_("timed out"))}
        session.add(Attempt(state=MessageState.WAITING, **about, **ours))

    told = smtp("message", message).stdout.splitlines()

    assert "  Server said: 451 later" in told
    assert "  Server said: 250 queued as 4ABC" in told
    assert f"  {UNHEARD}" in told
    assert "  timed out" in told


@pytest.mark.parametrize(("decision", "state"), [("resend", "waiting"), ("count-as-sent", "sent")])
def test_all_uncertain_messages_are_decided_about_at_once(
    smtp: Command, decision: str, state: str
) -> None:
    """SPEC M6."""
    ids = [accept(smtp, letter()) for _ in range(2)]
    for each in ids:
        end(smtp, each, MessageState.UNCERTAIN)
    ran = smtp("uncertain", decision, "--json")
    assert (ran.code, ran.json) == (0, {"ok": True, "decided": 2, "left": 0})
    assert [smtp("message", each, "--json").json["state"] for each in ids] == [state] * 2


def test_the_audit_log_is_read_from_the_newest_on(smtp: Command) -> None:
    """SPEC V5, A6."""
    smtp("pause")
    smtp("resume")
    first, second = smtp("audit", "--json").json["entries"]
    assert (first["action"], second["action"]) == ("sending.resumed", "sending.paused")
    assert first["actor"] == "command line"
    (older,) = smtp("audit", "--before", str(first["id"]), "--json").json["entries"]
    assert older == second
    assert "command line  sending.resumed" in smtp("audit", "--most", "1").stdout
    assert smtp("audit", "--before", "0").code == 2


def test_a_limit_is_lifted_and_kept_to_again(smtp: Command) -> None:
    """SPEC M5, A6: for an account that may send more."""
    with smtp.app.app_context(), writing(db.session) as session:
        account = smtp.app.extensions[EXTENSION].account(session)
        day = LimitKind.PER_DAY, 300
        learn(session.connection(), *day, account=account.key, now=utcnow(), says="452 Enough")

    lifted = smtp("limit", "day", "lift", "--json").json
    assert (lifted["ok"], lifted["limit"], lifted["kept"]) == (True, 300, False)
    assert smtp("limit", "day", "keep").stdout.startswith("Recipients in the last 24 hours: 0")
    assert smtp("limit", "day", "--json").code == 2
    assert smtp("limit", "year", "lift", "--json").code == 2


@pytest.mark.both_engines
@pytest.mark.parametrize("words", [("queue", "--about"), ("audit", "--actor"), ("message",)])
def test_what_is_typed_in_another_encoding_is_told(smtp: Command, words: tuple[str, ...]) -> None:
    """A6: as a terminal of Latin-1 does, whose letters are no UTF-8."""
    ran = smtp(*words, os.fsdecode(b"M\xfcller"), "--json")
    assert ran.code == 2
    assert "no text in UTF-8" in ran.json["errors"]["panel"]["message"]
