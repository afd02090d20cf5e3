"""The settings in force: what is saved, with what the environment locks in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from smtp_panel.config import Config
from smtp_panel.settings import rules
from smtp_panel.settings.cipher import Cipher
from smtp_panel.settings.default_service import DefaultService
from smtp_panel.settings.draft import Draft, NoDefaultService
from smtp_panel.settings.fields import CLIENT_SECRET, PASSWORD, VALUES
from smtp_panel.settings.locked import Locked, locked
from smtp_panel.settings.model import Settings, StoredSettings, Tested
from smtp_panel.settings.secrets import Secrets, secrets_after, secrets_in_force
from smtp_panel.settings.values import Service, Values
from smtp_panel.smtp.endpoint import Endpoint, OAuthClient
from smtp_panel.storage import ONLY_ROW, utcnow

NOBODY = ""
ROW = select(Settings).where(Settings.id == ONLY_ROW)


@dataclass(frozen=True, kw_only=True)
class Saved(Values):
    """The settings in force, locked values included; `version` 0 where nothing is saved yet.

    `locked` maps a field to its variable. `secrets` has the secrets, each with where it may go.
    """

    version: int
    locked: Mapping[str, str]
    secrets: Secrets
    updated_at: datetime | None
    updated_by: str | None
    tested: Tested

    def has(self, secret: str) -> bool:
        """Whether there is a secret of this name, and it may be sent by these settings."""
        return self.secrets[secret].secret is not None and not self.needs(secret)

    def needs(self, secret: str) -> tuple[str, ...]:
        """The fields by which the environment sends this secret elsewhere than it may go.

        Where there are any, it is asked for again.
        """
        return self.secrets[secret].moved(self)

    def lost(self, secret: str) -> bool:
        """Whether the saved secret of this name can't be decrypted, because its key is lost."""
        return self.secrets[secret].undecryptable


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """The addresses of the sender in a message.

    `sender` is the From; `envelope_sender` the address in MAIL FROM, to which bounces are sent;
    `reply_to` is where answers go, empty for the From.
    """

    sender: str
    envelope_sender: str
    reply_to: str = ""


def load(
    session: Session, config: Config, cipher: Cipher, default: DefaultService | None = None
) -> Saved:
    """The settings in force; before the first save, the default service if there is one."""
    row = session.connection().execute(ROW).first()
    return saved_from(row or first_row(config, default), locked(config), cipher)


def endpoint_for(
    saved: Saved,
    draft: Draft | None = None,
    *,
    config: Config,
    default: DefaultService | None = None,
) -> Endpoint:
    """Where and how to connect by `draft`, or without one by the `saved` settings.

    A draft without a secret uses the saved one. Raises SecretNeeded if that may not be sent to the
    new destination, SecretLost if it can't be decrypted, and NoDefaultService.
    """
    values = locked(config).over(draft) if draft else saved
    secrets = secrets_after(saved.secrets, draft, values) if draft else saved.secrets
    if values.service is Service.DEFAULT:
        return required(default).endpoint
    return Endpoint(
        server=values.server,
        port=values.port,
        tls=values.tls,
        tls_version=values.tls_version,
        tls_start=values.tls_start,
        username=values.username,
        password=secrets[PASSWORD].for_use_with(values),
        auth=values.auth,
        oauth=_oauth(values, secrets),
        ca_pem=values.ca_pem or None,
        pinned=values.pinned or None,
        ehlo_name=values.ehlo_name or config.ehlo_name,
    )


def addresses_for(values: Values, default: DefaultService | None) -> Addresses:
    """The addresses in mail by `values`; raises NoDefaultService."""
    sender = sender_for(values, default)
    address = rules.sender_address(sender)
    if values.service is Service.DEFAULT:
        return Addresses(sender=sender, envelope_sender=address)
    return Addresses(
        sender=sender,
        envelope_sender=values.envelope_sender or address,
        reply_to=values.reply_to,
    )


def sender_for(values: Values, default: DefaultService | None) -> str:
    """The From of mail by `values`; raises NoDefaultService."""
    return required(default).sender if values.service is Service.DEFAULT else values.sender


def seconds_for(values: Values, config: Config) -> float:
    """Seconds that a check or a test by `values` may take."""
    custom = values.time_limit if values.service is Service.CUSTOM else None
    return custom or config.test_timeout


def _oauth(values: Values, secrets: Secrets) -> OAuthClient | None:
    """The OAuth client of `values`; None where there is none, or no secret for it."""
    secret = secrets[CLIENT_SECRET].for_use_with(values)
    if not secret:
        return None
    return OAuthClient(
        client_id=values.client_id,
        client_secret=secret,
        token_endpoint=values.token_endpoint,
        scopes=values.scopes,
    )


def required(default: DefaultService | None) -> DefaultService:
    """The default service; raises NoDefaultService where there is none."""
    if not default:
        raise NoDefaultService
    return default


def saved_from(row: StoredSettings, lock: Locked, cipher: Cipher) -> Saved:
    """The settings in `row`, with the locked values in `lock` in place of its own.

    By a service of which only a newer version knows nothing is sent from here.
    """
    values = {name: getattr(row, name) for name in VALUES} if row.service else vars(Values())
    return lock.over(
        Saved(
            **values,
            version=row.version,
            locked=lock.names,
            secrets=secrets_in_force(row, lock, cipher),
            updated_at=row.updated_at if row.version else None,
            updated_by=row.updated_by if row.version else None,
            tested=row.test_outcome,
        )
    )


def first_row(config: Config, default: DefaultService | None) -> Settings:
    """The row that stands for the settings before the first save, its custom service left empty."""
    values = Values(
        service=Service.DEFAULT if default and not config.server else Service.CUSTOM,
    )
    return Settings(
        id=ONLY_ROW,
        version=0,
        updated_at=utcnow(),
        updated_by=NOBODY,
        test_outcome=Tested.UNTESTED,
        **vars(values),
    )
