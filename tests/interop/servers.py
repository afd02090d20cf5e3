"""The mail servers that the panel is proved to work with, and what some of them can't."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from tests.servers import (
    dovecot_submission,
    exim,
    haraka,
    nodemailer,
    opensmtpd,
    postfix_roads,
    smtpd_roads,
)
from tests.servers.certificates import Certificate
from tests.servers.delivery import UNKNOWN
from tests.servers.roads import EVERY, TLS_MODES, MailServer, Road

MECHANISMS = ("PLAIN", "LOGIN", "XOAUTH2")
ELSEWHERE = "bob@elsewhere.example"

Start = Callable[[Certificate, Collection[Road]], AbstractContextManager[MailServer]]


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server as Debian or npm has it.

    `cannot` gives the reason for each way to start TLS and each mechanism that it lacks;
    `refusals` the diagnosis of a recipient that it refuses, after AUTH and without.
    """

    name: str
    version: Callable[[], str]
    start: Start
    needs_root: bool = True
    cannot: Mapping[str, str] = field(default_factory=dict)
    refusals: Mapping[tuple[str, bool], str]

    @property
    def roads(self) -> list[Road]:
        """The roads on which it takes mail."""
        return [road for road in EVERY if road.mode not in self.cannot]

    @property
    def mechanisms(self) -> list[str]:
        """The mechanisms by which one signs in; "" alone where nobody can."""
        return [each for each in MECHANISMS if each not in self.cannot] or [""]


USER_UNKNOWN = {(UNKNOWN, True): "rcpt-user-unknown"}
LOGIN_NEEDED = {(ELSEWHERE, False): "mail-from-authentication-required"}
RELAY_DENIED = {(ELSEWHERE, False): "rcpt-relay-denied-454"}
NO_TLS = "Every TLS handshake of OpenSMTPD 6.8, which Debian 12 has, fails with OpenSSL 3"
NO_AUTH = "OpenSMTPD lets nobody sign in without TLS"
NO_XOAUTH2 = {"XOAUTH2": "The server has no XOAUTH2 unless somebody writes it"}

SERVERS = (
    Server(
        name="Postfix, Dovecot for SASL",
        version=postfix_roads.version,
        start=postfix_roads.postfix_roads_server,
        refusals=USER_UNKNOWN | RELAY_DENIED,
    ),
    Server(
        name="Dovecot submission",
        version=dovecot_submission.version,
        start=dovecot_submission.dovecot_submission_server,
        refusals=USER_UNKNOWN | LOGIN_NEEDED,
    ),
    Server(
        name="Exim",
        version=exim.version,
        start=exim.exim_server,
        cannot=NO_XOAUTH2,
        refusals=USER_UNKNOWN | RELAY_DENIED,
    ),
    Server(
        name="OpenSMTPD",
        version=opensmtpd.version,
        start=opensmtpd.opensmtpd_server,
        cannot={
            **dict.fromkeys(TLS_MODES, NO_TLS),
            **dict.fromkeys(MECHANISMS, NO_AUTH),
        },
        refusals=RELAY_DENIED,
    ),
    Server(
        name="aiosmtpd",
        version=smtpd_roads.version,
        start=smtpd_roads.smtpd_roads_server,
        needs_root=False,
        cannot=NO_XOAUTH2,
        refusals=LOGIN_NEEDED,
    ),
    Server(
        name="Haraka",
        version=haraka.version,
        start=haraka.haraka_server,
        needs_root=False,
        cannot=NO_XOAUTH2,
        refusals=USER_UNKNOWN | RELAY_DENIED,
    ),
    Server(
        name="Nodemailer smtp-server",
        version=nodemailer.version,
        start=nodemailer.nodemailer_server,
        needs_root=False,
        refusals=USER_UNKNOWN | LOGIN_NEEDED,
    ),
)
