"""What steps and fields are called, on the page and in the terminal."""

from __future__ import annotations

from smtp_panel.smtp.facts import Stage
from smtp_panel.words import N_

LABELS = {
    Stage.DNS: N_("Resolve"),
    Stage.CONNECT: N_("Connect"),
    Stage.BANNER: N_("Greeting"),
    Stage.EHLO: N_("EHLO"),
    Stage.TLS: N_("TLS"),
    Stage.AUTH: N_("Authenticate"),
    Stage.MAIL_FROM: N_("Sender"),
    Stage.RCPT_TO: N_("Recipient"),
    Stage.DATA: N_("Message"),
}
FIELD_LABELS = {
    "service": N_("Mail service"),
    "server": N_("Mail server"),
    "port": N_("Port"),
    "tls": N_("TLS / SSL"),
    "tls_version": N_("TLS version"),
    "sender": N_("From"),
    "username": N_("User name"),
    "password": N_("Password"),
    "tls_start": N_("How TLS starts"),
    "auth": N_("Authentication"),
    "client_id": N_("Client ID"),
    "client_secret": N_("Client secret"),
    "token_endpoint": N_("Token endpoint"),
    "scopes": N_("Scopes"),
    "ehlo_name": N_("EHLO name"),
    "envelope_sender": N_("Envelope sender"),
    "reply_to": N_("Reply-To"),
    "time_limit": N_("Time limit"),
    "ca_pem": N_("Certificate authority"),
    "pinned": N_("Pinned certificate"),
}
