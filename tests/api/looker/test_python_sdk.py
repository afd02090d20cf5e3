"""SPEC A5 [L]: Looker's own SDK for Python works unchanged, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from looker_sdk import error
from looker_sdk.rtl.model import EXPLICIT_NULL
from looker_sdk.sdk.api40.methods import Looker40SDK
from looker_sdk.sdk.api40.models import SmtpSettings, SslVersion

from smtp_panel.access import keys, users
from smtp_panel.access.keys import KeyScope
from smtp_panel.audit import Actor
from smtp_panel.storage import db, writing
from tests.api.conftest import Program, program_of
from tests.api.looker.conftest import PASSWORD, saved
from tests.api.looker.python_sdk import python_sdk
from tests.api.served import Request, Served, served
from tests.servers.fixtures import StartSmtpd
from tests.servers.smtpd import USERS
from tests.web.conftest import ADMIN, MEMBER, MakePanel, Panel

JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@pytest.fixture
def there(panel: Panel) -> Iterator[Served]:
    """Where the panel answers."""
    with served(panel.app) as there:
        yield there


@pytest.fixture
def sdk(manager: Program, there: Served) -> Looker40SDK:
    """The SDK, by that program's key."""
    return python_sdk(there.url, manager.client_id, manager.secret)


def custom() -> SmtpSettings:
    """A mail server where nobody listens."""
    return SmtpSettings(
        address="127.0.0.1",
        port=1,
        from_="Acme <no-reply@test.example>",
        user_name="acme",
        password=PASSWORD,
        enable_starttls_auto=True,
        ssl_version=SslVersion.TLSv1_2,
        auth_type="login",
    )


def refusal(sdk: Looker40SDK, settings: SmtpSettings) -> error.SDKError:
    """How the SDK tells that these settings are refused."""
    with pytest.raises(error.SDKError) as caught:
        sdk.set_smtp_settings(settings)
    return caught.value


def test_it_sets_the_settings_and_asks_how_mail_stands(
    panel: Panel, sdk: Looker40SDK, there: Served, smtpd: StartSmtpd
) -> None:
    server = smtpd("none")
    (username, password), *_ = USERS.items()
    settings = custom()
    settings.address, settings.port = server.host, server.port
    settings.user_name, settings.password = username, password
    settings.enable_starttls_auto = False
    sdk.set_smtp_settings(settings)
    panel.settle()
    status = sdk.smtp_status()
    assert (status.is_valid, status.node_count) == (True, 1)
    assert status.node_status
    node = status.node_status[0]
    assert (node.is_valid, node.message, node.hostname) == (True, "", "test")
    assert there.asked == [
        Request("POST", "/api/4.0/login", FORM),
        Request("POST", "/api/4.0/smtp_settings", JSON),
        Request("GET", "/api/4.0/smtp_status", JSON),
    ]


def test_its_address_may_end_in_a_slash(manager: Program, there: Served) -> None:
    """Where it signs in and out it puts a slash of its own behind that."""
    sdk = python_sdk(f"{there.url}/", manager.client_id, manager.secret)
    with sdk:
        assert sdk.smtp_status().node_count == 0
    told = ["POST //api/4.0/login", "GET /api/4.0/smtp_status", "DELETE //api/logout"]
    assert there.paths == told


def test_it_asks_for_some_of_the_fields(panel: Panel, sdk: Looker40SDK) -> None:
    sdk.set_smtp_settings(custom())
    panel.settle()
    status = sdk.smtp_status(fields="is_valid,node_status(hostname,message)")
    assert (status.is_valid, status.node_count) == (False, None)
    assert status.node_status
    node = status.node_status[0]
    assert (node.hostname, node.is_valid) == ("test", None)
    assert "port 1" in (node.message or "")


def test_in_a_with_statement_it_signs_out(sdk: Looker40SDK, there: Served) -> None:
    with sdk:
        sdk.smtp_status()
    assert there.paths[-1] == "DELETE /api/logout"


def test_json_that_it_calls_a_form_is_taken(panel: Panel, sdk: Looker40SDK, there: Served) -> None:
    """What it sends where it is given options, and has to sign in first."""
    sdk.set_smtp_settings(custom(), transport_options={"timeout": 60})
    assert there.asked[1] == Request("POST", "/api/4.0/smtp_settings", FORM)
    assert saved(panel).server == "127.0.0.1"


