"""The warning in the navigation of other applications at the same host (SPEC A3).

They ask for it as a fragment, by HTMX or by a server-side include, or as JSON. Where there is
nothing to say the answer is empty with status 200: an include prints an error for anything else.
"""

from __future__ import annotations

from typing import NamedTuple

import flask
from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from smtp_panel.access.principal import asking
from smtp_panel.panel import current_panel
from smtp_panel.storage import UNAVAILABLE, lately
from smtp_panel.web.language import LANGUAGE_COOKIE
from smtp_panel.web.nav import nav
from smtp_panel.web.not_now import RETRY_AFTER

SECONDS = 5  # that an answer may be kept: a page that is open tells a change as soon as ours do
JSON = "application/json"
VARY = "Accept, Accept-Language, Cookie"  # beside the header by which a proxy signs people in
HEADERS = {
    "Cache-Control": f"private, max-age={SECONDS}",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class WarningTold(NamedTuple):
    """The warning as a fragment, and as JSON."""

    fragment: str
    facts: str


NOTHING = WarningTold("", flask.json.dumps({"warning": False}))

embed = Blueprint("embed", __name__, url_prefix="/embed")


@embed.get("/warning")
def warning() -> ResponseReturnValue:
    """The warning as a fragment for the page around it, or as JSON for whoever accepts that."""
    wants_json = request.accept_mimetypes.best_match(["text/html", JSON]) == JSON
    return facts() if wants_json else _told().fragment


@embed.get("/warning.json")
def facts() -> ResponseReturnValue:
    """The warning as JSON; that there is none is all that anybody but an admin learns."""
    return Response(_told().facts, mimetype=JSON)


@embed.after_request
def _to_keep(response: Response) -> Response:
    """Say how long the answer holds. No cookie comes with it, not even to take an old one away."""
    flask.session.modified = False
    if response.status_code == 200:
        by_proxy = current_panel().config.proxy_user_header
        response.headers.update(HEADERS, Vary=f"{VARY}, {by_proxy}" if by_proxy else VARY)
    return response


def _unavailable(_error: Exception) -> ResponseReturnValue:
    """Nothing to include, and HTMX leaves what it has shown before."""
    return Response(status=503, headers={"Retry-After": RETRY_AFTER})


for broken in UNAVAILABLE:
    embed.register_error_handler(broken, _unavailable)


def _told() -> WarningTold:
    """What whoever asks is told. It holds for a moment, since each page around it asks."""
    languages = request.cookies.get(LANGUAGE_COOKIE), request.headers.get("Accept-Language")
    return lately(("warning", asking(), request.script_root, *languages), _look)


def _look() -> WarningTold:
    problem, standing = nav().problem, nav().standing
    if problem is None or standing is None:
        return NOTHING
    facts = {
        "warning": True,
        "message": problem.headline,
        "since": problem.since.isoformat(),
        "node": problem.node or None,
        "waiting": standing.waiting,
        "url": url_for("smtp.page"),
    }
    return WarningTold(render_template("embed/warning.html"), flask.json.dumps(facts))
