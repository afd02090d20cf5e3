"""The global navigation: who is signed in, which page this is, and the SMTP warning (SPEC W1)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Flask, g, get_flashed_messages, request, url_for
from flask_babel import format_decimal, gettext, ngettext

from smtp_panel.access.principal import current_user
from smtp_panel.access.users import User
from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.panel import current_panel
from smtp_panel.status.model import Health, NodeStatus
from smtp_panel.status.standing import COUNTED, Standing, standing
from smtp_panel.storage import db, utcnow
from smtp_panel.telling.language import LANGUAGES, language
from smtp_panel.web.language import theme, translated
from smtp_panel.words import N_

# The pages of forms that are sent elsewhere.
PAGES = {
    "smtp.test": "smtp.page",
    "account.profile": "account.home",
    "account.password": "account.home",
    "account.end_session": "account.home",
    "account.end_other_sessions": "account.home",
    "public.submit_login": "public.login",
}
EVERYWHERE = ("icon", "summary", "remark", "ago", "when")
FLASHES = ("success", "error", "warning")
SECTIONS = {
    "smtp": "smtp",
    "audit": "audit",
    "outbox": "outbox",
    "sandbox": "sandbox",
    "keys": "keys",
    "account": "home",
}
HEADLINES = {
    Health.FAILED: N_("Mail is not leaving this installation"),
    Health.UNCONFIGURED: N_("No mail service is set up"),
    Health.SECRET_LOST: N_("A saved secret can't be read"),
}
HEALTH_TEXTS = {
    Health.FAILED: (N_("The last check failed."), ""),
    Health.UNCONFIGURED: (
        N_("This installation can't send invitations, password resets or reports."),
        N_("Fill in the mail server below, save, and send yourself a test email."),
    ),
    Health.SECRET_LOST: (
        N_("The key that encrypts saved secrets is missing or is another one."),
        N_(
            "Type the password or the client secret again and save, or bring the old key back and"
            " restart."
        ),
    ),
}
MAIL_WAITS = N_("The mail server does not take the messages that wait.")


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps mail from leaving, in the reader's language."""

    headline: str
    cause: str
    remedy: str
    field: str | None
    since: datetime.datetime
    waiting: str  # how many messages, in words
    node: str = ""


class Nav:
    """The navigation of one page. Only an admin's asks the database, once."""

    @cached_property
    def user(self) -> User | None:
        """Who is signed in."""
        return current_user()

    @property
    def section(self) -> str:
        """Which part of the panel this page belongs to."""
        return SECTIONS.get(request.blueprint or "", "")

    @property
    def sandbox(self) -> bool:
        """Whether there is a sandbox to read."""
        return current_panel().sandbox is not None

    @cached_property
    def standing(self) -> Standing | None:
        """How mail stands, for admins only."""
        return standing(db.session()) if self.user and self.user.is_admin else None

    @property
    def statuses(self) -> list[NodeStatus]:
        """The status of each node, for admins only; the one broken longest comes first."""
        return self.standing.nodes if self.standing else []

    @cached_property
    def problem(self) -> Problem | None:
        """What keeps mail from leaving, for admins only."""
        return problem_in(self.standing) if self.standing else None

    @property
    def checking(self) -> bool:
        """Whether a check is under way."""
        now = utcnow()
        return any(status.is_checking(now) for status in self.statuses)


def problem_in(standing: Standing) -> Problem | None:
    """The problem of the node that is broken longest, else that which real mail has met."""
    waiting = _waiting(standing.waiting)
    for node in standing.nodes:
        if node.broken:
            told = _told(node.explanation(), *map(translated, HEALTH_TEXTS[node.health]))
            headline = gettext(HEADLINES[node.health])
            return Problem(headline, *told, since=node.since, node=node.node, waiting=waiting)
    if since := standing.failing_since:
        told = _told(standing.failure, gettext(MAIL_WAITS), "")
        return Problem(gettext(HEADLINES[Health.FAILED]), *told, since=since, waiting=waiting)
    return None


def _told(diagnosis: Diagnosis | None, cause: str, remedy: str) -> tuple[str, str, str | None]:
    """Cause, remedy and field of a diagnosis; `cause` and `remedy` where there is none."""
    if diagnosis is None:
        return cause, remedy, None
    return diagnosis.cause(language()), diagnosis.remedy(language()), diagnosis.field


def _waiting(count: int) -> str:
    """How many messages wait; empty where none does."""
    if count > COUNTED:
        return gettext("more than %(number)s messages wait", number=format_decimal(COUNTED))
    return ngettext("%(num)s message waits", "%(num)s messages wait", count) if count else ""


def init_app(app: Flask) -> None:
    """Give every page its navigation, and every template the macros of _everywhere.html."""
    app.context_processor(_context)
    everywhere = app.jinja_env.get_template("_everywhere.html").module
    app.jinja_env.globals.update((name, getattr(everywhere, name)) for name in EVERYWHERE)


def nav() -> Nav:
    """The navigation of this request."""
    if "nav" not in g:
        g.nav = Nav()
    found: Nav = g.nav
    return found


def _context() -> dict[str, Any]:
    if not request:
        return {}
    return {
        "nav": nav(),
        "language": language(),
        "languages": LANGUAGES,
        "theme": theme(),
        "here": _here(),
        "root": request.script_root,
        "flashes": _flashes(),
    }


def _here() -> str:
    """The page to show after language or theme was changed: this one, or that of its form."""
    if request.method == "GET":
        return f"{request.script_root}{request.full_path.rstrip('?')}"
    page = PAGES.get(request.endpoint or "")
    return url_for(page) if page else f"{request.script_root}{request.path}"


def _flashes() -> Iterator[object]:
    """The flashed messages with their categories, which only a page that shows them uses up."""
    yield from get_flashed_messages(with_categories=True, category_filter=FLASHES)
