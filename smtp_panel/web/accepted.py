"""What a page says of a mail that it has handed over to the outbox."""

from __future__ import annotations

from flask import flash
from flask_babel import gettext

from smtp_panel.web.nav import nav
from smtp_panel.words import N_

ON_ITS_WAY = N_("The mail to %(email)s is on its way.")
WAITS = N_("The mail to %(email)s waits in the outbox, and goes out as soon as mail leaves again.")


def flash_accepted(email: str) -> None:
    """Say on the next page that the mail to `email` is on its way, or what it waits for."""
    words, how = (WAITS, "warning") if nav().keeps_mail else (ON_ITS_WAY, "success")
    flash(gettext(words, email=email), how)
