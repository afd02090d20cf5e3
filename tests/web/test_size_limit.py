"""What the mail server is known not to take by its size is not accepted (QUEUE, failure 6)."""

from __future__ import annotations

import smtplib
from dataclasses import replace

import pytest
from flask_mail import Message
from sqlalchemy import func, select

from smtp_panel.audit import Actor
from smtp_panel.mail.front import Mail
from smtp_panel.outbox import account_limits, limits, staging
from smtp_panel.outbox.idempotency import IdempotencyKey
from smtp_panel.outbox.intake import EVERY_SERVER_TAKES, TooLarge
from smtp_panel.outbox.limit_model import LimitKind
from smtp_panel.outbox.model import Message as Accepted
from smtp_panel.outbox.staging import SANDBOX
from smtp_panel.runs.model import Run
from smtp_panel.storage import db, utcnow, writing
from tests.outbox.conftest import letter
from tests.outbox.sizes import MOST, TOO_LONG, know_size
from tests.servers.fixtures import StartSmtpd
from tests.web.conftest import MAILING, MakePanel, Panel, fields_of

LARGE = letter(octets=b"Subject: Report\r\n\r\n" + TOO_LONG.encode())
ADA = Actor("ada@example.com", "192.0.2.1")


@pytest.fixture
def mailing(make_panel: MakePanel) -> Panel:
    """A panel with a mail server, whose SIZE is known."""
    panel = make_panel(**MAILING)
    know_size(panel.app)
    return panel


def accepts(panel: Panel, octets: bytes = LARGE.octets) -> bool:
    """Whether a message of these octets is accepted."""
    with panel.app.app_context():
        try:
            panel.operations.intake.accept(letter(octets=octets))
        except TooLarge:
            return False
    return True


def size_known(panel: Panel) -> int | None:
    """What is known of the server of the settings in force."""
    with panel.app.app_context():
        session = db.session()
        account = panel.operations.account(session)
        found = account_limits.binding(session.connection(), account, utcnow()).get(LimitKind.SIZE)
    return found.value if found else None


@pytest.mark.both_engines
def test_a_message_larger_than_the_server_takes_is_refused_with_what_to_do(
    mailing: Panel,
) -> None:
    with mailing.app.app_context():
        with pytest.raises(smtplib.SMTPException) as refused:
            mailing.operations.intake.accept(LARGE)
        assert db.session.scalar(select(func.count()).select_from(Accepted)) == 0
    words = str(refused.value)
    assert str(len(LARGE.octets)) in words
    assert str(MOST) in words
    assert "link" in words


def test_what_the_server_takes_to_the_last_octet_is_accepted(mailing: Panel) -> None:
    whole = LARGE.octets[: MOST - 2] + b"\r\n"
    assert accepts(mailing, whole)
    assert not accepts(mailing, b"x" + whole)


def test_line_ends_count_as_the_server_counts_them(mailing: Panel) -> None:
    """RFC 1870, section 6: as CRLF, whatever they are here."""
    octets = b"Subject: Report\n\n" + b"x\n" * 40_000
    assert len(octets) < MOST
    assert not accepts(mailing, octets)


def test_as_much_as_every_server_has_to_take_is_accepted(mailing: Panel) -> None:
    """RFC 5321, section 4.5.3.1.7: so no reset of a password depends on what a server says."""
    know_size(mailing.app, 1)
    assert accepts(mailing, LARGE.octets[: EVERY_SERVER_TAKES - 2] + b"\r\n")
    assert not accepts(mailing)


def test_a_message_in_the_transaction_of_its_caller_is_refused_too(mailing: Panel) -> None:
    with mailing.app.app_context(), writing(db.session), pytest.raises(TooLarge):
        mailing.operations.intake.accept(LARGE)


def test_a_limit_is_of_the_service_in_force_and_of_no_other(
    mailing: Panel, smtpd: StartSmtpd
) -> None:
    """And it counts no more as soon as there is another, though it was known a moment ago."""
    assert not accepts(mailing)
    admin = mailing.admin()
    mailing.saved(admin, **fields_of(smtpd("none")))
    assert accepts(mailing)