def test_an_empty_text_empties_and_null_keeps(panel: Panel, sdk: Looker40SDK) -> None:
    sdk.set_smtp_settings(custom())
    before = saved(panel)
    sdk.set_smtp_settings(SmtpSettings(password=EXPLICIT_NULL, address=EXPLICIT_NULL, port=1))
    assert saved(panel) == before
    sdk.set_smtp_settings(SmtpSettings(user_name="", password=""))
    assert saved(panel).username == ""
    assert saved(panel).secrets == before.secrets


def test_it_tells_each_wrong_field_and_looks_nothing_up(sdk: Looker40SDK) -> None:
    """An address of Looker's documentation would make it fetch that; the tests have no network."""
    settings = custom()
    settings.address, settings.port, settings.from_ = "https://smtp.test.example", 0, "me"
    told = refusal(sdk, settings)
    assert "`errors`" in told.message
    assert {each.field for each in told.errors} == {"address", "port", "from"}
    assert {each.code for each in told.errors} == {"invalid"}
    assert all(each.message and each.error_doc_url == "" for each in told.errors)
    assert (told.documentation_url, told.error_doc_url) == ("", "")


def test_a_password_is_to_be_given_again_for_another_server(sdk: Looker40SDK) -> None:
    """F9 [L]."""
    sdk.set_smtp_settings(custom())
    (wrong,) = refusal(sdk, SmtpSettings(address="127.0.0.2")).errors
    assert (wrong.field, wrong.code) == ("password", "missing_field")
    sdk.set_smtp_settings(SmtpSettings(address="127.0.0.2", password=PASSWORD))


def test_it_acts_as_an_account(panel: Panel, sdk: Looker40SDK, there: Served) -> None:
    """By `auth.login_user`; signing out leads back to the key, and `full` out of everything."""
    with panel.app.app_context():
        member, admin = (users.find(db.session, email) for email in (MEMBER, ADMIN))
    assert member
    assert admin
    sdk.auth.login_user(member.id)
    with pytest.raises(error.SDKError, match="Only an admin"):
        sdk.smtp_status()
    sdk.auth.logout()
    assert sdk.smtp_status().node_count == 0
    sdk.auth.login_user(admin.id)
    sdk.set_smtp_settings(custom())
    assert saved(panel).updated_by == ADMIN
    sdk.auth.logout(full=True)
    assert there.paths[-2:] == ["DELETE /api/logout"] * 2
    with pytest.warns(UserWarning, match="login_user"):
        assert sdk.login_user(str(admin.id)).expires_in == 3600


def test_a_key_that_ends_is_told_and_it_signs_in_no_more(
    panel: Panel, manager: Program, sdk: Looker40SDK, there: Served
) -> None:
    """It never does after a 401, so the message says what to do."""
    sdk.smtp_status()
    with panel.app.app_context(), writing(db.session) as session:
        keys.revoke(session, manager.client_id, Actor("test"))
    for _ in range(2):
        with pytest.raises(error.SDKError, match="Sign in"):
            sdk.smtp_status()
    assert [path for path in there.paths if "login" in path] == ["POST /api/4.0/login"]


def test_a_wrong_key_is_told(manager: Program, there: Served) -> None:
    sdk = python_sdk(there.url, manager.client_id, "wrong")
    with pytest.raises(error.SDKError, match="no API key"):
        sdk.smtp_status()


def test_its_own_methods_sign_in_and_out(manager: Program, sdk: Looker40SDK) -> None:
    """By the paths of the API, as it does by `auth` behind the scenes."""
    token = sdk.login(manager.client_id, manager.secret)
    assert (token.token_type, token.expires_in) == ("Bearer", 3600)
    assert sdk.logout() == ""
    with pytest.raises(error.SDKError, match="it has ended"):
        sdk.smtp_status()


def test_a_limit_is_told(make_panel: MakePanel) -> None:
    """L2: when to try again."""
    panel = make_panel(save_limit="1 per minute")
    manager = program_of(panel, KeyScope.MANAGE)
    with served(panel.app) as there:
        sdk = python_sdk(there.url, manager.client_id, manager.secret)
        sdk.set_smtp_settings(custom())
        assert "Try again in" in refusal(sdk, custom()).message
        panel.settle()
