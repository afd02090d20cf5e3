"""Whose mail it is to the server: what it limits, it limits by account."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

from smtp_panel.outbox.limit_model import ACCOUNT
from smtp_panel.settings.default_service import DefaultService
from smtp_panel.settings.saved import Saved
from smtp_panel.settings.values import Service
from smtp_panel.smtp.endpoint import Endpoint


@dataclass(frozen=True)
class Account:
    """The account `username` at the mail `server`; without a user name, whoever connects."""

    server: str
    username: str

    @cached_property
    def key(self) -> str:
        """What it is called in the database: as long for every account, and no name."""
        named = f"{self.username}\0{self.server}".encode()
        return hashlib.sha256(named).hexdigest()[:ACCOUNT]


def account_of(endpoint: Endpoint) -> Account:
    """The account of `endpoint`."""
    return Account(endpoint.server, endpoint.username)


def account_by(saved: Saved, default: DefaultService | None) -> Account:
    """The account at the server that the `saved` settings name."""
    if saved.service is Service.DEFAULT:
        return account_of(default.endpoint) if default else Account("", "")
    return Account(saved.server, saved.username)
