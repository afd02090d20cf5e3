"""SMTP Panel: the SMTP settings page of a self-hosted application, and the mail path behind it.

A host application takes from here what it uses: `from smtp_panel import Mail, create_app`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {"Mail": "smtp_panel.mail.front", "create_app": "smtp_panel.app"}


def __getattr__(name: str) -> Any:
    """What a host application uses, loaded when it is asked for: the rooms need not each other."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
