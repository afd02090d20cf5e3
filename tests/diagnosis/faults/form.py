"""Faults of input: what is typed into the form, and what the form says to it."""

from __future__ import annotations

import errno
from dataclasses import dataclass

from tests.diagnosis.faults.connection import failing
from tests.diagnosis.faults.play import ADDRESS, SILENT, Play
from tests.servers.scripted import hang


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What is typed into `field`, and what becomes of it.

    It is refused, with `suggestion` offered where that is not None, unless it is `taken` as
    another value or `noticed`.
    """

    field: str
    text: str
    suggestion: str | None = None
    taken: str | None = None
    noticed: bool = False


FORM = {
    "service": "custom",
    "server": "smtp.example.com",
    "sender": "Example <no-reply@example.com>",
    "username": "no-reply@example.com",
    "password": "correct horse",
    "port": "587",
    "tls": "1",
    "tls_version": "1.2",
    "tls_start": "auto",
    "auth": "auto",
}

TYPED: dict[str, list[Typed]] = {
    "input-scheme-in-host": [
        Typed(field="server", text="https://smtp.example.com/", suggestion="smtp.example.com"),
        Typed(field="server", text="http://smtp.gmail.com", suggestion="smtp.gmail.com"),
    ],
    "input-trailing-space-in-host": [
        Typed(field="server", text=f"smtp.example.com{blank}", taken="smtp.example.com")
        for blank in (" ", "\t", "\u00a0", "\u200b")
    ],
    "input-leading-space-in-host": [
        Typed(field="server", text=" smtp.example.com", taken="smtp.example.com")
    ],
    "input-port-in-host": [
        Typed(field="server", text="smtp.example.com:465", suggestion="smtp.example.com")
    ],
    "input-address-as-host": [Typed(field="server", text="smtp@gmail.com")],
    "input-empty-host": [Typed(field="server", text=text) for text in ("", "   ")],
    "input-host-is-a-number": [Typed(field="server", text="1234")],
    "input-host-underscore": [Typed(field="server", text="mail_server", taken="mail_server")],
    "input-port-out-of-range": [Typed(field="port", text=text) for text in ("70000", "-1")],
    "input-port-zero-or-empty": [Typed(field="port", text=text) for text in ("", "0")],
    "input-port-not-a-number": [
        Typed(field="port", text="５８７", suggestion="587"),
        Typed(field="port", text="58.7"),
        Typed(field="port", text="smtp"),
    ],
    "input-from-empty": [Typed(field="sender", text="", suggestion="no-reply@example.com")],
    "input-from-non-ascii-name": [
        Typed(field="sender", text="お知らせ"),
        Typed(
            field="sender",
            text="お知らせ <noreply@example.com>",
            taken="お知らせ <noreply@example.com>",
        ),
    ],
    "input-line-break-in-field": [
        Typed(field="sender", text="a@example.com\r\nBcc: x@example.com"),
        Typed(field="server", text="smtp.example.com\r\nx"),
        Typed(field="username", text="ada\r\nMAIL FROM"),
    ],
    "input-user-name-missing-password-given": [Typed(field="username", text="", noticed=True)],
}

# What the server or the network makes of it.
PLAYS: dict[str, Play] = {
    "input-port-typo": Play(port=578, connect=failing(errno.ECONNREFUSED)),
    "input-webmail-host": Play(script=[hang()], at="webmail.example.com", port=991, clock=SILENT),
    "input-mx-host-with-587": Play(
        at="example-com.mail.protection.outlook.com",
        connect={ADDRESS: TimeoutError("timed out")},
    ),
}

# Faults of an application and not of the wire, which this one can't have.
NOT_ON_THE_WIRE = {
    "input-unsaved-settings-tested": "a test uses the draft (T3), as tests/web/test_test_email.py"
    " proves",
    "input-restart-needed": "settings are read for each message, by whichever process sends it",
    "input-test-and-real-path-differ": "test and real mail have one road, smtp.session, with one"
    " set of rules",
}
