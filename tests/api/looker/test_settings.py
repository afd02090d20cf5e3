"""SPEC A5 [L]: setting the mail path by Looker's names."""

from __future__ import annotations

import logging
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import event, func, select

from smtp_panel.api.looker.names import NAMES
from smtp_panel.audit import AuditAction
from smtp_panel.mail.occasions import SETTINGS_CHANGED
from smtp_panel.outbox.model import Message
from smtp_panel.secret import Secret
from smtp_panel.settings.values import Service
from smtp_panel.storage import db
from tests.api.conftest import told_by
from tests.api.looker.conftest import (
    CUSTOM,
    PASSWORD,
    STATUS,
    Client,
    entries,
    saved,
    wrong,
)
from tests.web.conftest import MAILING, SECOND_ADMIN, MakePanel


@pytest.mark.both_engines
def test_settings_come_by_lookers_names(client: Client) -> None:
    oauth = {
        "auth_type": "oauth2",
        "client_id": "the-panel",
        "client_secret": PASSWORD,
        "token_endpoint": "https://login.test.example/token",
        "scopes": "mail.send  offline",
    }
    assert client.set(CUSTOM, **oauth, ssl_version="TLSv1_2").status_code == 204
    told = saved(client.panel)
    assert (told.server, told.port, told.sender) == ("127.0.0.1", 1, "Panel <panel@test.example>")
    assert (told.username, told.tls, told.tls_version) == ("panel", False, "1.2")
    assert (told.auth, told.client_id, told.scopes) == ("oauth2", "the-panel", "mail.send offline")
    assert told.token_endpoint == "https://login.test.example/token"
    assert told.secrets["client_secret"].secret == Secret(PASSWORD)
    assert client.set(auth_type="LOGIN", password=PASSWORD).status_code == 204
    told = saved(client.panel)
    assert (told.auth, told.secrets["password"].secret) == ("login", Secret(PASSWORD))


def test_each_ssl_version_has_its_place(client: Client) -> None:
    """F6: automatic is Looker's SSLv23; an empty one is what is usual."""
    places = {"TLSv1_1": "1.1", "SSLv23": "auto", "": "1.2", "TLSv1_2": "1.2"}
    for name, version in places.items():
        client.set(CUSTOM, enable_starttls_auto=True, ssl_version=name)
        assert (saved(client.panel).tls, saved(client.panel).tls_version) == (True, version)


def test_what_is_absent_or_null_stays(client: Client) -> None:
    """A5: as it is saved; an empty text is an empty field of the page."""
    assert client.set(CUSTOM).status_code == 204
    before = saved(client.panel)
    assert client.set().status_code == 204
    nulls = dict.fromkeys([*CUSTOM, "ssl_version", "auth_type", "scopes", "default_smtp"])
    assert client.set(nulls).status_code == 204
    assert (
        client.set(password="", client_secret="", ssl_version="", auth_type="").status_code == 204
    )
    assert saved(client.panel) == before

    codes = {
        name: code for name, (code, _) in wrong(client.set({"address": "", "from": ""})).items()
    }
    assert codes == {"address": "missing_field", "from": "missing_field"}
    assert client.set(user_name="").status_code == 204
    after = saved(client.panel)
    assert (after.username, after.secrets["password"].secret) == ("", Secret(PASSWORD))


CHANGES: list[dict[str, Any]] = [
    {"address": "127.0.0.2"},
    {"port": 2},
    {"user_name": "eve"},
    {"ssl_version": "SSLv23"},
    {"enable_starttls_auto": False},
]


def test_a_saved_password_goes_nowhere_else_unless_it_is_given(client: Client) -> None:
    """F9 [L]: the rules of the page."""
    client.set(CUSTOM, enable_starttls_auto=True)
    for change in CHANGES:
        code, message = wrong(client.set(change))["password"]
        assert (code, "again" in message) == ("missing_field", True), change
        assert client.set(change, password=PASSWORD).status_code == 204


