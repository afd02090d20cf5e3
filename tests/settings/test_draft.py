"""A draft, checked as a whole (SPEC S2, S3, F5 to F7, F10, F13, F14, V2)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtp_panel.net.tls import TLSVersion
from smtp_panel.secret import Secret
from smtp_panel.settings.draft import Checked, Draft, DraftReader, check
from smtp_panel.settings.fields import PAGE_ORDER
from smtp_panel.settings.hosting import Hosting
from smtp_panel.settings.locked import Locked
from smtp_panel.settings.values import Service
from smtp_panel.smtp.endpoint import Auth, TLSStart
from tests.servers.certificates import CertificateAuthority
from tests.settings.rules.refusals import ANY_TEXT

MODERN = (TLSVersion.V1_2, TLSVersion.V1_3)
FORM = {
    "service": "custom",
    "server": "smtp.example.com",
    "sender": "Example <no-reply@example.com>",
    "username": "ada",
    "password": "correct horse",
    "port": "587",
    "tls": "1",
    "tls_version": "1.3",
    "tls_start": "starttls",
    "auth": "plain",
}


OAUTH: dict[str, Any] = {
    "auth": "oauth2",
    "client_id": "panel",
    "client_secret": "s3cret ",
    "token_endpoint": "https://id.example/token",
    "scopes": " mail.send",
}


def checked(
    hosting: Hosting = Hosting.OTHER,
    *,
    has_default: bool = False,
    locked: Locked | None = None,
    **fields: str,
) -> Checked:
    return check(
        FORM | fields,
        DraftReader(hosting, locked or Locked()),
        supported=MODERN,
        has_default=has_default,
    )


def test_it_reads_a_whole_form() -> None:
    """F1 to F8"""
    assert checked() == (
        Draft(
            service=Service.CUSTOM,
            server="smtp.example.com",
            sender="Example <no-reply@example.com>",
            username="ada",
            password=Secret("correct horse"),
            port=587,
            tls=True,
            tls_version=TLSVersion.V1_3,
            tls_start=TLSStart.STARTTLS,
            auth=Auth.PLAIN,
        ),
        {},
        {},
    )


def test_what_is_left_out_has_its_default() -> None:
    """F6: TLS 1.2 is the default."""
    form = {"server": "smtp.example.com", "sender": "a@b.example", "port": "25"}
    draft = check(form, DraftReader(Hosting.OTHER), supported=MODERN).draft
    assert draft == Draft(server="smtp.example.com", sender="a@b.example", port=25, tls=False)
    assert draft.tls_version is TLSVersion.V1_2
    assert draft.password is None


def test_errors_stand_in_the_order_of_the_page() -> None:
    """V2"""
    draft, errors, _ = checked(
        server="x/",
        sender="<a@b.example>",
        username="a\nb",
        password="\0",
        remove_password="perhaps",
        port="0587",
        tls="perhaps",
        tls_version="1.0",
        tls_start="later",
        auth="cram-md5",
        ehlo_name="a_b",
        envelope_sender="A <a@b.example>",
        reply_to="nobody",
        time_limit="0",
        remove_client_secret="perhaps",
    )
    assert draft is None
    oauth = {"client_id", "client_secret", "token_endpoint", "scopes", "client_secret_ends"}
    hidden = {"service", "ca_pem", "pinned", *oauth}
    assert list(errors) == [name for name in PAGE_ORDER if name not in hidden]
    assert errors["port"].suggestion == "587"
    assert "TLS 1.2, TLS 1.3" in str(errors["tls_version"])


def test_oauth_needs_its_own_fields_and_the_mailbox() -> None:
    """F8, V2"""
    draft, errors, _ = checked(
        auth="oauth2",
        username=" ",
        password="\0",
        client_secret="\0",
        scopes="é",
        ca_pem="x",
        pinned="y",
    )
    assert draft is None
    assert list(errors) == [
        "username", "client_secret", "client_id", "token_endpoint", "scopes", "ca_pem", "pinned",
    ]  # fmt: skip
    assert errors["username"].suggestion == "no-reply@example.com"


def test_it_reads_a_form_with_oauth(ca: CertificateAuthority) -> None:
    """F8, F12: the password that stands in it is not used."""
    draft, errors, notices = checked(
        **OAUTH,
        ehlo_name="mail.example",
        envelope_sender="bounce@example.com",
        reply_to="Help <help@example.com>",
        time_limit="5",
        ca_pem=ca.pem,
        pinned=ca.pem,
    )
    assert draft == Draft(
        server="smtp.example.com",
        sender="Example <no-reply@example.com>",
        username="ada",
        tls_version=TLSVersion.V1_3,
        tls_start=TLSStart.STARTTLS,
        auth=Auth.OAUTH2,
        client_id="panel",
        client_secret=Secret("s3cret "),
        token_endpoint="https://id.example/token",
        scopes="mail.send",
        ehlo_name="mail.example",
        envelope_sender="bounce@example.com",
        reply_to="Help <help@example.com>",
        time_limit=5,
        ca_pem=ca.pem.strip(),
        pinned=ca.pem.strip(),
    )
    assert not errors
    assert "client secret begins or ends" in str(notices["client_secret"])


def test_what_a_choice_hides_is_not_read() -> None:
    """F8, F12: nothing that can't be seen is wrong."""
    draft, errors, _ = checked(
        client_id="é", client_secret="x", token_endpoint="x", scopes="é", tls="", ca_pem="x"
    )
    assert not errors
    assert draft
    assert (draft.client_id, draft.client_secret, draft.ca_pem) == ("", None, "")


