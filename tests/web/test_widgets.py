"""The elements that fields are drawn as, by themselves."""

from __future__ import annotations

import pytest
from markupsafe import Markup
from wtforms import (  # type: ignore[attr-defined]  # its types are of 3.2
    BooleanField,
    Form,
    PasswordField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)

from smtp_panel.web import widgets
from tests.web.html import Element, parse

HOSTILE = "\n\"><script>'&amp;"


class OneOfEach(Form):
    """A field of each kind."""

    line = StringField(description="Help", widget=widgets.Input({"inputmode": "url"}))
    lines = TextAreaField(widget=widgets.TextArea({"rows": "4"}))
    secret = PasswordField(widget=widgets.Password())
    tick = BooleanField(widget=widgets.Tick())
    choice = SelectField(
        choices=[SelectChoice(HOSTILE, "A & B"), SelectChoice("b", "B", {"lang": "ja"})],
        widget=widgets.Select(),
    )


def drawn(markup: Markup) -> Element:
    """The element that a field is drawn as."""
    (element,) = parse(markup).children
    assert isinstance(element, Element)
    return element


def test_what_was_typed_is_shown_as_it_is_and_never_as_markup() -> None:
    """V2"""
    form = OneOfEach(data={"line": HOSTILE, "lines": HOSTILE})
    assert drawn(form.line())["value"] == HOSTILE
    assert parse(form.lines()).form() == {"lines": HOSTILE}
    assert drawn(form.line(placeholder=HOSTILE))["placeholder"] == HOSTILE


def test_a_secret_that_was_typed_is_not_shown() -> None:
    """F4"""
    assert "value" not in drawn(OneOfEach(data={"secret": "hush"}).secret())


def test_what_was_chosen_and_ticked_is_so_again() -> None:
    """V2"""
    form = OneOfEach(data={"choice": "b", "tick": True})
    assert "checked" in drawn(form.tick())
    first, second = drawn(form.choice()).all("option")
    assert (first["value"], first.text, "selected" in first) == (HOSTILE, "A & B", False)
    assert (second["value"], second["lang"], "selected" in second) == ("b", "ja", True)


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("line", "readonly"),
        ("lines", "readonly"),
        ("secret", "disabled"),
        ("tick", "disabled"),
        ("choice", "disabled"),
    ],
)
def test_what_the_environment_fixes_can_be_copied_but_not_changed(
    name: str, attribute: str
) -> None:
    """F14"""
    field = OneOfEach()[name]
    assert attribute not in drawn(field())
    field.flags.lock = "SMTP_PANEL_X"
    assert attribute in drawn(field())


def test_a_field_is_described_by_all_that_is_said_about_it() -> None:
    """V2: what is wrong comes first, the help last."""
    field = OneOfEach().line
    assert drawn(field())["aria-describedby"] == "line-help"
    field.errors, field.flags.notice, field.flags.suspect = ["Wrong."], "Mind.", True
    element = drawn(field(also="more"))
    assert element["aria-describedby"] == "line-error line-notice diagnosis-cause more line-help"
    assert element["aria-invalid"] == "true"
    assert "aria-describedby" not in drawn(OneOfEach().secret())


def test_an_attribute_of_none_is_left_out() -> None:
    """And one of an empty text is not."""
    element = drawn(OneOfEach().line(**{"placeholder": None, "data-keep": ""}))
    assert ("placeholder" in element, "data-keep" in element) == (False, True)
