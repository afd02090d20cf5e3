"""Machines whose clocks differ (SPEC A8)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from smtp_panel.status.clock import ClockWatch
from smtp_panel.storage import utcnow
from tests.conftest import POSTGRESQL


@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
def test_a_machine_with_another_time_says_so_until_it_has_the_same(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    """By its time others would take it for gone, and nobody would know why."""
    watch, connection = ClockWatch(), session.connection()
    for late in (0, 90, 90, 0, 90):
        watch.look(connection, utcnow() - timedelta(seconds=late))
    told = [each.message for each in caplog.records]
    assert len(told) == 2
    assert all("differs from that of the database by -90 seconds" in each for each in told)
