"""How the forms of signing in and of the own page show an error: again, with the error in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask.typing import ResponseReturnValue

from smtp_panel.access.errors import AccessError
from smtp_panel.access.limits import LimitReached
from smtp_panel.telling.language import in_words
from smtp_panel.web.forms import PanelForm
from smtp_panel.web.not_now import SERVICE_UNAVAILABLE, not_now

FORM_ERRORS = (AccessError, LimitReached, *SERVICE_UNAVAILABLE)
AnyForm = TypeVar("AnyForm", bound=PanelForm)


def show_error(
    reason: Exception, form: AnyForm, show: Callable[[AnyForm], str], beside: str | None = None
) -> ResponseReturnValue:
    """The page that `show` draws of `form`, with `reason`, one of FORM_ERRORS, as an error in it.

    An error of a field stands at that field, any other at the field `beside`, or else above all.
    """
    if isinstance(reason, AccessError):
        text, status, headers = in_words(reason.sentence), 422, dict[str, str]()
        beside = reason.field or beside
    else:
        text, status, headers = not_now(reason)
    if beside and beside in form:
        form[beside].errors = [*form[beside].errors, text]
    else:
        form.form_errors.append(text)
    return show(form), status, headers
