"""What admins are told by mail: what each of them wants, by a road that works (SPEC M1, W8)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from sqlalchemy import select, update

from smtp_panel.access import people, users
from smtp_panel.access.users import Role, User
from smtp_panel.alerts import notices
from smtp_panel.alerts.alerts import Alerts
from smtp_panel.alerts.model import Alert
from smtp_panel.alerts.watch import MOMENT
from smtp_panel.audit import Actor
from smtp_panel.mail.occasions import MAIL_FAILING, MAIL_RECOVERED, SETTINGS_CHANGED
from smtp_panel.outbox.model import Body
from smtp_panel.secret import Secret
from smtp_panel.status import service as status
from smtp_panel.status.model import Health, NodeStatus
from smtp_panel.storage import db, utcnow, writing
from tests.cli.conftest import Command
from tests.servers.fixtures import StartSmtpd
from tests.servers.smtpd import SubmissionServer
from tests.web.conftest import ADMIN, NOBODY, SECOND_ADMIN, MakePanel, Panel


def outbox(panel: Panel) -> list[EmailMessage]:
    """What the outbox holds, the oldest first."""
    with panel.app.app_context():
        bodies = db.session.scalars(select(Body.octets).order_by(Body.message))
        return [message_from_bytes(each, policy=default) for each in bodies]


def text_of(message: EmailMessage) -> str:
    """The plain text of a message."""
    body = message.get_body(("plain",))
    assert body
    return str(body.get_content())


def test_the_other_admins_learn_who_has_changed_what(panel: Panel) -> None:
    """M1, F4: by the new settings, with the fields and without a secret."""
    for email in (ADMIN, SECOND_ADMIN):
        panel.want(email, SETTINGS_CHANGED)
    panel.saved(panel.admin(), **NOBODY, username="panel", password="s3cret pass")
    (message,) = outbox(panel)
    assert (message["To"], message["From"]) == (SECOND_ADMIN, NOBODY["sender"])
    assert message["Subject"] == "The mail settings of http://localhost were changed"
    text = text_of(message)
    assert f"Changed by: {ADMIN}" in text
    assert {"- Mail server", "- Port", "- User name", "- Password"} <= set(text.splitlines())
    assert "http://localhost/admin/audit" in text
    assert "s3cret" not in str(message)


def test_what_no_person_has_changed_is_told_in_words(panel: Panel) -> None:
    """M1: by what, in the reader's language."""
    panel.want(ADMIN, SETTINGS_CHANGED)
    read_in(panel, ADMIN, "ja")
    words = [f"{name}={value}" for name, value in NOBODY.items()]
    Command(panel.app)("set", "service=custom", "tls=", *words)
    (message,) = outbox(panel)
    assert "変更した人: コマンドライン" in text_of(message)


def test_nobody_is_told_of_a_save_that_changes_nothing(panel: Panel) -> None:
    admin = panel.admin()
    panel.saved(admin, **NOBODY)
    panel.want(SECOND_ADMIN, SETTINGS_CHANGED)
    panel.saved(admin)
    panel.tested(admin)
    panel.saved(admin)  # the version stays, and that it was tested is noted
    assert outbox(panel) == []


def test_each_admin_chooses_what_they_are_told(panel: Panel) -> None:
    """M1: all of it, until they say otherwise."""
    panel.add_user("new@example.com")
    admin = panel.admin("new@example.com")
    form = admin.page("/").one("form", action="/notices")
    assert {name for name in form.form() if name != "csrf_token"} == {
        "mail_failing",
        "mail_recovered",
        "settings_changed",
        "ends_soon",
    }
    page = admin.follow(admin.post("/notices", mail_failing="1"))
    chosen = page.one("form", action="/notices").form()
    assert [name for name in chosen if name != "csrf_token"] == ["mail_failing"]
    assert not panel.member().page("/").all("form", action="/notices")
    panel.saved(panel.admin(), **NOBODY)
    assert outbox(panel) == []


@dataclass
class Monitoring:
    """The alerts of `panel`, with a clock of their own."""

    panel: Panel
    now: datetime.datetime = field(default_factory=utcnow)

    def find(self, health: Health) -> None:
        """Let a check end so, and let it stand for a moment."""
        self.found(health)
        self.turn()
        self.turn(MOMENT)

    def found(self, health: Health) -> None:
        """Let a check end so."""
        node = self.panel.config.node_name
        with self.panel.app.app_context(), writing(db.session) as session:
            found = session.get_one(NodeStatus, node)
            status.record_health(session, node, health, found.settings_version)
            found.seen_at = self.now + datetime.timedelta(hours=1)

    def turn(self, later: datetime.timedelta = datetime.timedelta()) -> None:
        """Let the alerts look, so much later than last time."""
        self.now += later
        with self.panel.app.app_context():
            Alerts(self.panel.operations, lambda: self.now).turn()

    def pending(self) -> list[str]:
        """Who is still to be told."""
        with self.panel.app.app_context():
            return list(db.session.scalars(select(Alert.recipient).where(Alert.due.is_not(None))))


def service(server: SubmissionServer) -> Secret:
    """`server` as the service that the operator provides."""
    return Secret(f"smtp://{server.host}:{server.port}?tls=none&from=ops@test.example")


def read_in(panel: Panel, email: str, language: str) -> None:
    """Let an admin read in a language."""
    with panel.app.app_context(), writing(db.session) as session:
        session.execute(update(User).where(User.email == email).values(language=language))


