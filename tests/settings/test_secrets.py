"""The kept password, and where it may go (SPEC F4, F9, F14, V6)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from smtp_panel.net.tls import TLSVersion
from smtp_panel.secret import Secret
from smtp_panel.settings.cipher import Cipher, KeyUnavailable
from smtp_panel.settings.draft import Draft
from smtp_panel.settings.model import Settings
from smtp_panel.settings.secrets import SecretLost, SecretNeeded
from smtp_panel.settings.values import Service
from smtp_panel.smtp.endpoint import Auth, TLSStart
from smtp_panel.storage import ONLY_ROW, db, writing
from tests.settings.conftest import DEFAULT, DRAFT, KEY, PASSWORD, Installation
from tests.storage.databases import rows

pytestmark = pytest.mark.both_engines

WITH_PASSWORD = replace(DRAFT, password=PASSWORD)
OTHER_KEY = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="
ENVIRONMENT = Secret("from the environment")


@pytest.fixture
def saved(installation: Installation) -> Installation:
    """An installation where a password is saved."""
    installation.save(WITH_PASSWORD)
    return installation


def asks_for(installation: Installation, draft: Draft) -> tuple[str, ...]:
    """The changes for which saving and testing `draft` ask for the password; both the same."""
    before = installation.row().version
    with pytest.raises(SecretNeeded) as tested:
        installation.endpoint(draft)
    with pytest.raises(SecretNeeded) as saving:
        installation.save(draft)
    assert saving.value.changed == tested.value.changed
    assert installation.row().version == before
    return saving.value.changed


@pytest.mark.parametrize(
    ("draft", "changed"),
    [
        (replace(DRAFT, server="evil.example"), ("server",)),
        (replace(DRAFT, port=465), ("port",)),
        (replace(DRAFT, username="bob"), ("username",)),
        (replace(DRAFT, tls=False), ("tls",)),
        (replace(DRAFT, tls_version=TLSVersion.V1_1), ("tls_version",)),
        (replace(DRAFT, tls_version=TLSVersion.AUTO), ("tls_version",)),
    ],
)
def test_it_asks_for_the_password_again_when_the_destination_changes(
    saved: Installation, draft: Draft, changed: tuple[str, ...]
) -> None:
    """F9: in save and test."""
    assert asks_for(saved, draft) == changed


def test_a_password_that_a_newer_version_has_saved_is_sent_and_stays_where_it_is(
    saved: Installation,
) -> None:
    """A8, F9, V6: that version binds it to more than this one knows."""
    bound = json.dumps({**json.loads(saved.row().password_destination or ""), "dane": True})
    encrypted = saved.cipher.encrypt(f"password for {bound}", PASSWORD)
    with saved.app.app_context(), writing(db.session) as session:
        row = session.get_one(Settings, ONLY_ROW)
        row.password_encrypted, row.password_destination = encrypted, bound
    assert saved.endpoint().password == PASSWORD
    assert asks_for(saved, replace(DRAFT, server="evil.example")) == ("server",)
    saved.save(replace(DRAFT, sender="c@d.example"))
    assert saved.endpoint().password == PASSWORD


def test_with_the_password_typed_again_all_may_change(saved: Installation) -> None:
    """F9"""
    draft = replace(DRAFT, server="other.example", tls=False, password=Secret("new"))
    assert saved.endpoint(draft).password == Secret("new")
    saved.save(draft)
    assert saved.endpoint().password == Secret("new")
    assert asks_for(saved, DRAFT) == ("server",)


@pytest.mark.parametrize(
    "draft",
    [
        replace(DRAFT, sender="c@d.example"),
        replace(DRAFT, tls_version=TLSVersion.V1_3),
        replace(DRAFT, tls_start=TLSStart.IMPLICIT),
        replace(DRAFT, auth=Auth.LOGIN),
    ],
)
def test_it_asks_for_nothing_else(saved: Installation, draft: Draft) -> None:
    """F9"""
    assert saved.endpoint(draft).password == PASSWORD
    saved.save(draft)
    assert saved.endpoint().password == PASSWORD


def test_lowering_what_was_raised_asks_again(saved: Installation) -> None:
    """F9: a lower TLS version than the saved one."""
    saved.save(replace(DRAFT, tls_version=TLSVersion.V1_3))
    assert asks_for(saved, DRAFT) == ("tls_version",)


def test_without_a_saved_password_there_is_nothing_to_ask_for(installation: Installation) -> None:
    """F9"""
    installation.save(DRAFT)
    installation.save(replace(DRAFT, server="other.example"))
    assert installation.endpoint().password is None


def test_a_removed_password_is_gone(saved: Installation) -> None:
    """F4"""
    draft = replace(DRAFT, server="other.example", remove_password=True)
    assert saved.endpoint(draft).password is None
    assert not saved.save(draft).has("password")
    assert saved.endpoint().password is None
    assert saved.row().password_encrypted is None


def test_a_user_name_taken_away_and_another_put_in_asks_again(saved: Installation) -> None:
    """F9: nothing is sent without a user name, but the password stays bound to the old one."""
    assert saved.endpoint(replace(DRAFT, username="")).password is None
    saved.save(replace(DRAFT, username=""))
    assert saved.endpoint().password is None
    assert asks_for(saved, replace(DRAFT, username="bob")) == ("username",)
    saved.save(DRAFT)
    assert saved.endpoint().password == PASSWORD


def test_a_server_changed_while_there_is_no_user_name_asks_again(saved: Installation) -> None:
    """F9"""
    evil = replace(DRAFT, server="evil.example", username="")
    saved.save(evil)
    saved.save(replace(evil, tls=False))
    assert asks_for(saved, replace(evil, username="ada", tls=False)) == ("server", "tls")


def test_a_server_changed_on_the_way_back_from_default_asks_again(saved: Installation) -> None:
    """F9, S3"""
    saved.default = DEFAULT
    saved.save(Draft(service=Service.DEFAULT, server="evil.example"))
    assert asks_for(saved, replace(DRAFT, server="evil.example")) == ("server",)
    saved.save(DRAFT)
    assert saved.endpoint().password == PASSWORD


def test_a_password_typed_for_the_default_service_is_not_kept(saved: Installation) -> None:
    """S3"""
    saved.default = DEFAULT
    saved.save(Draft(service=Service.DEFAULT, password=Secret("x"), remove_password=True))
    saved.save(DRAFT)
    assert saved.endpoint().password == PASSWORD


def test_a_server_moved_by_the_environment_does_not_get_the_saved_password(
    saved: Installation,
) -> None:
    """F9, F14"""
    saved.environment(server="other.example")
    assert saved.load().needs("password") == ("server",)
    assert not saved.load().has("password")
    with pytest.raises(SecretNeeded):
        saved.endpoint()
    assert asks_for(saved, DRAFT) == ("server",)
    saved.save(WITH_PASSWORD)
    assert saved.endpoint().server == "other.example"
    assert saved.endpoint().password == PASSWORD


def test_locked_values_override_a_draft_and_are_not_saved(saved: Installation) -> None:
    """F14"""
    saved.environment(server="other.example", username="bob", password=ENVIRONMENT)
    draft = replace(DRAFT, server="evil.example", sender="c@d.example")
    assert saved.endpoint(draft).server == "other.example"
    now = saved.save(draft)
    assert (now.server, now.username, now.sender) == ("other.example", "bob", "c@d.example")
    assert now.locked["server"] == "SMTP_PANEL_SERVER"
    assert (saved.row().server, saved.row().username) == ("smtp.example.com", "ada")
    assert list(saved.log()[0].changes) == ["sender"]


def test_a_password_of_the_environment_goes_where_the_environment_says(
    installation: Installation,
) -> None:
    """F14: no database is needed for it, and no draft changes it."""
    installation.environment(server="s.example", username="ada", password=ENVIRONMENT)
    assert installation.load().has("password")
    assert installation.endpoint().password == ENVIRONMENT
    draft = replace(DRAFT, password=Secret("mine"), remove_password=True)
    assert installation.endpoint(draft).password == ENVIRONMENT
    installation.save(draft)
    assert installation.row().password_encrypted is None


def test_a_password_of_the_environment_goes_nowhere_else(installation: Installation) -> None:
    """F9, F14: an admin can't have it sent to a server of their own."""
    installation.environment(password=ENVIRONMENT)
    assert asks_for(installation_with_row(installation), DRAFT) == ("server", "username")
    typed = replace(DRAFT, password=Secret("mine"), port=25)
    with pytest.raises(SecretNeeded, match="SMTP_PANEL_SERVER, SMTP_PANEL_PORT, SMTP_PANEL_USER"):
        installation.save(typed)
    installation.environment(server="s.example", username="ada", port="25", tls="0")
    assert installation.endpoint(typed).password == ENVIRONMENT


