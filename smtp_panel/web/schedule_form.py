"""The form of a schedule: what is sent, to whom, and when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from wtforms import Field, HiddenField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from smtp_panel.schedules.plan import FROM_URL, PlanReader
from smtp_panel.settings.rules import Refused
from smtp_panel.web import choices, validators, widgets
from smtp_panel.web.forms import PanelForm
from smtp_panel.web.widgets import NO_MANAGER, PLAIN_INPUT, SECRET_INPUT
from smtp_panel.words import N_

FIRST = {"cron": "0 9 * * MON", "zone": "UTC"}  # what a new schedule begins with


class ReadForPlan:
    """A validator that reads a field by its rule, and keeps the value for the plan."""

    def __init__(self, *, required: bool = False) -> None:
        self.field_flags = {"required": True} if required else {}

    def __call__(self, form: ScheduleForm, field: Field) -> None:
        """Read what was sent for `field`."""
        try:
            form.reader.read(field.name, validators.sent(field))
        except Refused as refused:
            raise ValidationError(validators.FieldError(refused)) from None


class ScheduleForm(PanelForm):
    """A schedule as it is saved, or as it was sent. `function` stands before what it decides."""

    name = StringField(
        N_("Name"),
        [ReadForPlan(required=True)],
        description=N_("By which you find it again, such as Sales of the week"),
        widget=widgets.Input({"autocomplete": "off"}),
    )
    function = SelectField(
        N_("Content"),
        [ReadForPlan()],
        validate_choice=False,
        description=N_("What the application has registered, or what a web address gives"),
        widget=widgets.Select(),
    )
    url = StringField(
        N_("Web address"),
        [ReadForPlan()],
        description=N_(
            "Its text or HTML becomes the message; anything else, such as a PDF, a file in it."
        ),
        widget=widgets.Input(PLAIN_INPUT | {"inputmode": "url"}),
    )
    header = StringField(
        N_("Header"),
        [ReadForPlan()],
        description=N_(
            "By which the web address knows the panel, such as Authorization. May be empty."
        ),
        widget=widgets.Input(PLAIN_INPUT | NO_MANAGER),
    )
    secret = PasswordField(
        N_("Secret in it"),
        [ReadForPlan()],
        description=N_("Stored encrypted, and never shown again"),
        widget=widgets.Password(SECRET_INPUT),
    )
    recipients = TextAreaField(
        N_("Recipients"),
        [ReadForPlan(required=True)],
        description=N_(
            "Mail addresses, one on each line or separated by commas. Each recipient sees them all."
        ),
        widget=widgets.TextArea({"rows": "3", **PLAIN_INPUT}),
    )
    subject = StringField(
        N_("Subject"),
        [ReadForPlan(required=True)],
        description=N_("Of each message, unless the application gives one"),
        widget=widgets.Input({"autocomplete": "off"}),
    )
    cron = StringField(
        N_("Times"),
        [ReadForPlan(required=True)],
        description=N_(
            "Minute, hour, day of the month, month, day of the week, as in crontab: “0 9 * * MON”"
            " is Mondays at 9:00, “30 7 1 * *” the first of each month at 7:30."
        ),
        widget=widgets.Input(PLAIN_INPUT),
    )
    zone = StringField(
        N_("Time zone"),
        [ReadForPlan(required=True)],
        description=N_("Such as Europe/Berlin or Asia/Tokyo"),
        widget=widgets.Input(PLAIN_INPUT | {"list": "zones"}),
    )
    version = HiddenField()

    def __init__(
        self, contents: Collection[str], *, http: bool, data: Mapping[str, Any] | None
    ) -> None:
        """What was sent, or `data`; `contents` are the functions that the application has.

        With `http` content on this machine may be fetched without TLS.
        """
        super().__init__(data)
        gone = {self.function.data} - {FROM_URL, None}
        self.function.choices = choices.contents({*contents, *gone})
        self.reader = PlanReader(contents, http=http)

    @property
    def base_version(self) -> int:
        """The version of the schedule that the page was loaded with, 0 where it is not said."""
        return validators.version_sent(self.version) or 0

    def take(self, pressed: str) -> None:
        """Take the better value whose button was pressed: a field's name, "=" and the value."""
        name, _, value = pressed.partition("=")
        if name in self:
            self[name].data, self[name].errors = value, []
