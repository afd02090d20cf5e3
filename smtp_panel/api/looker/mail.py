"""Setting the mail path by Looker's API, and asking how it stands (SPEC A5)."""

from __future__ import annotations

from collections.abc import Mapping

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import Conflict as ConflictError
from werkzeug.exceptions import UnsupportedMediaType

from smtp_panel.api.looker import fields, names
from smtp_panel.api.looker.blueprint import (
    LOOKER_PREFIX,
    WrongField,
    WrongLookerFields,
    asking,
    blueprint,
    require_scope,
)
from smtp_panel.api.looker.status import SHAPE, smtp_status
from smtp_panel.panel import current_panel
from smtp_panel.settings.draft import Draft, NoDefaultService
from smtp_panel.settings.rules import Refused
from smtp_panel.settings.saved import Saved
from smtp_panel.settings.secrets import SecretLost, SecretNeeded
from smtp_panel.settings.service import Conflict
from smtp_panel.status.standing import standing
from smtp_panel.storage import db, lately
from smtp_panel.telling.language import language
from smtp_panel.telling.refusals import with_link
from smtp_panel.words import N_

# The SDK for Python says that JSON is a form, where it has to sign in and was given options.
BODIES = ("application/json", "application/x-www-form-urlencoded")
MISSING, INVALID = "missing_field", "invalid"
MEANWHILE = N_("%(who)s saved the settings meanwhile. Try again.")
OFFER = N_("Try %(value)s.")

mail = blueprint("mail", LOOKER_PREFIX)
mail.before_request(require_scope)


@mail.post("/smtp_settings")
def set_smtp_settings() -> ResponseReturnValue:
    """Save settings by Looker's names, and check them in the background; all others stay."""
    if request.mimetype not in BODIES:
        raise UnsupportedMediaType
    texts, errors = names.read(request.get_data(cache=False))
    panel = current_panel()
    saved = panel.saved(db.session())
    draft = _draft(saved, texts, errors)
    try:
        panel.save(draft, asking().actor, saved.version)
    except (SecretNeeded, SecretLost) as refused:
        raise WrongLookerFields([_wrong(refused.name, refused, MISSING)]) from None
    except NoDefaultService as refused:
        raise WrongLookerFields([_wrong("service", refused, INVALID)]) from None
    except Conflict as conflict:
        raise ConflictError(gettext(MEANWHILE, who=conflict.by)) from None
    return "", 204


@mail.get("/smtp_status")
def show_smtp_status() -> ResponseReturnValue:
    """How mail stands, on every node; of it only the `fields` that are asked for."""
    shape = fields.wanted(request.args.get("fields", ""), SHAPE)
    told = lately(("smtp_status", language()), lambda: smtp_status(standing(db.session())))
    return jsonify(fields.only(shape, told))


def _draft(saved: Saved, texts: Mapping[str, str], errors: Mapping[str, Refused]) -> Draft:
    """What is `saved`, changed to `texts`; raises WrongLookerFields, also for `errors`."""
    checked = current_panel().read_change(saved, texts)
    found = [WrongField(name, INVALID, with_link(refused)) for name, refused in errors.items()]
    for name, refused in checked.errors.items():
        # Without a service to choose, the fields of the other one are missing as well.
        follows = name not in texts and "service" in checked.errors
        if names.LOOKERS.get(name) not in errors and not follows:
            found.append(_wrong(name, refused, INVALID if texts.get(name) else MISSING))
    if found or checked.draft is None:
        raise WrongLookerFields(found)
    return checked.draft


def _wrong(name: str, refused: Refused, code: str) -> WrongField:
    """What is wrong with our field `name`, by Looker's name, and a better value if one is known."""
    looker = names.LOOKERS.get(name, name)
    message = with_link(refused)
    if refused.suggestion and name not in names.OTHER_VALUES:
        message = f"{message} {gettext(OFFER, value=refused.suggestion)}"
    return WrongField(looker, code, message)
