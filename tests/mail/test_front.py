"""Flask-Mail's API through the outbox (SPEC M2)."""

from __future__ import annotations

import contextlib
import datetime
import smtplib
import subprocess
import sys
import tarfile
from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message as Parsed
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path

import pytest
from flask import Flask
from flask_mail import Attachment, BadHeaderError, Message
from sqlalchemy import event, func, select

import smtp_panel
from smtp_panel.app import create_app, panel_app
from smtp_panel.config import Config
from smtp_panel.mail.composition import Mailbox
from smtp_panel.mail.front import Mail
from smtp_panel.outbox.model import Body, Lane, Queued
from smtp_panel.outbox.model import Message as Accepted
from smtp_panel.secret import Secret
from smtp_panel.storage import db, utcnow, writing
from tests.servers.chaotic import chaotic_server
from tests.servers.ports import free_ports

SENDER = "Acme <news@acme.example>"
BOB, EVE = "bob@test.example", "eve@test.example"


@pytest.fixture
def mail(app: Flask) -> Mail:
    """Flask-Mail's object, in the application of the panel."""
    return Mail(app)


def hello(*recipients: Mailbox, **more: object) -> Message:
    """A message to Bob, unless `recipients` are given."""
    about = {"subject": "Hello", "body": "Hello.", "sender": SENDER, **more}
    return Message(recipients=list(recipients or (BOB,)), **about)  # type: ignore[arg-type]


def accepted() -> list[tuple[Accepted, Queued, Parsed]]:
    """The rows of each message that was accepted, and its content."""
    found = select(Accepted, Queued, Body.octets)
    found = found.join(Queued, Queued.id == Accepted.id).join(Body, Body.message == Accepted.id)
    db.session.rollback()
    rows = db.session.execute(found.order_by(Accepted.id)).all()
    return [(message, queued, message_from_bytes(octets)) for message, queued, octets in rows]


def test_what_is_sent_is_in_the_outbox(app: Flask, mail: Mail) -> None:
    """SPEC M2, M3."""
    with app.app_context():
        mail.send(hello(BOB, f"Eve <{EVE}>"))

        ((message, queued, content),) = accepted()
    assert (message.sender, message.subject) == ("news@acme.example", "Hello")
    assert [address for _, address in queued.recipients] == [BOB, EVE]
    assert content["Message-ID"] == message.message_id
    assert str(make_header(decode_header(content["From"]))) == SENDER
    assert content.get_payload() == "Hello."


def test_the_settings_are_read_once_for_a_message_and_anew_for_the_next(config: Config) -> None:
    """SPEC M2: for its From, and for where the answers to it go."""
    service = Secret("smtp://mail.acme.example?tls=none&from=panel@acme.example")
    app = panel_app(replace(config, default_url=service))
    mail = Mail(app)
    asked: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *about: asked.append(about[2]))
        for _ in range(2):
            asked.clear()
            mail.send(Message("Hello", [BOB], "Hello."))
            assert len([each for each in asked if "FROM settings" in each]) == 1


@pytest.mark.parametrize(
    ("content_type", "told", "charset"),
    [
        ("text/csv", "text/csv; charset=utf-8", "utf-8"),
        ("text/csv; charset=Shift_JIS", "text/csv; charset=Shift_JIS", "shift_jis"),
        ("application/json", "application/json", "utf-8"),
    ],
)
def test_a_file_that_is_given_as_text_arrives_as_it_is(
    app: Flask, mail: Mail, content_type: str, told: str, charset: str
) -> None:
    """SPEC M1, M8: Flask-Mail by itself would write 日 as the six characters of its number."""
    text = '{"naïve": "日本"}' if charset == "utf-8" else "日本,1\n"
    message = hello()
    message.attach("report", content_type, text)
    with app.app_context():
        mail.send(message)
        ((_, _, content),) = accepted()
    *_, file = content.walk()
    assert file["Content-Type"] == told
    assert file.get_payload(decode=True) == text.encode(charset)


