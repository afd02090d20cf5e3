"""How a variable is declared as a field of a dataclass, and read from the environment."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from smtp_panel.config.error import ConfigError
from smtp_panel.config.files import content_of
from smtp_panel.config.kinds import VariableKind

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

PREFIX = "SMTP_PANEL_"

T = TypeVar("T")


@dataclass(frozen=True)
class Variable:
    """One row of the table of variables in the documentation.

    With `file` there is a second variable, named with `_FILE` at its end, for the path of a file.
    """

    name: str
    type: str
    default: str
    meaning: str
    secret: bool
    file: bool


def setting(kind: VariableKind[T], default: T, meaning: str) -> T:
    """Declare a variable: how its text is read, its value when unset, what it is for."""
    return field(default=default, metadata={"kind": kind, "meaning": meaning})


def values_in(declared: type[DataclassInstance], environ: Mapping[str, str]) -> dict[str, Any]:
    """The value of each field of `declared` whose variable is set in `environ`.

    Raises ConfigError for the first that can't be used.
    """
    named = {_name(each): each for each in fields(declared)}
    return {
        each.name: _parse(name, each, text)
        for name, each in named.items()
        if (text := _text(name, each, environ)) is not None
    }


def variables_of(declared: type[DataclassInstance]) -> list[Variable]:
    """Every variable of `declared` in the order of declaration."""
    return [
        Variable(
            name=_name(each),
            type=_kind(each).name,
            default=_kind(each).show(each.default),
            meaning=each.metadata["meaning"],
            secret=_kind(each).secret,
            file=_kind(each).file,
        )
        for each in fields(declared)
    ]


def unknown_names(declared: type[DataclassInstance], environ: Mapping[str, str]) -> list[str]:
    """A sentence for each variable in `environ` with our prefix that `declared` does not have.

    It is no error: another version may know it, or Kubernetes may have set it for a service.
    """
    known = [
        name + suffix
        for each in fields(declared)
        for name in [_name(each)]
        for suffix in (("", "_FILE") if _kind(each).file else ("",))
    ]
    return [
        f"{name} is no variable of this version of SMTP Panel.{_like(name, known)}"
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in known
    ]


def _name(declared: Field[Any]) -> str:
    return PREFIX + declared.name.upper()


def _kind(declared: Field[Any]) -> VariableKind[Any]:
    kind: VariableKind[Any] = declared.metadata["kind"]
    return kind


def _like(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {near[0]}?" if near else ""


def _text(name: str, declared: Field[Any], environ: Mapping[str, str]) -> str | None:
    """What is set for a variable: its own text, or that of the file that its `_FILE` names."""
    path = environ.get(f"{name}_FILE") if _kind(declared).file else None
    if path is None:
        return environ.get(name)
    if name in environ:
        raise ConfigError(name, f"and {name}_FILE are both set. Keep one of them.")
    return content_of(f"{name}_FILE", Path(path))


def _parse(name: str, declared: Field[Any], text: str) -> Any:
    kind = _kind(declared)
    try:
        return kind.parse(text)
    except ValueError as error:
        seen = "is wrong" if kind.secret else f"can't be {text!r}"
        raise ConfigError(name, f"{seen}: {error}") from None
