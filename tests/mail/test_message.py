"""Messages as the standards want them (SPEC M8, T10)."""

from __future__ import annotations

import email
import socket
from base64 import b64encode
from datetime import timedelta
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime

import flask_mail
import pytest
from flask import Flask
from flask_mail import Attachment
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smtp_panel.mail.message import PIECE, AutomaticMessage, StandardMessage, transportable
from smtp_panel.storage import utcnow

USUAL = {
    "sender_name": "Example Panel",
    "sender": "no-reply@mail.example.com",
    "recipient": "ada@example.org",
    "subject": "Test",
    "text": "Hello\n",
    "html": "<p>Hello</p>\n",
}


def octets_of(*, sender_name: str, sender: str, **values: str) -> bytes:
    """What is sent of an automatic message."""
    mailbox = f"{sender_name} <{sender}>" if sender_name else sender
    return AutomaticMessage(sender=mailbox, **values).as_bytes()


def message_of(**values: str) -> EmailMessage:
    """The message as its reader's program has it."""
    return email.message_from_bytes(octets_of(**(USUAL | values)), policy=default)


def part(message: EmailMessage, kind: str) -> list[str]:
    """The lines of one part, without empty ones at the end."""
    found = message.get_body((kind,))
    assert found is not None
    content: str = found.get_content()
    return content.rstrip().splitlines()


def body_of(content: bytes) -> list[bytes]:
    """The lines after the headers."""
    return content.partition(b"\r\n\r\n")[2].split(b"\r\n")


def decoded(content: bytes, header: str) -> str:
    """A header of `content` as RFC 2047 reads it; the standard library's own parser does not
    join encoded words of a name as it should."""
    raw = str(email.message_from_bytes(content)[header])
    return str(make_header(decode_header(raw.replace("\r\n", "")))).strip()


def test_a_message_has_every_header_that_it_needs() -> None:
    """M8, RFC 5322, section 3.6, RFC 3834: exactly once each."""
    message = message_of()
    assert message["From"] == "Example Panel <no-reply@mail.example.com>"
    assert message["To"] == "ada@example.org"
    assert message["Subject"] == "Test"
    assert message["Auto-Submitted"] == "auto-generated"
    assert sorted(message.keys()) == sorted(set(message.keys()))
    written = parsedate_to_datetime(message["Date"])
    assert timedelta(0) <= utcnow() - written < timedelta(minutes=1)


def test_the_lines_of_the_message_end_as_mail_wants_and_are_no_longer_than_it_encodes() -> None:
    """M8, RFC 2045, sections 6.7 and 6.8: CRLF alone, and at most 76 octets in a body line."""
    content = octets_of(**(USUAL | {"text": "Grüße an alle. " * 60, "html": "ö" * 500}))
    assert content.count(b"\n") == content.count(b"\r") == content.count(b"\r\n")
    assert max(map(len, body_of(content))) <= 76


def test_what_any_server_takes_stays_octet_for_octet() -> None:
    """M8: so that a signature of it holds."""
    signed = b"DKIM-Signature: v=1;\n  b=abc\r\nSubject:  x\r\n\r\n" + b"x" * 998 + b"\r\n.\r\n"
    assert transportable(signed) == signed


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_what_is_signed_stays_octet_for_octet_whatever_its_octets(end: str) -> None:
    """M8: a server that offers 8BITMIME takes them."""
    signed = f"Subject: x{end}dkim-signature : v=1; b=abc{end}{end}Grüße{end}".encode()
    assert transportable(signed) == signed


def test_a_signature_in_the_text_signs_nothing() -> None:
    told = transportable("Subject: x\r\n\r\nDKIM-Signature: v=1\r\nGrüße\r\n".encode())
    assert told.isascii()


@pytest.mark.parametrize("body", ["Grüße\r\n".encode(), b"x" * 1200 + b"\r\n"])
def test_what_is_encoded_keeps_its_headers_octet_for_octet(body: bytes) -> None:
    """M8: the email package would write a form feed as a line end, or not write the message."""
    header = (
        b"Subject:  a\x0cBcc: eve@test.example\r\nX-Mark:\tb\x0bc\x1cd\r\n\te\r\n"
        b"Content-Type: text/plain;\r\n charset=utf-8\r\n"
    )
    told = transportable(header + b"\r\n" + body)
    kept, _, _ = told.replace(b"\r\n", b"\n").partition(b"\n\n")
    assert kept == header.replace(b"\r\n", b"\n") + b"Content-Transfer-Encoding: quoted-printable"
    assert email.message_from_bytes(told).get_payload(decode=True) == body.replace(b"\r\n", b"\n")


def test_a_line_of_the_header_that_is_too_long_is_broken_at_a_blank() -> None:
    """RFC 5322, section 2.2.3: some programs write all recipients into one line."""
    people = ", ".join(f"Person {number} <p{number}@test.example>" for number in range(100))
    told = transportable(f"Subject: Hi\r\nTo: {people}\r\n\r\nHello\r\n".encode())
    assert max(map(len, told.splitlines())) <= 998
    message = email.message_from_bytes(told, policy=default)
    assert str(message["To"]) == people


