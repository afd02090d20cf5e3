"""The sandbox: a real submission server on loopback whose mail can be read in the panel."""

from __future__ import annotations

from smtp_panel.sandbox.failures import FAILURES, GROUPS, OFF, Failure, named
from smtp_panel.sandbox.maildrop import SandboxMessage
from smtp_panel.sandbox.service import Sandbox, SandboxError, SandboxMail
from smtp_panel.sandbox.switch import Tried

__all__ = [
    "FAILURES",
    "GROUPS",
    "OFF",
    "Failure",
    "Sandbox",
    "SandboxError",
    "SandboxMail",
    "SandboxMessage",
    "Tried",
    "named",
]
