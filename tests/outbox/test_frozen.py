"""A process that is stopped while it writes keeps SQLite locked (SPEC M3)."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from flask_mail import Message
from sqlalchemy.exc import OperationalError

from smtp_panel.app import panel_app
from smtp_panel.config import Config
from smtp_panel.mail.connection import NotStored
from smtp_panel.mail.front import Mail
from smtp_panel.outbox.enqueue import MailObject, enqueue
from smtp_panel.outbox.model import MessageState
from smtp_panel.storage import db, sqlite, storage_error, writing
from tests.forked import PROCESSES
from tests.outbox.conftest import ADA, BOB, Hand, environ_of, letter
from tests.servers.processes import is_stopped, wait_until


def accept_slowly(environ: Mapping[str, str], mail: MailObject) -> None:
    """Accept a message, and be stopped before it is committed."""
    app = panel_app(Config.from_environ(environ))
    with app.app_context(), writing(db.session) as session:
        enqueue(session.connection(), [mail])
        os.kill(os.getpid(), signal.SIGSTOP)


@pytest.fixture
def frozen(
    hand: Hand, config: Config, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[int, MailObject, Callable[[], None]]]:
    """A process that is stopped while it accepts a message, and what lets it go on to its end."""
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT", 10)
    hand.engine.dispose()
    mail = letter()
    ours = {name: text for name, text in environ_of(config).items() if "SMTP_PANEL" in name}
    process = PROCESSES.Process(target=accept_slowly, args=[ours, mail])
    process.start()
    assert process.pid
    wait_until(partial(is_stopped, process.pid))

    def go_on() -> None:
        if process.pid and process.is_alive():
            os.kill(process.pid, signal.SIGCONT)
        process.join()

    yield process.pid, mail, go_on
    go_on()


def test_who_brings_a_message_meanwhile_is_told_which_process_it_is_and_nothing_is_lost(
    hand: Hand, frozen: tuple[int, MailObject, Callable[[], None]]
) -> None:
    """M3: accepted is what the other has accepted as well, once it goes on."""
    process, theirs, go_on = frozen
    with pytest.raises(OperationalError) as met:
        hand.accept()
    told = storage_error(met.value, hand.engine.url)
    assert f"process {process} (" in told.detail
    assert told.detail.endswith("which is stopped")
    assert "let it go on" in told.remedy

    go_on()
    ours = hand.accept()

    assert storage_error(met.value, hand.engine.url).detail == hand.engine.url.database
    assert [hand.state(each) for each in (theirs.id, ours)] == [MessageState.WAITING] * 2


def test_flask_mail_and_the_command_line_say_it_too(
    app: Flask, frozen: tuple[int, MailObject, Callable[[], None]]
) -> None:
    """M2, A6."""
    process, _, _ = frozen
    with app.app_context(), pytest.raises(NotStored, match=f"locked.*process {process} "):
        Mail(app).send(Message("Hello", [BOB], "Hello.", sender=ADA))
    result = FlaskCliRunner(app).invoke(args=["smtp", "pause"])
    assert result.exit_code == 1
    assert f"process {process} (" in result.output
