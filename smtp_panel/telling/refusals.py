"""What a rule says of a value, in the reader's language."""

from __future__ import annotations

from flask_babel import gettext

from smtp_panel.settings.rules import Notice, Refused


def sentence(said: Refused | Notice) -> str:
    """What is wrong with a value, or what there is to know about it."""
    return gettext(said.message, **said.params)


def with_link(said: Refused | Notice) -> str:
    """The sentence as plain text, and behind it the address of the page that says more."""
    return " ".join(filter(None, [sentence(said), said.link]))
