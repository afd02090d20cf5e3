"""Replies, offers and contents as pure values (RFC 5321, 1870, 3463, 4954)."""

from __future__ import annotations

import socket

import pytest

from smtp_panel.net.deadline import Deadline
from smtp_panel.net.network import Address
from smtp_panel.smtp.envelope import Envelope, path
from smtp_panel.smtp.extensions import Extensions
from smtp_panel.smtp.limits import overall
from smtp_panel.smtp.reply import Reply
from smtp_panel.smtp.transcript import Redactor, Transcript
from smtp_panel.smtp.wire import Wire
from tests.servers.fixtures import StartScripted
from tests.servers.scripted import hang


def said(*lines: str, code: int = 250) -> Reply:
    """A reply whose lines may be shown as they are."""
    return Reply(code, lines, lines)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2.0.0 Ok: queued as 4RmX2k1dJz", "4RmX2k1dJz"),
        ("2.0.0 OK: queued as <2023.1234@smtp-relay.example>", "2023.1234@smtp-relay.example"),
        ("OK id=1rXyZa-0004aB-2C", "1rXyZa-0004aB-2C"),
        ("2.0.0 33A1B2c3012345 Message accepted for delivery", "33A1B2c3012345"),
        ("2.0.0 OK  1700000000 a1-20020a17.4 - gsmtp", "a1-20020a17.4"),
        ("Ok 0100018c5b7b-1f2e3d4c-000000", "0100018c5b7b-1f2e3d4c-000000"),
        ("ok 1700000000 qp 12345678", "12345678"),
        ("2.6.0 <a@b> [InternalId=7654321, Hostname=x] Queued mail for delivery", "7654321"),
        ("2.0.0 OK queued as 4TEST", "4TEST"),
        ("Great success", None),
        ("2.0.0 OK", None),
        ("Queued. Thank you.", None),
        ("2.0.0 Ok, message saved", None),
    ],
)
def test_the_queue_id_is_found_in_the_words_of_every_server(
    text: str, expected: str | None
) -> None:
    """T4: Postfix, Exim, Sendmail, Gmail, Amazon SES, qmail, Exchange, and those that tell none."""
    assert said(text).queue_id == expected


def test_the_enhanced_code_stands_at_the_start_of_a_line_or_is_none() -> None:
    """RFC 2034: what looks like one further on belongs to the text."""
    reply = said("5.7.1 upgrade to 2.0.14 first", "5.7.1 see 4.7.0 too", code=550)
    assert reply.enhanced == "5.7.1"
    assert reply.text == "upgrade to 2.0.14 first\nsee 4.7.0 too"
    assert said("Rejected", "5.7.1 for spam", code=550).enhanced == "5.7.1"
    assert said("upgraded to 2.0.14 today").enhanced is None
    assert said("5.７.8 no").enhanced is None
    assert str(reply).startswith("550 5.7.1 upgrade")


@pytest.mark.parametrize(
    ("lines", "mechanisms", "limit"),
    [
        (["SIZE 1000", "AUTH PLAIN LOGIN"], ("PLAIN", "LOGIN"), 1000),
        (["size 1000", "auth plain"], ("PLAIN",), 1000),
        (["AUTH PLAIN", "AUTH=LOGIN PLAIN"], ("PLAIN", "LOGIN"), None),
        (["AUTH", "SIZE"], (), None),
        (["SIZE 0"], (), None),
        (["SIZE x", "AUTH ," + "A" * 21], (), None),
        (["SIZE " + "9" * 5000], (), None),
        (["SIZE ٣"], (), None),
        (["", "  ", "\t"], (), None),
    ],
)
def test_what_ehlo_offers_is_read_with_a_grain_of_salt(
    lines: list[str], mechanisms: tuple[str, ...], limit: int | None
) -> None:
    """T4: mechanisms have names (RFC 4422), sizes are numbers (RFC 1870)."""
    offer = Extensions.of(lines)
    assert (offer.mechanisms, offer.size_limit) == (mechanisms, limit)
    assert ("SIZE" in offer) == any(line.upper().startswith("SIZE") for line in lines)


def test_an_address_is_written_so_that_its_port_is_clear() -> None:
    """T4: IPv6 in brackets."""
    assert str(Address("192.0.2.1", 25)) == "192.0.2.1:25"
    assert str(Address("2001:db8::1", 25)) == "[2001:db8::1]:25"


def test_a_deadline_passes_once_and_for_all() -> None:
    """T8: what is left is never nothing, for a socket would take that for 'no limit'."""
    deadline = Deadline(5.0, iter([100.0, 100.0, 104.0, 105.0]).__next__)
    assert deadline.remaining() == 5.0
    assert deadline.remaining() == 1.0
    with pytest.raises(TimeoutError):
        deadline.remaining()


@pytest.mark.parametrize(
    "address",
    [
        *("a@b>\r\nRCPT TO:<c@d", "a@b\nDATA", "a\r@b", "a b@c", "a@b\0", "<a@b>", "a@b> SIZE=1"),
        *("a\u00a0b@c", "a\u2028@b", "\ud800@b", "\t", "a\x7f@b", "a\x9b@b"),
    ],
)
def test_what_is_no_address_goes_into_no_envelope(address: str) -> None:
    """M8: the rules let none through; should one come, it is no part of a command."""
    for parts in ((address, ("a@b.example",)), ("a@b.example", ("c@d.example", address))):
        with pytest.raises(ValueError, match="address"):
            Envelope(*parts)


def test_a_recipient_has_an_address_and_a_sender_may_have_none() -> None:
    """RFC 5321, section 4.5.5: notifications come from nobody, and go to somebody."""
    assert path("") == "<>"
    assert Envelope("", ("a@b.example",)).sender == ""
    with pytest.raises(ValueError, match="address"):
        Envelope("a@b.example", ("",))


def test_a_control_in_a_command_is_a_bug_and_not_a_command(scripted: StartScripted) -> None:
    """M8: nothing is sent."""
    server = scripted([hang()])
    transcript = Transcript(Redactor())
    connection = socket.create_connection((server.host, server.port))
    wire = Wire(connection, overall(Deadline(5.0)), transcript, Redactor())
    for line in ("EHLO a\r\nQUIT", "EHLO a\nb", "EHLO a\0", "EHLO \x1b[31m"):
        with pytest.raises(ValueError, match="control"):
            wire.command(line)
    wire.close()
    server.wait_until_idle()
    assert (server.received, str(transcript)) == ([], "")
