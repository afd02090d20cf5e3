"""The elements in which fields are typed, ticked and chosen, as widgets of WTForms.

The flags of a field say what else is drawn: `notice` is what to know about its value, `lock` the
variable that fixes it, `suspect` that a diagnosis points to it, `focus` that it is where to go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from flask_babel import get_translations
from markupsafe import Markup, escape
from wtforms import Field

NO_MORE: Mapping[str, str] = MappingProxyType({})


class Widget:
    """What the elements have in common. `attributes` are those that never change."""

    when_locked: ClassVar[str] = "disabled"

    def __init__(self, attributes: Mapping[str, str] = NO_MORE) -> None:
        self._attributes = attributes_of(attributes)

    def __call__(
        self, field: Field, *, also: str = "", focus: object = None, **more: str | None
    ) -> Markup:
        """The element of `field`, with `more` attributes; `also` is the id of what describes it."""
        own = f'id="{field.id}" name="{field.name}"{self._attributes}{attributes_of(more)}'
        own += self._state(field, also, focus)
        return Markup(self.element(field, own))  # noqa: S704  (what is not ours in it is escaped)

    def element(self, field: Field, attributes: str) -> str:
        """The element of `field` as HTML."""
        raise NotImplementedError

    def _state(self, field: Field, also: str, focus: object) -> str:
        flags = field.flags
        described_by = [
            f"{field.id}-error" if field.errors else "",
            f"{field.id}-notice" if flags.notice else "",
            "diagnosis-cause" if flags.suspect else "",
            also,
            f"{field.id}-help" if field.description else "",
        ]
        state = [
            f' aria-describedby="{" ".join(filter(None, described_by))}"'
            if any(described_by)
            else "",
            ' aria-invalid="true"' if field.errors else "",
            " required" if flags.required else "",
            " data-suspect" if flags.suspect else "",
            " autofocus" if flags.focus or focus else "",
            f" {self.when_locked}" if flags.lock else "",
        ]
        return "".join(state)


class Input(Widget):
    """A line to type in."""

    when_locked = "readonly"

    def __init__(self, attributes: Mapping[str, str] = NO_MORE, *, kind: str = "text") -> None:
        super().__init__({"type": kind, **attributes})

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
        translated = get_translations().gettext
        options = "".join(
            f'<option value="{choice.value}"{attributes_of(choice.render_kw or NO_MORE)}'
            f"{' selected' if choice.value == field.data else ''}>"
            f"{escape(translated(choice.label))}</option>"
            for choice in field.choices
        )
        return f"<select {attributes}>{options}</select>"


def attributes_of(values: Mapping[str, str | None]) -> str:
    """`values` as attributes of an element, but for those that are None."""
    return "".join(
        f' {name}="{escape(value)}"' for name, value in values.items() if value is not None
    )
