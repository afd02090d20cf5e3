"""The settings in force: what is saved, with what the environment locks in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from smtp_panel.config import Config
from smtp_panel.settings.cipher import Cipher
from smtp_panel.settings.default_service import DefaultService
from smtp_panel.settings.draft import Draft, NoDefaultService
from smtp_panel.settings.kept import Kept, kept_password
from smtp_panel.settings.locked import Locked, locked
from smtp_panel.settings.model import ONLY_ROW, Settings, Tested
from smtp_panel.settings.values import FIELDS, Service, Values
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.storage import utcnow

NOBODY = ""


@dataclass(frozen=True, kw_only=True)
class Saved(Values):
    """The settings in force, locked values included; `version` 0 where nothing is saved yet.

    `locked` maps a field to its variable. `kept` is the password and where it may go.
    """

    version: int
    locked: Mapping[str, str]
    kept: Kept
    updated_at: datetime | None
    updated_by: str | None
    tested: Tested

    @property
    def has_password(self) -> bool:
        """Whether a password is kept that can be sent by these settings."""
        return self.kept.password is not None and not self.needs_password

    @property
    def needs_password(self) -> tuple[str, ...]:
        """The fields that changed in the environment, so that the password is asked for again."""
        return self.kept.moved(self)

    @property
    def undecryptable(self) -> bool:
        """Whether the saved password can't be read, because its key is lost."""
        return self.kept.undecryptable


def load(
    session: Session, config: Config, cipher: Cipher, default: DefaultService | None = None
) -> Saved:
    """The settings in force. Before the first save, the default service where there is one."""
    row = session.get(Settings, ONLY_ROW)
    return saved_from(row or first_row(config, default), locked(config), cipher)


def endpoint_for(
    saved: Saved,
    draft: Draft | None = None,
    *,
    config: Config,
    default: DefaultService | None = None,
) -> Endpoint:
    """Where and how to connect by `draft`, or by what is saved.

    A draft without a password uses the kept one. Raises PasswordNeeded where that may not go
    there, Undecryptable where it can't be read, and NoDefaultService.
    """
    values = locked(config).over(draft) if draft else saved
    kept = saved.kept.after(draft, values) if draft else saved.kept
    if values.service is Service.DEFAULT:
        return provided(default).endpoint
    return Endpoint(
        server=values.server,
        port=values.port,
        tls=values.tls,
        tls_version=values.tls_version,
        tls_start=values.tls_start,
        username=values.username,
        password=kept.for_use_with(values),
        auth=values.auth,
        ehlo_name=config.ehlo_name,
    )


def sender_for(values: Values, default: DefaultService | None = None) -> str:
    """The From of mail by `values`; raises NoDefaultService."""
    return provided(default).sender if values.service is Service.DEFAULT else values.sender


def provided(default: DefaultService | None) -> DefaultService:
    """The default service; raises NoDefaultService where there is none."""
    if not default:
        raise NoDefaultService
    return default


def saved_from(row: Settings, lock: Locked, cipher: Cipher) -> Saved:
    """What `row` puts in force with `lock` over it."""
    return lock.over(
        Saved(
            **{name: getattr(row, name) for name in FIELDS},
            version=row.version,
            locked=lock.names,
            kept=kept_password(row, lock, cipher),
            updated_at=row.updated_at if row.version else None,
            updated_by=row.updated_by if row.version else None,
            tested=row.test_outcome,
        )
    )


def first_row(config: Config, default: DefaultService | None) -> Settings:
    """What is in force before anything was saved; nothing of the custom service is filled in."""
    values = Values(
        service=Service.DEFAULT if default and not config.server else Service.CUSTOM,
    )
    return Settings(
        id=ONLY_ROW,
        version=0,
        updated_at=utcnow(),
        updated_by=NOBODY,
        test_outcome=Tested.UNTESTED,
        **asdict(values),
    )
