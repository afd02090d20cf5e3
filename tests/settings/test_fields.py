"""The table of fields, and what names the fields once more because its types need it."""

from __future__ import annotations

import dataclasses

from smtp_panel.cli.options import Options, option_of
from smtp_panel.config import Config
from smtp_panel.diagnosis.loading import SETTABLE
from smtp_panel.settings.draft import Draft
from smtp_panel.settings.fields import FIELD, FIELDS, PAGE_ORDER, SECRETS, VALUES
from smtp_panel.settings.locked import LOCKABLE
from smtp_panel.settings.model import Settings
from smtp_panel.settings.values import Values
from smtp_panel.telling.labels import FIELD_LABELS
from smtp_panel.web.smtp_form import SmtpForm


def names(record: type) -> set[str]:
    """The names of the fields of a dataclass."""
    return {each.name for each in dataclasses.fields(record)}


def test_each_field_stands_in_the_table_once() -> None:
    assert len(FIELD) == len(FIELDS)


def test_values_and_draft_hold_the_fields_of_the_table() -> None:
    """F3, F4: a draft holds the secrets, and whether to remove the saved ones, as well."""
    assert names(Values) == set(VALUES)
    assert names(Draft) == set(PAGE_ORDER)


def test_the_saved_settings_hold_the_fields_of_the_table() -> None:
    """V6: a secret encrypted, with where it may go."""
    stored = {f"{name}_{part}" for name in SECRETS for part in ("encrypted", "destination")}
    own = {"id", "version", "updated_at", "updated_by", "test_outcome"}
    assert set(Settings.__table__.columns.keys()) == {*VALUES, *stored} | own


def test_what_the_environment_can_fix_has_a_variable() -> None:
    """F14."""
    assert {*LOCKABLE, *SECRETS} <= names(Config)


def test_the_form_has_every_field_by_the_name_in_the_table() -> None:
    """Section 11: page, terminal and audit log call a field alike."""
    fields = {name: getattr(SmtpForm, name) for name in FIELD}
    assert {name: field.args[0] for name, field in fields.items()} == FIELD_LABELS


def test_a_diagnosis_points_to_fields_of_the_table() -> None:
    """T6."""
    assert {*FIELD} >= SETTABLE


def test_what_a_field_needs_stands_before_it_and_where_it_is_left_out_it_can_be_read() -> None:
    """Section 3: so that one pass reads them all."""
    for number, field in enumerate(each for each in FIELDS if not each.secret):
        if field.needs:
            assert field.needs[0] in VALUES[:number]
        if field.default_text:
            assert field.read(field.default_text) == getattr(Values(), field.name)


def test_the_options_of_the_terminal_set_fields_of_the_table() -> None:
    """A6: all but what is of the terminal alone."""
    own = {"--timeout", "--to", "--node"}
    assert {f"--{name.replace('_', '-')}" for name in names(Options)} - own <= set(
        map(option_of, FIELD)
    )
