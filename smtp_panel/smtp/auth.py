"""SASL mechanisms over SMTP AUTH (RFC 4954): PLAIN (RFC 4616) and LOGIN."""

from __future__ import annotations

import base64
from collections.abc import Callable

from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import Auth
from smtp_panel.smtp.facts import Kind
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.reply import Reply
from smtp_panel.smtp.transcript import MASK
from smtp_panel.smtp.wire import Wire

CONTINUE = 334
SUCCEEDED = 235
MECHANISM_REFUSED = 504  # RFC 4954, section 4
COMMAND_LINE_LIMIT = 510  # octets without CRLF; RFC 5321, section 4.5.3.1.4

Mechanism = Callable[[Wire, str, Secret], Reply]


def plain(wire: Wire, username: str, password: Secret) -> Reply:
    """AUTH PLAIN, with an initial response where it fits a command line."""
    response = _encode(f"\0{username}\0{password.reveal()}")
    if len("AUTH PLAIN ") + len(response) <= COMMAND_LINE_LIMIT:
        return wire.command(f"AUTH PLAIN {response}", shown=f"AUTH PLAIN {MASK}")
    return _answer(wire, wire.command("AUTH PLAIN"), response, MASK)


def login(wire: Wire, username: str, password: Secret) -> Reply:
    """AUTH LOGIN (draft-murchison-sasl-login): user name and password, each asked for."""
    asked = _answer(wire, wire.command("AUTH LOGIN"), _encode(username), "(user name)")
    return _answer(wire, asked, _encode(password.reveal()), MASK)


MECHANISMS: dict[Auth, Mechanism] = {Auth.PLAIN: plain, Auth.LOGIN: login}


def authenticate(
    wire: Wire, choice: Auth, offered: tuple[str, ...], username: str, password: Secret
) -> tuple[Auth, list[Reply]]:
    """Sign in; returns the mechanism that worked and the refusals met on the way.

    Raises Fault: NOT_OFFERED when no mechanism suits, REPLY when the server refuses. Only 235 is
    a success, whatever else a server may mean by 503. Another mechanism is tried only where the
    server refuses the mechanism itself, so that a wrong password counts once against the account.
    """
    suitable = [m for m in MECHANISMS if m.value.upper() in offered and choice in (Auth.AUTO, m)]
    refusals: list[Reply] = []
    for mechanism in suitable:
        reply = MECHANISMS[mechanism](wire, username, password)
        if reply.code == SUCCEEDED:
            return mechanism, refusals
        refusals.append(reply)
        if reply.code != MECHANISM_REFUSED:
            break
    if refusals:
        raise Fault.refused(refusals[-1])
    raise Fault(Kind.NOT_OFFERED, error=f"mechanisms offered: {' '.join(offered) or 'none'}")


def _answer(wire: Wire, asked: Reply, response: str, shown: str) -> Reply:
    return wire.command(response, shown=shown) if asked.code == CONTINUE else asked


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