def test_it_refuses_the_default_service_where_there_is_none() -> None:
    """S2"""
    draft, errors, _ = checked(service="default")
    assert draft is None
    assert "no default mail service" in str(errors["service"])
    assert errors["service"].suggestion == "custom"


def test_it_reads_no_custom_value_with_the_default_service() -> None:
    """S1, S3"""
    assert checked(service="default", server="x/", port="", has_default=True) == (
        Draft(service=Service.DEFAULT),
        {},
        {},
    )


def test_it_refuses_a_service_that_is_none() -> None:
    """S1"""
    assert list(checked(service="other", has_default=True).errors) == ["service"]


def test_it_refuses_port_25_on_google_cloud_and_warns_on_azure() -> None:
    """F10"""
    assert "Google Cloud" in str(checked(Hosting.GCP, port="25").errors["port"])
    azure = checked(Hosting.AZURE, port="25")
    assert azure.draft
    assert "Azure" in str(azure.notices["port"])


def test_it_keeps_white_space_around_a_password_and_points_it_out() -> None:
    """F13"""
    draft, _, notices = checked(password=" x ", server=" smtp.example.com ", username="\tada")
    assert draft
    assert draft.password == Secret(" x ")
    assert (draft.server, draft.username) == ("smtp.example.com", "ada")
    assert "white space" in str(notices["password"])


def test_a_password_without_a_user_name_is_pointed_out() -> None:
    """F3"""
    assert "user name" in str(checked(username="").notices["username"])
    assert not checked(username="", password="").notices


def test_no_password_means_to_keep_the_saved_one() -> None:
    """F4"""
    draft = checked(password="").draft
    assert draft
    assert draft.password is None
    assert not draft.remove_password


def test_removing_the_password_is_said_explicitly() -> None:
    """F4"""
    draft = checked(password="", remove_password="1").draft
    assert draft
    assert draft.remove_password


def test_the_user_name_is_offered_for_an_empty_from() -> None:
    """F2"""
    errors = checked(sender=" ", username="no-reply@example.com").errors
    assert errors["sender"].suggestion == "no-reply@example.com"
    assert checked(sender="", username="ada").errors["sender"].suggestion is None


def test_locked_fields_have_their_own_value_whatever_was_sent() -> None:
    """F14"""
    locked = Locked(
        {"server": "mail.example.org", "port": 465},
        {"password": Secret("theirs")},
        {"password": "X"},
    )
    draft = checked(locked=locked, server="evil.example", port="x", password="mine").draft
    assert draft
    assert (draft.server, draft.port) == ("mail.example.org", 465)
    assert draft.password is None


@settings(derandomize=True, deadline=None)
@given(st.dictionaries(st.sampled_from(PAGE_ORDER), ANY_TEXT))
def test_any_form_is_a_draft_or_has_errors(form: dict[str, str]) -> None:
    """F1 to F8"""
    draft, errors, _ = check(form, DraftReader(Hosting.GCP), supported=MODERN, has_default=True)
    assert (draft is None) == bool(errors)


def test_errors_and_notices_never_repeat_the_password() -> None:
    """F4"""
    oauth = OAUTH | {"client_secret": "hunter2\0"}
    for found in (
        checked(password="hunter2 ", username=""),
        checked(password="hunter2\0"),
        checked(**oauth),
    ):
        errors = {k: (str(v), v.sentence) for k, v in found.errors.items()}
        assert "hunter2" not in repr(found) + repr(errors)


@pytest.mark.parametrize("name", sorted({*PAGE_ORDER} - {"password", "service"}))
def test_no_field_takes_an_enormous_text(name: str) -> None:
    """F1: the length is looked at first."""
    form = FORM | OAUTH | {name: "a.@-é" * 200_000}
    assert name in check(form, DraftReader(Hosting.OTHER), supported=MODERN).errors