@pytest.mark.parametrize("encoding", ["8bit", "binary", "", " 8BIT "])
def test_a_part_that_says_it_is_not_encoded_is_encoded(encoding: str) -> None:
    """M8: BINARYMIME no server here is asked for, and some programs write it of every text."""
    header = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding:{encoding}"
    told = transportable(f"{header}\r\n\r\nGrüße\r\n".encode())
    assert told.isascii()
    read = email.message_from_bytes(told, policy=default)
    assert read.get_content().rstrip() == "Grüße"


@pytest.mark.parametrize("encoding", ["base64", "Quoted-Printable"])
@pytest.mark.parametrize("header", ["", "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n"])
def test_what_is_encoded_without_line_ends_gets_some(encoding: str, header: str) -> None:
    """M8, RFC 5321, section 4.5.3.1.6: some programs write a file of base64 into one line."""
    octets = bytes(range(32, 127)) * 20
    encoder = {"base64": b64encode, "Quoted-Printable": lambda text: text.replace(b"=", b"=3D")}
    head = f"{header}Content-Transfer-Encoding: {encoding}\r\n\r\n".encode()
    told = transportable(head + encoder[encoding](octets) + b"\r\n")
    assert max(map(len, told.splitlines())) <= 76
    read = email.message_from_bytes(told)
    assert read["Content-Transfer-Encoding"] == encoding.lower()
    assert bytes(read.get_payload(decode=True)).rstrip(b"\n") == octets


def test_what_is_encoded_in_a_way_of_its_own_stays_as_it_is() -> None:
    """M8: nobody here knows what it would be in another way."""
    message = b"Content-Transfer-Encoding: x-own\r\n\r\n" + b"x" * 1200 + b"\r\n"
    assert transportable(message).replace(b"\r\n", b"\n") == message.replace(b"\r\n", b"\n")


def test_a_nul_is_encoded() -> None:
    """M8: RFC 5322, section 4, has none, and some servers end the message there."""
    told = transportable(b"Subject: Hi\r\n\r\nbefore\0after\r\n")
    assert b"\0" not in told
    payload = email.message_from_bytes(told).get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.rstrip() == b"before\0after"


def test_a_part_that_any_server_takes_stays_as_it_is() -> None:
    """M8: so that a signature of it holds, whatever is wrong with the header or another part."""
    signed = "--x\r\nContent-Type: text/plain\r\n\r\nHello = signed \r\n"
    other = "--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGrüße\r\n--x--\r\n"
    header = "Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    told = transportable((header + signed + other).encode()).replace(b"\r\n", b"\n")
    assert signed.replace("\r\n", "\n").encode() in told
    assert b"Gr=C3=BC=C3=9Fe" in told


def test_a_word_of_the_header_that_has_no_blank_stays_whole() -> None:
    header = b"Subject: Hi\r\nReferences: <" + b"x" * 1200 + b"@test.example>\r\n"
    told = transportable(header + b"\r\nHello\r\n")
    assert email.message_from_bytes(told)["References"].strip() == f"<{'x' * 1200}@test.example>"


def test_a_message_of_ours_is_one_of_flask_mail_s_in_all_that_it_has(app: Flask) -> None:
    """M2: whoever has one, such as a signal, finds what Flask-Mail documents."""
    with app.app_context():
        ours = StandardMessage("Hi", ["bob@test.example"], "Hello", sender="Ada <ada@test.example>")
        theirs = flask_mail.Message("Hi", ["bob@test.example"], "Hello", sender=ours.sender)
    assert ours.msgId.endswith("@test.example>")
    assert vars(ours) | {"msgId": theirs.msgId} == vars(theirs)


def test_parameters_without_end_stay_as_they_are() -> None:
    """M2: they are not read to their end, which would take hours for what a message may hold."""
    header = b"Content-Type: multipart/mixed; boundary=b" + b";\r\n x*0=y" * 5_000
    told = transportable(header + "\r\n\r\n--b\r\n\r\n\u00fc\r\n--b--\r\n".encode())
    assert told.replace(b"\r\n", b"\n").startswith(header.replace(b"\r\n", b"\n") + b"\n")
    assert told.isascii()
    assert b"=C3=BC" in told


@pytest.mark.parametrize("word", ["x" * 999, "x," * 490])
def test_a_word_that_is_too_long_for_a_line_is_encoded(word: str) -> None:
    """RFC 2047: any server takes it, and its reader sees it whole."""
    message = StandardMessage(
        word,
        [f'"{word}" <ada@example.org>'],
        "Hello",
        sender="Example <b@test.example>",
    )
    told = message.as_bytes()
    assert max(map(len, told.splitlines())) <= 998
    assert decoded(told, "Subject") == word
    assert decoded(told, "To").removesuffix(" <ada@example.org>") == word


