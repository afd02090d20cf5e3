"""The table of what /api/v1 can do, by its own description."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flask import Flask

from smtp_panel.api.openapi import description
from smtp_panel.api.v1 import PREFIX

API = Path(__file__).resolve().parent.parent / "docs" / "api.md"


def table_of_operations(panel: Flask) -> str:
    """Each operation of `panel` in a row of its own, in Markdown."""
    with panel.app_context():
        paths = description()["paths"]
    return "".join(f"{row}\n" for row in _rows(paths))


def _rows(paths: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield "| Operation | Scope | |"
    yield "|---|---|---|"
    for path, methods in paths.items():
        for method, told in methods.items():
            operation = f"{method.upper()} {path.removeprefix(PREFIX)}"
            yield f"| `{operation}` | {_scopes(told['security'])} | {told['summary']} |"


def _scopes(security: Sequence[Mapping[str, Sequence[str]]]) -> str:
    """The scopes, of which a key needs one."""
    named = dict.fromkeys(scope for way in security for scopes in way.values() for scope in scopes)
    return ", ".join(f"`{scope}`" for scope in named)
