"""What a program answers to a challenge of AUTH (RFC 4954)."""

from __future__ import annotations

import base64
import binascii

from aiosmtpd.smtp import MISSING, SMTP

NOT_BASE64 = "501 5.5.2 This is no base64"


async def response(server: SMTP, given: list[str], challenge: str) -> bytes | None:
    """What the client answers to `challenge`, or has `given` already; None once it is refused."""
    if not given:
        response = await server.challenge_auth(challenge)
        return None if response is MISSING else bytes(response)
    try:
        # "=" is an empty response (RFC 4954, section 4).
        return b"" if given[0] == "=" else base64.b64decode(given[0], validate=True)
    except (binascii.Error, ValueError):
        await server.push(NOT_BASE64)
        return None
