"""The form of a schedule: what is sent, to whom, and when."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask import request
from wtforms import HiddenField, PasswordField, SelectField, StringField, TextAreaField

from smtp_panel.schedules.plan import FROM_URL, PlanReader
from smtp_panel.web import choices, widgets
from smtp_panel.web.forms import PanelForm, version_sent
from smtp_panel.web.widgets import NO_MANAGER, PLAIN_INPUT, REQUIRED, SECRET_INPUT
from smtp_panel.words import N_

FIRST = {"cron": "0 9 * * MON", "zone": "UTC"}  # what a new schedule begins with


class ScheduleForm(PanelForm):
    """A schedule as it is saved, or as it was sent. `function` stands before what it decides."""

    name = StringField(
        N_("Name"),
        description=N_("By which you find it again, such as Sales of the week"),
        widget=widgets.Input(REQUIRED | {"autocomplete": "off"}),
    )
    function = SelectField(
        N_("Content"),
        validate_choice=False,
        description=N_("What the application has registered, or what a web address gives"),
        widget=widgets.Select(),
    )
    url = StringField(
        N_("Web address"),
        description=N_(
            "Its text or HTML becomes the message; anything else, such as a PDF, a file in it."
        ),
        widget=widgets.Input(PLAIN_INPUT | {"inputmode": "url"}),
    )
    header = StringField(
        N_("Header"),
        description=N_(
            "By which the web address knows the panel, such as Authorization. May be empty."
        ),
        widget=widgets.Input(PLAIN_INPUT | NO_MANAGER),
    )
    secret = PasswordField(
        N_("Secret in it"),
        description=N_("Stored encrypted, and never shown again"),
        widget=widgets.Password(SECRET_INPUT),
    )
    recipients = TextAreaField(
        N_("Recipients"),
        description=N_(
            "Mail addresses, one on each line or separated by commas. Each recipient sees them all."
        ),
        widget=widgets.TextArea(REQUIRED | {"rows": "3", **PLAIN_INPUT}),
    )
    subject = StringField(
        N_("Subject"),
        description=N_("Of each message, unless the application gives one"),
        widget=widgets.Input(REQUIRED | {"autocomplete": "off"}),
    )
    cron = StringField(
        N_("Times"),
        description=N_(
            "Minute, hour, day of the month, month, day of the week, as in crontab: “0 9 * * MON”"
            " is Mondays at 9:00, “30 7 1 * *” the first of each month at 7:30."
        ),
        widget=widgets.Input(PLAIN_INPUT | REQUIRED),
    )
    zone = StringField(
        N_("Time zone"),
        description=N_("Such as Europe/Berlin or Asia/Tokyo"),
        widget=widgets.Input(PLAIN_INPUT | REQUIRED | {"list": "zones"}),
    )
    version = HiddenField()

    def __init__(
        self, contents: Collection[str], *, http: bool, data: Mapping[str, Any] | None = None
    ) -> None:
        """What was sent, or `data`; `contents` are the functions that the application has.

        With `http` content on this machine may be fetched without TLS.
        """
        super().__init__(data)
        gone = {self.function.data} - {FROM_URL, None}
        self.function.choices = choices.contents({*contents, *gone})
        self.reader = PlanReader(contents, http=http)

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """By the rules of schedules, which page, API and command line share."""
        super().validate(extra_validators)
        for name, refused in self.reader.read(request.form).items():
            self.refuse(name, refused)
        return not self.errors

    @property
    def base_version(self) -> int:
        """The version of the schedule that the page was loaded with, 0 where it is not said."""
        return version_sent(self.version) or 0

    def take(self, pressed: str) -> None:
        """Take the better value whose button was pressed: a field's name, "=" and the value."""
        name, _, value = pressed.partition("=")
        if name in self:
            self[name].data, self[name].errors = value, []
