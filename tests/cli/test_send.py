"""A message that is handed over in a terminal (SPEC M2, A6)."""

from __future__ import annotations

import email
import email.policy
import os
from pathlib import Path

import pytest

from smtp_panel.outbox.history import octets
from smtp_panel.storage import db
from tests.cli.conftest import Command
from tests.outbox.sizes import MOST, TOO_LONG, know_size
from tests.web.conftest import MakePanel, Panel


def test_every_option_is_in_the_message_that_waits(mailing: Panel, tmp_path: Path) -> None:
    """A6: all that /api/v1/messages takes, with the text on standard input."""
    sheet, page = tmp_path / "sales.csv", tmp_path / "page.html"
    sheet.write_bytes(b"a,b\n")
    page.write_text("<p>Größe</p>")
    at = ("--at", "2020-01-01T00:00:00+01:00")
    ran = Command(mailing.app)(
        *("send", "--to", "Bob <bob@test.example>", "--to", "max@test.example"),
        *("--cc", "eve@test.example", "--bcc", "zoe@test.example", "--subject", "Größe"),
        *("--sender", "Sales <sales@acme.example>", "--reply-to", "help@acme.example"),
        *("--html", str(page), "--attach", str(sheet), "--header", "X-Kind: weekly", *at, "--json"),
        stdin="Größe\n",
    )
    people = [f"{name}@test.example" for name in ("bob", "eve", "max", "zoe")]
    assert (ran.code, ran.json["state"], ran.json["recipients"]) == (0, "waiting", people)
    with mailing.app.app_context():
        found = octets(db.session.connection(), ran.json["id"])
    message = email.message_from_bytes(found or b"", policy=email.policy.default)
    told = {name: message[name] for name in ("From", "To", "Cc", "Reply-To", "Subject", "X-Kind")}
    assert told == {
        "From": "Sales <sales@acme.example>",
        "To": "Bob <bob@test.example>, max@test.example",
        "Cc": "eve@test.example",
        "Reply-To": "help@acme.example",
        "Subject": "Größe",
        "X-Kind": "weekly",
    }
    assert message["Bcc"] is None
    types = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    assert types == ["text/plain", "text/html", "text/csv"]


WORDS = ("send", "--to", "bob@test.example", "--subject", "Files", "--json")


def test_each_file_is_of_a_type_that_holds_one(mailing: Panel, tmp_path: Path) -> None:
    """M2: a message as a file may not be encoded as one, and what is packed is no archive yet."""
    files = [tmp_path / name for name in ("sales.csv", "mail.eml", "page.mht", "logs.tar.gz")]
    for file in files:
        file.write_bytes(b"From: eve@test.example\n\n\xff\n")
    attached = [word for file in files for word in ("--attach", str(file))]
    ran = Command(mailing.app)(*WORDS, *attached, stdin="Look\n")
    with mailing.app.app_context():
        found = octets(db.session.connection(), ran.json["id"])
    message = email.message_from_bytes(found or b"", policy=email.policy.default)
    told = [(part.get_filename(), part.get_content_type()) for part in message.iter_attachments()]
    assert told == [
        ("sales.csv", "text/csv"),
        *((name, "application/octet-stream") for name in ("mail.eml", "page.mht", "logs.tar.gz")),
    ]


@pytest.mark.parametrize("name", [b"two\nlines.txt", b"\xff.txt"], ids=["line break", "no UTF-8"])
def test_a_file_whose_name_can_stand_in_no_header_is_refused(
    mailing: Panel, tmp_path: Path, name: bytes
) -> None:
    """M8: in a sentence."""
    file = os.fsdecode(os.fsencode(tmp_path) + b"/" + name)
    Path(file).write_text("Seven")
    ran = Command(mailing.app)(*WORDS, "--attach", file)
    assert ran.code == 2
    assert "control characters are not possible" in ran.json["errors"]["attach"]["message"]


def test_each_of_very_many_recipients_is_told(mailing: Panel) -> None:
    """A6: a script sees nobody left out."""
    people = [f"{number}@test.example" for number in range(250)]
    to = [word for each in people for word in ("--to", each)]
    ran = Command(mailing.app)("send", *to, "--json", stdin="Done\n")
    assert sorted(ran.json["recipients"]) == sorted(people)


def test_a_script_pipes_its_output_into_it(mailing: Panel) -> None:
    ran = Command(mailing.app)("send", "--to", "bob@test.example", stdin="Done\n")
    (line,) = ran.lines
    assert (ran.code, line.split(maxsplit=1)[1]) == (0, "is in the outbox, for bob@test.example.")


TO = ("--to", "b@test.example")
WRONG: list[tuple[tuple[str, ...], bytes, str]] = [
    ((), b"", "to"),
    (("--to", "bob"), b"", "to"),
    ((*TO, "--cc", "a@b.example\nBcc: c@d.example"), b"", "cc"),
    ((*TO, "--subject", "a\nBcc: c@d.example"), b"", "subject"),
    ((*TO, "--header", "nonsense"), b"", "header"),
    ((*TO, "--header", "Bcc: c@d.example"), b"", "header"),
    ((*TO, "--sender", "nobody"), b"", "sender"),
    ((*TO, "--at", "tomorrow"), b"", "at"),
    ((*TO, "--at", "2030-01-01T00:00:00"), b"", "at"),
    ((*TO, "--at", "2130-01-01T00:00:00+00:00"), b"", "at"),
    (TO, b"\xff", "text"),
]


def test_what_can_not_be_sent_is_told_by_its_option(mailing: Panel) -> None:
    """M8: by the rules of the API; nothing is in the outbox then."""
    smtp = Command(mailing.app)
    for words, text, named in WRONG:
        ran = smtp("send", *words, "--json", stdin=text)
        assert (ran.code, list(ran.json["errors"])) == (2, [named]), words
    assert smtp("queue", "--json").json["messages"] == []


def test_without_a_saved_from_one_is_to_be_named(make_panel: MakePanel) -> None:
    ran = Command(make_panel().app)("send", "--to", "bob@test.example", "--json", stdin="Hi")
    assert (ran.code, list(ran.json["errors"])) == (2, ["sender"])


def test_what_the_mail_server_does_not_take_is_not_taken_here(mailing: Panel) -> None:
    """QUEUE, failure 6: exit 2, and a sentence that says the limit."""
    know_size(mailing.app)
    ran = Command(mailing.app)("send", "--to", "bob@test.example", stdin=TOO_LONG)
    assert (ran.code, ran.stdout) == (2, "")
    assert str(MOST) in ran.stderr
    assert "Traceback" not in ran.stderr
