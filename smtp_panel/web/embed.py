"""The warning in the navigation of other applications at the same host (SPEC A3).

They ask for it as a fragment, by HTMX or by a server-side include, or as JSON. Where there is
nothing to say the answer is empty with status 200: an include prints an error for anything else.
"""

from __future__ import annotations

import flask
from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from smtp_panel.storage import UNAVAILABLE
from smtp_panel.web.errors import RETRY_AFTER
from smtp_panel.web.nav import nav

SECONDS = 5  # that an answer may be kept: a page that is open tells a change as soon as ours do
JSON = "application/json"
HEADERS = {
    "Cache-Control": f"private, max-age={SECONDS}",
    "Vary": "Accept, Accept-Language, Cookie",
    "Cross-Origin-Resource-Policy": "same-origin",
}

embed = Blueprint("embed", __name__, url_prefix="/embed")


@embed.get("/warning")
def warning() -> ResponseReturnValue:
    """The warning as a fragment for the page around it, or as JSON for whoever accepts that."""
    if request.accept_mimetypes.best_match(["text/html", JSON]) == JSON:
        return facts()
    return render_template("embed/warning.html") if nav().problem else ""


@embed.get("/warning.json")
def facts() -> ResponseReturnValue:
    """The warning as JSON; that there is none is all that anybody but an admin learns."""
    problem, standing = nav().problem, nav().standing
    if problem is None or standing is None:
        return {"warning": False}
    return {
        "warning": True,
        "message": problem.headline,
        "since": problem.since.isoformat(),
        "node": problem.node or None,
        "waiting": standing.waiting,
        "url": url_for("smtp.page"),
    }


@embed.after_request
def _to_keep(response: Response) -> Response:
    """Say how long the answer holds. No cookie comes with it, not even to take an old one away."""
    flask.session.modified = False
    if response.status_code == 200:
        response.headers.update(HEADERS)
    return response


def _unavailable(_error: Exception) -> ResponseReturnValue:
    """Nothing to include, and HTMX leaves what it has shown before."""
    return Response(status=503, headers={"Retry-After": RETRY_AFTER})


for broken in UNAVAILABLE:
    embed.register_error_handler(broken, _unavailable)
