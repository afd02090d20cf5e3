"""The form of the SMTP page is that of the table of fields."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from smtp_panel.settings.fields import FIELD, FIELDS, OAUTH_FIELDS, PAGE_ORDER
from smtp_panel.settings.rules import Refused
from smtp_panel.storage import db
from smtp_panel.telling.refusals import sentence
from smtp_panel.web.smtp_form import SmtpForm
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
def test_every_field_obeys_the_rule_of_its_setting(panel: Panel, name: str) -> None:
    """Section 3: page, API and command line have one rule."""
    setting = FIELD[name]
    in_use = {"tls": "1", "auth": "oauth2" if name in OAUTH_FIELDS else "auto"}
    for text in TEXTS:
        sent = in_use | {name: text}
        with panel.app.test_request_context():
            form = SmtpForm(panel.operations, panel.operations.saved(db.session()), sent=sent)
            assert not form.validate()
            errors = panel.operations.read(sent).errors
            assert form.wrong == {each: sentence(refused) for each, refused in errors.items()}
        if refuses(setting.read, text or setting.default_text):
            assert name in form.wrong


def refuses(rule: Callable[[str], object], text: str) -> bool:
    """Whether `rule` refuses a text."""
    try:
        rule(text)
    except Refused:
        return True
    return False
