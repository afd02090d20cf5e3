"""The global navigation: who is signed in, which page this is, and the SMTP warning (SPEC W1)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from flask import Flask, current_app, g, get_flashed_messages, request

from smtp_panel.access.external import ExternalSignIn, signed_in_elsewhere
from smtp_panel.access.principal import current_user
from smtp_panel.access.sessions import SignedInUser
from smtp_panel.outbox.staging import Staging
from smtp_panel.panel import current_panel
from smtp_panel.sandbox import Tried
from smtp_panel.status.model import NodeStatus
from smtp_panel.status.standing import Standing, standing
from smtp_panel.storage import db, utcnow
from smtp_panel.telling.language import LANGUAGES, language
from smtp_panel.telling.problem import MailProblem, Paused, paused_in, problem_in
from smtp_panel.web.htmx import current_page, fragment
from smtp_panel.web.language import theme

EVERYWHERE = (
    *("icon", "summary", "remark", "ago", "when"),
    *("copied", "table_head", "step_word", "mail_warning", "why", "said"),
)
FLASHES = ("success", "error", "warning")
# Of blueprints whose pages belong to another entry of the sidebar.
SECTIONS = {"staging": "outbox", "faults": "smtp", "find": "smtp", "senders": "smtp"}


class Nav:
    """The navigation of one page. Only an admin's asks the database, once."""

    @cached_property
    def user(self) -> SignedInUser | None:
        """Who is signed in."""
        return current_user()

    @property
    def elsewhere(self) -> ExternalSignIn | None:
        """How they are signed in elsewhere, if they are not by a session of ours."""
        return signed_in_elsewhere()

    @property
    def section(self) -> str:
        """The entry of the sidebar to which this page belongs, by the name of its blueprint."""
        return SECTIONS.get(request.blueprint or "", request.blueprint or "")

    @property
    def sandbox(self) -> bool:
        """Whether there is a sandbox to read."""
        return current_panel().sandbox is not None

    @property
    def sandbox_is_default(self) -> bool:
        """Whether the sandbox is the default service, and not a server that the operator names."""
        default = current_panel().default
        return default is not None and default.is_sandbox

    @cached_property
    def tried(self) -> Tried | None:
        """The failure that the sandbox is told to show now, for admins only."""
        sandbox = current_panel().sandbox
        return sandbox.tried() if sandbox and self.user and self.user.is_admin else None

    @cached_property
    def standing(self) -> Standing | None:
        """How mail stands, for admins only."""
        return standing(db.session()) if self.user and self.user.is_admin else None

    @property
    def statuses(self) -> list[NodeStatus]:
        """The status of each node, for admins only; the one broken longest comes first."""
        return self.standing.nodes if self.standing else []

    @cached_property
    def problem(self) -> MailProblem | None:
        """What keeps mail from leaving, for admins only."""
        return problem_in(self.standing) if self.standing else None

    @cached_property
    def paused(self) -> Paused | None:
        """That an admin has paused sending, for admins only."""
        return paused_in(self.standing) if self.standing else None

    @property
    def warning(self) -> str:
        """What the warning in the navigation is of: "problem", "paused", or "" for nothing."""
        return "problem" if self.problem else "paused" if self.paused else ""

    @property
    def waits(self) -> str:
        """How many messages wait, in words, where the warning is about that; empty for none."""
        told = self.problem or self.paused
        return told.waiting if told else ""

    @property
    def keeps_mail(self) -> bool:
        """Whether what is accepted now waits, for whatever reason; for admins only."""
        return bool(self.paused or (self.problem and self.problem.keeps_mail))

    @property
    def waiting(self) -> int:
        """How many messages wait, as `standing` counts them; for admins only."""
        return self.standing.waiting if self.standing else 0

    @property
    def staging(self) -> Staging | None:
        """Where everything goes, and not to its recipients; for admins only."""
        return self.standing.staging if self.standing else None

    @property
    def checking(self) -> bool:
        """Whether a check is under way."""
        now = utcnow()
        return any(status.is_checking(now) for status in self.statuses)


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
        "flashes": _flashes(),
    }


def _here() -> str:
    """The page to show after a change that any page offers: this one.

    Where a form is sent to an address of its own, it is the nearest page above that.
    """
    if fragment():
        return current_page()
    if request.method == "GET":
        return f"{request.script_root}{request.full_path.rstrip('?')}"
    path, routes = request.path, current_app.create_url_adapter(request)
    while path and not (routes and routes.test(path, "GET")):
        path = path.rpartition("/")[0]
    return f"{request.script_root}{path or '/'}"


def _flashes() -> Iterator[object]:
    """The flashed messages with their categories, which only a page that shows them uses up."""
    yield from get_flashed_messages(with_categories=True, category_filter=FLASHES)