def test_the_rules_of_the_page_judge_and_looker_s_names_tell(client: Client) -> None:
    """F1-F6: each with what is wrong, and the better value where one is known."""
    mistakes = {
        "address": "https://smtp.test.example/",
        "from": "O'Brien <ob@test.example>",
        "port": "0587",
        "ssl_version": "TLSv1_3",
        "auth_type": "cram-md5",
        "user_name": 7,
        "enable_starttls_auto": "yes",
        "starttls": True,
    }
    told = wrong(client.set(mistakes))
    assert set(told) == set(mistakes)
    assert {code for code, _ in told.values()} == {"invalid"}
    assert told["address"][1].endswith("Try smtp.test.example.")
    assert told["from"][1].endswith("Try OBrien <ob@test.example>.")
    assert told["port"][1].endswith("Try 587.")
    assert told["ssl_version"][1].endswith("TLSv1_1, SSLv23, TLSv1_2.")
    assert "auto, plain, login, oauth2" in told["auth_type"][1]
    assert "no such field" in told["starttls"][1]
    assert saved(client.panel).version == 0
    for value in (True, 5.5, [587]):
        assert set(wrong(client.set(CUSTOM, port=value))) == {"port"}


def test_of_two_saves_at_once_the_second_is_told(client: Client) -> None:
    """V3: 409, and nothing of it is saved."""
    other = Client(client.panel)
    others_save = Thread(target=other.set, args=[CUSTOM])

    def save_meanwhile(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM settings" in statement and others_save.ident is None:
            others_save.start()
            others_save.join()

    event.listen(client.panel.engine, "after_cursor_execute", save_meanwhile)
    answer = client.set(CUSTOM, port=2)
    assert answer.status_code == 409
    assert "saved the settings meanwhile" in told_by(answer)["message"]
    assert saved(client.panel).port == CUSTOM["port"]


def test_the_default_service_is_refused_where_there_is_none(client: Client) -> None:
    """S2 [L]."""
    assert set(wrong(client.set(default_smtp=True))) == {"default_smtp"}
    assert client.set(CUSTOM, default_smtp=False).status_code == 204


def test_who_describes_a_server_leaves_the_default_service(make_panel: MakePanel) -> None:
    """S3: the custom values stay where the default service is chosen again."""
    panel = make_panel(**MAILING)
    client = Client(panel)
    assert client.set(CUSTOM).status_code == 204
    assert saved(panel).service is Service.CUSTOM
    assert client.set(default_smtp=True).status_code == 204
    assert (saved(panel).service, saved(panel).server) == (Service.DEFAULT, "127.0.0.1")


def test_what_the_environment_fixes_is_told_and_may_be_sent_as_it_is(
    make_panel: MakePanel,
) -> None:
    """F14."""
    client = Client(make_panel(server="127.0.0.1"))
    assert client.set(CUSTOM).status_code == 204
    told = wrong(client.set(CUSTOM, address="127.0.0.2"))
    assert "SMTP_PANEL_SERVER" in told["address"][1]


def test_a_save_is_told_checked_and_counted_as_one_of_the_page(make_panel: MakePanel) -> None:
    """V1, V5, L1, M1: in the audit log, by notice, in the status, per key and for all together."""
    panel = make_panel(**MAILING, save_limit="2 per minute", save_limit_all="3 per minute")
    panel.want(SECOND_ADMIN, SETTINGS_CHANGED)
    client, other = Client(panel), Client(panel)
    assert wrong(client.set(port=0))  # does not count
    assert [client.set(CUSTOM, port=port).status_code for port in (1, 2)] == [204, 204]
    limited = client.set(CUSTOM)
    assert limited.status_code == 429
    assert 0 < int(limited.headers["Retry-After"]) <= 60
    assert [other.set(CUSTOM).status_code for _ in range(2)] == [204, 429]

    entry = entries(panel, AuditAction.SETTINGS_SAVED)[0]
    assert (entry.actor, entry.address) == (other.key.actor, "127.0.0.1")
    assert entry.changes["password"] == ["changed", "changed"]
    with panel.app.app_context():
        assert db.session.scalar(select(func.count(Message.id))) == 3
    status = client.status()
    assert (status["is_valid"], status["node_count"]) == (False, 1)
    assert "port 1" in status["node_status"][0]["message"]


def test_no_secret_is_ever_told(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """F4: in no answer, no log and no entry of the audit log."""
    caplog.set_level(logging.DEBUG)
    client.set(CUSTOM)
    client.set(CUSTOM, address="https://", client_secret=PASSWORD)
    client.set(password={"is": PASSWORD})
    client.login(client_secret=PASSWORD)
    client.ask("GET", STATUS)
    told = b"".join(client.panel.answers).decode() + caplog.text
    told += str([each.changes for each in entries(client.panel, AuditAction.SETTINGS_SAVED)])
    assert PASSWORD not in told
    assert client.key.secret not in told


def test_each_name_is_in_the_documentation() -> None:
    text = (Path(__file__).parents[3] / "docs" / "looker.md").read_text()
    assert all(f"`{name}`" in text for name in NAMES)
