"""The forms for signing in, for one-time links, and of a person's own page."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from wtforms import EmailField, Field, Form, HiddenField, PasswordField, SelectField, StringField

from smtp_panel.access import passwords, users
from smtp_panel.secret import Secret
from smtp_panel.web import choices, widgets
from smtp_panel.web.forms import PanelForm
from smtp_panel.web.validators import field_error
from smtp_panel.words import N_

CURRENT_PASSWORD = widgets.Password({"autocomplete": "current-password"})
NEW_PASSWORD = widgets.Password({"autocomplete": "new-password"})
EMAIL = widgets.Input(
    {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}, kind="email"
)


def mail_address(_form: Form, field: Field) -> None:
    """Validator: a mail address to sign in with."""
    with field_error():
        users.tidy_email(field.data or "")


def display_name(_form: Form, field: Field) -> None:
    """Validator: the name of a person."""
    with field_error():
        users.tidy_name(field.data or "")


def new_password(_form: Form, field: Field) -> None:
    """Validator: a password that may be set."""
    with field_error():
        passwords.check(Secret(field.data or ""))


class NewPasswordField(PasswordField):
    """A password that is to be set; how many characters it needs is filled in `about` it."""

    def __init__(self, label: str, about: str, **bound: Any) -> None:
        told = gettext(about, count=passwords.SHORTEST)
        super().__init__(label, [new_password], description=told, widget=NEW_PASSWORD, **bound)


class SignInForm(PanelForm):
    """Sign in."""

    email = EmailField(N_("Email"), widget=EMAIL)
    password = PasswordField(N_("Password"), widget=CURRENT_PASSWORD)
    next = HiddenField()


class ForgottenForm(PanelForm):
    """Whose password is forgotten."""

    email = EmailField(N_("Email"), [mail_address], widget=EMAIL)


class NewPasswordForm(PanelForm):
    """The form behind a link that sets a password."""

    password = NewPasswordField(N_("Password"), N_("At least %(count)s characters."))


class FirstAdminForm(NewPasswordForm):
    """The form behind the link for the first admin."""

    email = EmailField(
        N_("Email"),
        [mail_address],
        description=N_("Test mail goes to this address."),
        widget=EMAIL,
    )


class RoleForm(PanelForm):
    """What an account may do."""

    role = SelectField(N_("Role"), choices=choices.ROLES, widget=widgets.Select())


class InvitationForm(RoleForm):
    """A colleague who is to have an account."""

    email = EmailField(
        N_("Email"), [mail_address], widget=widgets.Input({"autocomplete": "off"}, kind="email")
    )
    name = StringField(N_("Name"), [display_name], widget=widgets.Input({"autocomplete": "off"}))
    language = SelectField(
        N_("Language"),
        choices=choices.LANGUAGE_CHOICES[1:],
        description=N_("The language of the mail, and of the pages."),
        widget=widgets.Select(),
    )


class ProfileForm(PanelForm):
    """Name and language of one's own account."""

    name = StringField(N_("Name"), [display_name], widget=widgets.Input({"autocomplete": "name"}))
    language = SelectField(
        N_("Language"),
        choices=choices.LANGUAGE_CHOICES,
        widget=widgets.Select(),
        validate_choice=False,  # what is no language is that of the browser
    )


class PasswordForm(PanelForm):
    """Change of one's own password."""

    current = PasswordField(N_("Current password"), widget=CURRENT_PASSWORD)
    new = NewPasswordField(
        N_("New password"),
        N_("At least %(count)s characters. It signs you out everywhere else."),
    )
