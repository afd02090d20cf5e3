"""An installation with a real database, and admins who save settings in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

import pytest
from flask import Flask

from smtp_panel import storage
from smtp_panel.audit import Actor, AuditEntry, page
from smtp_panel.config import Config
from smtp_panel.secret import Secret
from smtp_panel.settings.cipher import Cipher
from smtp_panel.settings.default_service import DefaultService
from smtp_panel.settings.draft import Draft
from smtp_panel.settings.model import Settings, Tested
from smtp_panel.settings.saved import Saved, endpoint_for, load
from smtp_panel.settings.service import Environment, save
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.storage import ONLY_ROW, db, writing

KEY = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
PASSWORD = Secret("correct horse battery")
DRAFT = Draft(server="smtp.example.com", sender="a@b.example", username="ada", port=587)
DEFAULT = DefaultService(Endpoint(server="relay.example", port=587), "x@y.example")


class Installation:
    """What can be done to the settings, each as a request of its own."""

    def __init__(self, app: Flask, config: Config) -> None:
        self.app = app
        self.config = config
        self.cipher = Cipher([KEY])
        self.default: DefaultService | None = None

    def environment(self, **values: Any) -> None:
        """Start again with other variables in the environment."""
        self.config = replace(self.config, **values)

    def save(
        self,
        draft: Draft,
        *,
        by: str = "ada@example.com",
        base_version: int | Literal["in force"] | None = "in force",
        tested: Tested = Tested.UNTESTED,
    ) -> Saved:
        """Save `draft`, which started from this version of the settings, and commit."""
        version = self.load().version if base_version == "in force" else base_version
        with self.app.app_context(), writing(db.session) as session:
            return save(
                session,
                draft,
                Environment(self.config, self.cipher, self.default),
                version,
                by=Actor(by, "192.0.2.7"),
                tested=tested,
            )

    def load(self) -> Saved:
        """The settings in force."""
        with self.app.app_context():
            return load(db.session(), self.config, self.cipher, self.default)

    def endpoint(self, draft: Draft | None = None) -> Endpoint:
        """Where a test of `draft`, or real mail, would connect."""
        return endpoint_for(self.load(), draft, config=self.config, default=self.default)

    def row(self) -> Settings:
        """The row as it is stored."""
        with self.app.app_context():
            return db.session.get_one(Settings, ONLY_ROW)

    def log(self) -> list[AuditEntry]:
        """The audit log, newest first."""
        with self.app.app_context():
            return page(db.session(), before=None)


@pytest.fixture
def installation(prepared: Config) -> Iterator[Installation]:
    app = Flask("bare")
    storage.init_app(app, prepared)
    yield Installation(app, prepared)
    with app.app_context():
        db.engine.dispose()
