"""What a small form answers where the thing was not done: itself, with the reason in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask.typing import ResponseReturnValue
from flask_babel import gettext

from smtp_panel.access.errors import AccessError
from smtp_panel.access.limits import LimitReached
from smtp_panel.web import errors
from smtp_panel.web.account_forms import text_of
from smtp_panel.web.forms import PanelForm

FORM_ERRORS = (AccessError, LimitReached, *errors.SERVICE_UNAVAILABLE)
F = TypeVar("F", bound=PanelForm)


def show_error(
    reason: Exception, form: F, show: Callable[[F], str], beside: str | None = None
) -> ResponseReturnValue:
    """The page that `show` makes of `form` and the reason, which is one of FORM_ERRORS.

    What concerns a field stands beside it, all else `beside` the field of that name, or above.
    """
    headers: dict[str, str] = {}
    if isinstance(reason, AccessError):
        text, status = text_of(reason), 422
    elif isinstance(reason, LimitReached):
        text = gettext(reason.message, seconds=reason.retry_after)
        status, headers = 429, {"Retry-After": str(reason.retry_after)}
    else:
        text, status = errors.sentences(reason), 503
    name = reason.field if isinstance(reason, AccessError) else beside
    if name and name in form:
        form[name].errors = [*form[name].errors, text]
    else:
        form.form_errors.append(text)
    return show(form), status, headers
