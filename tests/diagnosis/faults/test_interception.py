"""Something in between answers in place of the mail server, or changes what it says (SPEC T6).

Played against the real check: an expert names the middle, and whom to ask for what.
"""

from __future__ import annotations

import ssl
from typing import NamedTuple

import pytest
import trustme

from smtp_panel.check.check import Verdict
from smtp_panel.smtp.endpoint import Security
from tests.diagnosis.faults.play import SILENT, Play
from tests.diagnosis.faults.protection import NAME, speaking
from tests.servers.certificates import Certificate, CertificateAuthority
from tests.servers.fixtures import StartScripted
from tests.servers.scripted import (
    ehlo,
    expect,
    greet,
    hang,
    reply,
    start_tls,
)

GMAIL = "smtp.gmail.com"
STARTTLS = Security.STARTTLS


def by(organization: str, name: str = NAME) -> ssl.SSLContext:
    """A server with a certificate that `organization` has just made out for `name`."""
    issued = trustme.CA(organization_name=organization).issue_cert(name)
    return Certificate(issued.private_key_and_cert_chain_pem.bytes()).context()


def after_starttls(context: ssl.SSLContext, at: str = NAME) -> Play:
    """STARTTLS is granted, and the handshake made by whoever holds `context`."""
    script = [greet("STARTTLS"), expect("STARTTLS", "220 go"), start_tls(context)]
    return Play(script=script, at=at, security=STARTTLS)


class Middle(NamedTuple):
    """What is met, the entry, and words of its cause or remedy: who is in between, whom to ask."""

    play: Play
    entry: str
    words: tuple[str, ...]


CASES = {
    "an antivirus shows its own certificate": Middle(
        after_starttls(by("Avast Web/Mail Shield Root")),
        "tls-inspected",
        ("Avast Web/Mail Shield Root", "antivirus of this machine", "exempted"),
    ),
    "a firewall shows its own certificate at once": Middle(
        speaking(lambda _ca: by("Fortinet_CA_SSL")),
        "tls-inspected",
        ("Fortinet_CA_SSL", "the network"),
    ),
    "a company's authority vouches for a known provider": Middle(
        speaking(lambda _ca: by("Example Corp Issuing CA 2", GMAIL), at=GMAIL),
        "tls-provider-of-private-authority",
        ("Example Corp Issuing CA 2", "Gmail", "network administrator to exempt"),
    ),
    "the hosting company answers under its own name": Middle(
        speaking(lambda ca: ca.made_out_for("server12.test.example").context(), at=GMAIL),
        "tls-mismatch-because-connection-hijacked",
        ("Another server answers in place of smtp.gmail.com", "hosting company to stop"),
    ),
    "STARTTLS is masked": Middle(
        Play(script=[greet("SIZE 1000", "XXXXXXXA", "8BITMIME")], security=STARTTLS, port=25),
        "starttls-masked-by-inspection",
        ("firewall", "network administrator to turn off SMTP inspection"),
    ),
    "the greeting and EHLO are masked": Middle(
        Play(
            script=[
                reply("220 " + 28 * "*" + "2******0***"),
                expect("EHLO", '500 5.5.1 Command unrecognized: "XXXX [203.0.113.5]"'),
                expect("HELO", "250 hello"),
            ],
            security=STARTTLS,
            port=25,
        ),
        "banner-masked-by-cisco-inspection",
        ("firewall", "Port to 465"),
    ),
    "STARTTLS is taken away from a known provider": Middle(
        Play(script=[greet("SIZE 1000", "AUTH PLAIN")], security=STARTTLS, at=GMAIL),
        "starttls-taken-away",
        ("Gmail always offers STARTTLS", "Don't untick TLS / SSL"),
    ),
    "a portal says HTTP": Middle(
        Play(
            script=[reply("HTTP/1.1 302 Found", "Location: http://portal.test/"), hang()],
            security=STARTTLS,
            at=GMAIL,
        ),
        "banner-answered-in-between",
        ("Not Gmail answered", "sign-in page", "Sign this machine in"),
    ),
    "a proxy accepts and says nothing": Middle(
        Play(script=[hang()], security=STARTTLS, at=GMAIL, clock=SILENT),
        "banner-silent-provider",
        ("firewall, proxy or network portal", "Leave the settings as they are"),
    ),
    "a filter swallows STARTTLS": Middle(
        Play(
            script=[reply("220 mail.test.example ESMTP"), ehlo("STARTTLS"), hang()],
            security=STARTTLS,
            clock=SILENT,
        ),
        "ehlo-silent",
        ("did not answer STARTTLS", "Port 465 with implicit TLS"),
    ),
    "an antivirus could not reach the server itself": Middle(
        Play(
            script=[reply("421 Cannot connect to SMTP server 203.0.113.9, connect error 10061")],
            at=GMAIL,
            security=STARTTLS,
        ),
        "banner-proxy-in-between",
        ("virus scanner", "Switch off its inspection"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_middle_is_named_and_whom_to_ask(
    scripted: StartScripted, ca: CertificateAuthority, name: str
) -> None:
    """T6: and nothing secret was said."""
    middle = CASES[name]
    check = middle.play.run(scripted, ca)
    assert check.verdict is Verdict.FAILED
    assert "AUTH" not in [
        line.split()[1] for line in check.transcript.splitlines() if "C: " in line
    ]
    assert check.diagnosis
    told = check.diagnosis
    assert told.id == middle.entry, check.transcript
    for words in middle.words:
        assert words in f"{told.cause()} {told.remedy()}"
