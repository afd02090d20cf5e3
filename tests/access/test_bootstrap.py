"""SPEC A1: the first admin, by environment or by a link that the start prints."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from smtp_panel.access import bootstrap, links, users
from smtp_panel.access.errors import LinkRefused
from smtp_panel.access.users import Role, User
from smtp_panel.audit import Actor
from smtp_panel.config import Config, ConfigError
from smtp_panel.secret import Secret
from smtp_panel.storage import db, utcnow, writing
from tests.access.application import ADA, PASSWORD, add_user, application, redeem
from tests.forked import PROCESSES

NAMED: dict[str, Any] = {"admin_email": "Ada@Example.com", "admin_password": Secret("short")}


pytestmark = pytest.mark.both_engines


def start(config: Config) -> str | None:
    app = application(config.data_dir, database_url=config.database_url)
    with app.app_context(), writing(db.session) as session:
        bootstrap.admin_of_environment(session, config)
        return bootstrap.first_admin(session)


def start_six(config: Config) -> list[str | None]:
    """What as many processes give that start together."""
    settings = {
        "data_dir": config.data_dir,
        "database_url": config.database_url.reveal(),
        "admin_email": config.admin_email,
        "admin_password": config.admin_password.reveal(),
    }
    with PROCESSES.Pool(6) as pool:
        return pool.map(start_in_process, [settings] * 6, chunksize=1)


def start_in_process(settings: dict[str, Any]) -> str | None:
    secrets = {name: Secret(settings[name]) for name in ("database_url", "admin_password")}
    return start(Config(**settings | secrets))


@pytest.fixture
def config(tmp_path: Path, database_url: Secret) -> Config:
    """The installation of `app`."""
    return Config(data_dir=tmp_path, database_url=database_url)


def test_the_environment_makes_the_first_admin(app: Flask, config: Config) -> None:
    """A1: with any password, and then there is no link."""
    assert start(replace(config, **NAMED)) is None
    with app.app_context():
        user = users.find(db.session, ADA)
        assert user is not None
        assert user.is_admin
        assert users.verify_password(user, Secret("short"))


def test_an_account_that_exists_is_left_alone(app: Flask, config: Config) -> None:
    """A1: a restart does not bring an old password or role back."""
    add_user(app, ADA, Role.MEMBER)
    add_user(app, "bob@example.com")
    assert start(replace(config, **NAMED)) is None
    with app.app_context():
        user = users.find(db.session, ADA)
        assert user is not None
        assert user.role is Role.MEMBER
        assert users.verify_password(user, PASSWORD)


def test_a_mail_address_that_is_none_is_refused_at_start(app: Flask, config: Config) -> None:
    """A1."""
    settings: dict[str, Any] = {"admin_email": "ada@-", "admin_password": Secret("hunter22")}
    with pytest.raises(ConfigError, match=r"SMTP_PANEL_ADMIN_EMAIL .*'ada@-'") as caught:
        start(replace(config, **settings))
    assert "hunter22" not in str(caught.value)


def test_every_start_gives_a_link_until_an_admin_can_sign_in(app: Flask, config: Config) -> None:
    """A1: an admin without a password is none yet."""
    with app.app_context(), writing(db.session) as session:
        users.create_user(session, email=ADA, role=Role.ADMIN, by=Actor("test"))
    tokens = [start(config), start(config)]
    assert None not in tokens
    assert len(set(tokens)) == 2
    with app.app_context():
        redeem(tokens[1] or "", PASSWORD, "bob@example.com", address="::1")
    assert start(config) is None


def test_a_later_start_ends_the_link_of_an_earlier_one(app: Flask, config: Config) -> None:
    """A1: what stands in an old log opens nothing."""
    with app.app_context(), writing(db.session) as session:
        before = utcnow() - timedelta(minutes=5)
        old = links.create(session, links.Purpose.FIRST_ADMIN, Actor("test"), now=before)
    assert start(config)
    with app.app_context(), pytest.raises(LinkRefused, match="newer one"):
        links.peek(db.session, old)


def test_six_processes_starting_at_once_make_one_admin(app: Flask, config: Config) -> None:
    """A1."""
    assert start_six(replace(config, **NAMED)) == [None] * 6
    with app.app_context():
        assert db.session.scalar(select(func.count(User.id))) == 1


def test_each_of_six_processes_gives_a_link_that_works(app: Flask, config: Config) -> None:
    """A1: whichever of them the operator copies."""
    given = [token for token in start_six(config) if token]
    assert len(set(given)) == 6
    with app.app_context():
        for token in given:
            links.peek(db.session, token)
        redeem(given[0], PASSWORD, ADA, address="::1")
        with pytest.raises(LinkRefused, match="admin already"):
            redeem(given[1], PASSWORD, "eve@example.com", address="::1")
