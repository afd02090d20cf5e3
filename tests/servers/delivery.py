"""Where servers pass their mail on to: by SMTP or LMTP into an `Inbox`."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from smtp_panel.smtp_server import SMTPThread
from tests.servers.inbox import Inbox, Received
from tests.servers.ports import HOST

UNKNOWN = "unknown@test.example"


class _Delivery:
    """Takes what is passed on, for every recipient but UNKNOWN; the names are aiosmtpd's."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def handle_RCPT(  # noqa: N802  (aiosmtpd looks for this name)
        self, _server: SMTP, _session: Session, envelope: Envelope, recipient: str, _options: object
    ) -> str:
        if recipient == UNKNOWN:
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(recipient)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802  (aiosmtpd looks for this name)
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        self._inbox.add(
            Received(
                sender=envelope.mail_from or "",
                recipients=tuple(envelope.rcpt_tos),
                content=envelope.original_content or b"",
            )
        )
        return "250 2.0.0 Delivered"


@contextmanager
def delivery(inbox: Inbox, protocol: type[SMTP] = LMTP) -> Iterator[int]:
    """Take mail into the inbox until the block ends; gives the port of loopback."""
    listener = socket.create_server((HOST, 0))
    server = SMTPThread(
        listener, lambda _peer: protocol(_Delivery(inbox), hostname="behind.test.example")
    )
    server.start()
    try:
        yield server.port
    finally:
        server.stop()
