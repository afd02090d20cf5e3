"""The global navigation: who is signed in, which page this is, and the SMTP warning (SPEC W1)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Flask, g, get_flashed_messages, request, url_for
from flask_babel import gettext

from smtp_panel.access.principal import current_user
from smtp_panel.access.users import User
from smtp_panel.panel import current_panel
from smtp_panel.status.model import Health, NodeStatus
from smtp_panel.status.service import statuses
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
SECTIONS = {"smtp": "smtp", "audit": "audit", "sandbox": "sandbox", "account": "home"}
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


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps mail from leaving, in the reader's language."""

    headline: str
    cause: str
    remedy: str
    since: datetime.datetime
    node: str
    field: str | None
    waiting: int = 0


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
    def statuses(self) -> list[NodeStatus]:
        """The status of each node, for admins only; the one broken longest comes first."""
        return statuses(db.session()) if self.user and self.user.is_admin else []

    @cached_property
    def problem(self) -> Problem | None:
        """What keeps mail from leaving, for admins only."""
        first = self.statuses[0] if self.statuses else None
        return problem_of(first) if first and first.broken else None

    @property
    def checking(self) -> bool:
        """Whether a check is under way."""
        now = utcnow()
        return any(status.is_checking(now) for status in self.statuses)


def problem_of(status: NodeStatus) -> Problem:
    """The problem that a broken node has."""
    cause, remedy = map(translated, HEALTH_TEXTS[status.health])
    diagnosis = status.explanation()
    if diagnosis:
        cause, remedy = diagnosis.cause(language()), diagnosis.remedy(language())
    return Problem(
        headline=gettext(HEADLINES[status.health]),
        cause=cause,
        remedy=remedy,
        since=status.since,
        node=status.node,
        field=diagnosis.field if diagnosis else None,
    )


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
