"""SPEC A1: the one-time links by which people get in without a password."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from smtp_panel.access import links, sessions, users
from smtp_panel.access.errors import AccessError, EmailTaken, LinkRefused
from smtp_panel.access.links import Purpose
from smtp_panel.access.sessions import SessionOrigin
from smtp_panel.access.users import Role, User
from smtp_panel.audit import Actor, AuditEntry
from smtp_panel.secret import Secret
from smtp_panel.storage import db, utcnow, writing
from tests.access.application import ADA, PASSWORD, add_user, application, redeem
from tests.forked import PROCESSES
from tests.storage.databases import rows

pytestmark = pytest.mark.both_engines

NEW = Secret("a new password")
HOME = "192.0.2.1"
TEST = Actor("test")


def link_for(email: str = ADA) -> str:
    with writing(db.session) as session:
        user = users.find(session, email)
        return links.create(session, Purpose.SET_PASSWORD, TEST, user=user)


def first_link() -> str:
    with writing(db.session) as session:
        return links.create(session, Purpose.FIRST_ADMIN, TEST)


def opens(email: str, password: Secret) -> bool:
    return users.verify_password(users.find(db.session, email), password)


def test_a_link_sets_a_password_once(app: Flask) -> None:
    """A1: looking at it, as mail scanners do, does not use it up."""
    add_user(app)
    with app.app_context():
        token = link_for()
        for _ in range(3):
            assert links.peek(db.session, token).purpose is Purpose.SET_PASSWORD
        user = redeem(token, NEW, address=HOME)
        assert user.email == ADA
        assert opens(ADA, NEW)
        assert not opens(ADA, PASSWORD)
        with pytest.raises(LinkRefused, match="used already"):
            links.peek(db.session, token)
        with pytest.raises(LinkRefused, match="used already"):
            redeem(token, Secret("somebody else's"), address=HOME)
        assert opens(ADA, NEW)


def test_a_link_ends_the_sessions_that_were(app: Flask) -> None:
    """A1: whoever had the old password is out."""
    add_user(app)
    with app.app_context():
        with writing(db.session) as session:
            user = session.get_one(User, 1)
            key = sessions.create(session, user, SessionOrigin(HOME, ""), timedelta(hours=1))
        assert sessions.find(db.session, key)
        redeem(link_for(), NEW, address=HOME)
        assert sessions.find(db.session, key) is None


@pytest.mark.parametrize("token", ["", "x", "x" * 10_000, "日本", "\ud800", "a/b?c"])
def test_an_unknown_link_is_refused(app: Flask, token: str) -> None:
    """A1."""
    with app.app_context():
        with pytest.raises(LinkRefused, match="unknown"):
            links.peek(db.session, token)
        with pytest.raises(LinkRefused, match="unknown"):
            redeem(token, NEW, address=HOME)


@pytest.mark.parametrize(
    ("purpose", "hours"),
    [(Purpose.FIRST_ADMIN, 24), (Purpose.SET_PASSWORD, 72), (Purpose.RESET_PASSWORD, 1)],
)
def test_a_link_expires(app: Flask, purpose: Purpose, hours: int) -> None:
    """A1: after 24 hours for the first admin, 72 for a password, one for another password."""
    now = utcnow()
    last = now + timedelta(hours=hours)
    with app.app_context():
        with writing(db.session) as session:
            user = users.create_user(session, email=ADA, role=Role.MEMBER, by=TEST)
            session.flush()
            owner = None if purpose is Purpose.FIRST_ADMIN else user
            token = links.create(session, purpose, TEST, user=owner, now=now)
        links.peek(db.session, token, now=last - timedelta(seconds=1))
        with pytest.raises(LinkRefused, match="expired"):
            links.peek(db.session, token, now=last)
        with pytest.raises(LinkRefused, match="expired"):
            redeem(token, NEW, "bob@example.com", address=HOME, now=last)


def test_a_newer_link_ends_the_older_of_the_same_user_alone(app: Flask) -> None:
    """A1."""
    add_user(app)
    add_user(app, "bob@example.com")
    with app.app_context():
        older, other, newer = link_for(), link_for("bob@example.com"), link_for()
        with pytest.raises(LinkRefused, match="newer one"):
            redeem(older, NEW, address=HOME)
        links.peek(db.session, newer)
        links.peek(db.session, other)


def test_the_first_admin_chooses_address_and_password(app: Flask) -> None:
    """A1."""
    with app.app_context():
        user = redeem(first_link(), NEW, " Ada@Example.com", address=HOME)
        assert (user.email, user.role) == (ADA, Role.ADMIN)
        assert opens(ADA, NEW)


def test_a_link_for_the_first_admin_makes_no_second_one(app: Flask) -> None:
    """A1: even where several were given out."""
    with app.app_context():
        token = first_link()
    add_user(app)
    with app.app_context():
        with pytest.raises(LinkRefused, match="admin already"):
            links.peek(db.session, token)
        with pytest.raises(LinkRefused, match="admin already"):
            redeem(token, NEW, "eve@example.com", address=HOME)


@pytest.mark.parametrize("email", ["ada", None, ""])
def test_a_slip_of_the_pen_does_not_use_up_the_link(app: Flask, email: str | None) -> None:
    """A1."""
    with app.app_context():
        token = first_link()
        with pytest.raises(AccessError) as caught:
            redeem(token, NEW, email, address=HOME)
        assert caught.value.field == "email"
        redeem(token, NEW, ADA, address=HOME)


def test_an_address_that_is_taken_does_not_use_up_the_link(app: Flask) -> None:
    """A1: a member can't be made the first admin unasked."""
    add_user(app, "bob@example.com", Role.MEMBER)
    with app.app_context():
        token = first_link()
        with pytest.raises(EmailTaken):
            redeem(token, NEW, "bob@example.com", address=HOME)
        assert opens("bob@example.com", PASSWORD)
        redeem(token, NEW, ADA, address=HOME)


