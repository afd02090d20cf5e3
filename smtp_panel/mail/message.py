"""Builds messages as the standards want them."""

from __future__ import annotations

from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from smtp_panel.storage import utcnow

LONGEST_LINE = 76  # octets; RFC 2045, sections 6.7 and 6.8, and RFC 2047, section 2
POLICY = SMTP.clone(cte_type="7bit", refold_source="none", max_line_length=LONGEST_LINE)


def automatic_message(
    *,
    sender_name: str,
    sender: str,
    recipient: str,
    subject: str,
    text: str,
    html: str,
    reply_to_name: str = "",
    reply_to: str = "",
) -> bytes:
    """A message that a program writes to one recipient, as text and HTML, in 7 bits.

    `sender`, `recipient` and `reply_to` are plain addresses; without the last one answers go to the
    sender. `Date` and `Message-ID` are there and name no internal host, for the Message-ID takes
    the sender's domain (RFC 5322, section 3.6.4). `Auto-Submitted` keeps vacation replies away
    (RFC 3834). Raises ValueError for a line break in a header.
    """
    message = EmailMessage(policy=POLICY)
    message.set_raw("From", _mailbox(sender_name, sender))
    if reply_to:
        message.set_raw("Reply-To", _mailbox(reply_to_name, reply_to, "Reply-To"))
    message["To"] = Address(addr_spec=recipient)
    message.set_raw("Subject", _encoded(subject, "Subject"))
    message["Date"] = format_datetime(utcnow())
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message.as_bytes()


def _mailbox(name: str, address: str, header: str = "From") -> str:
    """A display name and an address as a header holds them."""
    _refuse_line_break(address)
    return f"{_encoded(name, header)} <{address}>" if name else address


def _encoded(text: str, header: str) -> str:
    """`text` as a header holds it (RFC 2047).

    EmailMessage itself loses spaces where a long text of another script folds
    (https://github.com/python/cpython/issues/144156).
    """
    _refuse_line_break(text)
    return Header(text, header_name=header).encode()


def _refuse_line_break(text: str) -> None:
    if not {"\r", "\n"}.isdisjoint(text):
        raise ValueError("a header holds no line break")
