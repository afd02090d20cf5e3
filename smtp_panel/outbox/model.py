"""The tables of the outbox: what was accepted, what of it still waits, and how it went.

`message` is the history, one narrow row for each message; `queue` has only what is not finished, so
that what is due is found among few, however long the history is.
"""

from __future__ import annotations

import datetime
import secrets
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from smtp_panel.smtp.facts import Stage
from smtp_panel.storage import ADDRESS, Base, KnownOf, OnlyRow, SaidText, UTCDateTime
from smtp_panel.words import Said

ID = 32  # characters
DIAGNOSIS = 100  # characters of the id of a diagnosis
WORDS = 1000  # characters that are kept of what others write: subjects, replies


class MessageState(StrEnum):
    """Where a message stands, as a whole or for one recipient.

    SENDING is never stored: it is a waiting message that a worker has in hand. UNCERTAIN may have
    been taken by the server, which has not said so; so is read what only a newer version knows.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


STATE = KnownOf(MessageState, 10, MessageState.UNCERTAIN)


class Lane(IntEnum):
    """What goes first: what somebody waits for (an invitation, a reset), then mail, then bulk.

    What goes to thousands, of whom a server takes some at a time, is on its way in PARTS, before
    more bulk. A version that knows nothing of them takes nothing from that lane.
    """

    URGENT = 0
    NORMAL = 1
    PARTS = 3
    BULK = 2


def _where(condition: str) -> dict[str, Any]:
    """The rows that an index has, on both engines."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Message(Base):
    """A message that was accepted.

    `sender` is the address that its From has, `size` in octets. `send_at` is when it is due first,
    and from `expires_at` on it is of no use, if that is ever; `finished_at` is when nothing was
    left to be done. `diagnosis` is of the last failure, and `queue_id` what the server calls the
    message. `key_id` is of the API key that it came by.
    """

    __tablename__ = "message"
    # No index begins with the state and has waiting rows in it: SQLite would claim by it.
    __table_args__ = (
        Index("ix_message_ended", "state", "id", **_where("finished_at IS NOT NULL")),
        Index(
            "ix_message_state_finished_at",
            *("state", "finished_at"),
            **_where("finished_at IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(ID), primary_key=True)
    state: Mapped[MessageState] = mapped_column(STATE)
    created_at: Mapped[datetime.datetime] = mapped_column(UTCDateTime)
    send_at: Mapped[datetime.datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)
    sender: Mapped[str] = mapped_column(String(ADDRESS))
    subject: Mapped[str] = mapped_column(String(WORDS))
    message_id: Mapped[str] = mapped_column(String(WORDS))
    size: Mapped[int]
    recipients: Mapped[int]
    diagnosis: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    queue_id: Mapped[str] = mapped_column(String(WORDS), default="")
    key_id: Mapped[str | None] = mapped_column(String(ID))


class Queued(Base):
    """A message that is not finished, with all that it takes to send it but its octets.

    `due` is when it is tried next; a pause of the queue leaves it, and so the order, as it is.
    `recipients` are those that still wait, as pairs of number and address; of what goes in PARTS
    those who are next, and there are others. `settled` is the worst that became of those before.
    `owner` is the worker that has it in hand, and `token` goes up with each claim, so that a worker
    that was given up knows what is no longer its own. `claims` counts those in a row that came to
    no end.
    """

    __tablename__ = "queue"
    __table_args__ = (
        Index("ix_queue_due", "lane", "due", "id", **_where("owner IS NULL")),
        Index("ix_queue_owner", "owner", **_where("owner IS NOT NULL")),
        Index("ix_queue_put_off", "due", **_where("tried_at IS NOT NULL")),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), primary_key=True)
    lane: Mapped[int] = mapped_column(SmallInteger)
    due: Mapped[datetime.datetime] = mapped_column(UTCDateTime)
    sender: Mapped[str] = mapped_column(String(ADDRESS))
    recipients: Mapped[list[tuple[int, str]]] = mapped_column(JSON)
    settled: Mapped[MessageState | None] = mapped_column(STATE)
    size: Mapped[int]
    tried_at: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)
    owner: Mapped[str | None] = mapped_column(String(ID))
    token: Mapped[int] = mapped_column(default=0)
    claims: Mapped[int] = mapped_column(default=0)


class Body(Base):
    """A part of the octets of a message, in order of `part`."""

    __tablename__ = "message_body"

    message: Mapped[str] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True
    )
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    octets: Mapped[bytes] = mapped_column(LargeBinary)


