"""SPEC A5 [L]: Looker's own SDK for TypeScript works unchanged, over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from smtp_panel.access import users
from smtp_panel.access.keys import KeyScope
from smtp_panel.secret import Secret
from smtp_panel.storage import db
from tests.api.conftest import program_of
from tests.api.looker.conftest import CUSTOM, PASSWORD, saved
from tests.api.served import served
from tests.servers.npm import ENVIRONMENT, node
from tests.web.conftest import ADMIN, MEMBER, Panel

SCRIPT = Path(__file__).with_name("typescript_sdk.js")


def called(panel: Panel, *calls: list[Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """What the SDK makes of the answers to these calls, one after another, and what it asks."""
    program = program_of(panel, KeyScope.MANAGE)
    with served(panel.app) as there:
        ran = subprocess.run(
            [node(), str(SCRIPT), json.dumps(calls)],
            env={
                "PATH": os.environ["PATH"],
                **ENVIRONMENT,
                "LOOKERSDK_BASE_URL": f"{there.url}/",
                "LOOKERSDK_CLIENT_ID": program.client_id,
                "LOOKERSDK_CLIENT_SECRET": program.secret,
            },
            cwd=SCRIPT.parent,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    panel.settle()
    assert ran.returncode == 0, ran.stderr
    given: list[dict[str, Any]] = json.loads(ran.stdout)
    return given, there.paths


def test_it_works_unchanged(panel: Panel) -> None:
    """Its base URL ends in a slash, and of EXPLICIT_NULL it has no need: it sends null as it is."""
    with panel.app.app_context():
        found = [users.find(db.session, email) for email in (MEMBER, ADMIN)]
    member, admin = (str(user.id) for user in found if user)
    given, asked = called(
        panel,
        ["set_smtp_settings", CUSTOM | {"ssl_version": "SSLv23", "scopes": None}],
        ["set_smtp_settings", {"port": 70_000, "address": "127.0.0.2"}],
        ["smtp_status", "is_valid,node_status(hostname)"],
        ["login_user", member],
        ["smtp_status"],
        ["logout_user"],
        ["login_user", admin],
        ["set_smtp_settings", {"user_name": "", "password": None, "from": "ada@test.example"}],
        ["logout"],
        ["logout"],
        ["smtp_status"],
    )
    set_all, refused, some, _, forbidden, _, _, set_some, *_, status = given
    assert set_all == set_some == {"ok": True, "value": ""}
    assert (refused["ok"], refused["error"]["documentation_url"]) == (False, "")
    assert [each["field"] for each in refused["error"]["errors"]] == ["port"]
    assert some["value"] == {"is_valid": False, "node_status": [{"hostname": "test"}]}
    assert "Only an admin" in forbidden["error"]["message"]
    assert status["value"]["node_count"] == 1

    told = saved(panel)
    assert (told.tls_version, told.username, told.sender) == ("auto", "", "ada@test.example")
    assert (told.secrets["password"].secret, told.updated_by) == (Secret(PASSWORD), ADMIN)
    assert asked[-4:] == [
        "DELETE //api/4.0/logout",
        "DELETE //api/4.0/logout",
        "POST //api/4.0/login",
        "GET //api/4.0/smtp_status",
    ]
