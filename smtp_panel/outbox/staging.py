"""Staging: everything goes to one address, or to the sandbox, and not to its recipients.

The octets of a message stay as they are, a signature in them included: only its envelope differs.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.orm import Session

from smtp_panel import audit
from smtp_panel.audit import Actor, AuditAction
from smtp_panel.outbox import pause
from smtp_panel.outbox.model import StagingSwitch
from smtp_panel.outbox.outcomes import MAY_HAVE_IT, Outcome
from smtp_panel.settings.rules import Refused, envelope_sender
from smtp_panel.settings.rules.names import domain_name
from smtp_panel.smtp.envelope import Receipt
from smtp_panel.storage import utcnow
from smtp_panel.words import N_

SANDBOX = "sandbox"  # in place of an address
MOST_EXCEPTIONS = 100  # domains

COLUMNS = (
    StagingSwitch.address,
    StagingSwitch.exceptions,
    StagingSwitch.staged_by,
    StagingSwitch.staged_at,
)
_SEPARATORS = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class Staging:
    """Everything goes to `address`, or to the SANDBOX, but for recipients in `exceptions`.

    Those are domains in ASCII. `by` and `since` tell who has turned it on, and when.
    """

    address: str
    exceptions: frozenset[str]
    by: str
    since: datetime.datetime

    @property
    def to_sandbox(self) -> bool:
        """Whether it is the sandbox that everything goes to."""
        return self.address == SANDBOX

    def instead(self, recipient: str) -> str:
        """Where that goes which is for `recipient`: their own address, if that is excepted."""
        return recipient if self.excepts(recipient) else self.address

    def envelope(self, recipients: Collection[str]) -> tuple[str, ...]:
        """The recipients of the envelope of a message for `recipients`, each once."""
        if self.to_sandbox:
            return tuple(recipients)
        return tuple(dict.fromkeys(map(self.instead, recipients)))

    def receipt(self, staged: Receipt, recipients: Collection[str]) -> Receipt:
        """What `staged`, the receipt of such an envelope, says of the `recipients` themselves."""
        if self.to_sandbox:
            return staged
        accepted, left = frozenset(staged.accepted), frozenset(staged.left)
        places = {to: self.instead(to) for to in recipients}
        return replace(
            staged,
            accepted=tuple(to for to, place in places.items() if place in accepted),
            left=tuple(to for to, place in places.items() if place in left),
            refused={to: staged.refused[p] for to, p in places.items() if p in staged.refused},
        )

    def noted(self, outcome: Outcome) -> Outcome:
        """`outcome`, and for each recipient where the message went instead."""
        people = outcome.claimed.recipients
        fates = {
            number: replace(fate, instead=self.address)
            if fate.state in MAY_HAVE_IT and self.instead(people[number]) != people[number]
            else fate
            for number, fate in outcome.fates.items()
        }
        return replace(outcome, fates=fates)

    def excepts(self, recipient: str) -> bool:
        """Whether `recipient` has their mail all the same."""
        domain = recipient.rpartition("@")[2]
        try:
            return bool(self.exceptions) and domain_name(domain) in self.exceptions
        except Refused:
            return False


def address(text: str) -> str:
    """The rule of the address that everything goes to; raises Refused."""
    found = envelope_sender(text)
    if not found:
        raise Refused(N_("Enter the mail address that everything goes to."))
    return found


def exceptions(text: str) -> tuple[str, ...]:
    """The rule of the domains that are excepted, by commas or blanks; raises Refused."""
    domains = [each.removeprefix("@") for each in _SEPARATORS.split(text) if each]
    if len(domains) > MOST_EXCEPTIONS:
        raise Refused(N_("At most %(most)s domains are possible."), {"most": str(MOST_EXCEPTIONS)})
    return tuple(dict.fromkeys(map(domain_name, domains)))


def staging_in(row: Row[*tuple[Any, ...]]) -> Staging | None:
    """What COLUMNS of the only row say, among others; None while it is off."""
    if row.staged_by is None or row.staged_at is None:
        return None
    return Staging(row.address, frozenset(row.exceptions), row.staged_by, row.staged_at)


def leads_to_sandbox(connection: Connection) -> bool:
    """Whether mail leaves by the sandbox for now, and not by the service of the settings."""
    staged = load(connection)
    return staged is not None and staged.to_sandbox


def load(connection: Connection) -> Staging | None:
    """Where everything goes; None where it goes to its recipients."""
    return staging_in(connection.execute(select(*COLUMNS)).one())


def turn_on(session: Session, to: str, excepted: Sequence[str], by: Actor) -> None:
    """Send everything `to` an address, or to the SANDBOX, but for recipients in some domains."""
    staged = {"staged_by": by.name, "staged_at": utcnow()}
    _switch(session, AuditAction.STAGING_ON, by, address=to, exceptions=list(excepted), **staged)


def turn_off(session: Session, by: Actor) -> None:
    """Send everything to its recipients again."""
    off = {"staged_by": None, "staged_at": None}
    _switch(session, AuditAction.STAGING_OFF, by, address="", exceptions=[], **off)


def _switch(session: Session, action: AuditAction, by: Actor, **values: Any) -> None:
    """Change the only row; what rests may be tried at once, for it may go elsewhere now."""
    connection = session.connection()
    before = connection.execute(select(*COLUMNS).with_for_update()).one()
    connection.execute(update(StagingSwitch).values(values))
    pause.try_now(connection, utcnow())
    changes = {
        "staged_to": (before.address or None, values["address"] or None),
        "exceptions": (_listed(before.exceptions), _listed(values["exceptions"])),
    }
    audit.record(session, action, by, changes=changes)


def _listed(exceptions: Sequence[str]) -> str | None:
    return " ".join(exceptions) or None
