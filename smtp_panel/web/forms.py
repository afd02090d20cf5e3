"""The bases of the forms of the panel."""

from __future__ import annotations

from collections.abc import Mapping
from gettext import NullTranslations
from typing import Any

from flask import request
from flask_babel import get_translations
from wtforms import Form
from wtforms.form import BaseForm
from wtforms.meta import DefaultMeta

from smtp_panel.settings.rules import Refused
from smtp_panel.web.validators import FieldError


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
