"""Each node checks by itself, and what it finds is shown by itself (SPEC W4, W5)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from smtp_panel.diagnosis.diagnosis import diagnose
from smtp_panel.loops import loops
from smtp_panel.outbox import pause
from smtp_panel.outbox.limit_model import LimitKind
from smtp_panel.outbox.limits import learn
from smtp_panel.smtp.endpoint import Security
from smtp_panel.smtp.facts import Facts, FaultKind, Stage
from smtp_panel.status.model import Health, NodeStatus
from smtp_panel.storage import db, utcnow, writing
from tests.outbox.conftest import SILENT
from tests.servers.fixtures import StartSmtpd
from tests.servers.processes import wait_until
from tests.servers.smtpd import USERS
from tests.web.conftest import MakePanel, Panel, fields_of
from tests.web.html import parse

OVER_QUOTA = diagnose(
    Facts(
        stage=Stage.RCPT_TO,
        kind=FaultKind.REPLY,
        code=550,
        enhanced="5.4.5",
        text="Daily user sending quota exceeded",
        server="mail.test.example",
        port=587,
        security=Security.STARTTLS,
    )
)


def found_on(panel: Panel, node: str) -> Health:
    """The health of `node` with the settings in force."""
    with Session(panel.engine) as session:
        status = session.scalar(select(NodeStatus).where(NodeStatus.node == node))
        return status.health if status else Health.UNKNOWN


def queue_rests(panel: Panel) -> bool:
    """Whether real mail waits for the service."""
    return panel.operations.outbox.rest().failures > 0


def test_a_node_says_every_ten_seconds_that_it_lives_however_seldom_it_checks(
    make_panel: MakePanel,
) -> None:
    """NAMES, Nodes: and it sees within two seconds what another has saved."""
    seconds = {
        each.name: each.seconds for each in loops(make_panel(check_seconds=86400).operations)
    }
    assert seconds["heartbeat"] == 10
    assert seconds["checks"] < 2


def test_a_server_that_works_again_clears_the_warnings_and_lets_the_queue_go_on(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """W4, W5, M5, L1: by itself on an open page, and without counting as an attempt of anybody."""
    users: dict[str, str] = {}
    panel = make_panel(check_seconds=1.0, save_limit="2 per minute", worker=False)
    admin = panel.admin()
    settings = fields_of(smtpd("none", users=users))
    panel.saved(admin, **settings)
    with panel.app.app_context(), writing(db.session) as session:
        pause.service_failed(session.connection(), SILENT, utcnow(), 0.0, probing=False)
    panel.start()
    panel.settle()
    page = admin.page()
    assert page.all(data_warning="page")
    poll = page.id("smtp-status")["hx-get"]

    users.update(USERS)
    wait_until(lambda: not queue_rests(panel))
    panel.settle()
    fragment = parse(admin.get(poll, htmx=True).text)
    assert "ready to take mail" in fragment.id("announcer").text
    assert not fragment.all(data_warning=None)
    assert admin.save(**settings).status_code == 303


def test_a_check_ends_no_rest_that_began_further_on_than_it_comes_but_a_test_does(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    """M5: a quota that is told at RCPT would else be met anew every ten minutes.

    A test that is accepted shows that none is used up, whatever was learnt before.
    """
    admin, settings = panel.admin(), fields_of(smtpd("none"))
    panel.saved(admin, **settings)
    with panel.app.app_context(), writing(db.session) as session:
        pause.service_failed(session.connection(), OVER_QUOTA, utcnow(), 0.0, probing=False)
        account = panel.operations.account(session).key
        learn(
            session.connection(),
            LimitKind.PER_DAY,
            100,
            account=account,
            now=utcnow(),
            says=OVER_QUOTA.server_says,
        )

    panel.saved(admin, **settings | {"sender": "Other <other@test.example>"})
    assert queue_rests(panel)
    assert panel.operations.outbox.rest().may_try(utcnow()), "a save lets one message be tried"

    assert "of at most 100" in admin.page("/admin/outbox").one(data_gauge="day").text
    panel.tested(admin)
    assert not queue_rests(panel)
    page = admin.page("/admin/outbox")
    assert page.one(data_gauge="day").text == "Last 24 hours 1 recipient", "and it counts itself"
    assert "No limit on how many is known." in page.one("section", aria_labelledby="gauges").text


def test_what_is_saved_on_one_node_is_checked_on_every_other(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    """W5: within seconds, though a node checks every ten minutes."""
    here, elsewhere = make_panel(node="web-1"), make_panel(node="web-2")
    here.start()
    wait_until(lambda: found_on(here, "web-1") is Health.UNCONFIGURED)
    elsewhere.saved(elsewhere.admin(), **fields_of(smtpd("none")))
    wait_until(lambda: found_on(here, "web-1") is Health.HEALTHY)
