"""The kinds of mail that the panel itself sends (SPEC M1)."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import StrictUndefined
from sqlalchemy import func, select

from smtp_panel.app import panel_app
from smtp_panel.config import Config
from smtp_panel.mail import occasions
from smtp_panel.mail.message import AutomaticMessage
from smtp_panel.mail.occasions import KINDS, TEST, MailKind
from smtp_panel.outbox.model import Message, Queued
from smtp_panel.secret import Secret
from smtp_panel.storage import db, utcnow, writing

SENDER = "Acme <news@acme.example>"
JAPANESE = re.compile(r"[ぁ-んァ-ヶ]")
WORDS = 3  # blanks, from which on a fact is a sentence, and no name or version
OF_A_TEMPLATE = re.compile(r"\{[{%#]|[%#}]\}|%\(|None|\n\n\n")


@pytest.fixture
def config(config: Config) -> Config:
    """With a mail service that never answers: what is accepted waits."""
    return Config(
        data_dir=config.data_dir, default_url=Secret("smtp://127.0.0.1:9"), default_from=SENDER
    )


@pytest.fixture
def look_ups() -> Iterator[list[str]]:
    """What names are looked up meanwhile, as the interpreter tells."""
    asked: list[str] = []
    watching = [True]

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if watching and event in {"socket.gethostbyaddr", "socket.getaddrinfo"}:
            asked.append(str(arguments[0]))

    sys.addaudithook(note)
    yield asked
    watching.clear()


def sample(app: Flask, kind: MailKind, language: str) -> AutomaticMessage:
    """A message of this kind, as its preview is; a fact that is missing raises."""
    app.jinja_env.undefined = StrictUndefined
    about = {"recipient": "bob@test.example", "language": language, "sender": SENDER}
    with app.app_context():
        return occasions.compose(kind, kind.sample, **about)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_each_kind_says_the_same_as_text_and_as_html(app: Flask, kind: MailKind) -> None:
    """M1, T10: every link and word of the facts is in both, and nothing is left unfilled."""
    message = sample(app, kind, "en")
    text, html = message.body or "", message.html or ""
    assert message.subject
    assert "\n" not in message.subject
    assert f"<title>{message.subject}</title>" in html
    assert not OF_A_TEMPLATE.search(text)
    assert set(re.findall(r'href="([^"]+)"', html)) == set(re.findall(r"https?://\S+", text))
    for fact in kind.sample.values():
        if isinstance(fact, str):
            assert fact in text + message.subject
            assert fact in unescape(html)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_each_kind_speaks_the_recipients_language(app: Flask, kind: MailKind) -> None:
    """M1: subject, text and HTML."""
    message = sample(app, kind, "ja")
    for text in (message.subject, message.body or "", message.html or ""):
        assert JAPANESE.search(text)
    assert '<html lang="ja">' in (message.html or "")
    sentences = [fact for fact in kind.sample.values() if str(fact).count(" ") > WORDS]
    assert not [each for each in sentences if str(each) in (message.body or "")], "M1: previews"


def test_no_program_answers_it(app: Flask) -> None:
    """T10, RFC 3834: and it names no internal host (M8)."""
    octets = sample(app, TEST, "en").as_bytes()
    assert b"\r\nAuto-Submitted: auto-generated\r\n" in octets
    assert re.search(rb"\r\nMessage-ID: <[^>]*@acme\.example>\r\n", octets)


def test_it_goes_to_the_outbox_with_the_transaction_of_its_occasion(app: Flask) -> None:
    """M3: an invitation without its user, or a user without the invitation, can't be."""
    until = utcnow() + timedelta(hours=1)
    with app.app_context():
        with suppress(ZeroDivisionError), writing(db.session):
            send(until)
            raise ZeroDivisionError
        with writing(db.session):
            send(until)

        row, queued = db.session.execute(
            select(Message, Queued).join(Queued, Queued.id == Message.id)
        ).one()
    assert (row.sender, row.recipients) == ("news@acme.example", 1)
    assert queued.expires_at == until


def send(until: datetime) -> None:
    """Have a test message sent to Bob."""
    occasions.send(
        TEST,
        TEST.sample,
        recipient="bob@test.example",
        language="en",
        expires_at=until,
    )


def test_it_is_known_beforehand_whether_mail_can_go_out(app: Flask, tmp_path: Path) -> None:
    """Section 11: where it can't, the page shows the link instead."""
    with app.app_context():
        assert occasions.can_send()
    with panel_app(Config(data_dir=tmp_path / "bare")).app_context():
        assert not occasions.can_send()


def test_what_the_panel_writes_waits_for_no_name(app: Flask, look_ups: list[str]) -> None:
    """L4, T8: the database is locked meanwhile, and a test has its deadline."""
    with app.app_context(), writing(db.session):
        for kind in KINDS:
            occasions.send(kind, kind.sample, recipient="bob@test.example", language="en")
        assert not look_ups
        assert db.session.scalar(select(func.count(Queued.id))) == len(KINDS)
