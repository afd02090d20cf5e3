"""The form of a schedule: what is sent, to whom, and when."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

from wtforms import Field, PasswordField, SelectField, StringField, TextAreaField

from smtp_panel.schedules import rules
from smtp_panel.schedules.handling import Plan
from smtp_panel.schedules.model import Schedule
from smtp_panel.secret import Secret
from smtp_panel.settings.rules import Refused
from smtp_panel.web import choices, validators, widgets
from smtp_panel.web.forms import PanelForm
from smtp_panel.web.widgets import NO_MANAGER, PLAIN_INPUT, SECRET_INPUT
from smtp_panel.words import N_

FROM_URL = ""  # the choice of Content that is no function of the application
OF_URL = ("url", "header", "secret")
FIRST = {"cron": "0 9 * * MON", "zone": "UTC"}  # what a new schedule begins with


class PlanReader:
    """Keeps what the rules make of the fields; those that are not in use are empty."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def read(self, name: str, text: str, rule: Callable[[str], Any]) -> None:
        """Read the text of the field `name` by its rule; raises Refused."""
        unused = name in OF_URL and self.values.get("function", FROM_URL) != FROM_URL
        self.values[name] = "" if unused else rule(text)


class ScheduleForm(PanelForm):
    """A schedule as it is saved, or as it was sent. `function` stands before what it decides."""

    name = StringField(
        N_("Name"),
        [validators.Obeys(rules.name, required=True)],
        description=N_("By which you find it again, such as Sales of the week"),
        widget=widgets.Input({"autocomplete": "off"}),
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
        [validators.Obeys(rules.header)],
        description=N_(
            "By which the web address knows the panel, such as Authorization. May be empty."
        ),
        widget=widgets.Input(PLAIN_INPUT | NO_MANAGER),
    )
    secret = PasswordField(
        N_("Secret in it"),
        [validators.Obeys(rules.header_value)],
        description=N_("Stored encrypted, and never shown again"),
        widget=widgets.Password(SECRET_INPUT),
    )
    recipients = TextAreaField(
        N_("Recipients"),
        [validators.Obeys(rules.recipients, required=True)],
        description=N_(
            "Mail addresses, one on each line or separated by commas. Each recipient sees them all."
        ),
        widget=widgets.TextArea({"rows": "3", **PLAIN_INPUT}),
    )
    subject = StringField(
        N_("Subject"),
        [validators.Obeys(rules.subject, required=True)],
        description=N_("Of each message, unless the application gives one"),
        widget=widgets.Input({"autocomplete": "off"}),
    )
    cron = StringField(
        N_("Times"),
        [validators.Obeys(rules.cron, required=True)],
        description=N_(
            "Minute, hour, day of the month, month, day of the week, as in crontab: “0 9 * * MON”"
            " is Mondays at 9:00, “30 7 1 * *” the first of each month at 7:30."
        ),
        widget=widgets.Input(PLAIN_INPUT),
    )
    zone = StringField(
        N_("Time zone"),
        [validators.Obeys(rules.time_zone, required=True)],
        description=N_("Such as Europe/Berlin or Asia/Tokyo"),
        widget=widgets.Input(PLAIN_INPUT | {"list": "zones"}),
    )

    def __init__(
        self, contents: Collection[str], *, http: bool, data: Mapping[str, Any] | None = None
    ) -> None:
        """What was sent, or `data`; `contents` are the functions that the application has.

        With `http` content on this machine may be fetched without TLS.
        """
        super().__init__(data)
        self._contents, self._http = contents, http
        gone = {self.function.data} - {FROM_URL, None}
        self.function.choices = choices.contents({*contents, *gone})
        self.reader = PlanReader()

    def validate_function(self, field: Field) -> None:
        """A function of the application, or the web address."""
        validators.Obeys(self._known)(self, field)

    def validate_url(self, field: Field) -> None:
        """The rule depends on what the operator allows."""
        validators.Obeys(partial(rules.url, http=self._http))(self, field)

    def refuse(self, name: str, refused: Refused) -> None:
        """Make `refused` the error of the field `name`."""
        self[name].errors = [validators.FieldError(refused)]

    def take(self, pressed: str) -> None:
        """Take the better value whose button was pressed: a field's name, "=" and the value."""
        name, _, value = pressed.partition("=")
        if name in self:
            self[name].data, self[name].errors = value, []

    @property
    def plan(self) -> Plan:
        """What a form that was validated says."""
        values = self.reader.values
        secret = values["secret"] or None
        return Plan(**(values | {"secret": secret if isinstance(secret, Secret) else None}))

    def _known(self, text: str) -> str:
        if text not in {*self._contents, FROM_URL}:
            raise Refused(
                N_("The application has no such content any more. Choose another."),
            )
        return text


def saved(schedule: Schedule) -> dict[str, Any]:
    """The fields of a schedule as a form shows them."""
    names = ("name", "function", "url", "header", "subject", "cron", "zone")
    texts = {name: getattr(schedule, name) for name in names}
    return texts | {"recipients": "\n".join(schedule.recipients)}