def installation_with_row(installation: Installation) -> Installation:
    installation.save(replace(DRAFT, username=""))
    return installation


def test_the_saved_password_waits_while_the_environment_has_its_own(saved: Installation) -> None:
    """F14"""
    before = saved.config
    saved.environment(server="s.example", username="bob", password=ENVIRONMENT)
    saved.save(replace(DRAFT, sender="c@d.example"))
    saved.config = before
    assert saved.endpoint().password == PASSWORD


def test_a_lost_key_asks_for_the_password_and_breaks_nothing_else(saved: Installation) -> None:
    """V6"""
    saved.cipher = Cipher([OTHER_KEY])
    assert saved.load().lost("password")
    assert not saved.load().has("password")
    with pytest.raises(SecretLost):
        saved.endpoint()
    assert saved.endpoint(replace(DRAFT, username="")).password is None
    saved.save(replace(DRAFT, sender="c@d.example"))
    assert asks_for(saved, replace(DRAFT, server="evil.example")) == ("server",)
    saved.cipher = Cipher([KEY])
    assert saved.endpoint().password == PASSWORD


def test_a_new_password_puts_an_end_to_a_lost_key(saved: Installation) -> None:
    """V6"""
    saved.cipher = Cipher([OTHER_KEY])
    saved.save(replace(DRAFT, password=Secret("new")))
    assert not saved.load().lost("password")
    assert saved.endpoint().password == Secret("new")
    assert saved.log()[0].changes == {"password": ["changed", "changed"]}


