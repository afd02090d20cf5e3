from __future__ import annotations

import unicodedata

import email_validator
import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from smtp_panel.access import external, passwords, users
from smtp_panel.access.errors import AccessError, EmailTaken
from smtp_panel.access.users import Role, User
from smtp_panel.audit import Actor, AuditAction, AuditEntry
from smtp_panel.secret import Secret
from smtp_panel.storage import db, writing
from tests.access.application import ADA, PASSWORD, add_user

pytestmark = pytest.mark.both_engines


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("ada@example.com", "ada@example.com"),
        ("  Ada@Example.COM \n", "ada@example.com"),
        ("admin@localhost", "admin@localhost"),
        ("ada@mail.local", "ada@mail.local"),
        ("ada@example.test", "ada@example.test"),
        ("a.d+x_y@example.com", "a.d+x_y@example.com"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@XN--bcher-kva.example", "ada@xn--bcher-kva.example"),
    ],
)
def test_a_mail_address_is_kept_in_one_form(typed: str, stored: str) -> None:
    """A1: special-use domains are fine, deliverability is not asked."""
    assert users.tidy_email(typed) == stored


@pytest.mark.parametrize(
    "typed", ["", "ada", "ada@", "@x", "a b@x.example", "Ada <a@b.example>", "ä@b.example", "a@b@c"]
)
def test_what_is_no_mail_address_is_refused(typed: str) -> None:
    """A1."""
    with pytest.raises(AccessError, match="not a mail address") as caught:
        users.tidy_email(typed)
    assert caught.value.field == "email"


@settings(deadline=None)
@given(st.text(st.characters(), max_size=80))
def test_no_text_makes_the_mail_address_rule_fail(text: str) -> None:
    """A1: an address or a refusal, and tidying twice is tidying once."""
    try:
        tidy = users.tidy_email(text)
    except AccessError:
        return
    assert users.tidy_email(tidy) == tidy


def test_the_library_is_left_as_it_is_for_the_rest_of_the_process() -> None:
    """A4: the panel may run beside a host application that checks addresses its own way."""
    assert "local" in email_validator.SPECIAL_USE_DOMAIN_NAMES
    with pytest.raises(email_validator.EmailNotValidError):
        email_validator.validate_email("ada@mail.local", check_deliverability=False)


def test_two_accounts_cannot_have_one_mail_address(app: Flask) -> None:
    """A1: however it is written; the transaction goes on."""
    add_user(app)
    with app.app_context(), writing(db.session) as session:
        with pytest.raises(EmailTaken, match=ADA):
            users.create_user(session, email="ADA@example.com", role=Role.MEMBER, by=Actor("test"))
        users.create_user(session, email="bob@example.com", role=Role.MEMBER, by=Actor("test"))
    with app.app_context():
        found = db.session.scalars(select(User).order_by(User.id)).all()
        assert [(user.email, user.role) for user in found] == [
            (ADA, Role.ADMIN),
            ("bob@example.com", Role.MEMBER),
        ]


def test_a_new_user_is_in_the_audit_log(app: Flask) -> None:
    """V5."""
    add_user(app)
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.actor) == (AuditAction.USER_CREATED, "test")
        assert entry.changes == {"email": [None, ADA], "role": [None, "admin"]}


def test_the_database_holds_the_words_of_the_specification(app: Flask) -> None:
    """A1: roles by their public names, passwords hashed."""
    with app.app_context(), writing(db.session) as session:
        users.create_user(
            session,
            email=ADA,
            role=Role.ADMIN,
            by=Actor("test"),
            password_hash=passwords.hashed(PASSWORD),
        )
    with app.app_context():
        role, stored = db.session.execute(text("SELECT role, password_hash FROM users")).one()
    assert role == "admin"
    assert stored.startswith("scrypt:")
    assert PASSWORD.reveal() not in stored


@pytest.mark.parametrize("length", [0, 1, 7, 1025, 100_000])
def test_a_form_refuses_passwords_too_short_or_too_long(length: int) -> None:
    """A1: 8 to 1024 characters."""
    with pytest.raises(AccessError, match="characters") as caught:
        passwords.check(Secret("x" * length))
    assert caught.value.field == "password"


@pytest.mark.parametrize("text", ["12345678", "x" * 1024, "パスワードは秘密", "        "])
def test_a_password_of_any_script_works(text: str) -> None:
    """A1."""
    passwords.check(Secret(text))
    stored = passwords.hashed(Secret(text))
    assert passwords.matches(Secret(text), stored)
    assert not passwords.matches(Secret(text + " "), stored)


def test_a_password_is_the_same_however_a_keyboard_composes_it() -> None:
    """A1: é as one character or as e and an accent."""
    assert passwords.matches(Secret("cafe\u0301 noir"), passwords.hashed(Secret("caf\u00e9 noir")))


def test_a_password_that_is_no_text_is_wrong_not_an_error() -> None:
    """A1: a lone surrogate, as JSON can hold."""
    assert not passwords.matches(Secret("\ud800"), passwords.hashed(PASSWORD))


def test_who_has_no_password_cannot_sign_in(app: Flask) -> None:
    """A1: nor can nobody."""
    with app.app_context(), writing(db.session) as session:
        user = users.create_user(session, email=ADA, role=Role.ADMIN, by=Actor("test"))
        for guess in ("", "nobodys-password", "None"):
            assert not users.verify_password(user, Secret(guess))
            assert not users.verify_password(None, Secret(guess))
        assert not external.admin_exists(session)


def test_comparing_with_nobody_costs_what_comparing_with_somebody_does() -> None:
    """L4: the same function with the same parameters."""
    parameters = passwords.hashed(PASSWORD).split("$")[0]
    assert passwords.NOBODYS_HASH.startswith(parameters + "$")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("  Ada  \n King ", "Ada King"), ("", ""), ("山田", "山田"), ("A\0B\udcff", "AB")],
)
def test_a_name_is_tidied(typed: str, kept: str) -> None:
    """N2."""
    assert users.tidy_name(typed) == kept


def test_a_name_too_long_is_refused() -> None:
    """N2."""
    with pytest.raises(AccessError, match="at most 200"):
        users.tidy_name("x" * 201)


def test_a_mail_address_that_is_too_long_is_told_as_that() -> None:
    """A1: before anything looks at it, which would take long for marks without end."""
    with pytest.raises(AccessError) as told:
        users.tidy_email("e" + "\u0301" * 20_000 + "@example.com")
    assert str(told.value) == "The address is too long: at most 254 characters are possible."


def test_a_password_longer_than_any_is_not_composed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A1: whoever knows no password could send 30,000 marks, which took 0.6 s to put in order."""
    stored = passwords.hashed(Secret("e\u0301" * 1024))
    given: list[int] = []

    def normalize(_form: str, text: str) -> str:
        given.append(len(text))
        return text

    monkeypatch.setattr(unicodedata, "normalize", normalize)
    assert not passwords.matches(Secret("e" + "\u0301" * 30_000), stored)
    assert max(given) <= passwords.LONGEST_TYPED


def test_a_password_of_the_most_letters_matches_in_parts_as_well() -> None:
    stored = passwords.hashed(Secret("\u00e9" * passwords.LONGEST))
    assert passwords.matches(Secret("e\u0301" * passwords.LONGEST), stored)
