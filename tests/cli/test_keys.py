"""SPEC section 11: API keys, by the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from smtp_panel.access import keys
from smtp_panel.secret import Secret
from smtp_panel.storage import db
from tests.access.application import application, with_tables


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return with_tables(application(tmp_path))


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["keys", *words])


def opens(app: Flask, client_id: str, client_secret: str) -> bool:
    with app.app_context():
        return (
            keys.authenticate(db.session.connection(), client_id, Secret(client_secret)) is not None
        )


def test_a_key_is_printed_once(app: Flask) -> None:
    """Section 11: `client_id` and `client_secret`, and no command shows the secret again."""
    ran = run(app, "create", "--name", "Billing", "--scope", "send", "--json")
    assert ran.exit_code == 0
    printed = json.loads(ran.stdout)
    assert list(printed) == ["client_id", "client_secret"]
    assert opens(app, **printed)

    listed = run(app, "list", "--json").stdout
    (key,) = json.loads(listed)["keys"]
    assert (key["name"], key["scopes"]) == ("Billing", ["send"])
    assert (key["created_by"], key["used_at"]) == ("command line", None)
    assert printed["client_secret"] not in listed + run(app, "list").stdout


def test_that_there_are_no_keys_is_said(app: Flask) -> None:
    """A6: silence would leave it open whether the command has done anything."""
    assert run(app, "list").stdout == "There are no API keys. `keys create` makes one.\n"


def test_a_new_secret_is_printed_and_a_key_revoked(app: Flask) -> None:
    """A6."""
    first = json.loads(
        run(app, "create", "--name", "X", "--scope", "send", "--scope", "read", "--json").stdout
    )
    second = json.loads(run(app, "rotate", first["client_id"], "--json").stdout)
    assert second["client_secret"] != first["client_secret"]
    assert opens(app, **first)
    assert opens(app, **second)

    assert run(app, "revoke", first["client_id"]).exit_code == 0
    assert not opens(app, **first)
    assert not opens(app, **second)
    assert "revoked" in run(app, "list").stdout


@pytest.mark.parametrize(
    "words",
    [
        ("create", "--name", "X", "--scope", "everything"),
        ("create", "--name", " ", "--scope", "send"),
        ("create", "--name", "X"),
        ("rotate", "unknown"),
        ("revoke", "unknown"),
    ],
)
def test_bad_input_is_told_in_a_sentence(app: Flask, words: tuple[str, ...]) -> None:
    """Section 11: exit code 2, and with --json an object."""
    ran = run(app, *words)
    assert ran.exit_code == 2
    assert "Traceback" not in ran.output
    assert json.loads(run(app, *words, "--json").stdout)["errors"]
