"""How the forms of signing in and of the own page show an error: again, with the error in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask.typing import ResponseReturnValue

from smtp_panel.access.errors import AccessError
from smtp_panel.access.limits import LimitReached
from smtp_panel.telling.language import in_words
from smtp_panel.telling.refusals import too_many
from smtp_panel.web import errors
from smtp_panel.web.forms import PanelForm

FORM_ERRORS = (AccessError, LimitReached, *errors.SERVICE_UNAVAILABLE)
AnyForm = TypeVar("AnyForm", bound=PanelForm)


def show_error(
    reason: Exception, form: AnyForm, show: Callable[[AnyForm], str], beside: str | None = None
) -> ResponseReturnValue:
    """The page that `show` draws of `form`, with `reason`, one of FORM_ERRORS, as an error in it.

    An error of a field stands at that field, any other at the field `beside`, or else above all.
    """
    headers: dict[str, str] = {}
    if isinstance(reason, AccessError):
        text, status, beside = in_words(reason.sentence), 422, reason.field or beside
    elif isinstance(reason, LimitReached):
        text, status = too_many(reason.retry_after), 429
        headers = {"Retry-After": str(reason.retry_after)}
    else:
        text, status = errors.sentences(reason), 503
    if beside and beside in form:
        form[beside].errors = [*form[beside].errors, text]
    else:
        form.form_errors.append(text)
    return show(form), status, headers
