"""What ends is announced ahead, while mail still leaves (SPEC W6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from smtp_panel.net.certificates import Certificate
from smtp_panel.settings import model
from smtp_panel.settings.saved import Saved
from smtp_panel.settings.secrets import BoundSecret
from smtp_panel.settings.values import Service
from smtp_panel.smtp.endpoint import Auth
from smtp_panel.status.ending import (
    DAYS_AHEAD,
    Ending,
    EndingKind,
    announce,
    calendar,
    endings,
)
from smtp_panel.status.model import NodeStatus
from tests.servers.certificates import CertificateAuthority

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
NOBODY: list[Any] = []  # no node has checked
OAUTH = {"auth": Auth.OAUTH2, "username": "a@b.example", "client_id": "panel"}


def in_force(**values: Any) -> Saved:
    """Saved settings with these values."""
    secrets = {name: BoundSecret(name) for name in ("password", "client_secret")}
    return Saved(
        version=1,
        locked={},
        secrets=secrets,
        updated_at=NOW,
        updated_by="ada@example.com",
        tested=model.Tested.UNTESTED,
        **values,
    )


def ahead(pem: str, days: float) -> datetime:
    """The moment that is so many days before the certificate in `pem` ends."""
    end = datetime.fromtimestamp(Certificate.of_pem(pem).not_after, UTC)
    return end - timedelta(days=days)


@pytest.mark.parametrize(
    ("day", "left"),
    [("2027-01-31", 29), ("2027-02-05", None), ("2027-01-02", 0), ("2026-12-25", -8), ("", None)],
)
def test_the_end_of_a_client_secret_is_told_within_thirty_days(day: str, left: int | None) -> None:
    """W6: and for as long as it stands there, also when it is over."""
    found = endings(in_force(**OAUTH, client_secret_ends=day), NOBODY, NOW)
    assert [(each.what, each.name, each.days_left(NOW)) for each in found] == (
        [] if left is None else [(EndingKind.CLIENT_SECRET, "panel", left)]
    )


def test_the_calendar_has_all_that_ends_the_soonest_first(ca: CertificateAuthority) -> None:
    """W6: however far ahead."""
    pem = Certificate.of_pem(ca.pem).pem
    saved, end = in_force(**OAUTH, tls=True, ca_pem=pem), ahead(pem, 0)
    for days, order in ((-1, "client_secret ca_pem"), (1, "ca_pem client_secret")):
        day = (end + timedelta(days=days)).date().isoformat()
        found = calendar(replace(saved, client_secret_ends=day), NOBODY, ahead(pem, 400))
        assert [each.what for each in found] == order.split()


def test_the_end_of_what_the_mail_server_shows_is_told_once_and_until_then() -> None:
    """W6: by what nodes have met with the settings in force; when it is over their checks fail."""
    ends = NOW + timedelta(days=3)
    seen = {"certificate_of": "mail.test.example", "certificate_ends": ends, "version_in_force": 1}
    nodes = [
        NodeStatus(node="web-1", settings_version=1, **seen),
        NodeStatus(node="web-2", settings_version=1, **seen),
        NodeStatus(node="web-3", settings_version=0, **seen | {"certificate_of": "old.example"}),
    ]
    saved = in_force(tls=True)
    assert calendar(saved, nodes, NOW) == [Ending(EndingKind.SERVER, "mail.test.example", ends)]
    assert calendar(saved, nodes, ends) == []


def test_what_has_no_end_is_in_no_calendar(ca: CertificateAuthority) -> None:
    """W6, RFC 5280, 4.1.2.5: such a certificate names the last second of 9999."""
    pem = ca.endless.own
    assert calendar(in_force(tls=True, ca_pem=pem, pinned=pem), NOBODY, NOW) == []


@pytest.mark.parametrize("unused", [{"auth": Auth.PLAIN}, {"service": Service.DEFAULT}])
def test_of_a_client_secret_that_is_not_in_use_nothing_is_told(unused: dict[str, Any]) -> None:
    """W6, S3."""
    saved = in_force(**OAUTH | unused, client_secret_ends="2027-01-02")
    assert endings(saved, NOBODY, NOW) == []


@pytest.mark.parametrize("what", [EndingKind.PINNED, EndingKind.AUTHORITY])
def test_the_end_of_a_trusted_certificate_is_told(
    ca: CertificateAuthority, what: EndingKind
) -> None:
    """W6: not where it is not in use."""
    pem = Certificate.of_pem(ca.pem).pem
    near = ahead(pem, 6.5)
    (found,) = endings(in_force(tls=True, **{what.value: pem}), NOBODY, near)
    assert (found.what, found.days_left(near)) == (what, 6)
    assert found.name
    assert endings(in_force(tls=False, **{what.value: pem}), NOBODY, near) == []
    assert endings(in_force(**{what.value: pem}), NOBODY, ahead(pem, 31)) == []


@pytest.mark.both_engines
def test_an_end_is_announced_thirty_seven_and_one_days_ahead_and_never_twice(
    session: Session,
) -> None:
    """W6: also where a day was missed, and for another secret anew."""
    end = Ending(EndingKind.CLIENT_SECRET, "panel", NOW)
    told = []
    for days in (31, 30, 29, 8, 7, 3, 1, 0, -1, -20):
        if announce(session, [end], NOW - timedelta(days=days)):
            told.append(days)
    assert told == sorted(DAYS_AHEAD, reverse=True)
    other = Ending(EndingKind.CLIENT_SECRET, "panel", NOW + timedelta(days=2))
    assert announce(session, [end, other], NOW) == [other]
    assert announce(session, [end, other], NOW) == []
