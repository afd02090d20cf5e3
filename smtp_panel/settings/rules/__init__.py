"""The rules of the fields: pure functions, the same for the page, the API and the command line.

Each takes the text that someone typed and returns the tidy value, or raises Refused and nothing
else. A tidy value is accepted unchanged, and so is every suggestion of a Refused.
"""

from __future__ import annotations

from smtp_panel.settings.rules.credentials import password, password_notice, username
from smtp_panel.settings.rules.refusal import Notice, Refused
from smtp_panel.settings.rules.sender import sender, sender_address, sender_name
from smtp_panel.settings.rules.server import mail_server
from smtp_panel.settings.rules.transport import choice, port, port_on, switch, tls_version

__all__ = [
    "Notice",
    "Refused",
    "choice",
    "mail_server",
    "password",
    "password_notice",
    "port",
    "port_on",
    "sender",
    "sender_address",
    "sender_name",
    "switch",
    "tls_version",
    "username",
]
