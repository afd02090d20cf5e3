"""Looker's SDK for Python, with the settings that it is given here instead of in a file."""

from __future__ import annotations

from looker_sdk import init40
from looker_sdk.rtl.api_settings import ApiSettings, SettingsConfig
from looker_sdk.sdk.api40.methods import Looker40SDK


class Settings(ApiSettings):
    """Where and by which key the SDK signs in."""

    def __init__(self, url: str, client_id: str, client_secret: str) -> None:
        self._config: SettingsConfig = {
            "base_url": url,
            "client_id": client_id,
            "client_secret": client_secret,
        }
        super().__init__()

    def read_config(self) -> SettingsConfig:
        """The settings, for which the SDK asks each time."""
        return self._config


def python_sdk(url: str, client_id: str, client_secret: str) -> Looker40SDK:
    """The SDK, which signs in at `url` once it is used."""
    return init40(config_settings=Settings(url, client_id, client_secret))
