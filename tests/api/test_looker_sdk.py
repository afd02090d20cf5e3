"""SPEC A5 [L]: Looker's own SDK for Python works unchanged, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from looker_sdk import error, init40
from looker_sdk.rtl.api_settings import ApiSettings, SettingsConfig
from looker_sdk.sdk.api40.methods import Looker40SDK
from looker_sdk.sdk.api40.models import SmtpSettings, SslVersion

from smtp_panel.access.keys import KeyScope
from tests.api.conftest import Program, program_of
from tests.api.served import served
from tests.web.conftest import Panel


class Settings(ApiSettings):
    """Of the SDK, from `program` and the panel at `url`, instead of from a file."""

    def __init__(self, program: Program, url: str) -> None:
        self._config: SettingsConfig = {
            "base_url": url,
            "client_id": program.client_id,
            "client_secret": program.secret,
        }
        super().__init__()

    def read_config(self) -> SettingsConfig:
        """The settings, as the SDK asks for them each time."""
        return self._config


@pytest.fixture
def url(panel: Panel) -> Iterator[str]:
    """Where the panel answers."""
    with served(panel.app) as url:
        yield url


@pytest.fixture
def program(panel: Panel) -> Program:
    """A program that may manage everything."""
    return program_of(panel, KeyScope.MANAGE)


@pytest.fixture
def sdk(program: Program, url: str) -> Looker40SDK:
    """The SDK, by that program's key."""
    return init40(config_settings=Settings(program, url))


def test_it_sets_the_settings_and_asks_how_mail_stands(panel: Panel, sdk: Looker40SDK) -> None:
    settings = SmtpSettings(
        address="127.0.0.1",
        port=1,
        from_="Acme <no-reply@test.example>",
        user_name="acme",
        password="s3cret",
        enable_starttls_auto=True,
        ssl_version=SslVersion.SSLv23,
    )
    sdk.set_smtp_settings(settings)
    panel.settle()
    status = sdk.smtp_status()

    assert status.is_valid is False
    assert status.node_status
    assert [(each.hostname, each.is_valid) for each in status.node_status] == [("test", False)]
    assert "port 1" in (status.node_status[0].message or "")
    page = panel.admin().page()
    assert page.id("server")["value"] == "127.0.0.1"
    sdk.logout()
    with pytest.raises(error.SDKError, match="Sign in"):
        sdk.smtp_status()
