"""The rules of the fields: pure functions, the same for the page, the API and the command line.

Each takes the text that someone typed and returns the tidy value, or raises Refused and nothing
else. A tidy value is accepted unchanged, and so is every suggestion of a Refused.
"""

from __future__ import annotations

from smtp_panel.settings.rules.advanced import ehlo_name, envelope_sender, reply_to, time_limit
from smtp_panel.settings.rules.certificates import authorities, certificates_in, pinned
from smtp_panel.settings.rules.credentials import odd_blank, secret, secret_notice, username
from smtp_panel.settings.rules.oauth import (
    client_id,
    client_secret_ends,
    scopes,
    token_endpoint,
    token_endpoint_without_tls,
)
from smtp_panel.settings.rules.query import query
from smtp_panel.settings.rules.refusal import Notice, Refused
from smtp_panel.settings.rules.sender import sender, sender_address, sender_name
from smtp_panel.settings.rules.server import mail_server
from smtp_panel.settings.rules.transport import choice, port, port_on, switch, tls_version

__all__ = [
    "Notice",
    "Refused",
    "authorities",
    "certificates_in",
    "choice",
    "client_id",
    "client_secret_ends",
    "ehlo_name",
    "envelope_sender",
    "mail_server",
    "odd_blank",
    "pinned",
    "port",
    "port_on",
    "query",
    "reply_to",
    "scopes",
    "secret",
    "secret_notice",
    "sender",
    "sender_address",
    "sender_name",
    "switch",
    "time_limit",
    "tls_version",
    "token_endpoint",
    "token_endpoint_without_tls",
    "username",
]