class Recipient(Base):
    """One recipient of a message. `state` is None where it is that of the message as a whole.

    `says` is what the server said of this recipient, or why it could not. `instead` is where the
    message went in their place, by staging.
    """

    __tablename__ = "message_recipient"
    __table_args__ = (
        Index("ix_message_recipient_address", text("lower(address)"), "message"),
        {"sqlite_with_rowid": False},
    )

    message: Mapped[str] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    address: Mapped[str] = mapped_column(String(ADDRESS))
    state: Mapped[MessageState | None] = mapped_column(STATE)
    says: Mapped[Said] = mapped_column(SaidText(WORDS), default="")
    instead: Mapped[str] = mapped_column(String(ADDRESS), default="", server_default="")


class Attempt(Base):
    """One attempt to hand a message over: when, from which node, and how it went.

    It took `ms` milliseconds and left the message in `state`; `says` is what the server said to it,
    or why it could not. `stage` is where it ended, None where somebody has the message.
    """

    __tablename__ = "delivery_attempt"
    __table_args__ = (Index("ix_delivery_attempt_message", "message", "id"),)

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    message: Mapped[str] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    at: Mapped[datetime.datetime] = mapped_column(UTCDateTime)
    node: Mapped[str] = mapped_column(String(255))
    ms: Mapped[float]
    state: Mapped[MessageState] = mapped_column(STATE)
    diagnosis: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    stage: Mapped[Stage | None] = mapped_column(KnownOf(Stage, 20, Stage.CONNECT))
    says: Mapped[Said] = mapped_column(SaidText(WORDS), default="")


class Tally(Base):
    """How many messages came to the end `state` in the hour from `hour` on, and by which diagnosis.

    It outlives the messages. One that is sent again is counted again at its next end. `diagnosis`
    is the id of the failure, empty where there was none. `state` is None where only a newer version
    knows it.
    """

    __tablename__ = "outbox_tally"
    __table_args__ = ({"sqlite_with_rowid": False},)

    hour: Mapped[datetime.datetime] = mapped_column(UTCDateTime, primary_key=True)
    state: Mapped[MessageState | None] = mapped_column(
        KnownOf(MessageState, 10), primary_key=True, nullable=False
    )
    diagnosis: Mapped[str] = mapped_column(String(DIAGNOSIS), primary_key=True)
    messages: Mapped[int] = mapped_column(BigInteger)


class Depth(Base):
    """The most messages that were seen to wait at once in the hour from `hour` on."""

    __tablename__ = "outbox_depth"

    hour: Mapped[datetime.datetime] = mapped_column(UTCDateTime, primary_key=True)
    messages: Mapped[int] = mapped_column(BigInteger)


class WorkerHeartbeat(Base):
    """A worker, which takes messages in hand. While it lives, `beat` goes up, by no clock."""

    __tablename__ = "outbox_worker"

    id: Mapped[str] = mapped_column(String(ID), primary_key=True)
    node: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int]
    started_at: Mapped[datetime.datetime] = mapped_column(UTCDateTime)
    beat: Mapped[int] = mapped_column(default=0)


class Pause(OnlyRow, Base):
    """Whether the queue rests: because the service fails, or because an admin said so.

    `failures` counts those of the service in a row, none while it works; `until` is when one worker
    tries the oldest message; `since` is when the first was met, `diagnosis` is of the last.
    `held_by` and `held_at` are of the admin, whose word holds until it is taken back. From
    `full_since` to `full_until` what is due waits for a quota of the server's. `generation` goes up
    with whatever may let mail fare otherwise: settings, staging, what the sandbox is told.
    """

    __tablename__ = "outbox_pause"

    failures: Mapped[int] = mapped_column(default=0)
    until: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)
    since: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)
    diagnosis: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    held_by: Mapped[str | None] = mapped_column(String(ADDRESS))
    held_at: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)
    full_since: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)
    full_until: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)
    generation: Mapped[int] = mapped_column(default=0, server_default="0")


class StagingSwitch(OnlyRow, Base):
    """Whether everything goes to one `address`, or to the sandbox, and not to its recipients.

    It does while `staged_by` and `staged_at` tell who has said so, and when. `exceptions` are
    domains whose recipients have their mail all the same.
    """

    __tablename__ = "outbox_staging"

    address: Mapped[str] = mapped_column(String(ADDRESS), default="")
    exceptions: Mapped[list[str]] = mapped_column(JSON, default=list)
    staged_by: Mapped[str | None] = mapped_column(String(ADDRESS))
    staged_at: Mapped[datetime.datetime | None] = mapped_column(UTCDateTime)


def new_id(now: datetime.datetime) -> str:
    """An id for a message of this moment: a later one sorts later, and nobody can guess it."""
    return f"{id_time(now)}{secrets.token_hex(9)}"


def id_time(moment: datetime.datetime) -> str:
    """What sorts before the ids of messages of this moment, and behind those of before."""
    return f"{int(moment.timestamp() * 1_000_000):014x}"
