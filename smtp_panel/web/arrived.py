"""The link in a test message: who opens it tells the sender that it arrived (SPEC T5)."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from smtp_panel.runs import arrival
from smtp_panel.storage import db, writing
from smtp_panel.telling.language import language
from smtp_panel.web.language import theme

arrived = Blueprint("arrived", __name__)


@arrived.get("/arrived/<token>")
def opened(token: str) -> Response:
    """Thank whoever opens the link, and tell them nothing; every wrong link gets the same answer.

    A GET by a scanner counts, for the message has come as far as the scanner. A HEAD does not, for
    some servers send one before they pass a message on.
    """
    settings = current_app.config
    keys = [*settings["SECRET_KEY_FALLBACKS"], settings["SECRET_KEY"]]
    known = arrival.find(db.session, token, keys)
    if known and not known.noted and request.method == "GET":
        with writing(db.session) as session:
            arrival.record(session, known)
    # Without what Flask adds to a page: that would begin a session, and ask who is signed in.
    page = current_app.jinja_env.get_template("arrived.html")
    body = page.render(known=known is not None, language=language(), theme=theme())
    return Response(body, 200 if known else 404, {"X-Robots-Tag": "noindex"})
