"""Protection against forged requests: every form must bring its page's token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, flash, make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError
from wtforms import Form

from smtp_panel.access.principal import page_around
from smtp_panel.web import errors
from smtp_panel.web.htmx import fragment
from smtp_panel.words import N_

StaleForm = TypeVar("StaleForm", bound=Form)
NOTHING: Mapping[str, Any] = MappingProxyType({})
STALE = N_("This page was open for too long. Press the button once more.")
STALE_TEXT = errors.ErrorText(
    N_("This page was open for too long"),
    N_("The session that it belongs to has ended, so nothing was done."),
    N_("Go back to the page, and press the button once more."),
)


class TokenBehindGuards(CSRFProtect):
    """Flask-WTF's check of every form, made only after the guards of the blueprint.

    So whoever may not see a page gets the guard's answer, and not the page with a new token.
    """

    def protect(self, apply_exemptions: bool = False) -> None:
        """Raise CSRFError for a form without its token, or answer as a guard does."""
        if request.method in current_app.config["WTF_CSRF_METHODS"]:
            for name in request.blueprints:
                for guard in current_app.before_request_funcs.get(name, ()):
                    refused = current_app.ensure_sync(guard)()
                    if refused is not None:
                        abort(make_response(refused))
        try:
            super().protect(apply_exemptions=apply_exemptions)
        except ValueError:  # of a Referer that is no URL
            raise CSRFError("The referrer can't be read.") from None


csrf = TokenBehindGuards()


def init_app(app: Flask) -> None:
    """Require the token with every form that is sent to `app`."""
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # a page may stay open as long as its session
    csrf.init_app(app)
    app.register_error_handler(CSRFError, stale_page)


def stale_page(_error: CSRFError) -> ResponseReturnValue:
    """The answer to a form that holds nothing typed: the way back to its page, for a new token."""
    if fragment():
        flash(gettext(STALE), "error")
        return Response(status=400, headers={"HX-Redirect": page_around()})
    title, text, hint = map(gettext, STALE_TEXT)
    return errors.page(400, title, text, hint, back=page_around())


def stale_form(
    kind: Callable[[Mapping[str, Any] | None], StaleForm], blank: Mapping[str, Any] = NOTHING
) -> StaleForm:
    """The form that `kind` makes, which says that its page was open for too long.

    It holds what was typed if it came from our own page, and else what is in `blank`.
    """
    form = kind(None if is_from_here() else blank)
    form.form_errors.append(gettext(STALE))
    return form


def is_from_here() -> bool:
    """Whether the browser says that the form was sent from a page of this very origin.

    What another site has filled in must not be shown as the visitor's own draft; a sibling under
    the same domain is another site too.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") == f"{request.scheme}://{request.host}"
