"""What was last seen of a domain is kept, and what differs from what was seen before is noted."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Sequence

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from smtp_panel import audit
from smtp_panel.audit import Actor, AuditAction
from smtp_panel.deliverability.finding import TO_MEND, CheckKind, Finding, State, worst
from smtp_panel.deliverability.model import LOOK_LEASE, Deliverability, DeliverabilityChange
from smtp_panel.deliverability.selectors import Selector
from smtp_panel.status.due import after_about
from smtp_panel.storage import locked_row

SOONER_SECONDS = 3600.0  # after a look by which something could not be looked up
MISSED = datetime.timedelta(days=7)  # that what is no more than noted is called no longer right
OF_THE_WAY = frozenset(
    {CheckKind.SPF, CheckKind.PTR}
)  # whose notes are of what is not known of that
MOST_CHANGES = 20
MOST_SELECTORS = 5


def last_seen(session: Session, domain: str) -> Deliverability | None:
    """What was last seen of `domain`; None where nobody has looked yet."""
    return session.get(Deliverability, domain)


def changes(session: Session, domain: str) -> Sequence[DeliverabilityChange]:
    """The last changes of `domain`, the newest first."""
    return session.scalars(_changes_of(domain).limit(MOST_CHANGES)).all()


def is_due(
    seen: Deliverability | None, version: int, seconds: float, now: datetime.datetime
) -> bool:
    """Whether to look again now, as should be every `seconds`.

    It is where nobody has looked with this `version` of the settings, or not before now, by a clock
    that was ahead; and never while somebody looks.
    """
    if seen is None or seen.seen_at is None:
        return seen is None or not seen.is_looking(now)
    if seen.is_looking(now):
        return False
    unknown = any(each.state is State.UNKNOWN for each in seen.findings)
    pause = min(seconds, SOONER_SECONDS) if unknown else seconds
    known = seen.version == version and seen.seen_at <= now
    return not known or now >= after_about(pause, seen.seen_at, seen.domain)


def claim(session: Session, domain: str, now: datetime.datetime) -> datetime.datetime | None:
    """Begin to look at `domain`; None where somebody else does already.

    What it gives is to be told to `note` at the end.
    """
    seen = _row(session, domain)
    if seen.is_looking(now):
        return None
    seen.looking_until = now + LOOK_LEASE
    return seen.looking_until


def note(
    session: Session,
    domain: str,
    claimed: datetime.datetime,
    findings: Collection[Finding],
    *,
    version: int,
    by: str,
    now: datetime.datetime,
) -> None:
    """Keep what was found by whoever has `claimed` the look, `by` an admin or by itself.

    Nothing is kept of a look that others have overtaken. What could not be looked up is as it was.
    """
    seen = _row(session, domain)
    if seen.looking_until != claimed:
        return
    before, after = seen.states, _states(seen.states, findings)
    changed = [each for each in worst(findings) if _differs(each, before)]
    session.add_all(_change(domain, each, State(before[each.check]), now) for each in changed)
    seen.lost = _lost(seen, after, now, same_settings=seen.version == version)
    seen.states, seen.stored = after, [each.to_json() for each in findings]
    seen.version, seen.seen_by, seen.seen_at = version, by, now
    seen.looking_until = None
    if changed:
        session.flush()
        _forget_old_changes(session, domain)


def give_up(session: Session, domain: str, claimed: datetime.datetime) -> None:
    """End a look that has come to nothing."""
    seen = _row(session, domain)
    if seen.looking_until == claimed:
        seen.looking_until = None


def enter(session: Session, domain: str, selectors: Sequence[Selector], by: Actor) -> None:
    """Keep `selectors` as well, the last MOST_SELECTORS that were entered."""
    _reselect(session, domain, lambda known: list(dict.fromkeys([*known, *selectors])), by)


def forget(session: Session, domain: str, selector: Selector, by: Actor) -> None:
    """Keep a selector that was entered no longer."""
    _reselect(session, domain, lambda known: [each for each in known if each != selector], by)


def _reselect(
    session: Session, domain: str, change: Callable[[list[Selector]], list[Selector]], by: Actor
) -> None:
    """Change the selectors, with which nobody has looked then, whoever looks right now."""
    seen = _row(session, domain)
    before, after = seen.selectors, change(seen.selectors)[-MOST_SELECTORS:]
    if after == before:
        return
    seen.entered, seen.version, seen.looking_until = list(map(list, after)), None, None
    audit.record(
        session,
        AuditAction.SELECTORS_CHANGED,
        by,
        changes={"selectors": (_named(before), _named(after))},
    )


def _named(selectors: Sequence[Selector]) -> str | None:
    """The names in the DNS; None for none."""
    return ", ".join(each.host for each in selectors) or None


def _row(session: Session, domain: str) -> Deliverability:
    """The row of `domain`, locked."""
    return locked_row(session, Deliverability, domain, lambda: Deliverability(domain=domain))


def _states(before: dict[str, str], findings: Collection[Finding]) -> dict[str, str]:
    """How each check is, or was when it could last be looked up."""
    now = {each.check: each.state for each in worst(findings)}
    known = {
        check: before.get(check, "") if state is State.UNKNOWN else state
        for check, state in now.items()
    }
    return {check: state for check, state in known.items() if state}


def _lost(
    seen: Deliverability, after: dict[str, str], now: datetime.datetime, *, same_settings: bool
) -> dict[str, str]:
    """Since when each check is no longer right that was.

    What is a note now is missed for a while, where it was right by the same settings: somebody may
    have wanted it so.
    """
    lost = {}
    for check, state in after.items():
        since = datetime.datetime.fromisoformat(seen.lost.get(check, now.isoformat()))
        was_right = check in seen.lost or seen.states.get(check) == State.GOOD
        noted = state == State.NOTE and check not in OF_THE_WAY and now - since < MISSED
        told = noted and (same_settings or check in seen.lost)
        if was_right and (state in TO_MEND or told):
            lost[check] = since.isoformat()
    return lost


def _differs(finding: Finding, before: dict[str, str]) -> bool:
    known = before.get(finding.check)
    return finding.state is not State.UNKNOWN and known in {*State} and known != finding.state


def _change(
    domain: str, finding: Finding, before: State, now: datetime.datetime
) -> DeliverabilityChange:
    return DeliverabilityChange(domain=domain, at=now, before=before, stored=finding.to_json())


def _changes_of(domain: str) -> Select[DeliverabilityChange]:
    model = DeliverabilityChange
    return select(model).where(model.domain == domain).order_by(model.id.desc())


def _forget_old_changes(session: Session, domain: str) -> None:
    oldest = session.scalars(_changes_of(domain).offset(MOST_CHANGES - 1).limit(1)).first()
    if oldest:
        model = DeliverabilityChange
        session.execute(delete(model).where(model.domain == domain, model.id < oldest.id))
