"""What other programs ask: /healthz, /readyz and /metrics (SPEC A7, section 11)."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import delete, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from smtp_panel.outbox import pause
from smtp_panel.outbox.enqueue import enqueue
from smtp_panel.outbox.model import Message, MessageState
from smtp_panel.outbox.tally import count
from smtp_panel.secret import Secret
from smtp_panel.status.metrics import exposition
from smtp_panel.status.model import NODE_LEASE, NodeStatus
from smtp_panel.storage import db, utcnow, writing
from tests.outbox.conftest import SILENT, letter
from tests.servers.fixtures import StartSmtpd
from tests.web.conftest import NOBODY, MakePanel, Panel, fields_of
from tests.web.test_broken_storage import damaged

RULES = Path(__file__).parents[2] / "deploy" / "prometheus-rules.yaml"
TOKEN = "a long token of the operator's"

Figures = dict[tuple[str, ...], float]


def figures_in(text: str) -> Figures:
    """The samples of a scrape: by name, and the value of each label behind it."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scraped(session: Session) -> Figures:
    """What a scrape would show."""
    session.flush()
    return figures_in(exposition(session).decode())


def scrape(client: FlaskClient, authorization: str = "") -> TestResponse:
    """Ask for /metrics with this header."""
    headers = {"Authorization": authorization} if authorization else {}
    return client.get("/metrics", headers=headers)


@pytest.mark.parametrize(("path", "word"), [("/healthz", "ok\n"), ("/readyz", "ready\n")])
def test_anybody_may_ask_whether_the_panel_lives_by_whatever_name_it_is_called(
    make_panel: MakePanel, path: str, word: str
) -> None:
    """A7, A1: a load balancer knows it by its address, and broken mail makes it no less healthy."""
    panel = make_panel(url="https://panel.example.com")
    with panel.queries() as made:
        response = panel.app.test_client().get(path, headers={"Host": "10.0.0.7:8000"})
    assert (response.status_code, response.text) == (200, word)
    assert "Set-Cookie" not in response.headers
    assert len(made) == (path == "/readyz")


def test_a_database_that_is_gone_makes_it_unready_and_no_less_alive(panel: Panel) -> None:
    """A7, NAMES.md "Nodes"."""
    admin = panel.admin()
    with damaged(panel):
        assert admin.get("/healthz").status_code == 200
        for path in ("/readyz", "/metrics"):
            response = admin.get(path)
            assert (response.status_code, response.text) == (503, "unavailable\n"), path
            assert int(response.headers["Retry-After"]) > 0


def test_the_operators_token_and_an_admin_may_read_the_metrics(make_panel: MakePanel) -> None:
    """Section 11."""
    panel = make_panel(metrics_token=Secret(TOKEN))
    visitor, admin = panel.app.test_client(), panel.admin().client
    for response in (scrape(visitor, f"Bearer {TOKEN}"), scrape(admin)):
        assert response.status_code == 200
        assert response.mimetype == "text/plain"
        assert ("smtp_panel_outbox_waiting",) in figures_in(response.text)


@pytest.mark.parametrize("token", ["", TOKEN])
def test_nobody_else_may_read_the_metrics(make_panel: MakePanel, token: str) -> None:
    """Section 11, N2: nobody at all where the operator has set no token."""
    panel = make_panel(metrics_token=Secret(token))
    basic = base64.b64encode(f"{TOKEN}:{TOKEN}".encode()).decode()
    wrong = ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {basic}", "Basic ÿÿ", TOKEN]
    answers = [scrape(panel.app.test_client(), each) for each in wrong]
    for response in (*answers, scrape(panel.member().client)):
        assert (response.status_code, response.text) == (401, "unauthorized\n")
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.both_engines
def test_the_metrics_tell_what_waits_and_for_how_long(panel: Panel) -> None:
    """A7: what is to be sent later does not wait yet."""
    with panel.app.app_context(), writing(db.session) as session:
        assert scraped(session)["smtp_panel_outbox_oldest_seconds",] == 0
        for ago in (-timedelta(days=1), timedelta(minutes=5), timedelta(hours=1)):
            mail = letter()
            enqueue(session.connection(), [mail])
            moved = update(Message).where(Message.id == mail.id)
            session.execute(moved.values(send_at=utcnow() - ago))
            assert scraped(session)["smtp_panel_outbox_oldest_seconds",] >= 0
        figures = scraped(session)
        assert figures["smtp_panel_outbox_waiting",] == 3
        assert 3600 <= figures["smtp_panel_outbox_oldest_seconds",] < 3660
        assert figures["smtp_panel_outbox_paused", "service"] == 0
        pause.service_failed(session.connection(), SILENT, utcnow(), 0.0, probing=False)
        pause.hold(session.connection(), "ada@example.com", utcnow())
        figures = scraped(session)
        assert figures["smtp_panel_outbox_paused", "service"] == 1
        assert figures["smtp_panel_outbox_paused", "admin"] == 1


