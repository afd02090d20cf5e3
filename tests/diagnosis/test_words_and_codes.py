"""The words of a reply against its codes, which servers use loosely (SPEC D1, D2)."""

from __future__ import annotations

import pytest

from smtp_panel.diagnosis.diagnosis import diagnose
from tests.diagnosis.examples import NO_LOGIN, said

TO_BOB = "<bob@example.org>: Recipient address rejected: "


@pytest.mark.parametrize(
    ("reply", "entry"),
    [
        ("data 550 5.3.4 Message contains a virus", "policy-virus-found"),
        ("data 552 5.2.3 The attachment type exe is not allowed", "policy-attachment-refused"),
        ("data 554 5.6.0 Daily sending limit exceeded", "policy-gmail-daily-quota"),
        ("data 554 5.6.1 Message classified as spam", "policy-content-rejected"),
        ("data 550 5.4.6 Sending suspended for your account", "policy-account-suspended"),
        ("data 550 5.7.20 Attachment blocked: encrypted archive", "policy-attachment-refused"),
        ("data 451 4.3.0 Message greylisted, try again in 300 seconds", "rcpt-greylisted"),
        ("data 550 5.5.3 message too large", "mail-from-552-size"),
        ("rcpt_to 550 5.3.0 No such user here", "rcpt-user-unknown"),
        ("rcpt_to 550 5.4.1 mailbox is full", "rcpt-mailbox-full"),
        ("rcpt_to 550 5.1.7 No such user here", "rcpt-user-unknown"),
        ("rcpt_to 550 5.1.8 Relaying denied", "rcpt-relay-denied-logged-in"),
        ("rcpt_to 554 5.4.6 user unknown", "rcpt-user-unknown"),
        ("rcpt_to 550 5.1.1 relay access denied", "rcpt-relay-denied-logged-in"),
        ("rcpt_to 552 5.2.0 too many recipients", "rcpt-too-many-recipients"),
        ("rcpt_to 550 5.7.25 user bob unknown", "rcpt-user-unknown"),
        ("rcpt_to 550 5.1.3 Domain of the sender is suspended", "policy-account-suspended"),
        ("rcpt_to 451 4.3.2 Too many messages per hour", "policy-gmail-daily-quota"),
        ("mail_from 530 5.7.0 Your account has been suspended", "policy-account-suspended"),
        ("mail_from 530 5.7.1 Hourly sending limit reached", "policy-gmail-daily-quota"),
        ("mail_from 501 5.1.7 Your IP is listed at zen.spamhaus.org", "policy-spamhaus-listed"),
        ("mail_from 550 5.3.4 sender not owned by user ada", "mail-from-must-equal-user"),
        ("mail_from 452 4.5.3 Your domain is not verified", "policy-postmark-sender-signature"),
        ("mail_from 550 5.1.8 SPF check failed", "policy-spf"),
        ("mail_from 500 5.5.0 message size exceeds 10 MB", "mail-from-552-size"),
        ("mail_from 552 5.3.0 Hourly quota exceeded", "policy-gmail-daily-quota"),
    ],
)
def test_words_that_are_known_go_before_the_codes_they_come_with(reply: str, entry: str) -> None:
    """D1: one code stands for many things; what the server says of its reason is one."""
    stage, _, words = reply.partition(" ")
    assert diagnose(said(stage, words)).id == entry


@pytest.mark.parametrize(
    ("reply", "scope"),
    [
        ("rcpt_to 550 5.1.1 Sender app@test.example is a nuisance", "sender"),
        ("data 550 5.1.1 This subject line is against our taste", "message"),
        ("data 552 5.3.4 The database behind this server is broken", "service"),
        ("mail_from 550 5.1.8 Your IP does not please us", "service"),
        ("rcpt_to 550 5.3.4 this recipient is on holiday", "recipient"),
    ],
)
def test_words_that_blame_another_than_the_code_are_told_as_they_are(
    reply: str, scope: str
) -> None:
    """D1, D3: even where no entry knows them."""
    stage, _, words = reply.partition(" ")
    told = diagnose(said(stage, words))
    assert (told.id, told.scope) == (f"general-{stage}-reply", scope)
    assert words[10:] in told.cause()


@pytest.mark.parametrize(
    ("reply", "entry"),
    [
        ("rcpt_to 550 5.1.1 No", "rcpt-user-unknown"),
        ("mail_from 550 5.1.8 Rejected", "rcpt-sender-domain-not-found"),
        ("data 552 5.3.4 Rejected", "mail-from-552-size"),
        ("data 451 4.3.0 Sorry", "server-trouble"),
    ],
)
def test_codes_are_taken_at_their_word_where_the_server_says_nothing_else(
    reply: str, entry: str
) -> None:
    """D1."""
    stage, _, words = reply.partition(" ")
    assert diagnose(said(stage, words)).id == entry


def test_a_code_of_a_servers_own_means_one_thing() -> None:
    """D1: Exchange alone uses those that the registry does not have."""
    busy = "451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77714)"
    assert diagnose(said("rcpt_to", busy)).id == "policy-gmail-unsolicited-rate"


@pytest.mark.parametrize("known", [{}, NO_LOGIN])
@pytest.mark.parametrize("words", ["Bananas are inadvisable", "Not in the mood", "Rule 7/b"])
def test_a_prefix_of_postfix_makes_no_recipient_unknown(known: dict[str, str], words: str) -> None:
    """D2: what follows it is the reason, known or not."""
    told = diagnose(said("rcpt_to", f"554 5.7.1 {TO_BOB}{words}", **known))
    assert told.id in {"general-rcpt_to-reply", "rcpt-refused-without-login"}
    assert words in told.cause()
    assert "words are about the recipient" not in told.remedy()