def test_the_message_id_names_no_internal_host_and_is_never_the_same() -> None:
    """M8: it takes the sender's domain."""
    first, second = (octets_of(**USUAL) for _ in range(2))
    identity = email.message_from_bytes(first, policy=default)["Message-ID"]
    assert identity.endswith("@mail.example.com>")
    assert socket.gethostname().encode() not in first.partition(b"\r\n\r\n")[0]
    assert identity != email.message_from_bytes(second, policy=default)["Message-ID"]


def test_a_sender_without_a_name_is_an_address_alone() -> None:
    """F2: `email@address.com`."""
    assert message_of(sender_name="", sender="root@localhost")["From"] == "root@localhost"


def test_text_comes_first_and_html_says_the_same() -> None:
    """RFC 2046, section 5.1.4: the plainest part first."""
    message = message_of()
    assert message.get_content_type() == "multipart/alternative"
    kinds = [each.get_content_type() for each in message.iter_parts()]
    assert kinds == ["text/plain", "text/html"]
    assert (part(message, "plain"), part(message, "html")) == (["Hello"], ["<p>Hello</p>"])


def test_files_follow_the_text_whole(app: Flask) -> None:
    """M8, RFC 2046, section 5.1: an empty one as well, and one of any lines, or of text."""
    files: dict[str, str | bytes] = {
        "empty.bin": b"",
        "lines.csv": b"--\r\n\n.\r" * PIECE,
        "売上.txt": "売上",
    }
    with app.app_context():
        attachments = [Attachment(name, "application/csv", data) for name, data in files.items()]
        message = StandardMessage("Files", [USUAL["recipient"]], "Hello", sender=USUAL["sender"])
        message.attachments = attachments
        octets = message.as_bytes()
    read = email.message_from_bytes(octets, policy=default)
    found = {part.get_filename(): part.get_content() for part in read.iter_attachments()}
    assert found == files | {"売上.txt": "売上".encode()}
    assert part(read, "plain") == ["Hello"]
    assert [defect for each in read.walk() for defect in each.defects] == []
    assert octets.count(b"\n") == octets.count(b"\r") == octets.count(b"\r\n")
    assert max(map(len, body_of(octets))) <= 76


@pytest.mark.parametrize("field", ["sender_name", "sender", "recipient", "subject"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_a_line_break_makes_no_header(field: str, end: str) -> None:
    """M8: header injection is impossible."""
    for others in ({}, {"sender_name": ""}):
        values = USUAL | others | {field: f"{USUAL[field]}{end}Bcc: eve@example.net"}
        with pytest.raises(ValueError, match=r"(?i)linefeed|CR or LF|arguments|line break"):
            octets_of(**values)


names = st.text(st.characters(categories=["L", "M", "Nd", "Zs"]), max_size=60).map(
    lambda text: " ".join(text.split())
)
readable = st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"]), max_size=300)


@settings(derandomize=True, deadline=None, max_examples=50)
@given(names)
@example("Jürgen Müller")
@example("山田太郎 " * 9 + "山田")
@example("A" * 60)
def test_any_name_that_the_rule_allows_arrives_as_it_is(name: str) -> None:
    """M8, F2: letters, marks and digits of any script and single spaces, in From and Subject."""
    content = octets_of(**(USUAL | {"sender_name": name, "subject": f"Test by {name}"}))
    assert content.isascii()
    expected = f"{name} <{USUAL['sender']}>" if name else USUAL["sender"]
    assert decoded(content, "From") == expected
    assert decoded(content, "Subject") == f"Test by {name}".strip()


@settings(derandomize=True, deadline=None, max_examples=50)
@given(readable)
@example("Grüße " * 40)
@example("テスト" * 60)
def test_any_subject_stays_in_its_header(subject: str) -> None:
    """M8: in 7 bits and in lines that mail allows."""
    content = octets_of(**(USUAL | {"subject": subject}))
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    headers = email.message_from_bytes(content, policy=default).keys()
    assert sorted(headers) == sorted(message_of().keys())


@settings(derandomize=True, deadline=None, max_examples=50)
@given(readable)
@example("x" * 5000)
@example(".\r\n..\r\n.hidden")
@example("Grüße, こんにちは 🙂")
def test_any_text_arrives_as_it_is(text: str) -> None:
    """M8: whatever its script and length, in lines of at most 76 octets (RFC 2045, section 6.7)."""
    content = octets_of(**(USUAL | {"text": text, "html": f"<p>{text}</p>"}))
    assert content.isascii()
    assert max(map(len, body_of(content))) <= 76
    message = email.message_from_bytes(content, policy=default)
    assert part(message, "plain") == text.rstrip().splitlines()
    assert part(message, "html") == f"<p>{text}</p>".splitlines()