def redeem_in_process(data_dir: Path, database_url: str, token: str, number: int) -> str:
    app = application(data_dir, database_url=Secret(database_url))
    with app.app_context():
        try:
            redeem(token, Secret(f"password {number}"), address=HOME)
        except LinkRefused as error:
            return str(error)
    return ""


def test_of_parallel_uses_one_succeeds(app: Flask, tmp_path: Path, database_url: Secret) -> None:
    """A1: once, whoever is faster; the others are told so."""
    add_user(app)
    with app.app_context():
        token = link_for()
    with PROCESSES.Pool(6) as pool:
        asked = [(tmp_path, database_url.reveal(), token, number) for number in range(6)]
        told = pool.starmap(redeem_in_process, asked, chunksize=1)
    assert told.count("") == 1
    assert all("used already" in text for text in told if text)
    with app.app_context():
        assert opens(ADA, Secret(f"password {told.index('')}"))


def make_admin_in_process(data_dir: Path, database_url: str, token: str, number: int) -> str:
    app = application(data_dir, database_url=Secret(database_url))
    with app.app_context():
        try:
            redeem(token, NEW, f"user{number}@example.com", address=HOME)
        except LinkRefused as error:
            return str(error)
    return ""


def test_of_parallel_links_for_the_first_admin_one_makes_one(
    app: Flask, tmp_path: Path, database_url: Secret
) -> None:
    """A1: each has a link of its own; the others are told that there is an admin."""
    now, later = utcnow(), timedelta(hours=1)
    with app.app_context(), writing(db.session) as session:
        tokens = [
            links.create(session, Purpose.FIRST_ADMIN, TEST, keep_newer_than=later, now=now)
            for _ in range(6)
        ]
    with PROCESSES.Pool(6) as pool:
        url = database_url.reveal()
        asked = [(tmp_path, url, token, number) for number, token in enumerate(tokens)]
        told = pool.starmap(make_admin_in_process, asked, chunksize=1)
    assert told.count("") == 1
    assert all("admin already" in text for text in told if text)
    with app.app_context():
        assert len(db.session.scalars(select(User)).all()) == 1


def test_neither_token_nor_password_is_stored(app: Flask) -> None:
    """A1: who reads the database or the audit log gets in nowhere."""
    add_user(app)
    with app.app_context():
        token = link_for()
        redeem(token, NEW, address=HOME)
        actions = [entry.action for entry in db.session.scalars(select(AuditEntry))]
        assert actions == ["user.created", "link.created", "user.password_changed"]
        assert db.session.scalar(select(User.password_hash)) is not None
    with app.app_context():
        stored = rows(db.engine)
    assert "one_time_link" in stored
    assert token not in stored
    assert NEW.reveal() not in stored


def test_links_are_forgotten_a_month_after_they_expired(app: Flask) -> None:
    """A1: until then they say why they open nothing."""
    add_user(app)
    with app.app_context():
        token, now = link_for(), utcnow()
        expired = now + links.LINK_LIFETIME[Purpose.SET_PASSWORD] + timedelta(minutes=1)
        for moment, words in (
            (expired + timedelta(days=29), "expired"),
            (expired + timedelta(days=30), "unknown"),
        ):
            with writing(db.session) as session:
                links.forget_expired(session, moment)
            with pytest.raises(LinkRefused, match=words):
                links.peek(db.session, token, now=moment)


def test_sessions_that_ended_are_forgotten(app: Flask) -> None:
    """A1: those that go on are not."""
    add_user(app)
    now = utcnow()
    with app.app_context():
        with writing(db.session) as session:
            user = session.get_one(User, 1)
            for hours in (1, 3):
                sessions.create(session, user, SessionOrigin(HOME, ""), timedelta(hours=hours), now)
        with writing(db.session) as session:
            sessions.forget_ended(session, now + timedelta(hours=2))
        (left,) = db.session.scalars(select(sessions.UserSession))
        assert left.ends_at == now + timedelta(hours=3)
