"""`smtp rotate-secret-keys`: other keys for what is encrypted (SPEC V6, A6)."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Connection, event, text

from smtp_panel.app import panel_app
from smtp_panel.audit import Actor
from smtp_panel.mail.mounted import EXTENSION
from smtp_panel.panel import Panel as Installation
from smtp_panel.schedules import handling
from smtp_panel.schedules.plan import Plan
from smtp_panel.secret import Secret
from smtp_panel.settings.cipher import FERNET_KEY_FILE, Cipher
from smtp_panel.settings.model import Settings
from smtp_panel.storage import ONLY_ROW, Base, db, utcnow, writing
from tests.cli.conftest import PASSWORD, Command
from tests.conftest import POSTGRESQL
from tests.servers.fixtures import StartSmtpd
from tests.web.conftest import MakePanel, Panel, fields_of


@pytest.fixture
def saved(make_panel: MakePanel, smtpd: StartSmtpd) -> Panel:
    """One with a password that worked, and a schedule with a secret."""
    return filled(make_panel(), smtpd)


def filled(panel: Panel, smtpd: StartSmtpd) -> Panel:
    panel.saved(panel.admin(), **fields_of(smtpd("none")))
    installation: Installation = panel.app.extensions[EXTENSION]
    plan = Plan(
        name="Sales",
        function="",
        url="https://example.com/sales",
        header="Authorization",
        secret=Secret("token"),
        subject="Sales",
        recipients=["bob@example.com"],
        cron="0 8 * * *",
        zone="UTC",
    )
    cipher, by, now = installation.cipher, Actor("test"), utcnow()
    with panel.app.app_context(), writing(db.session) as session:
        handling.create(session, plan, cipher, by=by, now=now)
    return panel


def keys_in(panel: Panel) -> list[str]:
    return file_of(panel).read_text().split()


def file_of(panel: Panel) -> Path:
    return panel.config.data_dir / FERNET_KEY_FILE


def tokens(panel: Panel) -> list[str]:
    """Everything in the database that is encrypted, whatever column it is in."""
    with panel.app.app_context():
        found = [
            str(value)
            for table in Base.metadata.sorted_tables
            for row in db.session.execute(text(f"SELECT * FROM {table.name}"))
            for value in row
            if str(value).startswith("gAAAA")
        ]
    assert len(found) >= 3
    return found


def test_all_that_is_stored_is_readable_by_the_new_key_alone(saved: Panel) -> None:
    """V6: the settings, those that worked last, and the headers of schedules."""
    old = keys_in(saved)
    rotate = Command(saved.app)
    ran = rotate("rotate-secret-keys", "--json")
    assert (ran.code, ran.json["unreadable"]) == (0, 0)
    new = keys_in(saved)[0]
    assert keys_in(saved) == [new, *old]
    assert file_of(saved).stat().st_mode & 0o077 == 0
    for token in tokens(saved):
        Fernet(new).decrypt(token)
    assert "--drop-old" in rotate("rotate-secret-keys").stdout
    assert keys_in(saved) == [new, *old]
    assert rotate("rotate-secret-keys", "--drop-old").code == 0
    assert keys_in(saved) == [new]
    assert (
        "Secrets encrypted with a new key" in saved.admin().page("/admin/audit").one("tbody").text
    )


def test_a_panel_that_is_serving_reads_on(saved: Panel) -> None:
    """V6: it knows the new key as soon as it meets it, and needs no restart for that."""
    assert Command(saved.app)("rotate-secret-keys").code == 0
    with saved.app.app_context():
        found = saved.operations.saved(db.session()).secrets["password"].secret
    assert found == Secret(PASSWORD)


@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
def test_a_password_that_is_saved_meanwhile_stays(saved: Panel) -> None:
    """V6: on SQLite nobody can save meanwhile; here the one before would be put back."""
    newer = saved.operations.cipher.encrypt("newer", Secret("newer"))
    saves = [text("UPDATE settings SET password_encrypted = :token")]

    def save(_connection: Connection, _cursor: object, sql: str, *_: object) -> None:
        if saves and sql.startswith("UPDATE settings"):
            statement = saves.pop()
            with saved.engine.begin() as other:
                other.execute(statement, {"token": newer})

    event.listen(saved.engine, "before_cursor_execute", save)
    assert Command(saved.app)("rotate-secret-keys").code == 0
    with saved.app.app_context():
        assert db.session.get_one(Settings, ONLY_ROW).password_encrypted == newer


def test_a_key_that_is_missing_keeps_the_others(saved: Panel) -> None:
    """V6: what no key can read may be read again once it is found."""
    with saved.app.app_context(), writing(db.session) as session:
        lost = Cipher([Fernet.generate_key().decode()]).encrypt("x", Secret("lost"))
        session.execute(text("UPDATE schedule SET secret_encrypted = :lost"), {"lost": lost})
    rotate = Command(saved.app)
    assert rotate("rotate-secret-keys", "--json").json["unreadable"] == 1
    before = keys_in(saved)
    ran = rotate("rotate-secret-keys", "--drop-old")
    assert (ran.code, keys_in(saved)) == (2, before)
    assert "enter those first" in ran.stderr


def test_keys_of_the_environment_are_the_operators(
    make_panel: MakePanel, smtpd: StartSmtpd
) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    panel = filled(make_panel(keys=Secret(f"{new},{old}")), smtpd)
    ran = Command(panel.app)("rotate-secret-keys")
    assert ran.code == 0
    assert "Remove the older ones from SMTP_PANEL_KEYS" in ran.stdout
    for token in tokens(panel):
        Fernet(new).decrypt(token)
    assert Command(panel.app)("rotate-secret-keys", "--drop-old").code == 2


def test_one_key_of_the_environment_is_not_enough(make_panel: MakePanel) -> None:
    panel = make_panel(keys=Secret(Fernet.generate_key().decode()))
    ran = Command(panel.app)("rotate-secret-keys")
    assert ran.code == 2
    assert "SMTP_PANEL_KEYS=NEW,OLD" in ran.stderr
    assert PASSWORD not in ran.stderr


CREATE = (
    "schedules",
    "create",
    "--name=n",
    "--subject=s",
    "--to=bob@example.com",
    "--cron=0 8 * * *",
)
SAFE = ("--zone=UTC", "--url=https://example.com/sales", "--header=Authorization", "--secret-stdin")
SET = ("set", "service=custom", "server=127.0.0.1", "port=1", "sender=ada@example.com")


@pytest.mark.parametrize(
    "words",
    [
        pytest.param((*CREATE, *SAFE), id="a schedule"),
        pytest.param((*SET, "username=ada", "--password-stdin"), id="settings"),
        pytest.param(("rotate-secret-keys",), id="rotation"),
    ],
)
def test_a_key_file_that_can_not_be_used_is_told_in_a_sentence(
    make_panel: MakePanel, words: tuple[str, ...]
) -> None:
    """V6: whichever command needs the key; the file stays as it is."""
    panel = make_panel()
    file_of(panel).write_text("no key\n")
    ran = Command(panel_app(panel.config))(*words, "--json", stdin="s3cret")
    (told,) = [each["message"] for each in ran.json["errors"].values()]
    assert ran.code == 1
    assert told.count(str(file_of(panel))) == 1
    assert "it holds no Fernet key" in told
    assert file_of(panel).read_text() == "no key\n"
