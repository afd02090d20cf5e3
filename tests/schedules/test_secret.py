"""The secret of a request for content (SPEC F9, V6)."""

from __future__ import annotations

import pytest

from smtp_panel.schedules import secret
from smtp_panel.schedules.model import Schedule
from smtp_panel.schedules.secret import HeaderSecretNeeded
from smtp_panel.secret import Secret
from smtp_panel.settings.cipher import Cipher, Undecryptable

TOKEN = Secret("Bearer s3cret")
URL, HEADER = "https://app.example/a", "X-Key"
CIPHER = Cipher(["a" * 43 + "="])


@pytest.fixture
def schedule() -> Schedule:
    """A schedule that sends TOKEN in HEADER to URL."""
    schedule = Schedule(url=URL, header=HEADER)
    secret.keep(schedule, URL, HEADER, TOKEN, CIPHER)
    return schedule


def test_it_is_encrypted_and_goes_in_its_header(schedule: Schedule) -> None:
    """V6."""
    assert "s3cret" not in str(vars(schedule))
    assert secret.headers_of(schedule, CIPHER) == {HEADER: TOKEN}


def test_it_stays_while_it_goes_to_the_same_server(schedule: Schedule) -> None:
    secret.keep(schedule, "https://app.example/b?day=1", HEADER, None, CIPHER)
    schedule.url = "https://app.example/b?day=1"
    assert secret.headers_of(schedule, CIPHER) == {HEADER: TOKEN}


@pytest.mark.parametrize(
    ("url", "header"),
    [
        ("https://evil.example/a", HEADER),
        ("https://app.example:8443/a", HEADER),
        ("http://app.example/a", HEADER),
        (URL, "Referer"),
    ],
)
def test_it_goes_nowhere_else_without_being_typed_again(
    schedule: Schedule, url: str, header: str
) -> None:
    """F9: else whoever may edit the page could have it sent to a server of their own.

    Neither does it where the row was changed by other means.
    """
    with pytest.raises(HeaderSecretNeeded, match="again"):
        secret.keep(schedule, url, header, None, CIPHER)
    schedule.url, schedule.header = url, header
    with pytest.raises(Undecryptable):
        secret.headers_of(schedule, CIPHER)


def test_without_a_header_there_is_none(schedule: Schedule) -> None:
    secret.keep(schedule, URL, "", None, CIPHER)
    assert secret.headers_of(schedule, CIPHER) == {}
    with pytest.raises(HeaderSecretNeeded, match="is to hold"):
        secret.keep(schedule, URL, HEADER, None, CIPHER)


def test_saving_encrypts_it_under_the_newest_key(schedule: Schedule) -> None:
    """V6: so that the key before can go."""
    newest = "b" * 43 + "="
    secret.keep(schedule, URL, HEADER, None, Cipher([newest, "a" * 43 + "="]))
    assert secret.headers_of(schedule, Cipher([newest])) == {HEADER: TOKEN}
    secret.keep(schedule, URL, HEADER, None, CIPHER)
    assert secret.headers_of(schedule, Cipher([newest])) == {HEADER: TOKEN}, "it is left as it is"
