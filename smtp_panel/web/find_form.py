"""The line above the fields: what is typed there, and what was found for it (SPEC P1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext
from wtforms import StringField

from smtp_panel.diagnosis.providers import Provider
from smtp_panel.finding.finding import Found
from smtp_panel.finding.offer import Offer, Origin
from smtp_panel.finding.query import Query
from smtp_panel.finding.trying import PORTS, Try, names_to_try
from smtp_panel.newer import read_known
from smtp_panel.runs.model import Run, RunState
from smtp_panel.settings import rules
from smtp_panel.settings.rules import Refused
from smtp_panel.settings.saved import Saved
from smtp_panel.settings.values import Service
from smtp_panel.storage import utcnow
from smtp_panel.telling import offers as words
from smtp_panel.telling.names import readable
from smtp_panel.telling.tries import TryView, try_views
from smtp_panel.web import widgets
from smtp_panel.web.forms import PanelForm
from smtp_panel.web.history import PastTest
from smtp_panel.words import N_

TRYING = N_("The usual names are being tried. This takes a few seconds.")
BROKEN_OFF = N_("The search broke off: the panel was stopped meanwhile. Look up again.")
MOST_UNFOLDED = 2  # offers of one provider; the others are folded away


class FindForm(PanelForm):
    """What settings are looked for, as it was typed."""

    find = StringField(
        N_("Find your settings"),
        description=N_("Your mail address, your domain, or the name of your mail provider"),
        widget=widgets.Input({"inputmode": "email", "enterkeyhint": "search"}),
    )

    def read(self) -> Query | None:
        """What is looked for; None where that is refused, as the field then says."""
        try:
            return rules.query(self.find.data or "")
        except Refused as refused:
            self.refuse(self.find.name, refused)
            return None


@dataclass(frozen=True, slots=True)
class OfferView:
    """An offer, the fields that it fills in as a query string, and what to know about it."""

    offer: Offer
    changes: str
    address: str
    remarks: list[str]


@dataclass(frozen=True, slots=True)
class OffersView:
    """The offers of one provider, those that are `folded` after the likeliest, and its words."""

    heading: str
    provider: Provider | None
    username: str
    likeliest: list[OfferView]
    folded: list[OfferView]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundView:
    """What was found; `message` says why nothing was, `more` that there is more by that name.

    `tries` says what another click would connect to; it is empty where that makes no sense, or was
    done already. `tried` is what came of it so far, and `poll` where to ask how it goes on, None
    unless it does.
    """

    groups: list[OffersView] = field(default_factory=list)
    message: str = ""
    more: str = ""
    tries: str = ""
    tried: list[TryView] = field(default_factory=list)
    poll: str | None = None

    @property
    def announcement(self) -> str:
        """The gist of it, for a screen reader."""
        if self.poll:
            return gettext(TRYING)
        return self.message or self.groups[0].heading


@dataclass(frozen=True, slots=True)
class Finder:
    """The line, and below it what was found, once something was looked up.

    The page begins with it at the `first_visit`, before anything was saved or tested.
    """

    line: FindForm
    first_visit: bool
    found: FoundView | None


def found_view(found: Found, locked: Iterable[str]) -> FoundView:
    """`found` in the reader's language; the fields that are `locked` are not filled in."""
    every = words.groups(found)
    return FoundView(
        groups=[_group(each, frozenset(locked)) for each in every[: words.MOST_SHOWN]],
        message=words.reason(found),
        more=words.left_out(every),
        tries=_tries(found),
    )


def search_view(run: Run, locked: Iterable[str], poll: str) -> FoundView:
    """How far the search `run` is, or what it found; `poll` is where to ask for the next state."""
    tried = try_views(read_known(Try.from_json, run.steps))
    if run.found:
        found = found_view(Found.from_json(run.found), locked)
        return replace(found, tries="", tried=tried)
    if run.state is RunState.RUNNING and not run.abandoned(utcnow()):
        return FoundView(tried=tried, poll=poll)
    return FoundView(message=gettext(BROKEN_OFF), tried=tried)


def finder(
    saved: Saved,
    tests: Sequence[PastTest],
    line: FindForm | None = None,
    found: FoundView | None = None,
) -> Finder:
    """The line, by default as this request sends it, and what was `found`.

    `tests` are the last ones of all admins.
    """
    first_visit = saved.version == 0 and not tests
    return Finder(line or FindForm(None if request.method == "POST" else {}), first_visit, found)


def _group(group: words.OfferGroup, locked: frozenset[str]) -> OffersView:
    views = [_view(each, locked) for each in group.offers]
    likeliest, folded = views[:MOST_UNFOLDED], views[MOST_UNFOLDED:]
    return OffersView(group.heading, group.provider, group.username, likeliest, folded)


def _view(offer: Offer, locked: frozenset[str]) -> OfferView:
    fills = {"service": Service.CUSTOM.value, **offer.changes}
    free = {name: text for name, text in fills.items() if name not in locked}
    return OfferView(offer, urlencode(free), words.address(offer), words.remarks(offer))


def _tries(found: Found) -> str:
    """What trying would connect to; nothing where the table surely knows the provider."""
    by_table = (Origin.TABLE, Origin.MX)
    certain = any(each.origin in by_table and not each.unsure for each in found.offers)
    if not found.query.domain or found.refusing or certain:
        return ""
    names = names_to_try(found.query.domain, found.mail_hosts)
    return gettext(
        "Connects to %(names)s at the ports %(ports)s, without signing in. It counts as a test.",
        names=readable(", ".join(names)),
        ports=", ".join(map(str, PORTS)),
    )
