"""The form of the SMTP page is that of the table of fields."""

from __future__ import annotations

import pytest

from smtp_panel.settings.fields import FIELD, FIELDS, PAGE_ORDER
from smtp_panel.settings.rules import Refused
from smtp_panel.storage import db
from smtp_panel.web.smtp_form import SmtpForm
from smtp_panel.web.validators import Obeys
from tests.web.conftest import Panel

# Their rules need to know the machine and the operator, so that the table has a wider one.
WIDER = frozenset({"service", "tls_version"})
TEXTS = ("", " x ", "smtp.example.com", "25", "1.2", "a@b.example", "auto", "1", "https://x/y")


@pytest.fixture
def form(panel: Panel) -> SmtpForm:
    """The form of a panel that has nothing saved."""
    with panel.app.test_request_context():
        return SmtpForm(panel.operations, panel.operations.saved(db.session()))


def test_every_setting_has_its_field_under_its_label(form: SmtpForm) -> None:
    """V2: and none stands there twice."""
    names = [field.name for field in form if field.name not in {"version", "confirm"}]
    assert sorted(names) == sorted(PAGE_ORDER)
    for field in FIELDS:
        assert form[field.name].label.text == field.label


@pytest.mark.parametrize("name", sorted(FIELD.keys() - WIDER))
def test_every_field_obeys_the_rule_of_its_setting(form: SmtpForm, name: str) -> None:
    """Section 3: page, API and command line have one rule."""
    (validator,) = form[name].validators
    assert isinstance(validator, Obeys)
    for text in TEXTS:
        assert outcome(validator, text) == outcome(Obeys(FIELD[name].read), text)


def outcome(validator: Obeys, text: str) -> object:
    """What the rule makes of a text, or why it refuses it."""
    try:
        return validator.rule(text)
    except Refused as refused:
        return str(refused), refused.suggestion
