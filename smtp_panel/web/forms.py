"""The forms. Each carries a token against forged requests; rules live elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from flask import request
from flask_wtf import FlaskForm
from wtforms import Field, Form, PasswordField, StringField
from wtforms.validators import ValidationError

from smtp_panel.panel import Panel
from smtp_panel.settings.draft import Checked, Draft
from smtp_panel.settings.rules import Notice
from smtp_panel.settings.values import FIELDS, SECRETS

NOT_SHOWN = frozenset({"csrf_token", "take", "repair", *SECRETS})
REPAIRABLE = frozenset(FIELDS)
LONGEST_REPAIR = 32 * 1024  # characters; a certificate is the longest


def obeys_its_rule(form: Form, field: Field) -> None:
    """Refuse what the rule of the field refuses (SPEC section 3)."""
    refused = form.checked.errors.get(field.name) if isinstance(form, SmtpForm) else None
    if refused:
        raise ValidationError(str(refused))


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


class SmtpForm(PanelForm):
    """The settings of the mail path: texts, to which `settings.rules` apply."""

    service = StringField(validators=[obeys_its_rule])
    server = StringField(validators=[obeys_its_rule])
    port = StringField(validators=[obeys_its_rule])
    tls = StringField(validators=[obeys_its_rule])
    tls_version = StringField(validators=[obeys_its_rule])
    tls_start = StringField(validators=[obeys_its_rule])
    sender = StringField(validators=[obeys_its_rule])
    username = StringField(validators=[obeys_its_rule])
    password = PasswordField(validators=[obeys_its_rule])
    remove_password = StringField(validators=[obeys_its_rule])
    auth = StringField(validators=[obeys_its_rule])
    client_id = StringField(validators=[obeys_its_rule])
    client_secret = PasswordField(validators=[obeys_its_rule])
    remove_client_secret = StringField(validators=[obeys_its_rule])
    token_endpoint = StringField(validators=[obeys_its_rule])
    scopes = StringField(validators=[obeys_its_rule])
    ehlo_name = StringField(validators=[obeys_its_rule])
    envelope_sender = StringField(validators=[obeys_its_rule])
    reply_to = StringField(validators=[obeys_its_rule])
    time_limit = StringField(validators=[obeys_its_rule])
    ca_pem = StringField(validators=[obeys_its_rule])
    pinned = StringField(validators=[obeys_its_rule])
    version = StringField()
    take = StringField()
    repair = StringField()

    checked = Checked(None, {}, {})

    @property
    def typed(self) -> dict[str, str]:
        """What was typed, to be shown again: everything but the secrets."""
        return {name: text for name, text in self.texts.items() if name not in NOT_SHOWN}

    @property
    def texts(self) -> dict[str, str]:
        """The text of each field as it was sent, or as a repair changes it; empty for none."""
        sent = {field.name: field.data or "" for field in self}
        repaired = dict(parse_qsl(sent["repair"][:LONGEST_REPAIR], keep_blank_values=True))
        return sent | {name: text for name, text in repaired.items() if name in REPAIRABLE}

    @property
    def draft(self) -> Draft | None:
        """What the form says, tidied by the rules; None where they refuse it."""
        return self.checked.draft

    @property
    def notices(self) -> Mapping[str, Notice]:
        """What to know about values that are accepted."""
        return self.checked.notices

    @property
    def forged(self) -> bool:
        """Whether the token is missing or wrong: another site's doing, or a session that ended."""
        return bool(self.csrf_token.errors)

    @property
    def base_version(self) -> int | None:
        """The version of the settings that the page was loaded with, None where it is not said."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    def check(self, path: Panel) -> Checked:
        """Apply every rule, and look at the token."""
        self.checked = path.read(self.texts)
        self.validate()
        return self.checked

    def taken_suggestion(self) -> dict[str, str] | None:
        """What was typed with a suggestion in its place, where the button of one was pressed."""
        field, _, value = (self.take.data or "").partition("=")
        return {**self.typed, field: value} if field in self.typed else None
