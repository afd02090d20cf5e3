"""Settings that were saved before there was OAuth (SPEC V6, F9)."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from smtp_panel import storage
from smtp_panel.config import Config
from smtp_panel.settings.cipher import Cipher
from smtp_panel.settings.secrets import SecretNeeded
from smtp_panel.storage import db, upgrade
from smtp_panel.storage.migrate import FOLDER
from tests.settings.conftest import DRAFT, KEY, PASSWORD, Installation

# As the first version wrote it.
BOUND = '{"port": 587, "protection": 3, "server": "smtp.example.com", "username": "ada"}'
ROW = """INSERT INTO settings (id, version, service, server, sender, username, port, tls,
    tls_version, tls_start, auth, password_encrypted, password_destination, updated_at, updated_by,
    test_outcome)
    VALUES (1, 3, 'custom', 'smtp.example.com', 'a@b.example', 'ada', 587, 1,
    '1.2', 'auto', 'auto', :encrypted, :bound, '2025-01-01 00:00:00', 'ada@example.com',
    'untested')"""


@pytest.fixture
def older(tmp_path: Path) -> Installation:
    """An installation of the first version with a saved password, brought up to date."""
    shutil.copytree(FOLDER, tmp_path / "first")
    for file in (tmp_path / "first" / "versions").glob("m[0-9]*"):
        if not file.name.startswith("m0001_"):
            file.unlink()
    config = Config(data_dir=tmp_path)
    app = Flask("bare")
    storage.init_app(app, config)
    encrypted = Cipher([KEY]).encrypt(f"password for {BOUND}", PASSWORD)
    with app.app_context():
        upgrade(db.engine, tmp_path / "first")
        with db.engine.begin() as connection:
            connection.execute(text(ROW), {"encrypted": encrypted, "bound": BOUND})
        upgrade(db.engine)
    return Installation(app, config)


def test_a_password_of_the_first_version_still_works(older: Installation) -> None:
    """V6: where it may go is part of what it was encrypted for."""
    saved = older.load()
    assert (saved.version, saved.client_id, saved.time_limit, saved.ca_pem) == (3, "", None, "")
    assert older.endpoint().password == PASSWORD
    assert (older.endpoint().oauth, older.endpoint().pinned) == (None, None)
    older.save(DRAFT)
    assert older.row().version == 3
    assert older.row().password_destination == BOUND


def test_and_goes_nowhere_else(older: Installation) -> None:
    """F9"""
    for draft in (replace(DRAFT, server="evil.example"), replace(DRAFT, pinned="PEM")):
        with pytest.raises(SecretNeeded):
            older.save(draft)