def test_a_password_that_can_not_be_read_can_be_removed(saved: Installation) -> None:
    """V6"""
    saved.cipher = Cipher([OTHER_KEY])
    saved.save(replace(DRAFT, remove_password=True))
    assert not saved.load().lost("password")
    assert saved.log()[0].changes == {"password": ["changed", None]}


def test_without_a_key_all_but_a_new_password_can_be_saved(saved: Installation) -> None:
    """V6"""
    saved.cipher = Cipher.without_key(KeyUnavailable(saved.config.data_dir, "Permission denied"))
    assert saved.save(replace(DRAFT, sender="c@d.example")).lost("password")
    with pytest.raises(KeyUnavailable):
        saved.save(replace(DRAFT, password=Secret("new"), sender="e@f.example"))
    assert saved.load().sender == "c@d.example"


def test_saving_encrypts_under_the_newest_key(saved: Installation) -> None:
    """V6: after a save the old key is no longer needed."""
    saved.cipher = Cipher([OTHER_KEY, KEY])
    saved.save(DRAFT)
    saved.cipher = Cipher([OTHER_KEY])
    assert saved.endpoint().password == PASSWORD


def test_a_changed_database_alone_moves_no_password(saved: Installation) -> None:
    """F9, V6: where the password may go is part of what is encrypted."""
    row = saved.row()
    with saved.app.app_context(), writing(db.session) as session:
        stored = session.get_one(Settings, ONLY_ROW)
        stored.server = "evil.example"
        stored.password_destination = (row.password_destination or "").replace(
            "smtp.example.com", "evil.example"
        )
    assert saved.load().lost("password")


def test_the_password_is_nowhere_in_the_database_or_in_a_text(saved: Installation) -> None:
    """F4"""
    with saved.app.app_context():
        files = [path.read_bytes() for path in saved.config.data_dir.glob("panel.db*")]
        stored = b"".join([rows(db.engine).encode(), *files])
    assert b"smtp.example.com" in stored
    assert PASSWORD.reveal().encode() not in stored
    assert PASSWORD.reveal() not in repr(saved.load()) + repr(saved.endpoint())
