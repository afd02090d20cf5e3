"""The rows of the settings in force, of the last that worked, and of what awaits confirmation."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import Row, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from smtp_panel.net.tls import TLSVersion
from smtp_panel.settings.values import Service
from smtp_panel.smtp.endpoint import Auth, TLSStart
from smtp_panel.storage import ADDRESS, Base, KnownOf, OnlyRow, UTCDateTime


class Tested(StrEnum):
    """How the test of the settings ended before they were saved (SPEC V4)."""

    PASSED = "passed"
    FAILED = "failed"
    UNTESTED = "untested"


class SettingsRow(OnlyRow):
    """Settings as they are stored. `version` counts their changes.

    The `_destination` of a secret is where it may be sent: the destination it was typed for, or
    a better protected one that was saved since. `service` is None where only a newer version knows
    it.
    """

    version: Mapped[int]
    service: Mapped[Service | None] = mapped_column(KnownOf(Service, 16), nullable=False)
    server: Mapped[str] = mapped_column(String(253))
    sender: Mapped[str] = mapped_column(String(512))
    username: Mapped[str] = mapped_column(String(255))
    port: Mapped[int]
    tls: Mapped[bool]
    tls_version: Mapped[TLSVersion] = mapped_column(KnownOf(TLSVersion, 16, TLSVersion.V1_3))
    tls_start: Mapped[TLSStart] = mapped_column(KnownOf(TLSStart, 16, TLSStart.AUTO))
    auth: Mapped[Auth] = mapped_column(KnownOf(Auth, 16, Auth.AUTO))
    client_id: Mapped[str] = mapped_column(String(255))
    token_endpoint: Mapped[str] = mapped_column(String(2000))
    scopes: Mapped[str] = mapped_column(String(2000))
    client_secret_ends: Mapped[str] = mapped_column(String(10))
    ehlo_name: Mapped[str] = mapped_column(String(255))
    envelope_sender: Mapped[str] = mapped_column(String(254))
    reply_to: Mapped[str] = mapped_column(String(512))
    time_limit: Mapped[int | None]
    ca_pem: Mapped[str] = mapped_column(Text)
    pinned: Mapped[str] = mapped_column(Text)
    password_encrypted: Mapped[str | None] = mapped_column(Text)
    password_destination: Mapped[str | None] = mapped_column(Text)
    client_secret_encrypted: Mapped[str | None] = mapped_column(Text)
    client_secret_destination: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_by: Mapped[str] = mapped_column(String(ADDRESS))
    test_outcome: Mapped[Tested] = mapped_column(KnownOf(Tested, 16, Tested.UNTESTED))


StoredSettings: TypeAlias = SettingsRow | Row[Any]  # an object of the session, or as it was read


class Settings(SettingsRow, Base):
    """The settings in force."""

    __tablename__ = "settings"


class WorkingSettings(SettingsRow, Base):
    """The last settings that were found to work."""

    __tablename__ = "working_settings"


class EarlierSettings(SettingsRow, Base):
    """Settings that worked before those in WorkingSettings, by which no message has left yet.

    For a check tells that a server lets the panel in, and not that it takes what the panel sends.
    """

    __tablename__ = "earlier_settings"


class AwaitedConfirmation(OnlyRow, Base):
    """That the settings of `version` go back at the `deadline`, unless an admin confirms them.

    `saved_by` wanted it so. Whether they were found to work meanwhile is in `works`; `failure` says
    why they could not go back, a sentence as JSON, and is empty as long as that was not tried.
    """

    __tablename__ = "awaited_confirmation"

    version: Mapped[int]
    deadline: Mapped[datetime] = mapped_column(UTCDateTime)
    saved_by: Mapped[str] = mapped_column(String(ADDRESS))
    works: Mapped[bool]
    failure: Mapped[str] = mapped_column(Text)