@pytest.mark.parametrize("content_type", ["message/rfc822", "Multipart/Mixed; boundary=b"])
def test_a_message_that_is_attached_can_be_opened(
    app: Flask, mail: Mail, content_type: str
) -> None:
    """RFC 2046, section 5.2.1: a message in base64, as Flask-Mail writes it, is none."""
    report = b"Subject: Undeliverable\r\n\r\nHello\r\n"
    message = hello()
    message.attach("report.eml", content_type, report)
    with app.app_context():
        mail.send(message)
        ((_, _, content),) = accepted()
    *_, file = content.walk()
    assert (file.get_content_type(), file.get_filename()) == (
        "application/octet-stream",
        "report.eml",
    )
    assert file.get_payload(decode=True) == report


@pytest.mark.parametrize("charset", ["iso-8859-1", "xyzzy"])
def test_a_text_that_can_not_be_in_its_charset_is_refused_in_words(
    app: Flask, mail: Mail, charset: str
) -> None:
    message = hello()
    message.attach("report.csv", f"text/csv; charset={charset}", "日本")
    with app.app_context():
        with pytest.raises(ValueError, match=f"report.csv: this text can't be in {charset}"):
            mail.send(message)
        assert accepted() == []


def test_any_server_takes_what_is_sent(app: Flask, mail: Mail) -> None:
    """M8, RFC 5321, section 4.5.3.1.6: in lines that are short enough, and in 7 bits."""
    text, html, image = "Grüße. " * 300, "<p>" + "x" * 2000, bytes(range(256)) * 20
    message = hello(body=text, html=html)
    message.attach("日本.png", "image/png", image)
    with app.app_context():
        mail.send(message)

        ((_, _, content),) = accepted()
    octets = content.as_bytes()
    assert octets.isascii()
    assert max(map(len, octets.splitlines())) <= 998
    parts = [each for each in content.walk() if not each.is_multipart()]
    assert [each.get_payload(decode=True) for each in parts] == [
        text.encode(),
        html.encode(),
        image,
    ]
    assert len(parts[1].get_all("Content-Transfer-Encoding", [])) == 1


def test_the_state_of_an_application_sends_as_well(app: Flask, mail: Mail) -> None:
    """M2: as Flask-Mail's does, for whoever has the application and not the object."""
    with app.app_context():
        app.extensions["mail"].send(hello())
        app.extensions["mail"].send_message("Hello", [BOB], "Hello.", sender=SENDER)

        assert len(accepted()) == 2


def test_answers_go_where_the_settings_say(tmp_path: Path) -> None:
    """F12: as those to the test message; not where it says so itself or has another From."""
    app = panel_app(
        Config(data_dir=tmp_path, server="127.0.0.1", sender=SENDER, reply_to="help@acme.example")
    )
    with app.app_context():
        own = {"extra_headers": {"reply-to": EVE}}
        for about in ({"sender": None}, {"reply_to": EVE}, own, {"sender": BOB}):
            app.extensions["mail"].send(hello(**about))

        replies = [content.get_all("Reply-To", []) for _, _, content in accepted()]
    assert replies == [["help@acme.example"], [EVE], [EVE], []]


def test_a_message_id_of_the_hosts_own_is_the_only_one(app: Flask, mail: Mail) -> None:
    """RFC 5322, section 3.6: some servers refuse a message with two, as Flask-Mail writes it."""
    chosen = "<order-7@shop.example>"
    with app.app_context():
        mail.send(hello(extra_headers={"Message-Id": chosen, "X-Mark": "a"}))
        ((message, _, content),) = accepted()
    assert content.get_all("Message-ID") == [message.message_id] == [chosen]
    assert content["X-Mark"] == "a"


@pytest.mark.parametrize(
    ("name", "given", "stays"),
    [
        ("Date", "Mon, 02 Nov 2026 08:00:00 +0000", "Mon, 02 Nov 2026 08:00:00 +0000"),
        ("date", "yesterday", None),
        ("Subject", "Another", "Hello"),
        ("From", EVE, SENDER),
        ("to", EVE, BOB),
        ("Cc", EVE, EVE),
        ("MIME-Version", "2.0", "1.0"),
        ("Content-Type", "text/html", 'text/plain; charset="utf-8"'),
    ],
)
def test_of_each_header_there_is_one_where_there_may_be_one(
    app: Flask, mail: Mail, name: str, given: str, stays: str | None
) -> None:
    """RFC 5322, section 3.6; RFC 2045: the first is what is read, and a Date the host's own."""
    with app.app_context():
        mail.send(hello(extra_headers={name: given, "X-Mark": "a"}))
        ((_, _, content),) = accepted()
    [found] = content.get_all(name, [])
    if name == "Date":
        assert parsedate_to_datetime(found) == parsedate_to_datetime(str(stays))
    elif stays:
        assert found == stays
    assert content["X-Mark"] == "a"


