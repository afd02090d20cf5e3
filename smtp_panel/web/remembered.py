"""A page that is served again as it was, while nothing in the database has changed."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Hashable
from functools import wraps
from typing import NamedTuple

from flask import Response, current_app, make_response, request, session
from flask.typing import ResponseReturnValue

from smtp_panel.storage.changes import Changes

SECONDS = 5.0  # after which "2 minutes ago" is said anew
MOST = 100  # pages, one for each visitor and language
CHANGES = "smtp_panel.changes"
PAGES = "smtp_panel.pages"
# What a page depends on besides cookies, as WSGI names it.
ASKED = (
    "wsgi.url_scheme",
    "HTTP_HOST",
    "SERVER_NAME",
    "SERVER_PORT",
    "SCRIPT_NAME",
    "PATH_INFO",
    "QUERY_STRING",
    "HTTP_HX_REQUEST",
    "HTTP_ACCEPT_LANGUAGE",
)

View = Callable[[], ResponseReturnValue]


class Page(NamedTuple):
    """What was answered, and until when it stands."""

    stamp: int
    ends: float
    body: bytes


def remembered(view: View) -> View:
    """Let `view` answer from memory for a few seconds: the same visitor, the same database.

    Visitors are told apart by all that is in their signed session, so that nobody gets another's
    page, and by what chooses the language and the looks.
    """

    @wraps(view)
    def answered() -> ResponseReturnValue:
        pages: dict[Hashable, Page] = current_app.extensions.setdefault(PAGES, {})
        changes: Changes = current_app.extensions[CHANGES]
        stamp, key, now = _stamp(changes), _visitor(), time.monotonic()
        page = pages.get(key)
        if page and page.stamp == stamp and now < page.ends:
            return Response(page.body)
        response = make_response(view())
        if stamp is not None and response.status_code == 200 and key == _visitor():
            if len(pages) >= MOST:
                pages.clear()
            pages[key] = Page(stamp, now + SECONDS, response.get_data())
        return response

    return answered


def _stamp(changes: Changes) -> int | None:
    """None where the database can't be asked: the view itself tells why it can't."""
    try:
        return changes.stamp()
    except sqlite3.Error:
        return None


def _visitor() -> Hashable:
    cookies = request.cookies
    asked = tuple(map(request.environ.get, ASKED))
    looks = (cookies.get("language"), cookies.get("theme"))
    return asked, looks, repr(sorted(session.items()))
