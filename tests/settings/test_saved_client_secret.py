"""The kept client secret, beside the password (SPEC F4, F8, F9, F14, V5, V6)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smtp_panel.net.tls import TLSVersion
from smtp_panel.secret import Secret
from smtp_panel.settings.cipher import Cipher, Undecryptable
from smtp_panel.settings.draft import Draft
from smtp_panel.settings.secrets import SecretLost, SecretNeeded
from smtp_panel.settings.values import Service
from smtp_panel.smtp.endpoint import Auth, OAuthClient
from smtp_panel.storage import db
from tests.settings.conftest import DEFAULT, DRAFT, KEY, PASSWORD, Installation
from tests.storage.databases import rows

pytestmark = pytest.mark.both_engines

CLIENT_SECRET = Secret("s3cret of the client")
OTHER_KEY = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="
OAUTH = replace(
    DRAFT,
    auth=Auth.OAUTH2,
    client_id="panel",
    token_endpoint="https://id.example/token",
    scopes="mail.send",
)
CLIENT = OAuthClient(
    client_id="panel",
    client_secret=CLIENT_SECRET,
    token_endpoint="https://id.example/token",
    scopes="mail.send",
)


@pytest.fixture
def saved(installation: Installation) -> Installation:
    """An installation where a password is saved, and after it a client secret."""
    installation.save(replace(DRAFT, password=PASSWORD))
    installation.save(replace(OAUTH, client_secret=CLIENT_SECRET))
    return installation


def asks_for(installation: Installation, draft: Draft) -> tuple[str, tuple[str, ...]]:
    """The secret that saving and testing `draft` ask for, and why; both the same."""
    with pytest.raises(SecretNeeded) as tested:
        installation.endpoint(draft)
    with pytest.raises(SecretNeeded) as saving:
        installation.save(draft)
    assert (saving.value.name, saving.value.changed) == (tested.value.name, tested.value.changed)
    return saving.value.name, saving.value.changed


@pytest.mark.parametrize(
    ("draft", "changed"),
    [
        (replace(OAUTH, token_endpoint="https://evil.example/t"), "token_endpoint"),
        (replace(OAUTH, client_id="evil"), "client_id"),
        (replace(OAUTH, server="evil.example"), "server"),
        (replace(OAUTH, port=465), "port"),
        (replace(OAUTH, username="bob"), "username"),
        (replace(OAUTH, tls=False), "tls"),
        (replace(OAUTH, tls_version=TLSVersion.AUTO), "tls_version"),
        (replace(OAUTH, ca_pem="PEM"), "ca_pem"),
        (replace(OAUTH, pinned="PEM"), "pinned"),
    ],
)
def test_it_asks_for_the_client_secret_again_when_it_or_its_token_would_go_elsewhere(
    saved: Installation, draft: Draft, changed: str
) -> None:
    """F9: in save and test; typed again, all may change."""
    assert asks_for(saved, draft) == ("client_secret", (changed,))
    again = replace(draft, client_secret=Secret("new"))
    saved.save(again)
    oauth = saved.endpoint().oauth
    assert oauth
    assert oauth.client_secret == Secret("new")


@pytest.mark.parametrize(
    "draft",
    [
        replace(OAUTH, scopes="other"),
        replace(OAUTH, sender="c@d.example"),
        replace(OAUTH, envelope_sender="bounce@d.example", time_limit=3, ehlo_name="x.example"),
        replace(OAUTH, tls_version=TLSVersion.V1_3),
    ],
)
def test_it_asks_for_nothing_else(saved: Installation, draft: Draft) -> None:
    """F9"""
    saved.save(draft)
    assert saved.endpoint().oauth == replace(CLIENT, scopes=draft.scopes)


def test_the_secret_of_the_chosen_way_to_sign_in_is_the_one_that_is_sent(
    saved: Installation,
) -> None:
    """F8: each keeps its own, and going from one to the other asks for nothing."""
    assert saved.endpoint().password is None
    assert saved.endpoint().oauth == CLIENT
    saved.save(DRAFT)
    assert saved.endpoint().password == PASSWORD
    assert saved.endpoint().oauth is None
    assert saved.load().client_id == "panel"
    assert asks_for(saved, replace(OAUTH, client_id="evil"))[0] == "client_secret"
    saved.save(OAUTH)
    assert saved.endpoint().oauth == CLIENT


def test_a_server_changed_with_one_secret_asks_for_the_other(saved: Installation) -> None:
    """F9: neither goes where it was not typed for."""
    saved.save(replace(OAUTH, server="other.example", client_secret=CLIENT_SECRET))
    assert asks_for(saved, replace(DRAFT, server="other.example")) == ("password", ("server",))
    saved.save(replace(DRAFT, server="third.example", password=PASSWORD))
    moved = replace(OAUTH, server="third.example")
    assert asks_for(saved, moved) == ("client_secret", ("server",))


def test_a_secret_that_is_not_used_is_not_kept(saved: Installation) -> None:
    """F8"""
    saved.save(replace(OAUTH, password=Secret("other")))
    saved.save(replace(DRAFT, client_secret=Secret("other")))
    assert saved.endpoint().password == PASSWORD
    assert saved.endpoint(OAUTH).oauth == CLIENT


def test_each_saved_secret_is_removed_by_an_act_of_its_own(saved: Installation) -> None:
    """F4, V5"""
    saved.save(replace(OAUTH, remove_client_secret=True))
    assert saved.log()[0].changes == {"client_secret": ["changed", None]}
    assert saved.endpoint().oauth is None
    assert saved.row().client_secret_encrypted is None
    assert (saved.load().has("password"), saved.load().has("client_secret")) == (True, False)
    assert saved.endpoint(DRAFT).password == PASSWORD
    saved.save(replace(OAUTH, remove_password=True))
    assert saved.endpoint(DRAFT).password is None


def test_the_client_secret_stays_with_the_default_service(saved: Installation) -> None:
    """S3"""
    saved.default = DEFAULT
    saved.save(Draft(service=Service.DEFAULT))
    assert saved.endpoint() == DEFAULT.endpoint
    assert saved.endpoint(OAUTH).oauth == CLIENT


def test_a_lost_key_asks_for_the_client_secret_that_is_used(saved: Installation) -> None:
    """V6"""
    saved.cipher = Cipher([OTHER_KEY])
    with pytest.raises(SecretLost, match="client secret can't be read"):
        saved.endpoint()
    saved.save(replace(OAUTH, client_secret=Secret("new")))
    oauth = saved.endpoint().oauth
    assert oauth
    assert oauth.client_secret == Secret("new")
    assert saved.load().lost("password")


def test_one_secret_can_not_be_put_in_the_place_of_the_other(saved: Installation) -> None:
    """V6: what it is for is part of what is encrypted."""
    cipher = Cipher([KEY])
    row = saved.row()
    assert row.client_secret_encrypted
    with pytest.raises(Undecryptable):
        cipher.decrypt(f"password for {row.client_secret_destination}", row.client_secret_encrypted)


def test_a_client_secret_of_the_environment_goes_where_the_environment_says(
    installation: Installation,
) -> None:
    """F9, F14"""
    installation.environment(client_secret=CLIENT_SECRET, server="s.example", username="ada")
    with pytest.raises(SecretNeeded, match="SMTP_PANEL_TOKEN_ENDPOINT, SMTP_PANEL_CLIENT_ID"):
        installation.save(replace(OAUTH, client_secret=Secret("mine")))
    installation.environment(client_id="panel", token_endpoint="https://id.example/token")
    installation.save(replace(OAUTH, client_id="evil", client_secret=Secret("mine")))
    assert installation.endpoint().oauth == CLIENT
    assert installation.row().client_secret_encrypted is None
    with pytest.raises(SecretNeeded, match="Set SMTP_PANEL_PINNED there"):
        installation.save(replace(OAUTH, pinned="PEM"))


def test_the_client_secret_is_nowhere_in_the_database_or_in_a_text(saved: Installation) -> None:
    """F4"""
    with saved.app.app_context():
        files = [path.read_bytes() for path in saved.config.data_dir.glob("panel.db*")]
        stored = b"".join([rows(db.engine).encode(), *files])
    assert b"id.example" in stored
    assert CLIENT_SECRET.reveal().encode() not in stored
    assert CLIENT_SECRET.reveal() not in repr(saved.load()) + repr(saved.endpoint()) + repr(OAUTH)
