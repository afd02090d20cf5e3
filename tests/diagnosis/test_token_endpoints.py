"""What the token endpoint and its answer tell, beside the mail server (SPEC D2, T6)."""

from __future__ import annotations

from typing import Any

import pytest

from smtp_panel.diagnosis.diagnosis import diagnose
from tests.diagnosis.examples import GMAIL, M365, oauth

MICROSOFT = "https://login.microsoftonline.com/common/oauth2/v2.0/token"
GOOGLE = "https://oauth2.googleapis.com/token"


@pytest.mark.parametrize(
    ("server", "asked", "right"),
    [
        ("smtp.zoho.eu", "zoho.com", "zoho.eu"),
        ("smtp.zoho.com", "zoho.eu", "zoho.com"),
        ("smtppro.zoho.in", "zoho.com", "zoho.in"),
        ("smtp.zoho.com.au", "zoho.com", "zoho.com.au"),
    ],
)
def test_a_token_endpoint_of_another_region_is_told_beside_that_of_the_servers(
    server: str, asked: str, right: str
) -> None:
    """T6: the settings contradict each other, and a new secret mends nothing."""
    endpoint = f"https://accounts.{asked}/oauth/v2/token"
    refused = diagnose(
        oauth("invalid_client", "invalid_client", server=server, token_endpoint=endpoint)
    )
    assert refused.field == "token_endpoint"
    assert f"Enter https://accounts.{right}/oauth/v2/token in Token" in refused.remedy()
    same = f"https://accounts.{right}/oauth/v2/token"
    wrong = oauth("invalid_client", "invalid_client", server=server, token_endpoint=same)
    assert diagnose(wrong).id == "oauth-invalid-client"


@pytest.mark.parametrize(
    ("asked", "server", "issuer", "right"),
    [
        (GOOGLE, M365["server"], "Google", "https://login.microsoftonline.com/TENANT/"),
        (MICROSOFT, "smtp.zoho.eu", "Microsoft", "https://accounts.zoho.eu/oauth/v2/token"),
        ("https://accounts.zoho.com/oauth/v2/token", "smtp.mail.yahoo.com", "Zoho", "login.yahoo"),
        ("https://api.login.yahoo.com/oauth2/get_token", "smtp.yandex.ru", "Yahoo", "oauth.yandex"),
    ],
)
@pytest.mark.parametrize(
    "answer",
    [
        ("invalid_client", "invalid_client"),
        ("unsupported_grant_type", "unsupported_grant_type: Invalid grant_type"),
        ("unauthorized_client", "unauthorized_client: AADSTS700016: Application was not found"),
        ("token_refused", "535 5.7.3 Authentication unsuccessful"),
        ("not_found", "status 404"),
    ],
)
def test_a_token_endpoint_of_another_provider_than_the_mail_servers_is_told_as_that(
    asked: str, server: str, issuer: str, right: str, answer: tuple[str, str]
) -> None:
    """T6: the settings contradict each other, whatever the endpoint finds wrong with them."""
    told = diagnose(oauth(*answer, server=server, token_endpoint=asked))
    assert (told.id, told.field) == ("oauth-endpoint-of-another-provider", "token_endpoint")
    assert f"one of {issuer}" in told.cause()
    assert right in told.remedy()
    assert "change Mail server to" in told.remedy()


def test_who_asks_microsoft_for_a_token_to_google_is_not_sent_to_an_endpoint_of_google() -> None:
    """T6: that gives none by client credentials."""
    words = "unauthorized_client: AADSTS700016: Application was not found in the directory"
    told = diagnose(oauth("unauthorized_client", words, token_endpoint=MICROSOFT, **GMAIL))
    assert (told.field, "app password" in told.remedy()) == ("auth", True)
    assert "smtp.office365.com" in told.remedy()


