"""Faults up to the greeting and EHLO."""

from __future__ import annotations

import errno
import os
import socket

from smtp_panel.smtp.endpoint import Security
from tests.diagnosis.faults.play import ADDRESS, NO_LOGIN, SILENT, Play
from tests.servers.scripted import (
    close,
    drip,
    ehlo,
    expect,
    greet,
    hang,
    reply,
    send,
    take_message,
)
from tests.smtp.conversations import MAIL, SUBMISSION, Passing

GMAIL_HELO = '501-5.5.4 HELO/EHLO argument "Z170-D3H Gentoo" invalid, closing connection.'


def failing(number: int) -> dict[str, Exception]:
    """Every connection fails with this errno."""
    return {ADDRESS: OSError(number, os.strerror(number))}


def not_found(number: int, words: str) -> Play:
    """The look-up of the server's name fails."""
    return Play(lookup=socket.gaierror(number, words))


def at_ehlo(*answer: str, **rest: str) -> Play:
    """EHLO, and HELO after it, are answered in these words."""
    script = [reply("220 mail.test.example ESMTP"), expect("EHLO", *answer), expect("", *answer)]
    return Play(script=script, at=rest.get("at", "mail.test.example"))


def refused(at: str = "mail.test.example", port: int = 587) -> Play:
    """Nothing listens."""
    return Play(connect=failing(errno.ECONNREFUSED), at=at, port=port)


