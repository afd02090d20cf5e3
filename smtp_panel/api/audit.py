"""The audit log, as programs read it (SPEC V5, A5)."""

from __future__ import annotations

import datetime
from typing import Any

from flask.typing import ResponseReturnValue
from pydantic import Field

from smtp_panel import audit as log
from smtp_panel.access.keys import KeyScope
from smtp_panel.api.bodies import JsonAnswer, answer
from smtp_panel.api.lists import MOST, Listed, Part, id_of, part_of
from smtp_panel.api.mail_types import Line
from smtp_panel.api.operation import Operation
from smtp_panel.api.v1 import blueprint
from smtp_panel.audit import AuditAction
from smtp_panel.storage import db
from smtp_panel.telling.entries import entry_facts

audit = blueprint("audit")


class ChangeOfField(JsonAnswer):
    """A value before and after; of a secret only that it has changed."""

    old: Any
    new: Any


class EntryOfAudit(JsonAnswer):
    """What `actor` did: somebody by mail address, a program as `key`, the name of its API key
    and the beginning of its client id, such as `key Billing (3f9a2c)`, or `environment`,
    `command line`, `proxy` or `schedules`; from the IP address `address`, if it is
    known. Where the settings were saved `settings_version` is the version that came of it. A
    newer version of the panel may know an `action` of its own.
    """

    id: int
    at: datetime.datetime
    actor: str
    address: str
    action: str
    changes: dict[str, ChangeOfField]
    note: str
    settings_version: int | None


class WantedEntries(Part):
    """Which entries are wanted."""

    action: AuditAction | None = Field(default=None, description="Only those of this action")
    actor: Line = Field(default="", description="Only those of whoever is called exactly this")


class AuditLog(Listed):
    """Entries, the newest first."""

    entries: list[EntryOfAudit]


@audit.get("/audit")
@Operation(scopes=(KeyScope.READ,), answers={200: AuditLog}, query=WantedEntries)
def show(query: WantedEntries) -> ResponseReturnValue:
    """Who did what and when: the newest entries, or those that follow."""
    found = log.page(
        db.session(),
        before=id_of(query),
        limit=MOST + 1,
        action=query.action,
        actor=query.actor.strip(),
    )
    shown, following = part_of(found, lambda each: f"{each.id:x}")
    entries = [EntryOfAudit(**entry_facts(each)) for each in shown]
    return answer(AuditLog(entries=entries, next=following))
