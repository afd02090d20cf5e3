"""SASL mechanisms over SMTP AUTH (RFC 4954): PLAIN (RFC 4616) and LOGIN."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who signs in, and with what."""

    username: str
    password: Secret


Mechanism = Callable[[Wire, Credentials], Reply]


def plain(wire: Wire, who: Credentials) -> Reply:
    """AUTH PLAIN, with an initial response where it fits a command line."""
    response = _encode(f"\0{who.username}\0{who.password.reveal()}")
    if len("AUTH PLAIN ") + len(response) <= COMMAND_LINE_LIMIT:
        return wire.command(f"AUTH PLAIN {response}", shown=f"AUTH PLAIN {MASK}")
    return _answer(wire, wire.command("AUTH PLAIN"), response, MASK)


def login(wire: Wire, who: Credentials) -> Reply:
    """AUTH LOGIN (draft-murchison-sasl-login): user name and password, each asked for."""
    asked = _answer(wire, wire.command("AUTH LOGIN"), _encode(who.username), "(user name)")
    return _answer(wire, asked, _encode(who.password.reveal()), MASK)


MECHANISMS: dict[Auth, Mechanism] = {Auth.PLAIN: plain, Auth.LOGIN: login}


def authenticate(
    wire: Wire, who: Credentials, choice: Auth, offered: tuple[str, ...], refusals: list[Reply]
) -> Auth:
    """Sign in with the first mechanism that suits, and say which it was.

    Only 235 is a success, whatever else a server may mean by 503. Another mechanism is tried only
    where the server refuses the mechanism itself, so that a wrong password counts once against
    the account. Refusals are added to `refusals`. Raises Fault: NOT_OFFERED when no mechanism
    suits, REPLY when the server refuses.
    """
    suitable = [m for m in MECHANISMS if m.value.upper() in offered and choice in (Auth.AUTO, m)]
    if not suitable:
        raise Fault(Kind.NOT_OFFERED, error=f"mechanisms offered: {' '.join(offered) or 'none'}")
    for mechanism in suitable:
        reply = MECHANISMS[mechanism](wire, who)
        if reply.code == SUCCEEDED:
            return mechanism
        if reply.code != MECHANISM_REFUSED:
            break
        refusals.append(reply)
    raise Fault.refused(reply)


def _answer(wire: Wire, asked: Reply, response: str, shown: str) -> Reply:
    return wire.command(response, shown=shown) if asked.code == CONTINUE else asked


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
