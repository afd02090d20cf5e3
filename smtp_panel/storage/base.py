"""What every model builds on: the declarative base, times that are UTC, enums by their values."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DateTime, Dialect, Enum, MetaData, String
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator, TypeEngine

LARGEST_ID = 2**31 - 1  # of a row: an integer of PostgreSQL


class Base(DeclarativeBase):
    """Base of all models. Constraints have names, so that later migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UTCDateTime(TypeDecorator[datetime]):
    """A column of moments, as aware datetimes in UTC; a naive one raises ValueError.

    SQLite has no such type: there it is text, which sorts as moments do.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The type in the database."""
        on_sqlite = dialect.name == "sqlite"
        return dialect.type_descriptor(_Text() if on_sqlite else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Turn `value` into UTC for the database."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        moment = value if value.tzinfo is UTC else value.astimezone(UTC)
        if dialect.name == "sqlite":
            return moment.isoformat(" ", "microseconds").removesuffix("+00:00")
        return moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give the moment in UTC."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        moment: datetime = value
        return moment.astimezone(UTC)


class _Text(String):
    """Text in a column that is declared as DATETIME, as SQLAlchemy's own type has it."""

    __visit_name__ = "datetime"


def enum_column(members: type[StrEnum], length: int) -> Enum:
    """The type of a text column for an enum, stored by value: names in the code may change."""
    return Enum(
        members,
        native_enum=False,
        create_constraint=False,
        length=length,
        values_callable=lambda enum: [member.value for member in enum],
    )


def utcnow() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)