def test_the_same_header_in_other_letters_is_no_second_one(app: Flask, mail: Mail) -> None:
    """RFC 5322, section 3.6: the first is what is read; any other header may be there twice."""
    twice = {"References": "<1@a.example>", "references": "<2@a.example>", "X-A": "1", "x-a": "2"}
    with app.app_context():
        mail.send(hello(extra_headers=twice))
        ((_, _, content),) = accepted()
    assert content.get_all("References") == ["<1@a.example>"]
    assert content.get_all("X-A") == ["1", "2"]


def test_copies_go_out_and_blind_ones_stand_in_no_header(app: Flask, mail: Mail) -> None:
    """RFC 5322, section 3.6.3."""
    with app.app_context():
        mail.send(hello(BOB, cc=["carl@test.example"], bcc=[EVE]))

        ((_, queued, content),) = accepted()
    assert [address for _, address in queued.recipients] == [BOB, "carl@test.example", EVE]
    assert EVE not in content.as_string()


def test_no_message_names_this_machine(app: Flask, mail: Mail) -> None:
    """SPEC M8: the Message-ID is of the sender's domain; one that was chosen stays."""
    chosen = hello()
    chosen.msgId = "<order-7@shop.example>"
    with app.app_context():
        with mail.connect() as connection:
            connection.send(hello())
            connection.send(chosen)

        ids = [message.message_id for message, _, _ in accepted()]
    assert ids[0].endswith("@acme.example>")
    assert ids[1] == "<order-7@shop.example>"


LINE_ENDS = (
    "\0",
    "\r\n",
    "\n",
    "\r",
    "\v",
    "\f",
    "\x1c",
    "\x1d",
    "\x1e",
    "\x85",
    "\u2028",
    "\u2029",
)


def parts_of_headers(text: str) -> list[Message]:
    """Messages with `text` in one part of a header each, whichever a writer can choose."""
    chosen, alternative = hello(), hello(alts={f"html{text}": "<p>Hello."})
    chosen.msgId = f"<1@acme.example>{text}"
    files = [
        Attachment(f"a.txt{text}", "text/plain", b""),
        Attachment("a.txt", f"text/plain{text}", b""),
        Attachment("a.txt", "text/plain", b"", disposition=f"inline{text}"),
        Attachment("a.txt", "text/plain", b"", headers={"X-Mark": f"a{text}"}),
        Attachment("a.txt", "text/plain", b"", headers={f"X-Mark{text}": "a"}),
    ]
    return [
        *(hello(**{field: [f"Carl{text} <{BOB}>"]}) for field in ("cc", "bcc")),
        *(hello(**{field: [(f"Carl{text}", BOB)]}) for field in ("cc", "bcc")),
        hello(f"Carl{text} <{BOB}>"),
        *(hello(**{field: (f"Carl{text}", BOB)}) for field in ("sender", "reply_to")),
        hello(subject=f"Hello{text}"),
        hello(extra_headers={"X-Mark": f"a{text}"}),
        hello(extra_headers={f"X-Mark{text}": "a"}),
        *(hello(attachments=[each]) for each in files),
        chosen,
        alternative,
    ]


@pytest.mark.parametrize("line_end", LINE_ENDS)
def test_no_part_of_a_header_begins_another_header(app: Flask, mail: Mail, line_end: str) -> None:
    """SPEC M8: the email package ends a line at each of these, and injects what follows.

    At NUL some servers do, and PostgreSQL takes none.
    """
    with app.app_context():
        for message in parts_of_headers(f"{line_end}Bcc: {EVE}"):
            with pytest.raises(BadHeaderError):
                mail.send(message)

        assert accepted() == []


def test_the_name_of_a_header_is_one(app: Flask, mail: Mail) -> None:
    """SPEC M8, RFC 5322, section 3.6.8: what has a colon in it is another header."""
    with app.app_context():
        for name in (f"Bcc: {EVE}, X", "X Mark", ""):
            with pytest.raises(BadHeaderError):
                mail.send(hello(extra_headers={name: "a"}))

        assert accepted() == []


