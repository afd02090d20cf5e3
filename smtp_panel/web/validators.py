"""Validators that apply rules; those of SPEC section 3 by the rule's own name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from wtforms import Field
from wtforms.validators import ValidationError

from smtp_panel.access.errors import AccessError
from smtp_panel.net.tls import TLSVersion, supported_versions
from smtp_panel.settings import rules
from smtp_panel.settings.fields import FIELD, typed_secret
from smtp_panel.settings.rules import Refused
from smtp_panel.telling.language import in_words


class FieldError(str):
    """The error of a field: its sentence, with a better value and a link where there are any."""

    suggestion: str | None
    link: str | None

    def __new__(cls, refused: Refused) -> Self:
        """The error for `refused`, in the reader's language."""
        error = super().__new__(cls, in_words(refused.sentence))
        error.suggestion, error.link = refused.suggestion, refused.link
        return error


@contextmanager
def field_error() -> Iterator[None]:
    """Turn what is refused in the block into an error of the field that is validated."""
    try:
        yield
    except (Refused, AccessError) as refused:
        raise ValidationError(in_words(refused.sentence)) from None


class Obeys:
    """A validator that applies `rule` to a field, and gives the value to the form's reader."""

    def __init__(self, rule: Callable[[str], Any], *, required: bool = False) -> None:
        self.rule = rule
        self.field_flags = {"required": True} if required else {}

    def __call__(self, form: Any, field: Field) -> None:
        """Read what was sent for `field` of `form`, which has a `reader` that keeps it."""
        try:
            form.reader.read(field.name, sent(field), self.rule)
        except Refused as refused:
            raise ValidationError(FieldError(refused)) from None


def sent(field: Field) -> str:
    """The text that was sent for `field`; empty where none was."""
    return str(field.raw_data[0]) if field.raw_data else ""


def version_sent(field: Field) -> int | None:
    """The version of what is saved that the page was loaded with, None where it is not said."""
    text = sent(field)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _supported_version(text: str) -> TLSVersion:
    return rules.tls_version(text, supported_versions())


mail_server = Obeys(rules.mail_server, required=True)  # F1
sender = Obeys(rules.sender, required=True)  # F2
username = Obeys(rules.username)  # F3
secret = Obeys(typed_secret)  # F4
port = Obeys(rules.port, required=True)  # F5
switch = Obeys(rules.switch)  # F6
tls_version = Obeys(_supported_version)  # F6
tls_start = Obeys(FIELD["tls_start"].read)  # F7
authentication = Obeys(FIELD["auth"].read)  # F8
client_id = Obeys(rules.client_id)  # F8
token_endpoint = Obeys(rules.token_endpoint)  # F8
scopes = Obeys(rules.scopes)  # F8
client_secret_ends = Obeys(rules.client_secret_ends)  # W6
ehlo_name = Obeys(rules.ehlo_name)  # F12
envelope_sender = Obeys(rules.envelope_sender)  # F12
reply_to = Obeys(rules.reply_to)  # F12
time_limit = Obeys(rules.time_limit)  # F12
authorities = Obeys(rules.authorities)  # F12
pinned = Obeys(rules.pinned)  # F12
