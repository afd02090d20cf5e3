"""The form of the SMTP page (SPEC sections 2 and 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)

from smtp_panel.panel import Panel, current_panel
from smtp_panel.runs.drafts import texts_of
from smtp_panel.settings.draft import Checked, Draft, service
from smtp_panel.settings.fields import PAGE_ORDER, VALUES, Texts
from smtp_panel.settings.rules import Notice
from smtp_panel.settings.saved import Saved
from smtp_panel.storage import db
from smtp_panel.web import choices, validators, widgets
from smtp_panel.web.forms import TranslatedForm
from smtp_panel.web.widgets import NO_MANAGER, SECRET_INPUT
from smtp_panel.words import N_

LONGEST_CHANGES = 32 * 1024  # characters; a certificate is the longest
UNTICKED = ("", "0", "off", "false", "no")


class SmtpForm(TranslatedForm):
    """The settings of the mail path, as they are saved or as they were sent.

    Those fields that decide whether others are in use stand before them, whatever the page's
    order: what is not in use is not read. Labels, help and choices are those of the page.
    """

    service = RadioField(
        N_("Mail service"),
        choices=choices.SERVICES,
        validate_choice=False,
        description=N_(
            "The default service needs nothing more. Your custom settings are kept when you switch."
        ),
    )
    server = StringField(
        N_("Mail server"),
        [validators.mail_server],
        description=N_("A host name or IP address, such as smtp.example.com"),
        widget=widgets.Input({"inputmode": "url"}),
    )
    port = StringField(
        N_("Port"),
        [validators.port],
        description=N_("Mostly 587 or 465"),
        widget=widgets.Input({"inputmode": "numeric"}),
    )
    tls = BooleanField(
        N_("TLS / SSL"),
        [validators.switch],
        false_values=UNTICKED,
        description=N_("Secures the connection. There is no silent fall-back to clear text."),
        widget=widgets.Tick(),
    )
    tls_version = SelectField(
        N_("TLS version"),
        [validators.tls_version],
        choices=choices.TLS_VERSIONS,
        validate_choice=False,
        description=N_("The lowest that is accepted"),
        widget=widgets.Select(),
    )
    tls_start = SelectField(
        N_("How TLS starts"),
        [validators.tls_start],
        choices=choices.TLS_STARTS,
        validate_choice=False,
        description=N_("Automatic: at once on port 465, STARTTLS on any other"),
        widget=widgets.Select(),
    )
    sender = StringField(
        N_("From"),
        [validators.sender],
        description=N_("An address, or a name and an address: Example <no-reply@example.com>"),
        widget=widgets.Input(),
    )
    username = StringField(
        N_("User name"),
        [validators.username],
        description=N_("Leave it empty for a server without sign-in"),
        widget=widgets.Input({"autocomplete": "off", **NO_MANAGER}),
    )
    auth = SelectField(
        N_("Authentication"),
        [validators.authentication],
        choices=choices.AUTHENTICATIONS,
        validate_choice=False,
        description=N_("Automatic: the strongest that the server offers"),
        widget=widgets.Select(),
    )
    password = PasswordField(
        N_("Password"),
        [validators.secret],
        description=N_("Stored encrypted, and never shown again"),
        widget=widgets.Password(SECRET_INPUT),
    )
    remove_password = BooleanField(
        N_("Remove the saved secret"),
        [validators.switch],
        false_values=UNTICKED,
        widget=widgets.Tick(),
    )
    client_secret = PasswordField(
        N_("Client secret"),
        [validators.secret],
        description=N_("Stored encrypted, and never shown again"),
        widget=widgets.Password(SECRET_INPUT),
    )
    remove_client_secret = BooleanField(
        N_("Remove the saved secret"),
        [validators.switch],
        false_values=UNTICKED,
        widget=widgets.Tick(),
    )
    client_id = StringField(
        N_("Client ID"),
        [validators.client_id],
        description=N_("As your provider shows it for the registered application"),
        widget=widgets.Input(),
    )
    token_endpoint = StringField(
        N_("Token endpoint"),
        [validators.token_endpoint],
        description=N_(
            "Where access tokens are fetched by client credentials, such as"
            " https://login.microsoftonline.com/TENANT/oauth2/v2.0/token"
        ),
        widget=widgets.Input({"inputmode": "url"}),
    )
    scopes = StringField(
        N_("Scopes"),
        [validators.scopes],
        description=N_(
            "Separated by spaces, such as https://outlook.office365.com/.default. Empty where the"
            " provider needs none."
        ),
        widget=widgets.Input(),
    )
    client_secret_ends = StringField(
        N_("Secret ends on"),
        [validators.client_secret_ends],
        description=N_("As your provider shows it. You are told 30 days, 7 days and 1 day before."),
        widget=widgets.Input(kind="date"),
    )
    envelope_sender = StringField(
        N_("Envelope sender"),
        [validators.envelope_sender],
        description=N_("Gets what can't be delivered. Empty: the address of From."),
        widget=widgets.Input(),
    )
    reply_to = StringField(
        N_("Reply-To"),
        [validators.reply_to],
        description=N_("Where answers go. Empty: to From."),
        widget=widgets.Input(),
    )
    ehlo_name = StringField(
        N_("EHLO name"),
        [validators.ehlo_name],
        description=N_(
            "The name that this installation gives to the mail server. Empty: the usual one."
        ),
        widget=widgets.Input(),
    )
    time_limit = StringField(
        N_("Time limit"),
        [validators.time_limit],
        description=N_("Seconds that a check or a test may take, 1 to 120"),
        widget=widgets.Input({"inputmode": "numeric"}),
    )
    ca_pem = TextAreaField(
        N_("Certificate authority"),
        [validators.authorities],
        description=N_(
            "One or more certificates as PEM text, trusted in place of the system's. Empty: the"
            " system's."
        ),
        widget=widgets.TextArea({"rows": "4"}),
    )
    pinned = TextAreaField(
        N_("Pinned certificate"),
        [validators.pinned],
        description=N_(
            "The one certificate, as PEM text, that the server has to show. Empty: any that is"
            " trusted."
        ),
        widget=widgets.TextArea({"rows": "4"}),
    )
    confirm = BooleanField(
        N_("Go back to the last working settings unless I confirm within 10 minutes"),
        false_values=UNTICKED,
        widget=widgets.Tick(),
    )
    version = HiddenField()

    def __init__(
        self,
        panel: Panel,
        saved: Saved,
        *,
        shown: Texts | None = None,
        sent: Texts | None = None,
    ) -> None:
        """What is `saved`; over it what is to be `shown`, or what was `sent`.

        A field that is locked shows what locks it, whatever was sent for it.
        """
        texts = {**texts_of(saved), "version": str(saved.version), **(shown or {})}
        locks = {name: texts[name] for name in saved.locked if name in texts}
        formdata = None if sent is None else MultiDict({"version": "", **sent, **locks})
        super().__init__(formdata=formdata, data={**texts, **locks})
        self.tls_version.choices = choices.tls_versions()
        seconds = f"{panel.config.test_timeout:g}"
        usual = {"ehlo_name": panel.config.ehlo_name, "time_limit": seconds}
        for name, text in usual.items():
            self[name].render_kw = {"placeholder": text or None}
        self.default = panel.default
        self.panel, self.saved, self.texts = panel, saved, texts if sent is None else sent
        self.reader = panel.reader()
        self.checked: Checked | None = None

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Each field by its own rule, then what concerns several of them."""
        super().validate(extra_validators)
        self.checked = self.reader.end()
        for name, refused in self.checked.errors.items():
            self.refuse(name, refused)
        return not self.errors

    def validate_service(self, field: Field) -> None:
        """The default service is a choice where the operator provides one (SPEC S2)."""
        validators.Obeys(partial(service, has_default=self.default is not None))(self, field)

    @property
    def draft(self) -> Draft:
        """What a form says that was validated; raises ValueError where it is refused."""
        draft = self.checked and self.checked.draft
        if draft is None:
            raise ValueError("no draft")
        return draft

    @property
    def wrong(self) -> dict[str, str]:
        """What is wrong, by field, in the order of the page."""
        names = (*PAGE_ORDER, self.confirm.name)
        return {name: self[name].errors[0] for name in names if self[name].errors}

    @property
    def notices(self) -> Mapping[str, Notice]:
        """What to know about values that are accepted, by field."""
        return (self.checked or self.panel.read(self.texts)).notices

    @property
    def base_version(self) -> int | None:
        """The version of the settings that the page was loaded with, None where it is not said."""
        return validators.version_sent(self.version)


def texts_sent(form: MultiDict[str, str]) -> Texts:
    """The text of each field, with the changes of the repair or the offer that was pressed."""
    texts = form.to_dict()
    pressed = texts.get("repair") or texts.get("use", "")
    changes = parse_qsl(pressed[:LONGEST_CHANGES], keep_blank_values=True)
    return texts | {name: text for name, text in changes if name in VALUES}


def form_sent() -> SmtpForm:
    """The form as this request sends it."""
    panel = current_panel()
    return SmtpForm(panel, panel.saved(db.session()), sent=texts_sent(request.form))


def with_suggestion(texts: Texts, pressed: str) -> Texts:
    """`texts` with the better value whose button was `pressed`: a field's name, "=" and a value."""
    name, _, value = pressed.partition("=")
    return {**texts, name: value} if name in VALUES else texts