@pytest.mark.both_engines
def test_totals_outlive_the_messages(panel: Panel) -> None:
    """A7: a counter that went down would be taken for a restart."""
    now = utcnow()
    yesterday = now - timedelta(days=1)
    with panel.app.app_context(), writing(db.session) as session:
        assert scraped(session)["smtp_panel_messages_total", "sent"] == 0
        ends = [
            *[(now, MessageState.SENT, "")] * 3,
            (yesterday, MessageState.SENT, ""),
            (now, MessageState.FAILED, "no-such-recipient"),
            (yesterday, MessageState.FAILED, "no-such-recipient"),
            (now, MessageState.FAILED, "too-large"),
            (now, MessageState.UNCERTAIN, "timeout"),
        ]
        count(session.connection(), ends)
        session.execute(delete(Message))
        figures = scraped(session)
    totals = {"sent": 4, "failed": 3, "uncertain": 1, "cancelled": 0}
    for state, total in totals.items():
        assert figures["smtp_panel_messages_total", state] == total
    assert figures["smtp_panel_messages_failed_total", "no-such-recipient"] == 2
    assert figures["smtp_panel_messages_failed_total", "too-large"] == 1


def test_the_metrics_tell_of_each_node_that_is_alive(panel: Panel, smtpd: StartSmtpd) -> None:
    """A7, W3: whether its check passed, how long that took, and when it was."""
    admin = panel.admin()
    panel.saved(admin, **NOBODY)
    with panel.app.app_context():
        assert scraped(db.session())["smtp_panel_check_ok", "test"] == 0
    before = utcnow().timestamp()
    panel.saved(admin, **fields_of(smtpd("none")))
    with panel.app.app_context(), writing(db.session) as session:
        figures = scraped(session)
        assert figures["smtp_panel_check_ok", "test"] == 1
        assert 0 < figures["smtp_panel_check_seconds", "test"] < 20
        assert before <= figures["smtp_panel_check_timestamp_seconds", "test"]
        session.execute(update(NodeStatus).values(seen_at=utcnow() - NODE_LEASE))
        assert ("smtp_panel_check_ok", "test") not in scraped(session)


def test_the_alert_rules_ask_for_figures_that_there_are(panel: Panel, smtpd: StartSmtpd) -> None:
    """A7: a rule with a misspelt name, label or value would never fire."""
    panel.saved(panel.admin(), **fields_of(smtpd("none")))
    with panel.app.app_context():
        families = [*text_string_to_metric_families(exposition(db.session()).decode())]
    samples = [sample for family in families for sample in family.samples]
    names = {sample.name for sample in samples}
    told = {(sample.name, *label) for sample in samples for label in sample.labels.items()}
    rules = [
        rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]
    ]
    asked = {name for rule in rules for name in re.findall(r"smtp_panel_\w+", rule["expr"])}
    assert asked <= names
    only = re.compile(r'(smtp_panel_\w+)\{(\w+)="(\w+)"\}')
    chosen = {found for rule in rules for found in only.findall(rule["expr"])}
    assert chosen
    assert chosen <= told
    assert {
        "smtp_panel_check_ok",
        "smtp_panel_outbox_waiting",
        "smtp_panel_outbox_oldest_seconds",
    } <= asked
    assert any("up{" in rule["expr"] for rule in rules)
    # Every node tells of all: what is not put together would fire once for each that is asked.
    bare = [each["expr"] for each in rules if not re.search(r"up\{|(max|min)[ (]", each["expr"])]
    assert bare == []
    for rule in rules:
        assert rule["alert"].startswith("SmtpPanel")
        assert {"summary", "description"} <= rule["annotations"].keys()
