"""The forms. Each carries a token against forged requests; rules live elsewhere."""

from __future__ import annotations

from flask import request
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField


class PanelForm(FlaskForm):
    """A form as browsers send one: texts only, never a file and never JSON."""

    def __init__(self) -> None:
        super().__init__(formdata=request.form)


class BareForm(PanelForm):
    """A button: nothing to fill in."""


class SignInForm(PanelForm):
    """Sign in."""

    email = StringField()
    password = PasswordField()
    next = StringField()


class LinkForm(PanelForm):
    """What a one-time link asks for."""

    email = StringField()
    password = PasswordField()


class ProfileForm(PanelForm):
    """Name and language of one's own account."""

    name = StringField()
    language = StringField()


class PasswordForm(PanelForm):
    """Change of one's own password."""

    current = PasswordField()
    new = PasswordField()


class LanguageForm(PanelForm):
    """The language switch of every page."""

    language = StringField()
    next = StringField()


class ThemeForm(PanelForm):
    """The theme switch of every page."""

    theme = StringField()
    next = StringField()