def test_a_subject_may_be_folded_as_in_flask_mail(app: Flask, mail: Mail) -> None:
    """RFC 5322, section 2.2.3."""
    with app.app_context():
        mail.send(hello(subject="Hello\r\n\tBob"))

        ((_, _, content),) = accepted()
    assert content["Subject"].split() == ["Hello", "Bob"]


@pytest.mark.parametrize(
    "mailbox",
    [
        "Acme, Inc. <bob@test.example>",
        "bob@work <bob@test.example>",
        "Sales; Bob <bob@test.example>",
        "[Shop] <bob@test.example>",
        '"Acme, Inc." <bob@test.example>',
    ],
)
def test_a_name_that_should_be_quoted_leads_to_no_other_address(
    app: Flask, mail: Mail, mailbox: str
) -> None:
    """SPEC M3: Flask-Mail by itself writes to `Acme`, and a sender of two parts comes to that."""
    name, _, _ = mailbox.partition(" <")
    with app.app_context():
        mail.send(hello(mailbox, sender=(name, BOB), cc=[mailbox]))
        ((message, queued, content),) = accepted()
        with mail.connect() as connection:
            connection.send(hello(), envelope_from=mailbox)
        assert accepted()[1][0].sender == BOB
    assert (message.sender, [address for _, address in queued.recipients]) == (BOB, [BOB])
    for header in ("From", "To", "Cc"):
        ((shown, address),) = getaddresses([content[header]])
        assert (str(make_header(decode_header(shown))), address) == (name.strip('"'), BOB)


@pytest.mark.parametrize(
    "name",
    [
        "月次レポート 2026年11月分 売上集計表および在庫一覧 東京本社 経理部御中",
        "Jürgen Müller <eve@evil.example> und noch mehr Wörter für die Größe der Übergabe",
        "Müller, Jürgen und Lüdenscheidt: Übergabe, Größe; und so weiter, mit Grüßen",
        'Jürgen "der Größte" (Übergabe) \\\\ für immer und ewig, mit den allerbesten Grüßen',
        "=?utf-8?q?ceo=40acme=2Eexample?=",
        "é" * 80,
        "Acme, Inc. " * 20,
        "x" * 2000,
    ],
)
def test_a_name_of_any_length_stays_a_name(app: Flask, mail: Mail, name: str) -> None:
    """SPEC M8: nothing in it becomes an address, as in a long header of Flask-Mail's it does."""
    name = name.strip()
    others = [(name, f"{number}@test.example") for number in range(3)]
    message = hello(*others, reply_to=(name, EVE), cc=[(name, BOB)])
    message.sender = (name, BOB)  # which Message would join to one text
    with app.app_context():
        mail.send(message)
        ((_, _, content),) = accepted()
    shown = {"From": [BOB], "To": [each for _, each in others], "Cc": [BOB], "Reply-To": [EVE]}
    for header, addresses in shown.items():
        found = getaddresses([str(content[header]).replace("\n", "")])
        assert [address for _, address in found] == addresses
        assert {str(make_header(decode_header(each))) for each, _ in found} == {name}


@pytest.mark.parametrize(
    "subject",
    [
        "word ééééééééé=?=ééééééééé=:xxxxxxxxxxxxxxxxxxxxüééééééééé,wordxxxxxxxxxxxxxxxxxxxx",
        "Bericht 2026-11-30_Auslieferung_Lagerbestände_Außenlager_Süd,Übergabe_Größe_Nord",
        "=?utf-8?q?xxxxxxxxx?=",
    ],
)
def test_a_subject_of_any_length_arrives_as_it_is(app: Flask, mail: Mail, subject: str) -> None:
    """SPEC M8: as Flask-Mail writes it, blanks come into words, and words of RFC 2047 touch."""
    with app.app_context():
        mail.send(hello(subject=subject))
        ((message, _, content),) = accepted()
    assert message.subject == subject
    assert str(make_header(decode_header(content["Subject"]))) == subject


