"""The test message: one that an administrator can show around (SPEC T10)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask
from flask_babel import force_locale, gettext

from smtp_panel.check.steps import Step
from smtp_panel.mail.occasions import TEST, compose
from smtp_panel.runs import arrival
from smtp_panel.settings import rules
from smtp_panel.settings.saved import Addresses
from smtp_panel.smtp.endpoint import Endpoint, Security
from smtp_panel.smtp.facts import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialMessage:
    """What the test message says: who pressed, when, from which installation, by which server.

    `addresses` are those of the settings. Without a `recipient` it goes to the `presser`.
    `installation` is a URL or a name, and `link` the one that tells that the message arrived, or
    empty.
    """

    __test__ = False  # no test case for pytest, whatever its name

    app: Flask
    endpoint: Endpoint
    addresses: Addresses
    presser: str
    installation: str
    language: str
    unsaved: bool
    at: datetime.datetime
    link: str = ""
    recipient: str = ""
    on_terminal: bool = False

    def compose(self, steps: Mapping[Stage, Step]) -> bytes:
        """The message in the presser's language; `steps` tell which TLS was agreed."""
        sender = self.addresses.sender
        with self.app.app_context(), force_locale(self.language):
            facts = {
                "presser": self.presser,
                "installation": self.installation,
                "server": self.endpoint.server,
                "port": self.endpoint.port,
                "tls": _tls(steps, self.endpoint.security),
                "sender_name": rules.sender_name(sender) or rules.sender_address(sender),
                "at": self.at,
                "unsaved": self.unsaved,
                "link": self.link,
                "days": arrival.LIFETIME.days,
                "on_terminal": self.on_terminal,
            }
            message = compose(
                TEST,
                facts,
                recipient=self.recipient or self.presser,
                language=self.language,
                sender=sender,
                reply_to=self.addresses.reply_to,
            )
            return message.as_bytes()


def _tls(steps: Mapping[Stage, Step], security: Security) -> str:
    met = steps.get(Stage.TLS)
    version = str(met.detail.get("version", "")) if met else ""
    how = gettext("Implicit TLS") if security is Security.IMPLICIT else "STARTTLS"
    return f"{version.replace('TLSv', 'TLS ')} ({how})" if version else gettext("not used")