PLAYS: dict[str, Play] = {
    "dns-name-not-found": not_found(socket.EAI_NONAME, "Name or service not known"),
    "dns-temporary-failure-container": not_found(socket.EAI_AGAIN, "Temporary failure"),
    "dns-try-again-musl": not_found(socket.EAI_AGAIN, "Try again"),
    "dns-no-address-associated": not_found(socket.EAI_NODATA, "No address associated"),
    "dns-dangling-cname": not_found(socket.EAI_NONAME, "Name or service not known"),
    "connect-refused-imap-host-entered": refused(at="imap.web.test"),
    "connect-refused-wrong-port": refused(port=2525),
    "connect-refused-relay-bound-to-loopback": refused(port=25),
    "connect-refused-by-cpanel-smtp-restrictions": refused(at="smtp.gmail.com"),
    "connect-timeout-port-25-blocked": Play(port=25, connect=failing(errno.ETIMEDOUT)),
    "connect-timeout-firewall": Play(connect={ADDRESS: TimeoutError("timed out")}),
    "connect-timeout-banned-by-fail2ban": Play(connect={ADDRESS: TimeoutError("timed out")}),
    "connect-network-unreachable-ipv6": Play(
        lookup=["2001:db8::7"], connect={"2001:db8::7": failing(errno.EADDRNOTAVAIL)[ADDRESS]}
    ),
    "connect-ipv6-cannot-assign": Play(
        lookup=["2001:db8::7", ADDRESS],
        connect=dict.fromkeys(("2001:db8::7", ADDRESS), failing(errno.EADDRNOTAVAIL)[ADDRESS]),
    ),
    "connect-one-of-several-addresses-dead": Play(
        script=SUBMISSION,
        lookup=["192.0.2.6", ADDRESS],
        connect={"192.0.2.6": TimeoutError("timed out")},
        passes=True,
    ),
    "connect-selinux-permission-denied": Play(connect=failing(errno.EACCES)),
    "connect-hosting-redirects-smtp-to-itself": Play(
        script=[
            reply("220-xxx.xxx.test ESMTP Exim 4.85 #2", "220 and/or bulk e-mail."),
            ehlo("AUTH PLAIN LOGIN"),
            expect("AUTH", "535 Incorrect authentication data"),
        ],
        at="smtp.mailgun.org",
    ),
    "banner-greeting-never-received-465": Play(script=[hang()], port=465, clock=SILENT),
    "banner-end-of-file-reached": Play(script=[close()], port=465),
    "banner-bad-greeting-eof-java": Play(script=[close()], port=465),
    "banner-http-server": Play(script=[reply("HTTP/1.1 400 Bad Request", "Server: nginx")]),
    "banner-ssh-server": Play(script=[reply("SSH-2.0-OpenSSH_9.6")], port=22),
    "banner-mysql-server": Play(script=[send(b"J\x00\x00\x00\n8.0.36\x00" + 40 * b"x"), hang()]),
    "banner-silent-server": Play(script=[hang()], clock=SILENT),
    "banner-tarpit-slow-greeting": Play(script=[hang()], clock=SILENT),
    "banner-drip-fed": Play(
        script=[drip(b"220 slow and steady ", 0.01)], clock=lambda _server: Passing()
    ),
    "banner-closed-without-greeting": Play(script=[close()]),
    "banner-554-poor-reputation": Play(
        script=[
            reply(
                "554 Your access to this mail system has been rejected due to the sending MTA's "
                "poor reputation. If you believe that this failure is in error, please contact "
                "the intended recipient via alternate means."
            )
        ]
    ),
    "banner-554-connection-refused-listing": Play(
        script=[
            reply(
                "554 mxcmd04.ad.aruba.it bizsmtp hYzf1o0274Aa5Bp01 Connection refused from XXXX. "
                "See http://csi.cloudmark.com/reset-request/?ip=XXXX for more information."
            )
        ]
    ),
    "banner-421-too-many-connections": Play(
        script=[reply("421 Too many concurrent SMTP connections")]
    ),
    "banner-exim-synchronization-error": Play(script=[reply("554 SMTP synchronization error")]),
    "banner-normal-multiline-misread": Play(
        script=[
            reply(
                "220-host.test ESMTP Exim 4.96",
                "220-We do not authorize the use of this system to transport unsolicited,",
                "220 and/or bulk e-mail.",
            ),
            ehlo("AUTH PLAIN LOGIN"),
            *SUBMISSION[1:],
        ],
        passes=True,
    ),
    "banner-masked-by-cisco-inspection": Play(
        script=[reply("220 " + 62 * "*"), ehlo("XXXXXXXA", "SIZE 1000")],
        security=Security.STARTTLS,
    ),
    "ehlo-ftp-server": Play(
        script=[
            reply("220 (vsFTPd 3.0.5)"),
            expect("EHLO", "530 Please login with USER and PASS."),
        ],
        port=21,
    ),
    "ehlo-501-syntactically-invalid-exim": at_ehlo("501 Syntactically invalid EHLO argument(s)"),
    "ehlo-501-argument-with-space-gmail": at_ehlo(
        GMAIL_HELO, "501 5.5.4  https://support.google.com/mail/?p=helo r5sm1wrt.43 - gsmtp"
    ),
    "ehlo-421-gmail-relay": at_ehlo(
        "421 4.7.0 Try again later, closing connection. (EHLO) z2sm213160eju.142 - gsmtp",
        at="smtp-relay.gmail.com",
    ),
    "ehlo-550-invalid-helo-name": at_ehlo(
        "550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)"
    ),
    "ehlo-not-supported-helo-only": Play(
        script=[
            reply("220 old.test"),
            expect("EHLO", "502 5.5.1 Command not implemented"),
            expect("HELO", "250 hello"),
        ]
    ),
    "ehlo-dropped": Play(script=[reply("220 mail.test.example ESMTP"), expect("EHLO"), close()]),
    "rcpt-421-too-many-errors": Play(
        script=[
            greet(),
            *(MAIL[0], expect("RCPT TO", "421 4.7.0 mail7i.test Error: too many errors")),
        ],
        choices=NO_LOGIN,
    ),
    "quit-close-after-accept-go": Play(script=[*SUBMISSION[:-1], close()], passes=True),
    "quit-closed-python": Play(
        script=[*SUBMISSION[:-2], take_message("250 ok"), expect("QUIT"), close()], passes=True
    ),
    "quit-hang": Play(script=[*SUBMISSION[:-1], hang()], clock=SILENT, passes=True),
}