def test_a_limit_that_is_over_refuses_nothing(mailing: Panel) -> None:
    with mailing.app.app_context(), writing(db.session) as session:
        account = mailing.operations.account(session)
        long_ago = utcnow() - 2 * limits.LASTS[LimitKind.SIZE]
        offered = {LimitKind.SIZE: MOST}
        limits.learn_offered(session.connection(), account.key, offered, now=long_ago)
    assert accepts(mailing)


def test_what_goes_to_the_sandbox_is_accepted(make_panel: MakePanel) -> None:
    panel = make_panel(sandbox=True, **MAILING)
    know_size(panel.app)
    with panel.app.app_context(), writing(db.session) as session:
        staging.turn_on(session, SANDBOX, [], ADA)
    assert accepts(panel)


def test_what_goes_to_one_address_goes_by_the_same_server(mailing: Panel) -> None:
    with mailing.app.app_context(), writing(db.session) as session:
        staging.turn_on(session, "qa@test.example", [], ADA)
    assert not accepts(mailing)


def test_a_request_that_is_repeated_has_its_message_all_the_same(mailing: Panel) -> None:
    """Or a program would send it once more, smaller, though it was accepted before."""
    once = IdempotencyKey("key", "report-7", "print")
    with mailing.app.app_context():
        first = mailing.operations.outbox.accept(replace(LARGE, once=once))
        other = letter(octets=LARGE.octets, once=once)
        assert mailing.operations.intake.accept(other) == first
        with pytest.raises(TooLarge):
            mailing.operations.intake.accept(letter(octets=LARGE.octets))


def test_a_host_application_learns_it_from_flask_mail(mailing: Panel) -> None:
    """As an exception of smtplib, for which callers of Flask-Mail are ready; so does `deliver`."""
    mail = Mail(mailing.app)
    sheet = ("report.csv", "text/csv", TOO_LONG.encode())
    with mailing.app.app_context():
        with pytest.raises(smtplib.SMTPException, match=str(MOST)):
            mail.send(Message("Report", ["bob@test.example"], TOO_LONG))
        with pytest.raises(TooLarge):
            mail.deliver(["bob@test.example"], "Report", attachments=[sheet])


@pytest.mark.parametrize(("octets", "looks"), [(EVERY_SERVER_TAKES, 0), (90_000, 1)])
def test_many_messages_cost_one_look_at_most(mailing: Panel, octets: int, looks: int) -> None:
    """What every server takes costs none, and other mail one in a second."""
    with mailing.app.app_context(), mailing.queries() as made:
        for _ in range(5):
            mailing.operations.intake.check_size(octets)
    assert sum("FROM outbox_limit" in each for each in made) == looks


@pytest.mark.both_engines
def test_a_check_learns_what_the_server_takes_by_now(panel: Panel, smtpd: StartSmtpd) -> None:
    """So a limit that was raised refuses nothing once the settings are tested, whoever sends."""
    server = smtpd("none", size_limit=200_000)
    panel.saved(panel.admin(), **fields_of(server))
    assert size_known(panel) == 200_000
    know_size(panel.app)
    assert not accepts(panel)

    with panel.app.app_context():
        panel.operations.check_saved()
    panel.settle()

    assert size_known(panel) == 200_000
    assert accepts(panel)


def test_a_check_of_earlier_settings_teaches_nothing_of_those_in_force(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    """Its result may come when others are in force."""
    admin = panel.admin()
    panel.saved(admin, **fields_of(smtpd("none", size_limit=200_000)))
    panel.saved(admin, **fields_of(smtpd("none", size_limit=300_000)))
    with panel.app.app_context(), writing(db.session) as session:
        first = session.scalars(select(Run).order_by(Run.started_at)).first()
        assert first
        panel.operations.record(session, first)
    assert size_known(panel) == 300_000