@pytest.mark.parametrize(
    ("known", "entry"),
    [
        ({"token_endpoint": MICROSOFT, **M365}, "oauth-invalid-client"),
        ({"token_endpoint": MICROSOFT}, "oauth-invalid-client"),
        ({"token_endpoint": "https://sso.example.org/token", **M365}, "oauth-invalid-client"),
        ({"token_endpoint": "https://[", **M365}, "oauth-invalid-client"),
        (
            {"token_endpoint": "https://graph.example.org/google.com", **M365},
            "oauth-invalid-client",
        ),
    ],
)
def test_an_endpoint_that_fits_the_mail_server_or_is_unknown_contradicts_nothing(
    known: dict[str, Any], entry: str
) -> None:
    """D2: a server of one's own may trust whomever it likes."""
    assert diagnose(oauth("invalid_client", "invalid_client", **known)).id == entry


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("65001", "press 'Grant admin consent'"),
        ("90094", "press 'Grant admin consent'"),
        ("650056", "add the application permission SMTP.SendAsApp"),
        ("501051", "Enterprise applications"),
    ],
)
def test_what_the_application_lacks_at_microsoft_is_told_by_its_code(
    code: str, advice: str
) -> None:
    """T6: consent, a permission and an assignment are had at different places."""
    told = diagnose(oauth("invalid_grant", f"invalid_grant: AADSTS{code}: no", **M365))
    assert (advice in told.remedy(), told.field) == (True, None)
    assert " or they are not listed" not in told.cause()


def test_an_endpoint_of_microsoft_that_is_not_there_is_told_how_it_is_written() -> None:
    """T6: mostly the tenant is missing in it."""
    told = diagnose(oauth("not_found", "status 404", token_endpoint=MICROSOFT, **M365))
    assert "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token" in told.remedy()


@pytest.mark.parametrize(
    ("server", "asked", "right", "scope"),
    [
        (
            "smtp.office365.us",
            "https://login.microsoftonline.com/t/oauth2/v2.0/token",
            "https://login.microsoftonline.us/TENANT/oauth2/v2.0/token",
            "https://outlook.office365.us/.default",
        ),
        (
            "smtp.partner.outlook.cn",
            MICROSOFT,
            "https://login.partner.microsoftonline.cn/TENANT/oauth2/v2.0/token",
            "https://partner.outlook.cn/.default",
        ),
        (
            M365["server"],
            "https://login.microsoftonline.us/t/oauth2/v2.0/token",
            "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token",
            "https://outlook.office365.com/.default",
        ),
    ],
)
def test_a_national_cloud_has_an_endpoint_and_scopes_of_its_own(
    server: str, asked: str, right: str, scope: str
) -> None:
    """T6: Microsoft's clouds know nothing of each other's tenants, applications and tokens."""
    words = "invalid_request: AADSTS90038: Tenant 't' request is being redirected"
    crossed = diagnose(oauth("invalid_request", words, server=server, token_endpoint=asked))
    assert (crossed.id, crossed.field) == ("oauth-endpoint-of-another-region", "token_endpoint")
    assert f"Enter {right}" in crossed.remedy()
    there = {"server": server, "token_endpoint": right, "scopes": "x"}
    unknown = diagnose(oauth("invalid_request", "AADSTS90002: Tenant 't' not found.", **there))
    assert unknown.id == "oauth-m365-tenant-not-found"
    assert right in unknown.remedy()
    refused = diagnose(oauth("invalid_scope", "AADSTS70011: not valid", **there))
    assert f"Enter {scope} in Scopes" in refused.remedy()


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("refused", "status 401, deleted_client The OAuth client was deleted."),
        ("invalid_client", "invalid_client: The OAuth client was not found."),
        ("invalid_client", "invalid_client: Unauthorized"),
    ],
)
def test_nobody_makes_a_new_client_at_google_that_gets_no_token_either(
    reason: str, words: str
) -> None:
    """T6: Google gives none by client credentials, whoever asks."""
    told = diagnose(oauth(reason, words, token_endpoint=GOOGLE, **GMAIL))
    assert (told.id, told.field) == ("oauth-google-no-client-credentials", "auth")
