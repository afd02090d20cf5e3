"""Templates compiled once a language, their texts translated while they are compiled.

Looking up a hundred texts for every page would take longer than all the rest of it.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

from babel.support import NullTranslations, Translations
from flask import Flask
from flask.templating import Environment
from jinja2 import BaseLoader, Template, nodes
from jinja2 import Environment as AnyEnvironment
from jinja2.visitor import NodeTransformer

from smtp_panel.web.language import language

TRANSLATIONS = Path(__file__).resolve().parents[2] / "translations"
SEPARATOR = ":"  # a template's full name is language:name
GETTEXT = "_"


class TranslatedEnvironment(Environment):
    """An environment in which `_('text')` costs nothing once the template is compiled."""

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002  (Jinja's name)
    ) -> Template:
        """The template `name` in the language of its parent, or else of this page."""
        if isinstance(name, str):
            spoken = parent.partition(SEPARATOR)[0] if parent else language()
            name = f"{spoken}{SEPARATOR}{name}"
        return super().get_template(name, None, globals)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        spoken = (name or "").partition(SEPARATOR)[0]
        translated: nodes.Template = _Translator(_catalogue(spoken)).visit(tree)
        return translated


class TranslatedFlask(Flask):
    """A Flask application with such templates."""

    jinja_environment = TranslatedEnvironment

    def create_global_jinja_loader(self) -> Any:
        """The usual loader, which knows nothing of languages."""
        return _Loader(super().create_global_jinja_loader())


class _Loader(BaseLoader):
    """Finds `language:name` where another loader finds `name`."""

    def __init__(self, plain: BaseLoader) -> None:
        self._plain = plain

    def get_source(
        self, environment: AnyEnvironment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        return self._plain.get_source(environment, template.partition(SEPARATOR)[2])


class _Translator(NodeTransformer):
    """Puts a text in the place of each `_('text')`, and a formatted one of `_('text', x=y)`."""

    def __init__(self, catalogue: NullTranslations) -> None:
        self._catalogue = catalogue

    def visit_Call(self, call: nodes.Call) -> nodes.Node:  # noqa: N802  (Jinja's name)
        self.generic_visit(call)
        if not (isinstance(call.node, nodes.Name) and call.node.name == GETTEXT):
            return call
        original = call.args[0].as_const()
        text = nodes.Const(self._catalogue.gettext(original), lineno=call.lineno)
        safe: nodes.Expr = nodes.MarkSafeIfAutoescape(text, lineno=call.lineno)
        if not call.kwargs:
            return safe
        pairs = [
            nodes.Pair(nodes.Const(word.key), word.value, lineno=call.lineno)
            for word in call.kwargs
        ]
        return nodes.Mod(safe, nodes.Dict(pairs, lineno=call.lineno), lineno=call.lineno)


@cache
def _catalogue(spoken: str) -> NullTranslations:
    return Translations.load(TRANSLATIONS, [spoken])