def test_a_message_to_hidden_recipients_alone_has_no_empty_to(app: Flask, mail: Mail) -> None:
    """RFC 5322, section 3.6.3: To has a mailbox, or is not there."""
    with app.app_context():
        hidden = hello(bcc=[EVE])
        hidden.recipients = []
        mail.send(hidden)
        ((_, queued, content),) = accepted()
    assert "To" not in content
    assert [address for _, address in queued.recipients] == [EVE]


def test_what_a_host_writes_by_itself_stays_octet_for_octet(app: Flask, mail: Mail) -> None:
    """SPEC M8: so that a signature of it holds."""

    class Signed(Message):
        def as_bytes(self) -> bytes:
            return b"DKIM-Signature: v=1; b=abc\r\nFrom:  <a@test.example>\r\n\r\nHi\r\n"

    signed = Signed("Hello", [BOB], "Hi", sender=SENDER)
    with app.app_context():
        mail.send(signed)
        octets = db.session.scalar(select(Body.octets))
    assert octets == signed.as_bytes()


@pytest.mark.parametrize(
    "text",
    [f"{BOB}, {EVE}", f"{BOB}; {EVE}", f"Bob <{BOB}> <{EVE}>", "bob test.example"],
)
@pytest.mark.parametrize("field", ["recipients", "cc", "bcc", "reply_to", "sender"])
def test_of_two_addresses_in_one_text_none_is_dropped_in_silence(
    app: Flask, mail: Mail, field: str, text: str
) -> None:
    """SPEC M3: Flask-Mail by itself writes to the first alone; without an @, to a local `bob`."""
    message = hello()
    setattr(message, field, [text] if field in {"recipients", "cc", "bcc"} else text)
    with app.app_context():
        with pytest.raises(ValueError, match="not one mailbox"):
            mail.send(message)
        assert accepted() == []


@pytest.mark.parametrize(
    "address", [f"{BOB} {'(' * 3000}", ("Bob", f"{'(' * 3000}{BOB}"), f"{'(' * 3000} <{BOB}>"]
)
@pytest.mark.parametrize("field", ["recipients", "cc", "bcc", "reply_to", "sender"])
def test_an_address_with_comments_in_comments_in_comments_is_refused_as_any_other_that_is_none(
    app: Flask, mail: Mail, field: str, address: Mailbox
) -> None:
    """SPEC M8: the standard library reads each by a call within a call (RFC 5322, 3.2.2)."""
    message = hello()
    setattr(message, field, [address] if field in {"recipients", "cc", "bcc"} else address)
    with app.app_context():
        with pytest.raises(ValueError, match=r"\(…: this is not one mailbox"):
            mail.send(message)
        assert accepted() == []


def test_recipients_of_any_script_are_reached_where_every_server_can(
    app: Flask, mail: Mail
) -> None:
    """SPEC M8: names of any script, and domains in ASCII (RFC 5891)."""
    with app.app_context():
        mail.send(hello("石川 <ishikawa@例え.example>", cc=["bob@bücher.example"]))
        ((_, queued, content),) = accepted()

    addresses = ["bob@xn--bcher-kva.example", "ishikawa@xn--r8jz45g.example"]
    assert sorted(address for _, address in queued.recipients) == addresses
    assert str(make_header(decode_header(content["To"]))) == f"石川 <{addresses[1]}>"


@pytest.mark.parametrize("mailbox", ["bob@faß.example", ("Bob", "bob@FAß.example")])
def test_a_domain_is_no_other_one_that_was_once_taken_for_it(
    app: Flask, mail: Mail, mailbox: Mailbox
) -> None:
    """SPEC M8, RFC 5891: by RFC 3490, as Flask-Mail has it, mail would go to fass.example."""
    with app.app_context():
        mail.send(hello(mailbox, sender=mailbox, reply_to=mailbox))
        ((message, queued, content),) = accepted()
    addresses = [message.sender, *(address for _, address in queued.recipients)]
    addresses += [address for _, address in getaddresses([content["From"], content["Reply-To"]])]
    assert addresses == 4 * ["bob@xn--fa-hia.example"]
    assert message.message_id.endswith("@xn--fa-hia.example>")


def test_what_is_no_domain_is_refused_in_words(app: Flask, mail: Mail) -> None:
    with app.app_context():
        with pytest.raises(ValueError, match="can't be part of an internet name"):
            mail.send(hello("bob@ü_.example"))
        assert accepted() == []


