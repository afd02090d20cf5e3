"""What a program hands over, as it is sent on (SPEC M2, M8)."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import compat32, default

import pytest

from smtp_panel.mail.parts import MOST_HEADER, MOST_PARTS, parsed
from smtp_panel.relay.content import Prepared, Unsendable, prepare
from tests.little_work import little_work

NOW = datetime(2026, 12, 24, 18, 0, tzinfo=UTC)
AUTHOR = "Acme <news@acme.example>"
WHOLE = (
    b"From: Billing <billing@acme.example>\r\nTo: bob@test.example\r\nSubject: Hi\r\n"
    b"Date: Thu, 24 Dec 2026 17:00:00 +0000\r\nMessage-ID: <7@acme.example>\r\n\r\nHello\r\n"
)


def prepared(octets: bytes, author: str = "") -> Prepared:
    return prepare(octets, "bounces@acme.example", author, NOW)


def test_a_message_that_is_whole_stays_octet_for_octet() -> None:
    told = prepared(WHOLE)
    assert told.octets == WHOLE
    assert (told.sender, told.subject, told.message_id) == (
        "billing@acme.example",
        "Hi",
        "<7@acme.example>",
    )


def test_the_from_of_the_settings_takes_the_place_of_the_programs_own() -> None:
    told = prepared(WHOLE, AUTHOR)
    message = message_from_bytes(told.octets)
    assert message.get_all("From") == [AUTHOR]
    assert message.get_all("Reply-To") == ["Billing <billing@acme.example>"]
    assert told.sender == "news@acme.example"


@pytest.mark.parametrize(
    "header",
    [
        b"From: News <NEWS@acme.example>\r\n",
        b"From: billing@acme.example\r\nReply-To: desk@acme.example\r\n",
    ],
)
def test_answers_go_where_they_went_before(header: bytes) -> None:
    message = message_from_bytes(prepared(header + b"\r\nHello\r\n", AUTHOR).octets)
    assert message.get_all("Reply-To", []) in ([], ["desk@acme.example"])


def test_what_is_missing_is_added() -> None:
    """RFC 6409, section 8: Date, Message-ID and From."""
    message = message_from_bytes(prepared(b"Subject: Hi\r\n\r\nHello\r\n").octets)
    assert message["From"] == "bounces@acme.example"
    assert message["Date"] == "Thu, 24 Dec 2026 18:00:00 +0000"
    assert message["Message-ID"].endswith("@acme.example>")
    assert message.get_payload() == "Hello\r\n"


@pytest.mark.parametrize("octets", [b"", b"\r\n", b"\r\nHello\r\n", b"no header\r\n"])
def test_a_message_without_a_header_gets_one(octets: bytes) -> None:
    message = message_from_bytes(prepared(octets, AUTHOR).octets)
    assert message["From"] == AUTHOR


def test_a_line_that_is_no_field_ends_the_header() -> None:
    """As it does for who reads the message: what is added after it would be text."""
    told = prepared(b"Subject: Hi\r\nno field\r\nFrom: eve@test.example\r\n\r\nHello\r\n", AUTHOR)
    message = message_from_bytes(told.octets)
    assert message.get_all("From") == [AUTHOR]
    assert message["Subject"] == "Hi"
    assert message.get_payload() == "no field\r\nFrom: eve@test.example\r\n\r\nHello\r\n"


def test_nobody_learns_of_blind_copies() -> None:
    """Nor of those on a second line, or from whom it came last."""
    hidden = b"Bcc: eve@test.example,\r\n max@test.example\r\nResent-BCC: kim@test.example\r\n"
    assert prepared(hidden + b"Return-Path: <x>\r\n" + WHOLE).octets == WHOLE


@pytest.mark.parametrize("line_end", [b"\n", b"\r"])
def test_every_line_ends_as_mail_wants(line_end: bytes) -> None:
    """A line end that one server takes for one and another does not would smuggle a message in."""
    assert prepared(WHOLE.replace(b"\r\n", line_end)).octets == WHOLE


def test_what_not_every_server_takes_is_encoded() -> None:
    """M8: lines of any length, and any octets."""
    text = "Grüße ".encode() * 400
    octets = WHOLE.replace(b"Hello", text)
    told = prepared(octets).octets
    assert told.isascii()
    assert max(map(len, told.splitlines())) <= 998
    payload = message_from_bytes(told).get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.rstrip() == text.rstrip()


def test_headers_of_any_script_are_encoded() -> None:
    """RFC 2047: in words of a subject, and in names but not in addresses."""
    header = "From: b@acme.example\r\nTo: Jürgen <bob@test.example>, 花子 <h@test.example>\r\n"
    told = prepared(f"{header}Subject: {'Grüße ' * 20}\r\n\r\nHello\r\n".encode()).octets
    assert told.isascii()
    message = message_from_bytes(told, policy=default)
    assert [each.display_name for each in message["To"].addresses] == ["Jürgen", "花子"]
    assert [each.addr_spec for each in message["To"].addresses] == [
        "bob@test.example",
        "h@test.example",
    ]
    assert message["Subject"] == ("Grüße " * 20).strip()


def test_a_message_that_goes_in_circles_is_refused() -> None:
    with pytest.raises(Unsendable, match=r"554 5\.4\.6"):
        prepared(b"Received: by x\r\n" * 51 + WHOLE)
    prepared(b"Received: by x\r\n" * 50 + WHOLE)


def test_what_no_mail_may_have_is_refused() -> None:
    """RFC 5322, section 4: NUL."""
    with pytest.raises(Unsendable, match=r"554 5\.6\.0"):
        prepared(WHOLE + b"\0")


def test_what_is_from_nobody_is_refused() -> None:
    with pytest.raises(Unsendable, match="no From"):
        prepare(b"Subject: Hi\r\n\r\nHello\r\n", "", "", NOW)


def within(depth: int) -> bytes:
    """A message of 30,000 lines in parts within parts, which no server takes as they are."""
    around = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(depth)
    )
    return b"From: eve@test.example\r\n" + around + b"\r\n\xff\r\n" + b"\r\n" * 30_000


LONG = b"X-Mark: \xff" + b" and so on" * 30 + b"\r\n"
PART = b"--b\r\n\r\n\xff\r\n"
INTRICATE = {
    "parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + PART * 10_000,
    "parts within parts": within(300),
    "headers of parts": (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + LONG * 5_000
    ),
    "headers": LONG * 5_000,
    "a header": b"To: \xff" + b"<@" * MOST_HEADER + b"\r\n\r\n",
    "lines of a header": LONG + LONG.replace(b"X-Mark:", b" ") * 5_000 + b"\r\n",
}


@pytest.mark.parametrize("octets", INTRICATE.values(), ids=INTRICATE.keys())
def test_a_message_that_would_keep_the_relay_busy_is_refused_with_little_work(
    octets: bytes,
) -> None:
    """T8: a message of 25 MB took minutes of its parser's time, in which no page was served."""
    with little_work(), pytest.raises(Unsendable, match=r"^554 5\.6\.0 The message has (more|too)"):
        prepared(octets)


