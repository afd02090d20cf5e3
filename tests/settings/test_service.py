"""Saving the settings, and what is in force (SPEC S2, S3, V2 to V5)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from smtp_panel.net.tls import TLSVersion
from smtp_panel.settings import model
from smtp_panel.settings.draft import Draft, NoDefaultService
from smtp_panel.settings.saved import Addresses, addresses_for, seconds_for, sender_for
from smtp_panel.settings.service import Conflict
from smtp_panel.settings.values import Service
from smtp_panel.smtp.endpoint import Auth, Endpoint, TLSStart
from tests.settings.conftest import DEFAULT, DRAFT, PASSWORD, Installation

pytestmark = pytest.mark.both_engines

WITH_PASSWORD = replace(DRAFT, password=PASSWORD)
ADVANCED: dict[str, Any] = {
    "ehlo_name": "x.example",
    "envelope_sender": "bounce@b.example",
    "reply_to": "H <help@b.example>",
    "time_limit": 3,
    "ca_pem": "CA",
    "pinned": "PIN",
}
OAUTH: dict[str, Any] = {
    "auth": Auth.OAUTH2,
    "client_id": "panel",
    "token_endpoint": "https://id.example/token",
    "scopes": "mail.send",
}


def test_before_the_first_save_nothing_is_filled_in(installation: Installation) -> None:
    """S2"""
    saved = installation.load()
    assert (saved.service, saved.server, saved.version) == (Service.CUSTOM, "", 0)
    assert (saved.updated_at, saved.updated_by, saved.has("password")) == (None, None, False)


def test_before_the_first_save_the_default_service_is_chosen(installation: Installation) -> None:
    """S4"""
    installation.default = DEFAULT
    assert installation.load().service is Service.DEFAULT
    assert installation.endpoint() == DEFAULT.endpoint


def test_where_the_environment_names_a_server_that_one_is_chosen(
    installation: Installation,
) -> None:
    """S4, F14"""
    installation.default = DEFAULT
    installation.environment(server="smtp.example.com")
    assert installation.load().service is Service.CUSTOM


def test_what_was_saved_is_in_force(installation: Installation) -> None:
    """V1"""
    draft = Draft(
        server="smtp.example.com",
        sender="Example <a@b.example>",
        username="ada",
        password=PASSWORD,
        port=465,
        tls_version=TLSVersion.V1_3,
        tls_start=TLSStart.IMPLICIT,
        auth=Auth.LOGIN,
    )
    assert installation.save(draft) == installation.load()
    saved = installation.load()
    assert (saved.version, saved.updated_by, saved.has("password")) == (1, "ada@example.com", True)
    assert saved.updated_at is not None
    assert sender_for(saved, None) == "Example <a@b.example>"
    assert installation.endpoint() == Endpoint(
        server="smtp.example.com",
        port=465,
        tls=True,
        tls_version=TLSVersion.V1_3,
        tls_start=TLSStart.IMPLICIT,
        username="ada",
        password=PASSWORD,
        auth=Auth.LOGIN,
    )


def test_what_is_advanced_takes_effect(installation: Installation) -> None:
    """F12: and what is left empty counts as usual."""
    installation.environment(ehlo_name="usual.example", test_timeout=7.5)
    usual = installation.save(DRAFT)
    assert installation.endpoint().ehlo_name == "usual.example"
    assert seconds_for(usual, installation.config) == 7.5
    assert addresses_for(usual, None) == Addresses(
        sender="a@b.example", envelope_sender="a@b.example"
    )
    saved = installation.save(replace(DRAFT, sender="A <a@b.example>", **ADVANCED))
    endpoint = installation.endpoint()
    assert (endpoint.ehlo_name, endpoint.ca_pem, endpoint.pinned) == ("x.example", "CA", "PIN")
    assert seconds_for(saved, installation.config) == 3
    assert addresses_for(saved, None) == Addresses(
        sender="A <a@b.example>", envelope_sender="bounce@b.example", reply_to="H <help@b.example>"
    )


def test_what_is_advanced_is_of_no_account_to_the_default_service(
    installation: Installation,
) -> None:
    """S3, F12"""
    installation.default = DEFAULT
    installation.save(replace(DRAFT, **ADVANCED))
    saved = installation.save(Draft(service=Service.DEFAULT))
    assert saved.reply_to == "H <help@b.example>"
    assert installation.endpoint() == DEFAULT.endpoint
    assert addresses_for(saved, DEFAULT) == Addresses(
        sender="x@y.example", envelope_sender="x@y.example"
    )
    assert seconds_for(saved, installation.config) == installation.config.test_timeout


def test_what_a_choice_hides_stays_as_it_was_saved(installation: Installation) -> None:
    """F8, F12: as the custom values do with the default service."""
    installation.save(replace(DRAFT, **ADVANCED, **OAUTH))
    saved = installation.save(replace(DRAFT, tls=False))
    assert (saved.client_id, saved.token_endpoint, saved.scopes) == tuple(OAUTH.values())[1:]
    assert (saved.ca_pem, saved.pinned, saved.ehlo_name) == ("CA", "PIN", "")
    assert installation.log()[0].changes.keys() == {
        *("tls", "auth", "ehlo_name", "envelope_sender", "reply_to", "time_limit")
    }


def test_a_draft_is_tested_as_it_stands(installation: Installation) -> None:
    """T3"""
    installation.save(WITH_PASSWORD)
    endpoint = installation.endpoint(replace(DRAFT, auth=Auth.PLAIN))
    assert (endpoint.auth, endpoint.password) == (Auth.PLAIN, PASSWORD)
    assert installation.load().auth is Auth.AUTO


def test_the_default_service_is_refused_where_there_is_none(installation: Installation) -> None:
    """S2"""
    with pytest.raises(NoDefaultService):
        installation.save(Draft(service=Service.DEFAULT))
    with pytest.raises(NoDefaultService):
        installation.endpoint(Draft(service=Service.DEFAULT))
    assert installation.load().version == 0


def test_a_default_service_that_is_gone_is_missed(installation: Installation) -> None:
    """S2, W3"""
    installation.default = DEFAULT
    installation.save(WITH_PASSWORD)
    installation.save(Draft(service=Service.DEFAULT))
    assert sender_for(installation.load(), DEFAULT) == "x@y.example"
    installation.default = None
    with pytest.raises(NoDefaultService):
        installation.endpoint()
    with pytest.raises(NoDefaultService):
        sender_for(installation.load(), None)


def test_switching_to_default_and_back_keeps_the_custom_values(installation: Installation) -> None:
    """S3"""
    installation.default = DEFAULT
    before = installation.save(replace(WITH_PASSWORD, auth=Auth.PLAIN))
    during = installation.save(Draft(service=Service.DEFAULT, server="other.example", username="x"))
    assert (during.service, during.server, during.username) == (
        Service.DEFAULT,
        "smtp.example.com",
        "ada",
    )
    after = installation.save(replace(DRAFT, auth=Auth.PLAIN))
    assert replace(after, version=before.version, updated_at=before.updated_at) == before
    assert installation.endpoint().password == PASSWORD


def test_every_change_is_in_the_audit_log(installation: Installation) -> None:
    """V5"""
    installation.save(WITH_PASSWORD)
    installation.save(replace(DRAFT, port=587, sender="c@d.example", tls_start=TLSStart.STARTTLS))
    entry = installation.log()[0]
    assert entry.changes == {
        "sender": ["a@b.example", "c@d.example"],
        "tls_start": ["auto", "starttls"],
    }
    assert (entry.actor, entry.address, entry.settings_version) == (
        "ada@example.com",
        "192.0.2.7",
        2,
    )


def test_the_audit_log_says_of_a_password_only_that_it_changed(
    installation: Installation,
) -> None:
    """V5, F4"""
    installation.save(WITH_PASSWORD)
    installation.save(replace(WITH_PASSWORD, password=PASSWORD))
    installation.save(replace(DRAFT, remove_password=True))
    removed, changed, first = (entry.changes["password"] for entry in installation.log())
    assert (first, changed) == ([None, "changed"], ["changed", "changed"])
    assert removed == ["changed", None]
    assert PASSWORD.reveal() not in str([entry.changes for entry in installation.log()])


def test_saving_the_same_again_is_no_change(installation: Installation) -> None:
    """V5"""
    installation.save(WITH_PASSWORD)
    again = installation.save(DRAFT, by="bob@example.com", base_version=1)
    assert (again.version, again.updated_by) == (1, "ada@example.com")
    assert len(installation.log()) == 1


def test_a_save_after_a_failed_test_is_recorded_as_such(installation: Installation) -> None:
    """V4"""
    assert (
        installation.save(WITH_PASSWORD, tested=model.Tested.FAILED).tested is model.Tested.FAILED
    )
    assert installation.log()[0].note == "Saved after a test that failed."
    assert installation.save(DRAFT, tested=model.Tested.PASSED).tested is model.Tested.PASSED
    assert installation.log()[0].note == "Saved after a test that passed."


def test_a_change_without_a_test_is_untested(installation: Installation) -> None:
    """V4"""
    installation.save(WITH_PASSWORD, tested=model.Tested.PASSED)
    assert installation.save(replace(DRAFT, sender="c@d.example")).tested is model.Tested.UNTESTED
    assert installation.log()[0].note is None


def test_the_second_of_two_admins_is_told_what_changed_and_by_whom(
    installation: Installation,
) -> None:
    """V3"""
    installation.save(WITH_PASSWORD)
    installation.save(replace(WITH_PASSWORD, port=465), by="bob@example.com", base_version=1)
    installation.save(
        replace(WITH_PASSWORD, port=2525, auth=Auth.PLAIN), by="eve@example.com", base_version=2
    )
    with pytest.raises(Conflict) as caught:
        installation.save(replace(DRAFT, sender="c@d.example"), base_version=1)
    conflict = caught.value
    assert conflict.by == "bob@example.com, eve@example.com"
    assert conflict.at == installation.load().updated_at
    assert conflict.changes == {
        "port": (587, 2525),
        "password": ("changed", "changed"),
        "auth": ("auto", "plain"),
    }
    assert installation.load().sender == "a@b.example"


@pytest.mark.parametrize("version", [None, -1, 0, 99])
def test_a_save_that_did_not_start_from_the_settings_in_force_overwrites_nothing(
    installation: Installation, version: int | None
) -> None:
    """V3: that it says no version is never taken for a wish to overwrite."""
    installation.save(WITH_PASSWORD)
    with pytest.raises(Conflict) as caught:
        installation.save(replace(DRAFT, sender="c@d.example"), base_version=version)
    assert caught.value.by == "ada@example.com"
    assert installation.load().sender == "a@b.example"


def test_before_anything_was_saved_the_version_counts_as_well(installation: Installation) -> None:
    """V3: nobody is named then."""
    with pytest.raises(Conflict) as caught:
        installation.save(WITH_PASSWORD, base_version=None)
    assert (caught.value.by, caught.value.changes) == ("", {})
    assert installation.load().version == 0


def test_the_first_save_of_two_admins_conflicts_as_well(installation: Installation) -> None:
    """V3"""
    installation.save(WITH_PASSWORD, base_version=0)
    with pytest.raises(Conflict):
        installation.save(WITH_PASSWORD, base_version=0)


def test_of_many_saves_at_once_one_succeeds(installation: Installation) -> None:
    """V3"""

    def attempt(number: int) -> bool:
        draft = replace(WITH_PASSWORD, server=f"smtp{number}.example")
        try:
            installation.save(draft, by=f"{number}@example.com", base_version=0)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(attempt, range(8))) == [False] * 7 + [True]
    assert installation.load().version == 1
    assert len(installation.log()) == 1
