"""SASL mechanisms over SMTP AUTH (RFC 4954): PLAIN (RFC 4616) and LOGIN.

Whatever holds a password is a Secret until its octets are written, so that no traceback shows one.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import Auth
from smtp_panel.smtp.facts import FaultKind
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.reply import Reply
from smtp_panel.smtp.transcript import Redactor
from smtp_panel.smtp.wire import Wire
from smtp_panel.words import N_, Sentence

_NO_UTF_8 = Sentence(N_("user name or password can't be written in UTF-8"))
CONTINUE = 334
SUCCEEDED = 235
MECHANISM_REFUSED = 504  # RFC 4954, section 4
CANCEL = "*"
COMMAND_LINE_LIMIT = 510  # octets without CRLF; RFC 5321, section 4.5.3.1.4


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who signs in, and with what."""

    username: str
    password: Secret


Mechanism = Callable[[Wire, Credentials], Reply]


def plain(wire: Wire, who: Credentials) -> Reply:
    """Say AUTH PLAIN (RFC 4616); returns the last reply, whatever it is."""
    return respond(wire, "PLAIN", encode(Secret(f"\0{who.username}\0{who.password.reveal()}")))


def login(wire: Wire, who: Credentials) -> Reply:
    """Say AUTH LOGIN, user name and password, each where it is asked for; returns the last reply.

    No RFC has it; draft-murchison-sasl-login describes what servers do.
    """
    username, password = encode(Secret(who.username)), encode(who.password)
    asked = _answer(wire, wire.command("AUTH LOGIN"), username)
    return _answer(wire, asked, password)


PASSWORD_MECHANISMS: dict[str, Mechanism] = {"PLAIN": plain, "LOGIN": login}
CHOICES = {Auth.AUTO: ("PLAIN", "LOGIN"), Auth.PLAIN: ("PLAIN",), Auth.LOGIN: ("LOGIN",)}


def authenticate(
    wire: Wire, who: Credentials, choice: Auth, offered: tuple[str, ...], refusals: list[Reply]
) -> str:
    """Sign in with one of the `offered` mechanisms that `choice` allows; returns its name.

    Refusals of a mechanism are added to `refusals`. Raises Fault: NOT_OFFERED when none of them is
    allowed, REPLY when the server refuses the last that was tried.
    """
    names = suitable(CHOICES[choice], offered, wire.redact)
    return first_accepted(names, lambda name: PASSWORD_MECHANISMS[name](wire, who), wire, refusals)


def suitable(known: Iterable[str], offered: tuple[str, ...], redact: Redactor) -> list[str]:
    """Those of `known` that are `offered`, in the order of `known`; raises Fault if none is."""
    if names := [name for name in known if name in offered]:
        return names
    raise Fault(FaultKind.NOT_OFFERED, error=in_words(offered, redact))


def in_words(offered: tuple[str, ...], redact: Redactor) -> Sentence:
    """The mechanisms that a server offers, in a sentence without secrets."""
    words = redact(" ".join(offered)) or Sentence(N_("none"))
    return Sentence(N_("mechanisms offered: %(words)s"), {"words": words})


def first_accepted(
    names: Iterable[str],
    attempt: Callable[[str], Reply],
    wire: Wire,
    refusals: list[Reply],
) -> str:
    """The first of `names` with which `attempt` signs in; raises Fault when the server refuses.

    Only 235 is a success, whatever else a server may mean by 503. Another mechanism is tried only
    where the server refuses the mechanism itself, so that a wrong password counts once against
    the account. Where a server asks on after the last response, the exchange is cancelled.
    """
    for name in names:
        reply = attempt(name)
        if reply.code == SUCCEEDED:
            return name
        if reply.code == CONTINUE:
            cancel(wire)
        if reply.code != MECHANISM_REFUSED:
            break
        refusals.append(reply)
    raise Fault.refused(reply, name)


def cancel(wire: Wire) -> None:
    """Cancel an exchange by `*` (RFC 4954, section 4); raises nothing.

    A server that asks on all the same has poisoned the connection.
    """
    with suppress(Fault):
        if wire.command(CANCEL).code != CONTINUE:
            return
    wire.poison()


def respond(wire: Wire, mechanism: str, response: Secret) -> Reply:
    """Say AUTH with one `response`, which is in base64; returns the last reply.

    It stands in the command line where that holds it (RFC 4954, section 4), else it goes out once
    the server asks for it.
    """
    command = f"AUTH {mechanism}"
    if len(command) + 1 + len(response.reveal()) <= COMMAND_LINE_LIMIT:
        return wire.command(command, response)
    return _answer(wire, wire.command(command), response)


def encode(text: Secret) -> Secret:
    """`text` in UTF-8 and base64, as all mechanisms here send it.

    Raises Fault for a text that is none in UTF-8; the library's own error would hold it.
    """
    encoded = None
    with suppress(UnicodeEncodeError):
        encoded = Secret(base64.b64encode(text.reveal().encode()).decode())
    if encoded is None:
        raise Fault(FaultKind.ERROR, error=_NO_UTF_8)
    return encoded


def _answer(wire: Wire, asked: Reply, response: Secret) -> Reply:
    return wire.command("", response) if asked.code == CONTINUE else asked
