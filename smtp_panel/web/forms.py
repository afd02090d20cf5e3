"""The bases of the forms of the panel."""

from __future__ import annotations

from collections.abc import Mapping
from gettext import NullTranslations
from typing import Any, Self

from flask import request
from flask_babel import get_translations
from wtforms import Field, Form
from wtforms.form import BaseForm
from wtforms.meta import DefaultMeta

from smtp_panel.settings.rules import Refused
from smtp_panel.telling.refusals import sentence


class FieldError(str):
    """The error of a field: its sentence, with a better value and a link where there are any."""

    suggestion: str | None
    link: str | None

    def __new__(cls, refused: Refused) -> Self:
        """The error for `refused`, in the reader's language."""
        error = super().__new__(cls, sentence(refused))
        error.suggestion, error.link = refused.suggestion, refused.link
        return error


class TranslatedForm(Form):
    """A form whose fields translate by the page's own catalogue."""

    class Meta(DefaultMeta):
        """As WTForms asks for translations, once for each form."""

        def get_translations(self, form: BaseForm) -> NullTranslations:
            """The catalogue of the reader's language."""
            return get_translations()

    def refuse(self, name: str, refused: Refused) -> None:
        """Make `refused` the error of the field `name`."""
        self[name].errors = [FieldError(refused)]


class PanelForm(TranslatedForm):
    """A form as browsers send one: texts only, never a file and never JSON.

    It has no token of its own, for CSRFProtect asks for one with whatever is sent.
    """

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        """What was sent; or, of a page that asks for it, `data`."""
        super().__init__(formdata=request.form if data is None else None, data=data)


def version_sent(field: Field) -> int | None:
    """The version of what is saved that the page was loaded with, None where it is not said."""
    text = str(field.raw_data[0]) if field.raw_data else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
