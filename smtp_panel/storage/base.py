"""What every model builds on: the declarative base, and types of columns."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Dialect, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from smtp_panel.words import Said, Sentence

LARGEST_ID = 2**31 - 1  # of a row: an integer of PostgreSQL
ONLY_ROW = 1  # the id in a table that has no other
ADDRESS = 320  # characters of a mail address; RFC 5321, section 4.5.3.1
RECORD_SEPARATOR = "\x1e"  # stands before a JSON text; RFC 7464, section 2.2


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


class OnlyRow:
    """What a model has whose table is of a single row, ONLY_ROW."""

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[CheckConstraint]:  # noqa: N805  (SQLAlchemy gives the class)
        return (CheckConstraint(f"id = {ONLY_ROW}", name="only_row"),)


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
        return _text(value) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give the moment in UTC."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        moment: datetime = value
        return moment.astimezone(UTC)


@lru_cache(maxsize=1000)  # of a message, and of all in a batch, several columns have the same one
def _text(moment: datetime) -> str:
    """`moment` as text that sorts as moments do."""
    return moment.astimezone(UTC).isoformat(" ", "microseconds").removesuffix("+00:00")


class SaidText(TypeDecorator[Said]):
    """A text column of what somebody said, at most `length` characters of it.

    A sentence of ours is JSON behind a record separator, with which no words of others can begin:
    what is not printable is taken out of them. One that is too long for that is kept in English.
    """

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def process_bind_param(self, value: Said | None, dialect: Dialect) -> str | None:
        """Turn what was said into text."""
        if isinstance(value, Sentence):
            told = RECORD_SEPARATOR + json.dumps(value.to_json(), ensure_ascii=False)
            value = told if len(told) <= self.length else str(value)
        return value and value[: self.length]

    def process_result_value(self, value: str | None, dialect: Dialect) -> Said | None:
        """Give what was said."""
        if value and value.startswith(RECORD_SEPARATOR):
            return Sentence.from_json(json.loads(value[1:]))
        return value


class _Text(String):
    """Text in a column that is declared as DATETIME, as SQLAlchemy's own type has it."""

    __visit_name__ = "datetime"


class KnownOf(TypeDecorator[StrEnum]):
    """A text column for an enum, stored by value: names in the code may change.

    A newer version may add members, and machines are brought up to date one by one: what this one
    does not know is read as `otherwise`.
    """

    impl = String
    cache_ok = True

    def __init__(
        self, members: type[StrEnum], length: int, otherwise: StrEnum | None = None
    ) -> None:
        super().__init__(length)
        self.members = members
        self.length = length
        self.otherwise = otherwise
        self._known = {each.value: each for each in members}

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        """Turn the member into its value; raises ValueError for what is none."""
        if value is not None and value not in self._known:
            raise ValueError(f"{value!r} is not of {self.members.__name__}")
        return value and str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """Give the member."""
        return None if value is None else self._known.get(value, self.otherwise)
