"""Which installation an alert is about, and where its pages are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from smtp_panel.config import Config


class Located(Protocol):
    """The part of a panel that says where it is."""

    @property
    def config(self) -> Config:
        """What the operator decided."""
        ...

    @property
    def url(self) -> str:
        """Where people reach it, empty where that is not known."""
        ...


@dataclass(frozen=True, slots=True)
class Installation:
    """What an installation is called, and the `url` at which people reach it, or empty."""

    name: str
    url: str

    def page(self, path: str) -> str:
        """The address of a page; empty where nobody knows it."""
        return f"{self.url}{path}" if self.url else ""


def installation_of(panel: Located) -> Installation:
    """The installation of `panel`; where nobody knows its URL, it is called by its node."""
    return Installation(panel.url or panel.config.node_name, panel.url)