def test_that_mail_fails_is_told_by_the_operators_service_and_that_it_works_by_the_outbox(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """W8, M1: in the language of each admin, and to nobody twice."""
    server = smtpd("none", auth=())
    panel = make_panel(default_url=service(server))
    for email in (ADMIN, SECOND_ADMIN):
        panel.want(email, MAIL_FAILING, MAIL_RECOVERED)
    read_in(panel, SECOND_ADMIN, "ja")
    panel.saved(panel.admin(), service="custom", **NOBODY)
    watch = Monitoring(panel)
    watch.find(Health.FAILED)
    watch.turn()
    told = {received.recipients: received.message for received in server.messages}
    assert len(server.messages) == len(told) == 2
    english, japanese = told[ADMIN,], told[SECOND_ADMIN,]
    assert english["From"] == "ops@test.example"
    assert english["Subject"] == "Mail is not leaving http://localhost"
    assert "http://localhost/admin/smtp" in text_of(english)
    assert "メールが送信できていません" in japanese["Subject"]
    assert "確認" in text_of(japanese)

    watch.find(Health.HEALTHY)
    assert len(server.messages) == 2
    assert [message["To"] for message in outbox(panel)] == [ADMIN, SECOND_ADMIN]
    assert "Mail leaves http://localhost again" in str(outbox(panel)[0]["Subject"])


def test_that_mail_fails_is_not_told_any_more_once_it_works_again(make_panel: MakePanel) -> None:
    """W8: the operator's service failed as well, and what is over alarms nobody."""
    nobody = Secret("smtp://127.0.0.1:1?tls=none&from=ops@test.example")
    panel = make_panel(default_url=nobody)
    panel.want(ADMIN, MAIL_FAILING)
    panel.saved(panel.admin(), service="custom", **NOBODY)
    watch = Monitoring(panel)
    watch.find(Health.FAILED)
    assert watch.pending() == [ADMIN]
    watch.find(Health.HEALTHY)
    assert (watch.pending(), outbox(panel)) == ([], [])


def told_in_vain(make_panel: MakePanel) -> tuple[Panel, Monitoring]:
    """A panel with two admins to be told that mail fails, while the operator's service does too."""
    nobody = Secret("smtp://127.0.0.1:1?tls=none&from=ops@test.example")
    panel = make_panel(default_url=nobody)
    for email in (ADMIN, SECOND_ADMIN):
        panel.want(email, MAIL_FAILING)
    panel.saved(panel.admin(), service="custom", **NOBODY)
    watch = Monitoring(panel)
    watch.find(Health.FAILED)
    assert watch.pending() == [ADMIN, SECOND_ADMIN]
    return panel, watch


def test_who_is_told_in_vain_keeps_nobody_from_learning_that_mail_works_again(
    make_panel: MakePanel,
) -> None:
    """W8: while each try at the operator's service takes long, what has changed is still seen."""
    panel, watch = told_in_vain(make_panel)
    watch.found(Health.HEALTHY)

    def clock() -> datetime.datetime:
        watch.now += MOMENT
        return watch.now

    with panel.app.app_context():
        Alerts(panel.operations, clock).turn()
    assert watch.pending() == []


def test_who_is_no_admin_any_more_or_declines_is_not_told_later(make_panel: MakePanel) -> None:
    """W8, A1: while the operator's service fails too, it is tried for days."""
    panel, watch = told_in_vain(make_panel)
    with panel.app.app_context(), writing(db.session) as session:
        gone = users.find(session, SECOND_ADMIN)
        assert gone
        people.change_role(session, gone.id, Role.MEMBER, by=Actor("test"))
    watch.turn()
    assert watch.pending() == [ADMIN]
    panel.want(ADMIN)
    watch.turn()
    assert watch.pending() == []


def test_during_staging_no_mail_goes_past_it(make_panel: MakePanel, smtpd: StartSmtpd) -> None:
    """Issue 7, item 6: an admin of the copied data may be no admin of the copy."""
    server = smtpd("none", auth=())
    panel = make_panel(default_url=service(server))
    panel.want(ADMIN, MAIL_FAILING)
    admin = panel.admin()
    panel.saved(admin, service="custom", **NOBODY)
    admin.page("/admin/staging")
    assert admin.post("/admin/staging", address="testers@acme.example").status_code == 303
    watch = Monitoring(panel)
    watch.find(Health.FAILED)
    assert len(server.messages) == len(watch.pending()) == 0


def test_by_a_service_that_is_broken_itself_nobody_is_told(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """W8: that is no other road."""
    server = smtpd("none", auth=())
    panel = make_panel(default_url=service(server))
    panel.want(ADMIN, MAIL_FAILING)
    panel.saved(panel.admin())
    watch = Monitoring(panel)
    watch.find(Health.FAILED)
    assert len(server.messages) == len(watch.pending()) == 0


@pytest.mark.both_engines
def test_a_button_that_is_pressed_twice_chooses_once(panel: Panel) -> None:
    with panel.app.app_context():
        user = users.find(db.session, ADMIN)
        assert user
    panel.at_once(lambda session: notices.choose(session, user.id, {MAIL_FAILING.id}))
    panel.at_once(lambda session: notices.choose(session, user.id, set()))
    with panel.app.app_context():
        assert not notices.wanted_by(db.session, user.id)
