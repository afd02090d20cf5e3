"""The audit log (SPEC V5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from smtp_panel.audit import Actor, AuditAction, AuditEntry, page, record
from smtp_panel.secret import Secret
from smtp_panel.storage import db

pytestmark = pytest.mark.both_engines


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    with app.app_context():
        yield db.session()


def save(session: Session, **changes: tuple[object, object]) -> AuditEntry:
    entry = record(
        session,
        AuditAction.SETTINGS_SAVED,
        Actor("ada@example.com", "192.0.2.7"),
        changes=changes,
        settings_version=3,
    )
    session.commit()
    session.expire_all()
    return entry


def test_it_tells_when_who_from_where_what_and_both_values(session: Session) -> None:
    """V5: when, who, from which address, which fields, old and new value."""
    entry = save(session, port=(25, 587), server=("a.example", "b.example"), tls=(False, True))
    assert entry.at.tzinfo is UTC
    assert (entry.actor, entry.address) == ("ada@example.com", "192.0.2.7")
    assert entry.action == AuditAction.SETTINGS_SAVED
    assert entry.settings_version == 3
    assert entry.changes == {
        "port": [25, 587],
        "server": ["a.example", "b.example"],
        "tls": [False, True],
    }


def test_a_secret_is_told_as_changed_and_is_not_in_the_database(session: Session) -> None:
    """V5, F4: secrets as 'changed', neither they nor their length."""
    entry = save(session, password=(None, Secret("c0rrect-horse")))
    assert entry.changes == {"password": [None, "changed"]}
    rows = session.execute(text("SELECT * FROM audit_entry")).all()
    assert "c0rrect-horse" not in repr(rows)


def test_it_stands_or_falls_with_the_change(session: Session) -> None:
    """V5: an entry is in the transaction of what it tells."""
    record(session, AuditAction.USER_CREATED, Actor("command line"))
    session.rollback()
    assert page(session, before=None) == []


def test_the_newest_come_first_and_pages_follow_each_other(session: Session) -> None:
    for number in range(5):
        save(session, port=(number, number + 1))
    first = page(session, before=None, limit=2)
    second = page(session, before=first[-1].id, limit=2)
    assert [entry.changes["port"][0] for entry in first + second] == [4, 3, 2, 1]


def test_entries_are_found_by_action_and_actor_across_pages(session: Session) -> None:
    """V5: the name of an actor is met exactly."""
    eve, ada, saved = "eve@example.com", "ada@example.com", AuditAction.SETTINGS_SAVED
    for _ in range(2):
        save(session, port=(25, 587))
        record(session, AuditAction.USER_SIGNED_IN, Actor(ada))
        record(session, AuditAction.USER_SIGNED_IN, Actor(eve))
        session.commit()

    def found(action: AuditAction | None, actor: str) -> list[tuple[str, str]]:
        entries, before = [], None
        while some := page(session, before=before, limit=1, action=action, actor=actor):
            entries += some
            before = some[-1].id
        return [(entry.action, entry.actor) for entry in entries]

    assert found(saved, "") == [("settings.saved", ada)] * 2
    assert found(None, ada) == [("user.signed_in", ada), ("settings.saved", ada)] * 2
    assert found(AuditAction.USER_SIGNED_IN, eve) == [("user.signed_in", eve)] * 2
    assert found(saved, eve) == found(None, "ada") == []


@pytest.mark.parametrize("column", ["action", "actor"])
def test_no_look_goes_through_all_entries(session: Session, column: str) -> None:
    """V5: nor are those that are found sorted, however many there are."""
    explain = "EXPLAIN QUERY PLAN"
    if session.get_bind().dialect.name == "postgresql":
        explain = "EXPLAIN"
        for way in ("seqscan", "bitmapscan", "sort"):  # for there are few rows yet
            session.execute(text(f"SET LOCAL enable_{way} = off"))
    wanted = f"SELECT id FROM audit_entry WHERE {column} = 'x' AND id < 9 ORDER BY id DESC LIMIT 2"
    plan = " ".join(str(row[-1]) for row in session.execute(text(f"{explain} {wanted}")))
    assert f"ix_audit_entry_{column}" in plan
    assert not re.search("scan audit_entry|sort|b-tree", plan, re.IGNORECASE)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor = 'mallory@example.com'",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_entry WHERE id = 1",
    ],
)
def test_an_entry_can_be_neither_changed_nor_removed_by_sql(
    session: Session, statement: str
) -> None:
    """V5: append-only, whoever speaks to the database."""
    save(session)
    with pytest.raises(DBAPIError, match="only grows"):
        session.execute(text(statement))
    session.rollback()
    assert [entry.actor for entry in page(session, before=None)] == ["ada@example.com"]


def test_an_entry_can_be_neither_changed_nor_removed_by_the_program(session: Session) -> None:
    """V5: append-only."""
    save(session).actor = "mallory@example.com"
    with pytest.raises(DBAPIError, match="only grows"):
        session.commit()
    session.rollback()
    session.delete(page(session, before=None)[0])
    with pytest.raises(DBAPIError, match="only grows"):
        session.commit()


def test_an_entry_cannot_be_removed_by_a_way_of_the_engines_own(session: Session) -> None:
    """V5: append-only; neither of these asks a trigger for DELETE."""
    statements = {
        "sqlite": "INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry",
        "postgresql": "TRUNCATE audit_entry",
    }
    save(session)
    with pytest.raises(DBAPIError, match="only grows"):
        session.execute(text(statements[session.get_bind().dialect.name]))