@pytest.mark.parametrize("encoding", ["8bit", "quoted-printable", "base64"])
def test_a_list_of_tiny_lines_is_read_as_a_whole_and_not_line_by_line(encoding: str) -> None:
    """T8: one of 25 MB took seconds of the processor, in which no page was served."""
    header = b"Subject: list\r\nContent-Type: text/plain; charset=utf-8\r\n"
    header += f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode()
    lines = "ä\r\n".encode() * 60_000
    with little_work():
        told = prepared(header + lines)
    message = message_from_bytes(told.octets)
    assert message["Subject"] == "list"
    assert told.octets.isascii()
    if encoding == "8bit":
        assert message.get_payload(decode=True) == lines.replace(b"\r\n", b"\n")


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"Subject: a",
        b"Subject: a\r\n",
        b"Subject: a\r\n b\r\n\r\n\xff\r\n",
        b"Subject: a\r\nno field: \xff\r\nmore: or less\r\n",
        b"\r\nSubject: \xff\r\n",
        b"From somebody\r\nSubject: a\r\n\r\n\xff",
        b"Subject: a\r\nFrom somebody\r\n\r\n\xff",
        b" b\nSubject: a\n\n\n\xff\n",
        b"Subject: a\r\r\xff\r",
        b":\n\n\xff",
    ],
)
def test_what_has_no_parts_is_read_as_by_the_standard_library(octets: bytes) -> None:
    """RFC 5322, section 2.1: where the header ends, and what follows."""
    found, meant = parsed(octets, compat32), message_from_bytes(octets)
    assert found.items() == meant.items()
    assert found.get_payload() == meant.get_payload()
    assert found.get_unixfrom() == meant.get_unixfrom()


def test_a_message_may_have_many_parts_and_long_headers() -> None:
    """M2: more than any program sends, and octets that have to be encoded."""
    people = b"".join(b" person-%d@test.example,\r\n" % n for n in range(5000))
    part = b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\xc3\xbc\r\n"
    head = b"Content-Type: multipart/mixed; boundary=b\r\nTo:" + people
    body = part * (MOST_PARTS - 1) + b"--b--\r\n"
    told = prepared(head + b" last@test.example\r\n\r\n" + body)
    message = message_from_bytes(told.octets)
    assert len(message.get_payload()) == MOST_PARTS - 1
    assert told.octets.isascii()
