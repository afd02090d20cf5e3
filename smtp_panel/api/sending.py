"""Whether the outbox sends, and where to: paused, or staging (SPEC M5, A5)."""

from __future__ import annotations

import datetime
from typing import Annotated

from flask.typing import ResponseReturnValue
from flask_babel import gettext
from pydantic import AfterValidator, Field

from smtp_panel.access.keys import KeyScope
from smtp_panel.api.bodies import JsonAnswer, JsonObject, WrongFields, answer, ruled
from smtp_panel.api.operation import Operation
from smtp_panel.api.v1 import asking, blueprint
from smtp_panel.outbox import handling, staging
from smtp_panel.outbox.model import Pause
from smtp_panel.outbox.staging import SANDBOX
from smtp_panel.panel import current_panel
from smtp_panel.storage import db, writing
from smtp_panel.words import N_

NO_SANDBOX = N_("There is no sandbox here. Send an address, or null to end staging.")

sending = blueprint("sending")


class NewSending(JsonObject):
    """Whether sending is to be paused."""

    paused: bool


class Sending(JsonAnswer):
    """Whether somebody has paused sending, who and since when.

    `failures` counts those of the mail service in a row; while there are any, one message is tried
    at `next_try_at`, and the others wait. Up to `full_until` what is due waits for a limit of the
    mail server's.
    """

    paused: bool
    paused_by: str | None
    paused_at: datetime.datetime | None
    failures: int
    next_try_at: datetime.datetime | None
    full_until: datetime.datetime | None


def _place(text: str) -> str:
    """Where everything goes, an address or SANDBOX."""
    return text if text == SANDBOX else staging.address(text)


def _domains(texts: list[str]) -> list[str]:
    return [*staging.exceptions(" ".join(texts))]


class NewStaging(JsonObject):
    """Where everything is to go: an address, "sandbox", or null for its recipients."""

    to: Annotated[str, AfterValidator(ruled(_place))] | None
    exceptions: Annotated[list[str], AfterValidator(ruled(_domains))] = Field(
        default=[], description="Domains whose recipients have their mail all the same"
    )


class StagingInForce(JsonAnswer):
    """Where everything goes: an address, "sandbox", or null where it goes to its recipients.

    Recipients at the domains in `exceptions` have their mail all the same.
    """

    to: str | None
    exceptions: list[str]
    staged_by: str | None
    staged_at: datetime.datetime | None


@sending.get("/sending")
@Operation(scopes=(KeyScope.READ,), answers={200: Sending})
def show() -> ResponseReturnValue:
    """Whether what is accepted is sent, or waits."""
    return _sending()


@sending.put("/sending")
@Operation(scopes=(KeyScope.MANAGE,), answers={200: Sending}, body=NewSending)
def change(body: NewSending) -> ResponseReturnValue:
    """Pause sending, or let it go on. What is accepted while it is paused waits."""
    handle = handling.hold if body.paused else handling.release
    with writing(db.session) as session:
        handle(session, asking().actor)
    return _sending()


@sending.get("/staging")
@Operation(scopes=(KeyScope.READ,), answers={200: StagingInForce})
def show_staging() -> ResponseReturnValue:
    """Whether everything goes to one address, or to the sandbox, and not to its recipients."""
    return _staging()


@sending.put("/staging")
@Operation(scopes=(KeyScope.MANAGE,), answers={200: StagingInForce}, body=NewStaging)
def change_staging(body: NewStaging) -> ResponseReturnValue:
    """Send everything to one address, or to the sandbox, or to its recipients again."""
    by = asking().actor
    if body.to == SANDBOX and current_panel().sandbox is None:
        raise WrongFields({"to": gettext(NO_SANDBOX)})
    with writing(db.session) as session:
        if body.to:
            staging.turn_on(session, body.to, body.exceptions, by)
        else:
            staging.turn_off(session, by)
    return _staging()


def _sending() -> ResponseReturnValue:
    pause = db.session.get_one(Pause, 1)
    told = Sending(
        paused=pause.held_by is not None,
        paused_by=pause.held_by,
        paused_at=pause.held_at,
        failures=pause.failures,
        next_try_at=pause.until,
        full_until=pause.full_until,
    )
    return answer(told)


def _staging() -> ResponseReturnValue:
    on = staging.load(db.session.connection())
    told = StagingInForce(
        to=on.address if on else None,
        exceptions=sorted(on.exceptions) if on else [],
        staged_by=on.by if on else None,
        staged_at=on.since if on else None,
    )
    return answer(told)