@pytest.mark.parametrize("text", ["root", f" {BOB} ", f"{BOB} (Bob)", "bob @test.example"])
def test_an_address_alone_may_be_written_as_ever(app: Flask, mail: Mail, text: str) -> None:
    with app.app_context():
        mail.send(hello(text))
        ((_, queued, _),) = accepted()
    assert [address for _, address in queued.recipients] == ["root" if text == "root" else BOB]


@pytest.mark.parametrize("other", ["Jürgen <jürgen@test.example>", "jürgen"])
@pytest.mark.parametrize("field", ["recipients", "cc", "bcc", "sender", "reply_to"])
def test_an_address_that_many_servers_do_not_take_is_refused_in_words(
    app: Flask, mail: Mail, field: str, other: str
) -> None:
    """SPEC M8: RFC 6531 has letters of any script before the @, and few servers have RFC 6531."""
    message = hello()
    setattr(message, field, other if field in {"sender", "reply_to"} else [BOB, other])
    with app.app_context():
        with pytest.raises(ValueError, match=r"jürgen\S*: before the @ only ASCII"):
            mail.send(message)
        assert accepted() == []


def test_a_message_goes_with_the_transaction_in_which_it_was_sent(app: Flask, mail: Mail) -> None:
    """DESIGN: an invitation is one transaction; what is rolled back was never sent."""
    with app.app_context():
        with contextlib.suppress(LookupError), writing(db.session):
            mail.send(hello())
            raise LookupError
        assert accepted() == []

        with writing(db.session):
            mail.send(hello())
        assert len(accepted()) == 1


def test_without_a_sender_it_is_the_from_of_the_settings(config: Config) -> None:
    """SPEC M2: settings are read when they are used; what is assigned goes before."""
    service = Secret("smtp://mail.acme.example?tls=none&from=panel@acme.example")
    app = panel_app(replace(config, default_url=service))
    with app.app_context():
        Mail(app)
        assert Message().sender == "panel@acme.example"

        app.extensions["mail"].default_sender = SENDER
        assert Message().sender == SENDER


def test_without_settings_there_is_no_sender(app: Flask, mail: Mail) -> None:
    """As in Flask-Mail, where MAIL_DEFAULT_SENDER is not set."""
    with app.app_context(), pytest.raises(AssertionError, match="does not specify a sender"):
        mail.send(hello(sender=None))


def test_suppressed_messages_are_recorded_and_not_sent(app: Flask) -> None:
    """As in Flask-Mail: a host's tests run unchanged."""
    app.testing = True
    mail = Mail(app)
    with app.app_context(), mail.record_messages() as sent:
        mail.send(hello())

        assert [message.subject for message in sent] == ["Hello"]
        assert accepted() == []


def test_what_is_sent_at_once_is_with_the_server_when_it_returns(config: Config) -> None:
    """SPEC M2: at once on demand, by the settings in force."""
    with chaotic_server() as sink:
        url = Secret(f"smtp://127.0.0.1:{sink.port}?tls=none")
        app = panel_app(replace(config, default_url=url))
        with app.app_context():
            Mail(app).send_now(hello())

            assert db.session.scalar(select(func.count()).select_from(Accepted)) == 0
    assert sink.taken.total() == 1


def test_what_can_not_be_sent_at_once_is_told_to_the_caller(config: Config) -> None:
    """SPEC M2: by an exception of smtplib, which callers of Flask-Mail are ready for."""
    [port] = free_ports(1)
    app = panel_app(replace(config, default_url=Secret(f"smtp://127.0.0.1:{port}?tls=none")))
    with app.app_context(), pytest.raises(smtplib.SMTPException) as told:
        Mail(app).send_now(hello())
    assert "accepts connections" in str(told.value)
    assert "sets the default mail service, in SMTP_PANEL_DEFAULT_URL" in str(told.value)


def test_without_a_service_nothing_can_be_sent_at_once(app: Flask, mail: Mail) -> None:
    """SPEC W3."""
    with app.app_context(), pytest.raises(smtplib.SMTPException, match="No mail service"):
        mail.send_now(hello())


REPORT = ("report.csv", "text/csv", b"day,sold\r\nMonday,7\r\n")


