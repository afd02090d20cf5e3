"""What is entered to find a DKIM key: a selector, or a message that has arrived (SPEC D5)."""

from __future__ import annotations

import pytest

from smtp_panel.deliverability.selectors import Selector, selectors_in
from smtp_panel.settings.rules import Refused

DOMAIN = "acme.example"
ARRIVED = """\
Received: from mail.relay.example by mx.example; Sat, 28 Nov 2026 10:00:00 +0000
Authentication-Results: mx.example; dkim=pass header.d=acme.example header.s=wrong
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=acme.example;
\ts=2026-a; h=from:to:subject:date;
\tbh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;
\tb=AAAA
\t d=; s=
Subject: s=subject; d=subject.example
DKIM-Signature: v=1; a=ed25519-sha256; d=Relay.Example; s=k
 1; b=AAAA
From: Acme <news@acme.example>
"""


@pytest.mark.parametrize(
    ("entered", "found"),
    [
        pytest.param(" s1 ", Selector("s1", DOMAIN), id="alone"),
        pytest.param("S1.Mail", Selector("s1.mail", DOMAIN), id="of several labels"),
        pytest.param("s1._domainkey", Selector("s1", DOMAIN), id="as DNS panels show it"),
        pytest.param("k_1._domainkey.other.example.", Selector("k_1", "other.example"), id="whole"),
        pytest.param("v=1; d=a.example; s=x; b=AA", Selector("x", "a.example"), id="a value alone"),
    ],
)
def test_a_selector_is_understood_in_each_form(entered: str, found: Selector) -> None:
    assert selectors_in(entered, DOMAIN) == [found]


def test_the_signatures_of_an_arrived_message_tell_selectors_and_domains() -> None:
    assert selectors_in(ARRIVED.replace("\n\t d=; s=", ""), DOMAIN) == [
        Selector("2026-a", DOMAIN),
        Selector("k1", "relay.example"),
    ]


def test_folds_that_were_lost_in_copying_do_no_harm() -> None:
    lost = ARRIVED.replace("\n\t d=; s=", "").replace("\n\t", "\n").replace("\n", "\r\n")
    assert selectors_in(lost, DOMAIN)[0] == Selector("2026-a", DOMAIN)


SENDGRID = """\
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=acme.example;
\th=content-type:from:mime-version:subject:reply-to:to:list-unsubscribe:
\tcontent-transfer-encoding:from:subject:to; s=s1; bh=AAAA; b=BBBB
\tCC==
DKIM-Signature: v=1; a=rsa-sha256; d=sendgrid.info; h=from:
\tsubject:to; s=smtpapi; b=DDDD
X-Sent: by=us; s=wrong; d=wrong.example
"""
SIGNED = [Selector("s1", DOMAIN), Selector("smtpapi", "sendgrid.info")]


@pytest.mark.parametrize(
    "entered",
    [
        pytest.param(SENDGRID, id="as it came"),
        pytest.param(SENDGRID.replace("\n", "\r\n"), id="with CRLF"),
        pytest.param(SENDGRID.replace("\n\t", "\n"), id="without folds"),
        pytest.param("\n".join(f"    {each}" for each in SENDGRID.split("\n")), id="indented"),
        pytest.param(SENDGRID.replace("Signature: ", "Signature:\n\t"), id="on the next line"),
    ],
)
def test_the_names_of_header_fields_in_a_signature_do_not_end_it(entered: str) -> None:
    """RFC 6376, 3.5: h= lists them, and may be folded before a selector."""
    assert selectors_in(entered, DOMAIN) == SIGNED


@pytest.mark.parametrize(
    "entered",
    [
        pytest.param("", id="nothing"),
        pytest.param("Subject: hello\nFrom: ada@acme.example", id="no signature"),
        pytest.param("v=1; d=acme.example; b=AA", id="a signature without a selector"),
        pytest.param("a..b", id="an empty label"),
        pytest.param("a/b", id="a character that no name has"),
        pytest.param("x" * 64, id="too long a label"),
        pytest.param("v=1; d=acme.example; s=" + "a." * 200 + "b", id="too long a name"),
        pytest.param("DKIM-Signature:" * 5000, id="too much"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(entered: str) -> None:
    with pytest.raises(Refused) as refused:
        selectors_in(entered, DOMAIN)
    assert str(refused.value).endswith(".")


def test_only_the_first_five_signatures_count() -> None:
    many = "".join(f"DKIM-Signature: d=acme.example; s=s{number}\n" for number in range(50))
    assert len(selectors_in(many, DOMAIN)) == 5
