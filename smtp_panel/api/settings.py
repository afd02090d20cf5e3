"""The settings in force: read and changed by programs, by the rules of the page (SPEC A5, F9)."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from pydantic import Field
from werkzeug.exceptions import PreconditionFailed, PreconditionRequired
from werkzeug.http import parse_etags

from smtp_panel.access.keys import KeyScope
from smtp_panel.api.bodies import JsonAnswer, JsonObject, answer
from smtp_panel.api.errors import SAVED_MEANWHILE
from smtp_panel.api.operation import Operation
from smtp_panel.api.settings_types import (
    SavedSettings,
    SettingsChange,
    SettingsInForce,
    draft_of,
    told,
)
from smtp_panel.api.v1 import asking, blueprint
from smtp_panel.panel import current_panel
from smtp_panel.runs.drafts import texts_of
from smtp_panel.settings.saved import Saved
from smtp_panel.settings.service import check_save
from smtp_panel.storage import db
from smtp_panel.telling.refusals import with_link

settings = blueprint("settings")


class SaveQuery(JsonObject):
    """How to save."""

    dry_run: bool = Field(default=False, description="Judge the change, and save nothing.")


class SaveHeaders(JsonObject):
    """Which settings a change starts from."""

    if_match: str | None = Field(
        default=None, alias="If-Match", description="The ETag of the settings that you change."
    )


@settings.get("/settings")
@Operation(scopes=(KeyScope.READ,), answers={200: SettingsInForce}, gives=("ETag",))
def show() -> ResponseReturnValue:
    """The settings in force, without secrets, and where each value comes from."""
    saved = current_panel().saved(db.session())
    return _answer(SettingsInForce(**told(saved)), saved)


@settings.put("/settings")
@Operation(
    scopes=(KeyScope.MANAGE,),
    answers={200: SavedSettings},
    body=SettingsChange,
    query=SaveQuery,
    headers=SaveHeaders,
    gives=("ETag",),
    refuses=(412, 428),
)
def save(body: JsonObject, query: SaveQuery, headers: SaveHeaders) -> ResponseReturnValue:
    """Change the settings, by the rules of the page. What is absent stays as it is.

    A check starts at once: ask for the status to learn how it went. A change of where a secret
    goes, or how well it is protected, needs the secret again. A dry run does not count as a save.
    """
    panel = current_panel()
    before = panel.saved(db.session())
    _require(headers.if_match, before)
    draft = draft_of(panel, before, body)
    if query.dry_run:
        after = check_save(db.session(), draft, panel.environment, before.version)
    else:
        after = panel.save(draft, asking().actor, before.version)
    notices = panel.read(texts_of(after)).notices
    words = {name: with_link(notice) for name, notice in notices.items()}
    shown = SavedSettings(**told(after), dry_run=query.dry_run, notices=words)
    return _answer(shown, before if query.dry_run else after)


def _require(if_match: str | None, saved: Saved) -> None:
    """Raise PreconditionRequired or PreconditionFailed (RFC 6585, section 3; RFC 9110, 13.1.1)."""
    if if_match is None:
        raise PreconditionRequired
    if not parse_etags(if_match).contains(_etag(saved)):
        who = saved.updated_by
        raise PreconditionFailed(gettext(SAVED_MEANWHILE, who=who) if who else None)


def _answer(shown: JsonAnswer, saved: Saved) -> Response:
    """`shown`, with the ETag of what is `saved`."""
    response = answer(shown)
    response.set_etag(_etag(saved))
    return response


def _etag(saved: Saved) -> str:
    """What names this state of the settings, wherever it is asked for."""
    state: Any = SettingsInForce(**told(saved))
    return hashlib.sha256(state.model_dump_json().encode()).hexdigest()[:32]
