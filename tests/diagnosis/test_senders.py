"""Which senders a server lets an account use, by its words and its provider (SPEC D2, T6)."""

from __future__ import annotations

from typing import Any

import pytest

from smtp_panel.diagnosis.diagnosis import diagnose
from tests.diagnosis.examples import said

SHOP: dict[str, Any] = {"username": "info@shop.example", "sender": "visitor@gmail.com"}


@pytest.mark.parametrize("server", ["smtp.163.com", "smtp.126.com"])
@pytest.mark.parametrize("sender", ["weather@studio.example", "weather@163.com"])
def test_a_mailbox_provider_without_a_login_takes_the_mail_of_its_own_users_alone(
    server: str, sender: str
) -> None:
    """T6: no login there may send as somebody at another domain, and no connector helps."""
    words = "553 Local user only,163 smtp5,HdxpCgA3f 1630777785"
    told = diagnose(said("mail_from", words, server=server, sender=sender, username=""))
    assert (told.id, told.field, told.scope) == ("mail-from-own-users-only", "username", "service")
    assert told.remedy().startswith("Enter User name and Password of a mailbox at NetEase")
    assert "Exchange" not in told.remedy()


@pytest.mark.parametrize(
    ("server", "reply"),
    [
        ("smtp.laposte.net", "550 5.5.0 Emetteur invalide. Invalid Sender. LPN104_415"),
        ("smtp.free.fr", "553 5.7.1 Sender address rejected: not owned by user chris"),
    ],
)
def test_a_user_name_without_a_domain_is_at_that_of_its_mailbox_provider(
    server: str, reply: str
) -> None:
    """T6: a sender elsewhere is not malformed, but another's."""
    told = diagnose(
        said("mail_from", reply, server=server, username="chris", sender="chris@club.example")
    )
    assert told.id == "mail-from-own-mailbox-only"


@pytest.mark.parametrize(
    "reply",
    [
        "data 550 5.7.1 Sender domain not allowed. Please read: https://dhurl.org/20b",
        "mail_from 550 Access denied - sender domain not hosted here",
        "mail_from 554 5.7.1 Sender domain is not served by this account",
        "mail_from 550 Envelope domain 'gmail.com' doesn't match AUTH domain 'shop.example'",
        "mail_from 550 5.1.0 sender domain must match authenticated domain",
        "mail_from 550 5.7.1 You can only send from domains on your account",
        "rcpt_to 553 5.7.1 <visitor@gmail.com>: Sender address rejected: not owned by user info",
        "mail_from 550 5.1.1 sending from gmail.com addresses is not permitted on this server",
    ],
)
def test_a_sender_at_a_domain_that_is_none_of_the_accounts_is_told_with_reply_to(
    reply: str,
) -> None:
    """T6: no login for gmail.com is to be had at another host, nor is it allowed there."""
    stage, _, words = reply.partition(" ")
    told = diagnose(said(stage, words, **SHOP))
    assert (told.id, told.field, told.scope) == ("mail-from-other-domain", "sender", "sender")
    assert "Reply-To" in told.remedy()
    assert "of that mailbox" not in told.remedy()


@pytest.mark.parametrize(
    ("server", "advised"), [("smtp.hostinger.com", False), ("smtp.office365.com", True)]
)
def test_a_right_that_exchange_alone_has_is_advised_there_alone(server: str, advised: bool) -> None:
    """T6."""
    words = "553 5.7.1 <app@test.example>: Sender address rejected: not owned by user ada"
    told = diagnose(said("rcpt_to", words, server=server))
    assert ("Send As" in told.remedy()) is advised
    mine = diagnose(
        said("data", "550 5.7.60 Client does not have permissions to send as this sender")
    )
    assert "Send As" in mine.remedy()


@pytest.mark.parametrize(
    ("reply", "entry"),
    [
        (
            "rcpt_to 550 5.7.1 Sender domain kunde.example not listed in allowed sender domains",
            "mail-from-other-domain",
        ),
        (
            "mail_from 553 5.1.8 kunde.example is not a domain of this customer",
            "mail-from-other-domain",
        ),
        (
            "mail_from 550 sender address rejected: kunde.example not hosted here",
            "mail-from-other-domain",
        ),
        (
            "mail_from 550 Absenderdomain kunde.example ist für dieses Konto nicht freigeschaltet",
            "mail-from-other-domain",
        ),
        (
            "mail_from 550 5.7.1 Only addresses in @test.example may be used as sender",
            "mail-from-domain-wanted",
        ),
        ("data 554 5.7.1 Sender domain listed in URIBL multi", "mail-from-blacklisted"),
        ("mail_from 550 5.7.1 Mail from poor reputation domain", "policy-domain-reputation"),
        (
            "data 550 5.7.1 This domain was registered less than 30 days ago",
            "policy-domain-too-new",
        ),
        ("mail_from 554 5.7.1 sender domain too young", "policy-domain-too-new"),
    ],
)
def test_what_a_server_has_against_the_domain_of_a_sender_is_told(reply: str, entry: str) -> None:
    """D2."""
    stage, _, words = reply.partition(" ")
    assert diagnose(said(stage, words, sender="a@kunde.example")).id == entry
