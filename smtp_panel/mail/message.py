"""Builds messages as the standards want them."""

from __future__ import annotations

from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

import flask_mail

from smtp_panel.settings import rules
from smtp_panel.storage import utcnow

LONGEST_LINE = 76  # octets; RFC 2045, sections 6.7 and 6.8, and RFC 2047, section 2
POLICY = SMTP.clone(cte_type="7bit", refold_source="none", max_line_length=LONGEST_LINE)


class AutomaticMessage(flask_mail.Message):
    """A message that a program writes to one recipient, as text and HTML.

    `sender` and `reply_to` are as the rule of From has them, `recipient` is an address; without a
    `reply_to` answers go to the sender. The Message-ID takes the sender's domain (RFC 5322, section
    3.6.4). `Auto-Submitted` keeps vacation replies away (RFC 3834).
    """

    def __init__(
        self,
        *,
        sender: str,
        recipient: str,
        subject: str,
        text: str,
        html: str,
        reply_to: str = "",
    ) -> None:
        super().__init__(
            subject,
            [recipient],
            text,
            html=html,
            sender=sender,
            reply_to=reply_to or None,
            extra_headers={"Auto-Submitted": "auto-generated"},
        )
        self.msgId = make_msgid(domain=rules.sender_address(sender).rpartition("@")[2])

    def as_bytes(self) -> bytes:
        """The octets to be sent; raises ValueError for a line break in a header.

        They are in 7 bits and in short lines, which Flask-Mail's are not: any server takes them.
        """
        message = EmailMessage(policy=POLICY)
        message.set_raw("From", _mailbox(str(self.sender), "From"))
        if self.reply_to:
            message.set_raw("Reply-To", _mailbox(str(self.reply_to), "Reply-To"))
        message["To"] = [Address(addr_spec=str(each)) for each in self.recipients]
        message.set_raw("Subject", _encoded(self.subject, "Subject"))
        message["Date"] = format_datetime(utcnow())
        message["Message-ID"] = self.msgId
        for name, value in (self.extra_headers or {}).items():
            message[name] = value
        message.set_content(self.body or "")
        message.add_alternative(self.html or "", subtype="html")
        return message.as_bytes()

    def as_string(self) -> str:
        """The same as text."""
        return self.as_bytes().decode("ascii")


def _mailbox(tidy: str, header: str) -> str:
    """A display name and an address as `header` holds them."""
    name, address = rules.sender_name(tidy), rules.sender_address(tidy)
    _refuse_line_break(address)
    return f"{_encoded(name, header)} <{address}>" if name else address


def _encoded(text: str, header: str) -> str:
    """`text` as `header` holds it (RFC 2047).

    EmailMessage itself loses spaces where a long text of another script folds
    (https://github.com/python/cpython/issues/144156).
    """
    _refuse_line_break(text)
    return Header(text, header_name=header).encode()


def _refuse_line_break(text: str) -> None:
    if not {"\r", "\n"}.isdisjoint(text):
        raise ValueError("a header holds no line break")
