"""The settings as programs get and send them, by the names of the fields (SPEC A5).

The types are made from the table of fields. What a text may be, the rules of the fields say.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, get_type_hints

from pydantic import AfterValidator, Field, WithJsonSchema, create_model

from smtp_panel.api.bodies import JsonAnswer, JsonObject
from smtp_panel.api.errors import wrong
from smtp_panel.diagnosis.repair import field_text
from smtp_panel.panel import Panel
from smtp_panel.secret import Secret
from smtp_panel.settings.draft import Draft
from smtp_panel.settings.fields import FIELD, SECRETS, VALUES
from smtp_panel.settings.rules.advanced import LONGEST_TIME
from smtp_panel.settings.rules.transport import LAST_PORT
from smtp_panel.settings.saved import Saved
from smtp_panel.settings.values import Values


class OriginOfValue(StrEnum):
    """Where a value comes from: it was saved, the environment fixes it, or nobody has set it."""

    SAVED = "saved"
    ENVIRONMENT = "environment"
    DEFAULT = "default"


TYPES: Mapping[str, Any] = get_type_hints(Values)
# What an answer has beside the values; in what is sent it is not looked at.
IN_FORCE: Mapping[str, Any] = {
    "version": int,
    **{f"{name}_saved": bool for name in SECRETS},
    "origins": dict[str, OriginOfValue],
}
OF_A_SAVE: Mapping[str, Any] = {"dry_run": bool, "notices": dict[str, str]}
# What a schema can say of the rules, beside the types.
RANGES: Mapping[str, Any] = {
    "port": {"minimum": 1, "maximum": LAST_PORT},
    "time_limit": {"minimum": 1, "maximum": LONGEST_TIME},
}
SECRET = Annotated[
    str, AfterValidator(Secret), WithJsonSchema({"type": "string", "writeOnly": True})
]


def model(name: str, doc: str, base: type[JsonObject], **fields: Any) -> Any:
    """A model whose `fields` map a name to a type and a Field."""
    return create_model(name, __doc__=doc, __base__=base, __module__=__name__, **fields)


def _value(name: str, **more: Any) -> Any:
    """The field of the value `name`."""
    return Field(title=FIELD[name].label, json_schema_extra=RANGES.get(name), **more)


SettingsInForce = model(
    "SettingsInForce",
    "The settings in force, without secrets, and the origin of each value.",
    JsonAnswer,
    **{name: (TYPES[name], _value(name)) for name in VALUES},
    **{name: (kind, Field()) for name, kind in IN_FORCE.items()},
)
SavedSettings = model(
    "SavedSettings",
    "The settings after a save, or as a dry run would leave them, and what to know about values.",
    SettingsInForce,
    **{name: (kind, Field()) for name, kind in OF_A_SAVE.items()},
)
SettingsChange = model(
    "SettingsChange",
    "Fields of the settings that are to change; all others stay. What is read-only is ignored.",
    JsonObject,
    **{name: (TYPES[name], _value(name, default=None)) for name in VALUES},
    **{name: (SECRET, Field(default=None, title=FIELD[name].label)) for name in SECRETS},
    **{f"remove_{name}": (bool, Field(default=False)) for name in SECRETS},
    **{
        name: (kind, Field(default=None, json_schema_extra={"readOnly": True}))
        for name, kind in {**IN_FORCE, **OF_A_SAVE}.items()
    },
)


def told(saved: Saved) -> dict[str, Any]:
    """The fields of SettingsInForce that stand for `saved`."""
    unset = OriginOfValue.SAVED if saved.version else OriginOfValue.DEFAULT
    return {
        **{name: getattr(saved, name) for name in VALUES},
        **{f"{name}_saved": saved.secrets[name].secret is not None for name in SECRETS},
        "version": saved.version,
        "origins": {
            name: OriginOfValue.ENVIRONMENT if name in saved.locked else unset
            for name in (*VALUES, *SECRETS)
        },
    }


def draft_of(panel: Panel, saved: Saved, change: JsonObject | None) -> Draft:
    """The `saved` settings with `change`, a SettingsChange; raises WrongFields."""
    changed = {
        name: _text(getattr(change, name))
        for name in (change.model_fields_set if change else ())
        if name not in IN_FORCE and name not in OF_A_SAVE
    }
    checked = panel.read_change(saved, changed)
    if checked.draft is None:
        raise wrong(checked.errors)
    return checked.draft


def _text(value: Any) -> str:
    """The text by which a form would send `value`."""
    return value.reveal() if isinstance(value, Secret) else field_text(value)
