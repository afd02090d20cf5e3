"""The elements in which fields are typed, ticked and chosen, as widgets of WTForms.

The flags of a field say what else is drawn: `notice` is what to know about its value, `lock` the
variable that fixes it, `suspect` that a diagnosis points to it, `focus` that it is where to go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from markupsafe import Markup, escape
from wtforms import Field

PLAIN_INPUT = {"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
# What keeps 1Password, LastPass, Bitwarden and Dashlane away (SPEC F13).
NO_MANAGER = {
    "data-1p-ignore": "",
    "data-lpignore": "true",
    "data-bwignore": "",
    "data-form-type": "other",
}
SECRET_INPUT = {"autocomplete": "new-password", **NO_MANAGER}


class Widget:
    """What the elements have in common. `attributes` are those that never change."""

    when_locked: ClassVar[str] = "disabled"

    def __init__(self, attributes: Mapping[str, str] | None = None) -> None:
        self._attributes = attributes_of(attributes or {})

    def __call__(
        self, field: Field, *, also: str = "", focus: object = None, **more: str | None
    ) -> Markup:
        """The element of `field`, with `more` attributes; `also` is the id of what describes it."""
        own = f'id="{field.id}" name="{field.name}"{self._attributes}'
        own += attributes_of(more) + self._state(field, also, focus)
        return Markup(self.element(field, own))  # noqa: S704  (what is not ours in it is escaped)

    def element(self, field: Field, attributes: str) -> str:
        """The element of `field` as HTML."""
        raise NotImplementedError

    def _state(self, field: Field, also: str, focus: object) -> str:
        name, flags, state, described_by = field.id, vars(field.flags), "", []
        if field.errors:
            described_by.append(f"{name}-error")
            state += ' aria-invalid="true"'
        if "notice" in flags:
            described_by.append(f"{name}-notice")
        if "suspect" in flags:
            described_by.append("diagnosis-cause")
            state += " data-suspect"
        if also:
            described_by.append(also)
        if field.description:
            described_by.append(f"{name}-help")
        if described_by:
            state += f' aria-describedby="{" ".join(described_by)}"'
        if "required" in flags:
            state += " required"
        if "focus" in flags or focus:
            state += " autofocus"
        return f"{state} {self.when_locked}" if "lock" in flags else state


class Input(Widget):
    """A line to type in."""

    when_locked = "readonly"

    def __init__(self, attributes: Mapping[str, str] | None = None, *, kind: str = "text") -> None:
        super().__init__({"type": kind, **(attributes or {})})

    def element(self, field: Field, attributes: str) -> str:
        """The element of `field` as HTML."""
        return f'<input {attributes} value="{escape(field.data or "")}">'


class Password(Widget):
    """A line to type a secret in, which is never shown again."""

    def element(self, _field: Field, attributes: str) -> str:
        """The element of a field as HTML."""
        return f'<input {attributes} type="password">'


class Tick(Widget):
    """A box to tick."""

    def element(self, field: Field, attributes: str) -> str:
        """The element of `field` as HTML."""
        checked = " checked" if field.data else ""
        return f'<input {attributes} type="checkbox" value="1"{checked}>'


class TextArea(Widget):
    """Several lines to type in."""

    when_locked = "readonly"

    def element(self, field: Field, attributes: str) -> str:
        """The element of `field` as HTML."""
        return f"<textarea {attributes}>\n{escape(field.data or '')}</textarea>"


class Select(Widget):
    """A list to choose from."""

    def element(self, field: Any, attributes: str) -> str:
        """The element of `field`, a SelectField, with its labels in the reader's language."""
        options = "".join(_option(field, choice) for choice in field.choices)
        return f"<select {attributes}>{options}</select>"


def _option(field: Field, choice: Any) -> str:
    more = attributes_of(choice.render_kw) if choice.render_kw else ""
    selected = " selected" if choice.value == field.data else ""
    label = escape(field.gettext(choice.label))
    return f'<option value="{escape(choice.value)}"{more}{selected}>{label}</option>'


def attributes_of(values: Mapping[str, str | None]) -> str:
    """`values` as attributes of an element, but for those that are None."""
    return "".join(
        f' {name}="{escape(value)}"' for name, value in values.items() if value is not None
    )