def test_a_report_goes_out_with_its_files(app: Flask, mail: Mail) -> None:
    """SPEC M1: content delivery, as text, HTML and attachments."""
    with app.app_context():
        app.extensions["mail"].default_sender = SENDER
        found = mail.deliver([BOB, EVE], "Sales", "Seven.", [REPORT], html="<p>Seven.</p>")

        ((message, queued, content),) = accepted()
    assert (message.id, message.subject, queued.lane) == (found, "Sales", Lane.NORMAL)
    assert [address for _, address in queued.recipients] == [BOB, EVE]
    text, html, report = [part for part in content.walk() if not part.is_multipart()]
    assert text.get_payload(decode=True) == b"Seven."
    assert html.get_payload(decode=True) == b"<p>Seven.</p>"
    assert (report.get_filename(), report.get_payload(decode=True)) == (REPORT[0], REPORT[2])


def test_whoever_sends_a_report_gets_its_id_however_few_a_connection_takes(
    app: Flask, mail: Mail
) -> None:
    """SPEC M1: by MAIL_MAX_EMAILS Flask-Mail begins another connection within the call."""
    with app.app_context():
        app.extensions["mail"].max_emails = 1
        app.extensions["mail"].default_sender = SENDER
        found = mail.deliver([BOB], "Sales", "Seven.")

        ((message, _, _),) = accepted()
    assert message.id == found


def test_a_report_for_later_waits_and_lets_other_mail_go_first(app: Flask, mail: Mail) -> None:
    """SPEC M1: at once or at a time; QUEUE, lanes: so does one for many."""
    later = utcnow() + datetime.timedelta(hours=1)
    many = [f"reader{number}@test.example" for number in range(11)]
    with app.app_context():
        app.extensions["mail"].default_sender = SENDER
        mail.deliver([BOB], "Sales", "Seven.", when=later)
        mail.deliver(many, "Sales", "Seven.")

        (timed, waiting, _), (_, bulk, _) = accepted()
    assert (timed.send_at, waiting.due, waiting.lane) == (later, later, Lane.BULK)
    assert bulk.lane == Lane.BULK


def test_a_time_without_a_zone_is_refused(app: Flask, mail: Mail) -> None:
    """Nobody can know when that is."""
    moment = datetime.datetime(2026, 1, 1, 9)  # noqa: DTZ001  (that is the point)
    with app.app_context(), pytest.raises(ValueError, match="time zone"):
        mail.deliver([BOB], "Sales", "Seven.", when=moment)


def test_a_host_takes_what_it_uses_from_the_package() -> None:
    """SPEC section 11."""
    assert (smtp_panel.Mail, smtp_panel.create_app) == (Mail, create_app)
    with pytest.raises(AttributeError, match="no attribute 'Post'"):
        _ = smtp_panel.Post


FLASK_MAIL = "Flask-Mail==0.9.1"  # the last whose source distribution has its tests
RUN = """
import importlib.metadata, sys, types, unittest, unittest.mock
import flask_mail
from flask_babel.speaklater import LazyString
from smtp_panel.mail.composition import Mailbox
from smtp_panel.mail.front import Mail

sys.modules["mock"] = unittest.mock
sys.modules["speaklater"] = types.SimpleNamespace(make_lazy_string=LazyString)
assert importlib.metadata.version("flask-mail") == flask_mail.__version__ != "0.9.1"
flask_mail.Mail, flask_mail.PY3 = Mail, True
unittest.TestCase.assertEquals = unittest.TestCase.assertEqual
unittest.main(module="tests", argv=["tests"])
"""


def test_flask_mail_s_own_tests_pass(tmp_path: Path) -> None:
    """SPEC M2: the drop-in is one."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:all:"]
    subprocess.run([*pip, "--dest", tmp_path, FLASK_MAIL], check=True, capture_output=True)
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    (tests,) = tmp_path.glob("*/tests.py")
    folder, root = tmp_path / "alone", Path(__file__).parents[2]
    folder.mkdir()
    tests.rename(folder / tests.name)  # beside it stands a Flask-Mail of then

    ran = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path[:0] = [{str(folder)!r}, {str(root)!r}]\n{RUN}",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    assert "Ran 50 tests" in ran.stderr
    assert ran.stderr.rstrip().endswith("OK"), ran.stderr
