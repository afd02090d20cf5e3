"""S4, M6: mail can be read in the panel, however broken or hostile it is."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtp_panel.mail.headers import decoded
from smtp_panel.mail.reading import MAX_HEADERS, MAX_TEXT, read
from tests.little_work import little_work
from tests.relay.test_content import INTRICATE


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", ""),
        (b"no header at all", "no header at all"),
        (b"\n\nonly text\n", "\nonly text\n"),
        (b"Content-Type: text/plain; charset=nonsense\n\nf\xc3\xbcr", "für"),
        (b"Content-Type: text/plain; charset=iso-8859-1\n\nf\xfcr", "für"),
        (b"Content-Type: text/plain; charset=unicode_escape\n\n\\q", "\\q"),
        (b"Content-Type: text/plain; charset=Punycode\n\nmnchen-3ya", "mnchen-3ya"),
        (b"Content-Type: text/plain; charset=idna\n\nxn--mnchen-3ya", "xn--mnchen-3ya"),
        (b"Content-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B%a!<%k\x1b(B", "メール"),
        (b"Content-Type: text/html\n\n<b>bold</b>", "<b>bold</b>"),
        (b"Content-Type: multipart/mixed\n\nwithout boundary", "without boundary"),
        (b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n%%%", ""),
        (b"\n\x00\x1b[31m\xe2\x80\xae", "\ufffd\ufffd[31m\ufffd"),
    ],
)
def test_broken_mail_is_shown_as_well_as_can_be(raw: bytes, text: str) -> None:
    assert read(raw).text == text


def test_html_is_given_as_source_beside_the_plain_text() -> None:
    message = EmailMessage()
    message.set_content("plain\n")
    message.add_alternative("<p>html</p>\n", subtype="html")
    mail = read(message.as_bytes())
    assert (mail.text, mail.html_text) == ("plain\n", "<p>html</p>\n")


def test_attachments_are_listed_by_name_type_and_size() -> None:
    message = EmailMessage()
    message.set_content("see below\n")
    message.add_attachment(b"\x00" * 1000, maintype="image", subtype="png", filename="図.png")
    message.add_attachment("notes\n", filename="notes.txt")
    mail = read(message.as_bytes())
    assert mail.text == "see below\n"
    listed = [(found.name, found.content_type, found.size) for found in mail.attachments]
    assert listed == [("図.png", "image/png", 1000), ("notes.txt", "text/plain", 6)]


def test_parameters_without_end_are_cut() -> None:
    """Where they were not, the parser would take hours for what a message may hold."""
    endless = "; a*0=b" * 1_000
    mail = read(f"Content-Type: text/plain{endless}; charset=latin-1\n\nü".encode("latin-1"))
    assert mail.text == "\ufffd"


def test_huge_and_deep_mail_is_cut() -> None:
    headers = b"".join(b"X-%d: %s\n" % (n, b"y" * 9_000) for n in range(MAX_HEADERS + 50))
    mail = read(headers + b"\n" + b"z" * (MAX_TEXT + 1))
    assert len(mail.headers) == MAX_HEADERS
    assert max(len(value) for _, value in mail.headers) < 9_000
    assert len(mail.text) == MAX_TEXT
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2_000)
    )
    assert read(deep).text


@pytest.mark.parametrize("raw", INTRICATE.values(), ids=INTRICATE.keys())
def test_intricate_mail_is_shown_from_its_beginning_with_little_work(raw: bytes) -> None:
    """T8: the parser was busy for minutes, for whoever opened the message."""
    with little_work():
        mail = read(raw)
    assert mail.headers or mail.text
    assert len(mail.text) <= MAX_TEXT


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Voil\udcc3\udca0", "Voil\u00e0"),  # whose last octet is a blank of Latin-1
        ("Voil\udcc3\udca0\r\n Ada", "Voil\u00e0 Ada"),
        (" a \t\r\n\t b\n \r\n c ", "a b c"),
        ("a" + " " * 3_000 + "b", "a" + " " * 3_000 + "b"),
    ],
)
def test_lines_of_a_field_are_one_line_and_its_letters_whole(raw: str, shown: str) -> None:
    assert decoded(raw) == shown


PIECES = [
    *(b"Content-Type: ", b"multipart/mixed; boundary=x", b"\n", b"\n\n", b"--x\n", b"--x--\n"),
    *(b"text/html", b"; charset=", b"utf-16", b"idna", b'"', b"filename*0*=", b"filename*=", b"''"),
    *(
        b"Content-Disposition: attachment;",
        b"Content-Transfer-Encoding: ",
        b"base64",
        b"x-uuencode",
    ),
    *(b"begin 666 a\n", b"=?utf-8?b?", b"=?utf-7?q?+2AA-", b"?=", b"message/rfc822", b"Subject: "),
    *(b"\xff\xe9", b"\r", b" ", b"\x00", b"%ff", b"a=", b";", b":"),
]


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=5), max_size=40).map(b"".join))
def test_no_message_makes_reading_fail(raw: bytes) -> None:
    mail = read(raw)
    shown = [mail.text, mail.html_text, *(part for header in mail.headers for part in header)]
    shown += [part for found in mail.attachments for part in (found.name, found.content_type)]
    assert "".join(shown).encode() is not None
