"""A database of the version before is brought up to date, and the panel goes on with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import text

from smtp_panel.app import panel_app
from smtp_panel.config import Config
from smtp_panel.secret import Secret
from smtp_panel.storage import db
from tests.conftest import POSTGRESQL, SQLITE
from tests.servers.postgresql import PostgreSQL
from tests.storage.databases import fill_as_0003, opened
from tests.web.conftest import ADMIN, NOBODY, Panel
from tests.web.html import Element

KEY = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def panel(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Panel]:
    """The panel of today on a database of revision 0003."""
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'panel.db'}"
        if request.param == POSTGRESQL:
            postgresql: PostgreSQL = request.getfixturevalue("postgresql")
            url = stack.enter_context(postgresql.database())
        fill_as_0003(opened(url))
        config = Config(data_dir=tmp_path, node="one", database_url=Secret(url), keys=Secret(KEY))
        panel = Panel(panel_app(config), config)
        yield panel
        panel.settle()


def page_of(panel: Panel, path: str = "/admin/smtp") -> Element:
    """A page, signed in by the form with the password of before."""
    visitor = panel.visitor()
    assert visitor.sign_in(ADMIN).status_code == 303
    return visitor.page(path)


def test_settings_and_secrets_are_as_they_were(panel: Panel) -> None:
    """V6."""
    page = page_of(panel)
    assert page.id("server")["value"] == "127.0.0.1"
    assert page.id("reply_to")["value"] == "answers@test.example"
    with panel.app.app_context():
        saved = panel.operations.saved(db.session())
    assert saved.secrets["password"].secret


def test_the_last_tests_are_told_with_how_they_ended(panel: Panel) -> None:
    """T5."""
    history = page_of(panel).id("history").text
    assert "Accepted" in history
    assert "Failed" in history


def test_every_run_and_status_can_be_read(panel: Panel) -> None:
    """Names of enumerations became their values."""
    with panel.engine.connect() as connection:
        runs = connection.execute(text("SELECT DISTINCT kind, state FROM check_run"))
        assert sorted(map(tuple, runs)) == [
            ("check", "failed"),
            ("check", "passed"),
            ("test", "failed"),
            ("test", "passed"),
        ]
        assert connection.scalar(text("SELECT health FROM node_status")) == "failed"


def test_a_node_of_before_warns_nobody_until_it_is_seen_again(panel: Panel) -> None:
    """W3."""
    assert page_of(panel).all(data_warning=None) == []


def test_the_log_is_kept_and_goes_on(panel: Panel) -> None:
    """V5."""
    before = page_of(panel, "/admin/audit").text
    assert "SMTP settings saved" in before
    panel.saved(panel.admin(), **NOBODY | {"port": "2"})
    page = panel.admin().page()
    assert page.id("port")["value"] == "2"
    assert len(page.all(data_warning=None)) == 3
