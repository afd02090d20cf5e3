"""The settings as programs read and change them (SPEC A5, NAMES)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from smtp_panel.access.keys import KeyScope
from smtp_panel.audit import AuditAction, AuditEntry
from smtp_panel.secret import Secret
from smtp_panel.settings.fields import SECRETS, VALUES
from smtp_panel.storage import db
from tests.api.conftest import Program, program_of, told_by, wrong
from tests.servers.fixtures import StartSmtpd
from tests.web.conftest import ADMIN, MAILING, NOBODY, MakePanel, Panel

SETTINGS = "/settings"
PASSWORD = "hunter2-and-more"
CUSTOM: dict[str, Any] = {
    "service": "custom",
    "server": "127.0.0.1",
    "port": 1,
    "tls": False,
    "sender": "Panel <panel@test.example>",
}


def put(
    manager: Program, *, dry_run: bool = False, etag: str | None = None, **fields: Any
) -> TestResponse:
    """Change `fields`, from the settings in force or from those that `etag` names."""
    current = etag or manager.ask("GET", SETTINGS).headers["ETag"]
    path = f"{SETTINGS}?dry_run=true" if dry_run else SETTINGS
    return manager.ask("PUT", path, fields, {"If-Match": current})


def actions(panel: Panel) -> list[str]:
    """What the audit log has of the settings."""
    with panel.app.app_context():
        every = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        return [each for each in every if each == AuditAction.SETTINGS_SAVED]


@pytest.mark.both_engines
def test_they_are_flat_by_the_names_of_the_form(manager: Program) -> None:
    """NAMES: port an integer, tls a boolean; which secrets are saved, and where all comes from."""
    told = told_by(manager.ask("GET", SETTINGS))
    beside = {"version", "password_saved", "client_secret_saved", "origins"}
    assert set(told) == {*VALUES, *beside}
    assert (told["port"], told["tls"], told["time_limit"]) == (587, True, None)
    assert set(told["origins"]) == {*VALUES, *SECRETS}
    assert set(told["origins"].values()) == {"default"}
    saved = told_by(put(manager, **CUSTOM, username="ada", password=PASSWORD))
    assert saved | CUSTOM == saved
    assert (saved["password_saved"], saved["client_secret_saved"]) == (True, False)
    assert set(saved["origins"].values()) == {"saved"}


def test_no_secret_is_ever_told(manager: Program) -> None:
    """F4: not when it is saved, not when it is refused, and in no log of changes."""
    assert put(manager, **CUSTOM, username="ada", password=PASSWORD).status_code == 200
    answers = [
        put(manager, password=PASSWORD, port=0),
        put(manager, password=[PASSWORD]),
        put(manager, password=PASSWORD, dry_run=True),
        manager.ask("GET", SETTINGS),
    ]
    assert not [each.text for each in answers if PASSWORD in each.text]
    with manager.panel.app.app_context():
        assert PASSWORD not in str(
            [each.changes for each in db.session.scalars(select(AuditEntry))]
        )


def test_what_was_got_can_be_put(manager: Program) -> None:
    """NAMES: what can only be read is ignored, and so is what a dry run said."""
    put(manager, **CUSTOM, username="ada", password=PASSWORD)
    got = manager.ask("GET", SETTINGS)
    dry = told_by(put(manager, dry_run=True, **told_by(got)))
    answer = put(manager, **dry)
    assert answer.status_code == 200
    assert {name: told_by(answer)[name] for name in told_by(got)} == told_by(got)
    assert answer.headers["ETag"] == got.headers["ETag"]


def test_a_change_starts_from_the_state_that_it_names(manager: Program) -> None:
    """NAMES, V3: a stale If-Match 412, none 428; a strong ETag that the next GET has as well."""
    first = manager.ask("GET", SETTINGS).headers["ETag"]
    assert first.startswith('"')
    answer = put(manager, **CUSTOM)
    assert answer.headers["ETag"] == manager.ask("GET", SETTINGS).headers["ETag"] != first
    stale = put(manager, etag=first, port=2)
    assert (stale.status_code, "ETag" in told_by(stale)["message"]) == (412, True)
    assert put(manager, etag=f"W/{answer.headers['ETag']}", port=2).status_code == 412
    assert manager.ask("PUT", SETTINGS, {"port": 2}).status_code == 428
    assert told_by(manager.ask("GET", SETTINGS))["port"] == 1
    assert put(manager, etag=first, port="2").status_code == 422
    assert put(manager, etag=f'"other", {answer.headers["ETag"]}', port=2).status_code == 200
    assert put(manager, etag="*", port=3).status_code == 200


def test_another_password_is_another_state(manager: Program) -> None:
    """V3: though nothing that can be read has changed but the version."""
    put(manager, **CUSTOM, username="ada", password=PASSWORD)
    before = manager.ask("GET", SETTINGS).headers["ETag"]
    assert put(manager, password="another").headers["ETag"] != before


def test_a_dry_run_changes_nothing(make_panel: MakePanel) -> None:
    """NAMES: the state as it would be; ETag, audit log and limits untouched."""
    manager = program_of(make_panel(save_limit="1 per minute"), KeyScope.MANAGE)
    etag = manager.ask("GET", SETTINGS).headers["ETag"]
    for _ in range(3):
        answer = put(manager, dry_run=True, **CUSTOM, username="ada", password=PASSWORD)
        told = told_by(answer)
        assert told | CUSTOM | {"dry_run": True, "password_saved": True} == told
        assert answer.headers["ETag"] == etag
    assert manager.ask("GET", SETTINGS).headers["ETag"] == etag
    assert actions(manager.panel) == []
    assert put(manager, **CUSTOM).status_code == 200
    assert put(manager, dry_run=True, port=0).status_code == 422
    assert manager.ask("PUT", f"{SETTINGS}?dry_run=true", {}).status_code == 428
    assert put(manager, dry_run=True, etag='"old"').status_code == 412
    assert len(actions(manager.panel)) == 1


def test_a_parameter_that_does_not_exist_saves_nothing(manager: Program) -> None:
    """A dry run that was misspelt must not become a save."""
    etag = {"If-Match": manager.ask("GET", SETTINGS).headers["ETag"]}
    for query in ("dryrun=true", "dry_run=maybe", "dry_run=true&dry_run=false"):
        answer = manager.ask("PUT", f"{SETTINGS}?{query}", CUSTOM, etag)
        assert list(wrong(answer)) == [query.partition("=")[0]]
    assert told_by(manager.ask("GET", SETTINGS))["version"] == 0


def test_errors_are_those_of_the_page(manager: Program) -> None:
    """V2, F1 to F5: by field, in words, with the better value where there is one."""
    answer = put(manager, **CUSTOM | {"server": "smtp://mail.example/", "port": 70_000})
    assert list(wrong(answer)) == ["server", "port"]
    assert told_by(answer)["suggestions"]["server"] == "mail.example"
    for field, value in (("port", "587"), ("tls", "yes"), ("server", None), ("shoe_size", 43)):
        assert list(wrong(put(manager, **CUSTOM | {field: value}))) == [field]
    assert "default" in wrong(put(manager, service="defualt"))["service"]
    assert "true or false" in wrong(put(manager, tls="yes"))["tls"]


def test_a_change_of_where_the_password_goes_asks_for_it_again(manager: Program) -> None:
    """F9: on save and in a dry run."""
    assert put(manager, **CUSTOM, username="ada", password=PASSWORD).status_code == 200
    for dry_run in (True, False):
        answer = put(manager, server="localhost", dry_run=dry_run)
        assert "again" in wrong(answer)["password"]
    assert put(manager, server="localhost", password=PASSWORD).status_code == 200


def test_a_password_stays_until_it_is_removed(manager: Program) -> None:
    """F4: an empty one is none that was typed; removing is an act of its own."""
    put(manager, **CUSTOM, username="ada", password=PASSWORD)
    assert told_by(put(manager, password="", sender="b@test.example"))["password_saved"]
    told = told_by(put(manager, remove_password=True))
    assert not told["password_saved"]
    assert told_by(put(manager, server="localhost"))["server"] == "localhost"


def test_the_default_service_is_a_choice_where_there_is_one(
    manager: Program, make_panel: MakePanel
) -> None:
    """S2, S3: else the API refuses it as the page does; custom values stay."""
    assert "default mail service" in wrong(put(manager, service="default"))["service"]
    with_default = program_of(make_panel(**MAILING), KeyScope.MANAGE)
    assert told_by(with_default.ask("GET", SETTINGS))["service"] == "default"
    put(with_default, **CUSTOM)
    told = told_by(put(with_default, service="default"))
    assert (told["service"], told["server"]) == ("default", CUSTOM["server"])


def test_a_change_that_would_have_no_effect_is_refused(make_panel: MakePanel) -> None:
    """NAMES: 200 is with the new state; who names what decides, describes the whole."""
    default = Secret("smtp://127.0.0.1:1?tls=none")
    manager = program_of(make_panel(default_url=default), KeyScope.MANAGE)
    for change in ({"port": 2525}, {"password": "typed"}, {"remove_password": True}):
        refused = put(manager, **change)
        assert refused.status_code == 422
        assert "unless service is custom" in wrong(refused)[next(iter(change))]
    assert put(manager, service="default", port=2525).status_code == 200
    assert put(manager, port=587).status_code == 200, "as it is already"


def test_what_the_environment_fixes_can_only_be_said_again(make_panel: MakePanel) -> None:
    """F14: its origin is told."""
    panel = make_panel(server="mail.example", password=Secret(PASSWORD))
    manager = program_of(panel, KeyScope.MANAGE)
    told = told_by(manager.ask("GET", SETTINGS))
    assert (told["server"], told["origins"]["server"]) == ("mail.example", "environment")
    assert (told["password_saved"], told["origins"]["password"]) == (True, "environment")
    assert "SMTP_PANEL_SERVER" in wrong(put(manager, server="other"))["server"]
    assert "SMTP_PANEL_PASSWORD" in wrong(put(manager, password="other"))["password"]
    assert put(manager, **CUSTOM | {"server": "mail.example"}).status_code == 200


def test_what_is_accepted_with_a_warning_says_so(make_panel: MakePanel) -> None:
    """F10: port 25 on Azure."""
    manager = program_of(make_panel(hosting="azure"), KeyScope.MANAGE)
    assert "https://" in told_by(put(manager, **CUSTOM | {"port": 25}))["notices"]["port"]


def test_saves_are_counted_by_the_key(make_panel: MakePanel) -> None:
    """L1, L2: 429 with Retry-After; what is refused does not count."""
    manager = program_of(make_panel(save_limit="1 per minute"), KeyScope.MANAGE)
    assert put(manager, **CUSTOM | {"port": 0}).status_code == 422
    assert put(manager, **CUSTOM).status_code == 200
    answer = put(manager, port=2)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert str(answer.headers["Retry-After"]) in told_by(answer)["message"]
    assert told_by(manager.ask("GET", SETTINGS))["port"] == 1


def test_a_save_is_checked_and_told_as_on_the_page(manager: Program, smtpd: StartSmtpd) -> None:
    """V1, V5: a check starts at once; the audit log says which key it was."""
    server = smtpd("none")
    answer = put(manager, **CUSTOM | {"server": server.host, "port": server.port})
    assert answer.status_code == 200
    manager.panel.settle()
    assert server.connections == 1
    with manager.panel.app.app_context():
        (entry,) = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == AuditAction.SETTINGS_SAVED)
        )
        assert (entry.actor, entry.address) == (manager.actor, "127.0.0.1")


def test_a_save_by_an_admin_in_between_is_not_undone(manager: Program) -> None:
    """V3: over the page and the API alike."""
    etag = manager.ask("GET", SETTINGS).headers["ETag"]
    assert manager.panel.admin().save(**NOBODY).status_code == 303
    stale = put(manager, etag=etag, **CUSTOM)
    assert stale.status_code == 412
    assert f"{ADMIN} saved" in told_by(stale)["message"]


@pytest.mark.parametrize(("scope", "reads"), [(KeyScope.SEND, 403), (KeyScope.READ, 200)])
def test_only_a_key_that_may_manage_changes_them(panel: Panel, scope: KeyScope, reads: int) -> None:
    """NAMES, scopes."""
    manager = program_of(panel, scope)
    assert manager.ask("GET", SETTINGS).status_code == reads
    assert manager.ask("PUT", SETTINGS, {}, {"If-Match": "*"}).status_code == 403


def test_more_than_any_settings_could_be_is_refused(manager: Program) -> None:
    """NAMES, 413: 64 KiB; 415 and 400 for what is no JSON."""
    assert put(manager, ca_pem="x" * 65536).status_code == 413
    sent = {"auth": (manager.client_id, manager.secret), "headers": {"If-Match": "*"}}
    url = f"/api/v1{SETTINGS}"
    as_json = {"content_type": "application/json"}
    for data, how, status in (
        (json.dumps(CUSTOM), {"content_type": "text/plain"}, 415),
        ("{", as_json, 400),
        ("[]", as_json, 422),
        ("", as_json, 400),
    ):
        answer = manager.client.put(url, data=data, **sent, **how)
        assert (answer.status_code, answer.mimetype) == (status, "application/json")
    refused = manager.ask("DELETE", SETTINGS)
    assert refused.status_code == 405
    assert set(refused.headers["Allow"].split(", ")) >= {"GET", "PUT"}
