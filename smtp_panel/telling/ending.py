"""What ends soon, in words (SPEC W6)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from flask_babel import gettext

from smtp_panel.status.ending import Ending, EndingKind
from smtp_panel.telling.certificates import end_in_words
from smtp_panel.words import N_

SOON, OVER = N_("%(what)s ends soon"), N_("%(what)s has ended")
# What ends, and what to do about it.
TEXTS = {
    EndingKind.SERVER: (
        N_("The mail server's certificate for %(name)s"),
        N_("Whoever runs the server has to renew it. Nothing has to be changed in the settings."),
    ),
    EndingKind.PINNED: (
        N_("The pinned certificate of %(name)s"),
        N_("Paste the new one as soon as the server shows it, or mail will stop."),
    ),
    EndingKind.AUTHORITY: (
        N_("The certificate authority %(name)s"),
        N_("Paste the new one below it in Certificate authority."),
    ),
    EndingKind.CLIENT_SECRET: (
        N_("The client secret of %(name)s"),
        N_("Make a new one at your provider, and save it in Client secret, with its own end."),
    ),
}


@dataclass(frozen=True, slots=True)
class EndingInWords:
    """An end in the reader's language: what, when, what to do, and the field where there is one.

    It `is_soon` from 30 days ahead on, and stays so.
    """

    what: str
    headline: str
    when: str
    remedy: str
    field: str | None
    is_soon: bool


def ending_in_words(ending: Ending, now: datetime.datetime) -> EndingInWords:
    """What there is to tell of `ending` at the moment `now`."""
    text, remedy = TEXTS[ending.what]
    what = gettext(text, name=ending.name)
    left = ending.days_left(now)
    return EndingInWords(
        what=what,
        headline=gettext(OVER if left < 0 else SOON, what=what),
        when=end_in_words(ending.at, left),
        remedy=gettext(remedy),
        field=None if ending.what is EndingKind.SERVER else ending.what.value,
        is_soon=ending.announced_as(now) is not None,
    )
