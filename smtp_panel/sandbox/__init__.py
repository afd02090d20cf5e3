"""The sandbox: a real submission server on loopback whose mail can be read in the panel."""

from __future__ import annotations

from smtp_panel.sandbox.maildrop import SandboxMessage
from smtp_panel.sandbox.service import Sandbox, SandboxError, SandboxMail

__all__ = ["Sandbox", "SandboxError", "SandboxMail", "SandboxMessage"]
