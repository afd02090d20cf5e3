"""The way that mail leaves by the settings in force."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property, partial

from smtp_panel.config import Config
from smtp_panel.diagnosis.diagnosis import Diagnosis, diagnose
from smtp_panel.net.network import Network
from smtp_panel.outbox.account import Account, account_of
from smtp_panel.outbox.sandboxed import SandboxConnection
from smtp_panel.outbox.staging import Staging
from smtp_panel.settings.default_service import DefaultService, operator_variable
from smtp_panel.settings.draft import NoDefaultService
from smtp_panel.settings.network import network_for
from smtp_panel.settings.saved import Saved, endpoint_for
from smtp_panel.settings.secrets import SecretLost, SecretNeeded
from smtp_panel.settings.values import Service
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.smtp.facts import Facts
from smtp_panel.smtp.limits import Limits
from smtp_panel.smtp.tokens import Tokens


@dataclass(frozen=True)
class Route:
    """How mail leaves by the settings of `version`, and by `staging`, where that is on.

    `envelope_sender` is that of the settings, "" where it is the address of each From. Where
    staging leads to the sandbox, but for some recipients, `excepted` is how mail leaves for them.
    `operator_variable` is what decides by which server it leaves, "" where the settings do. It
    holds while `generation` is current (see `pause`).
    """

    endpoint: Endpoint
    network: Network
    tokens: Tokens
    envelope_sender: str
    version: int
    staging: Staging | None = None
    excepted: Route | None = None
    operator_variable: str = ""
    generation: int = 0

    @property
    def to_sandbox(self) -> bool:
        """Whether it leads to the sandbox, and not to the server of the settings."""
        return self.staging is not None and self.staging.to_sandbox

    @property
    def place(self) -> tuple[str, int]:
        """The server that it leads to, and its port."""
        return self.endpoint.server, self.endpoint.port

    @cached_property
    def account(self) -> Account:
        """Whose mail it is to the server that it leads to."""
        return account_of(self.endpoint)

    def explain(self, failure: Facts) -> Diagnosis:
        """Why mail does not leave this way, and what to do."""
        if self.excepted and (failure.server, failure.port) == self.excepted.place:
            return self.excepted.explain(failure)
        why = diagnose(failure)
        if self.to_sandbox:
            return why.of_staging()
        return why.of_operator(self.operator_variable) if self.operator_variable else why

    def is_like(self, other: Route) -> bool:
        """Whether nothing has changed between the two that decides how mail leaves."""
        return self.generation == other.generation

    def sender(self, own: str) -> str:
        """The envelope sender of a message of `own`; it has none where that is "".

        A notice that had one would go in circles (RFC 5321, section 4.5.5).
        """
        return own and (self.envelope_sender or own)

    def envelope(self, recipients: Collection[str]) -> tuple[str, ...]:
        """The recipients of the envelope of a message for `recipients`."""
        return self.staging.envelope(recipients) if self.staging else tuple(recipients)

    def connection(self, limits: Limits) -> Connection:
        """A connection for mail that leaves this way, which is to be opened, within `limits`."""
        if self.staging and self.excepted:
            to_service = partial(self.excepted.connection, limits)
            sender = self.excepted.sender
            return SandboxConnection(self.endpoint, limits, self.staging, to_service, sender)
        return Connection(self.endpoint, limits, self.network, tokens=self.tokens)


def route_by(
    saved: Saved,
    staging: Staging | None,
    generation: int,
    *,
    config: Config,
    default: DefaultService | None,
    sandbox: Endpoint | None,
    tokens: Tokens,
) -> Route | None:
    """How mail leaves by `saved` and `staging`; None where nothing can be sent by them."""
    service = _by_service(saved, config, default, tokens)
    if not (staging and staging.to_sandbox):
        return service and replace(service, staging=staging, generation=generation)
    if sandbox is None or (staging.exceptions and service is None):
        return None
    return Route(
        endpoint=sandbox,
        network=Network(),  # it is a part of the panel, whatever the operator guards
        tokens=tokens,
        envelope_sender="",
        version=saved.version,
        staging=staging,
        excepted=service if staging.exceptions else None,
        generation=generation,
    )


def _by_service(
    saved: Saved,
    config: Config,
    default: DefaultService | None,
    tokens: Tokens,
) -> Route | None:
    """How mail leaves by the mail service of `saved`; None where there is none, or no secret."""
    try:
        endpoint = endpoint_for(saved, config=config, default=default)
    except (SecretNeeded, SecretLost, NoDefaultService):
        return None
    if not endpoint.server:
        return None
    custom = saved.service is Service.CUSTOM
    return Route(
        endpoint=endpoint,
        network=network_for(saved, config),
        tokens=tokens,
        envelope_sender=saved.envelope_sender if custom else "",
        version=saved.version,
        operator_variable=operator_variable(saved, config),
    )
