"""Moments are UTC on both sides of the database, and enumerations their values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Enum
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from smtp_panel.storage import Base, KnownOf, UTCDateTime, utcnow

TOKYO = timezone(timedelta(hours=9))
DIALECT = SQLiteDialect_pysqlite()


def test_now_is_in_utc() -> None:
    assert utcnow().tzinfo is UTC


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        UTCDateTime().process_bind_param(datetime(2030, 1, 1), DIALECT)  # noqa: DTZ001  (the point)


def test_nothing_stays_nothing() -> None:
    assert UTCDateTime().process_bind_param(None, DIALECT) is None
    assert UTCDateTime().process_result_value(None, DIALECT) is None


@given(st.datetimes(datetime(1970, 1, 3), datetime(2200, 1, 1), timezones=st.just(TOKYO)))  # noqa: DTZ001  (bounds are naive)
def test_a_moment_of_any_zone_comes_back_as_the_same_moment(moment: datetime) -> None:
    bound = UTCDateTime().process_bind_param(moment, DIALECT)
    assert bound is not None
    back = UTCDateTime().process_result_value(bound, DIALECT)
    assert back == moment
    assert back is not None
    assert back.tzinfo is UTC


def test_every_enumeration_is_stored_by_its_values_as_text() -> None:
    """The names of the program may change; what is stored outlives them."""
    columns = [column for table in Base.metadata.sorted_tables for column in table.columns]
    types = [each.type for each in columns if isinstance(each.type, KnownOf)]
    assert len(types) >= 15
    for type_ in types:
        for member in type_.members:
            assert type_.process_bind_param(member, DIALECT) == member.value
            assert type_.process_result_value(member.value, DIALECT) is member


def test_every_enumeration_may_be_one_of_a_newer_version() -> None:
    """A8: SQLAlchemy's own type raises for a value that it does not know."""
    columns = [column for table in Base.metadata.sorted_tables for column in table.columns]
    assert [str(each) for each in columns if isinstance(each.type, Enum)] == []
    for each in columns:
        if isinstance(each.type, KnownOf):
            read = each.type.process_result_value("newer", DIALECT)
            assert read is each.type.otherwise
