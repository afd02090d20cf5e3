"""What the sandbox says as a mail server."""

from __future__ import annotations

import hmac
import ssl
from collections.abc import Callable
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from smtp_panel.sandbox.maildrop import Maildrop
from smtp_panel.secret import Secret

MAX_MESSAGE = 10_000_000  # octets
MAX_RECIPIENTS = 100  # RFC 5321, section 4.5.3.1.8
IDLE_SECONDS = 60.0


class Hooks:
    """The handler of aiosmtpd, whose hooks have aiosmtpd's names."""

    def __init__(self, maildrop: Maildrop) -> None:
        self._maildrop = maildrop

    async def handle_RCPT(
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Take the recipient, whoever it is."""
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep the message, and say so only once it is on disk."""
        try:
            key = self._maildrop.add(
                envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content or b""
            )
        except OSError as error:
            return f"452 4.3.1 The sandbox could not keep the message: {error.strerror}"
        return f"250 2.0.0 Kept by the sandbox as {key}"


def protocol_for(
    maildrop: Maildrop, username: str, password: Secret, tls: ssl.SSLContext
) -> Callable[[str], SMTP]:
    """Makes the server of one connection: STARTTLS, then PLAIN or LOGIN with this one account."""
    hooks = Hooks(maildrop)
    expected = (username.encode(), password.reveal().encode())

    def authenticate(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any
    ) -> AuthResult:
        known = isinstance(given, LoginPassword) and all(map(hmac.compare_digest, given, expected))
        return AuthResult(success=known, handled=False)

    return lambda _peer: SMTP(
        hooks,
        hostname="sandbox.localhost",
        ident="SMTP Panel sandbox",
        data_size_limit=MAX_MESSAGE,
        timeout=IDLE_SECONDS,
        tls_context=tls,
        require_starttls=True,
        auth_required=True,
        authenticator=authenticate,
    )
