"""Forgetting messages that came to an end long ago, a few at a time (SPEC M6)."""

from __future__ import annotations

import datetime
from operator import attrgetter

from sqlalchemy import Connection, bindparam, delete, select

from smtp_panel.outbox.model import Message, MessageState

# At most so much goes in one transaction, so that nobody waits long for it.
MESSAGES = 500
RECIPIENTS = 5_000
OCTETS = 8_000_000

# What is uncertain waits for somebody's decision, however long that takes (SPEC M3).
FORGOTTEN = (MessageState.SENT, MessageState.FAILED, MessageState.CANCELLED)
_OLDEST = (
    select(Message.id, Message.state, Message.size, Message.recipients, Message.finished_at)
    .where(Message.state == bindparam("state"), Message.finished_at < bindparam("before"))
    .order_by(Message.finished_at)
    .limit(MESSAGES)
    .with_for_update(skip_locked=True)
)


def prune(connection: Connection, before: datetime.datetime) -> int:
    """Forget the messages that ended longest ago, of those that ended `before`; how many it were.

    With them go their recipients, their attempts, and the octets of what was not sent.
    """
    ended = [
        row
        for state in FORGOTTEN  # each by itself, so that an index leads to the oldest
        for row in connection.execute(_OLDEST, {"state": state, "before": before})
    ]
    chosen: list[str] = []
    recipients = octets = 0
    for row in sorted(ended, key=attrgetter("finished_at"))[:MESSAGES]:
        recipients += row.recipients
        octets += 0 if row.state is MessageState.SENT else row.size
        if chosen and (recipients > RECIPIENTS or octets > OCTETS):
            break
        chosen.append(row.id)
    if chosen:
        connection.execute(delete(Message).where(Message.id.in_(chosen)))
    return len(chosen)
