"""The tables of what a mail server lets through: the limits that it has, and what it took."""

from __future__ import annotations

import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from smtp_panel.outbox.model import WORDS
from smtp_panel.storage import ADDRESS, Base, KnownOf, UTCDateTime

ACCOUNT = 32  # characters


class LimitKind(StrEnum):
    """What a server limits.

    Connections at once, messages on one of them or in a minute, octets of a message, recipients of
    one at once, and their domains, and recipients or messages in an hour or a day: a limit for a
    minute is one of speed, a longer one a quota.
    """

    CONNECTIONS = "connections"
    PER_CONNECTION = "per_connection"
    SIZE = "size"
    RECIPIENTS = "recipients"
    DOMAINS = "domains"
    PER_MINUTE = "per_minute"
    PER_HOUR = "per_hour"
    PER_DAY = "per_day"


# What a server says of itself in its answer to EHLO; RFC 1870, RFC 9422.
OFFERED = {
    LimitKind.SIZE: "SIZE",
    LimitKind.PER_CONNECTION: "MAILMAX",
    LimitKind.RECIPIENTS: "RCPTMAX",
    LimitKind.DOMAINS: "RCPTDOMAINMAX",
}
QUOTAS = (LimitKind.PER_HOUR, LimitKind.PER_DAY)


class LearntLimit(Base):
    """A limit that the server has for `account`, which is believed up to `until`.

    `says` is what the server said when it was learnt. It is not kept to while `lifted_by` names an
    admin who said so. `kind` is None where only a newer version knows it.
    """

    __tablename__ = "outbox_limit"

    account: Mapped[str] = mapped_column(String(ACCOUNT), primary_key=True)
    kind: Mapped[LimitKind | None] = mapped_column(
        KnownOf(LimitKind, 20), primary_key=True, nullable=False
    )
    value: Mapped[int] = mapped_column(BigInteger)
    learnt_at: Mapped[datetime.datetime] = mapped_column(UTCDateTime)
    until: Mapped[datetime.datetime] = mapped_column(UTCDateTime)
    says: Mapped[str] = mapped_column(String(WORDS))
    lifted_by: Mapped[str | None] = mapped_column(String(ADDRESS))


class Volume(Base):
    """How many messages the server took of `account` in the seconds from `slot` on.

    `recipients` are theirs together.
    """

    __tablename__ = "outbox_volume"
    __table_args__ = ({"sqlite_with_rowid": False},)

    account: Mapped[str] = mapped_column(String(ACCOUNT), primary_key=True)
    slot: Mapped[datetime.datetime] = mapped_column(UTCDateTime, primary_key=True)
    messages: Mapped[int] = mapped_column(BigInteger)
    recipients: Mapped[int] = mapped_column(BigInteger)
