"""The errors and notices of the rules, in the reader's language."""

from __future__ import annotations

from flask_babel import gettext

from smtp_panel.settings.rules import Notice, Refused


def sentence(said: Refused | Notice) -> str:
    """The sentence of an error or a notice."""
    return gettext(said.message, **said.params)


def with_link(said: Refused | Notice) -> str:
    """The sentence, followed by the URL of the page that says more, if there is one."""
    return " ".join(filter(None, [sentence(said), said.link]))
