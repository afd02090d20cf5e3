"""Reads the catalogue from its TOML files, and refuses what would not do what it says.

How an entry is written is told in docs/catalogue.md.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import fields
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Formatter
from typing import Any

from smtp_panel.diagnosis.conditions import CONDITIONS, Test
from smtp_panel.diagnosis.entry import Entry, Explanation
from smtp_panel.diagnosis.scope import TRANSACTION, Scope
from smtp_panel.smtp.endpoint import Endpoint, OAuthClient
from smtp_panel.smtp.facts import Stage

DATA = files("smtp_panel.diagnosis") / "data"
# The files in the order in which their entries are asked, the special before the general: what the
# server says of the account or the message comes before what a refused command usually means.
CATALOGUE_FILES = (
    *("oauth", "dns", "connect", "banner", "ehlo", "starttls", "tls"),
    *("data", "policy", "auth", "mail_from", "rcpt_to", "quit"),
)
TEXTS = frozenset({"cause", "remedy"})
NEEDED = TEXTS | {"id", "stage"}
OPTIONAL = frozenset({"covers", "when", "blames", "field", "retryable", "scope", "repair"})
# The fields of the form that lead to an endpoint, and From.
SETTABLE = frozenset(
    {each.name for each in (*fields(Endpoint), *fields(OAuthClient)) if each.name != "oauth"}
    | {"sender"}
)
# Conditions by which an alternative goes by more than codes.
TELLING = frozenset(("kind", "text", "means", "provider", "server", "greeting", "raw", "refusals"))
REGISTERED = 30  # the highest detail in the registry (RFC 3463); those above are a server's own
_DETAIL = re.compile(r"[245]\.\d+\.(\d+)(?:-\d+)?")
CODE = re.compile(r"[245]\d\d|[245](\.\d+){2}")
PLAIN = re.compile(r"[^/].*")  # a phrase that is no regular expression
FILLED = frozenset({"{username}", "{certificate}"})
PLACEHOLDERS = frozenset(
    (
        "server",
        "port",
        "username",
        "scopes",
        "region_endpoint",
        "entra_endpoint",
        "mail_scope",
        "other_issuer",
        "other_server",
        "sender",
        "recipient",
        "code",
        "enhanced",
        "refusal",
        "mechanisms",
        "provider",
        "provider_server",
        "provider_port",
        "note",
        "administrator",
        "giver",
        "command",
        "issuer",
        "addresses",
        "expired",
        "says",
        "names",
        "ports",
        "other_ports",
        "named_ports",
        "ehlo_name",
    )
)


class ConfigurationError(Exception):
    """The catalogue can't be used as it is written; the message names the entry and the key."""


def entries_of(
    folder: Traversable = DATA, names: tuple[str, ...] = CATALOGUE_FILES
) -> tuple[Entry, ...]:
    """The entries of the files called `names` in `folder`, in the order of asking.

    The Japanese of each file is in the file of the same name in `folder`/ja. Raises
    ConfigurationError for a key, a condition, a value or a placeholder that is not known, for an id
    that stands twice, and for an entry without its Japanese or Japanese without its entry.
    """
    entries = tuple(entry for name in names for entry in _entries(folder, f"{name}.toml"))
    ids = [name for entry in entries for name in (entry.id, *entry.covers)]
    if twice := {name for name in ids if ids.count(name) > 1}:
        raise ConfigurationError(f"more than one entry is or covers {', '.join(sorted(twice))}")
    return entries


def read(file: Traversable) -> dict[str, Any]:
    """What the TOML file holds; raises ConfigurationError where it is not TOML."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{file.name}: not TOML: {error}") from error


def _entries(folder: Traversable, name: str) -> list[Entry]:
    data, japanese = read(folder / name), read(folder / "ja" / name)
    _only(data, {"entry"}, name)
    tables = data.get("entry", [])
    entries = [_entry(table, japanese.get(table.get("id"), {})) for table in tables]
    if strangers := japanese.keys() - {entry.id for entry in entries}:
        raise ConfigurationError(f"ja/{name}: no entry is called {', '.join(sorted(strangers))}")
    return entries


def _entry(table: dict[str, Any], japanese: dict[str, Any]) -> Entry:
    name = table.get("id", "an entry without id")
    _only(table, NEEDED | OPTIONAL, name)
    _needs(table, NEEDED, name)
    if table.get("field") not in (None, *SETTABLE):
        raise ConfigurationError(f"{name}: the form has no field {table['field']!r}")
    when = table.get("when", {})
    alternatives = when if isinstance(when, list) else [when]
    stages = frozenset(_stage(value, name) for value in table["stage"])
    in_transaction = not stages.isdisjoint(TRANSACTION)
    known, by_codes = _told_apart(alternatives) if in_transaction else (alternatives, [])
    return Entry(
        id=name,
        stages=stages,
        when=tuple(_tests(conditions, name) for conditions in known),
        by_codes=tuple(_tests(conditions, name) for conditions in by_codes),
        explanations={
            "en": _explanation(table, name),
            "ja": _explanation(japanese, f"{name} in Japanese"),
        },
        covers=tuple(table.get("covers", ())),
        blames=_stage(table["blames"], name) if "blames" in table else None,
        field=table.get("field"),
        retryable=table.get("retryable"),
        scope=_scope(table, stages, name),
        repair=_repair(table.get("repair", {}), name),
        codes=_listed(alternatives, ("code", "enhanced"), CODE),
        phrases=_listed(alternatives, ("text",), PLAIN),
    )


def _told_apart(
    alternatives: list[dict[str, Any]],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Those that go by more than codes, or by a server's own; and those by registered codes alone.

    One that names codes of both kinds becomes two.
    """
    known, by_codes = [], []
    for conditions in alternatives:
        codes = conditions.get("enhanced", [])
        own = [each for each in codes if _detail(each) > REGISTERED]
        registered = [each for each in codes if each not in own]
        if not conditions.keys() & {"code", "enhanced"} or conditions.keys() & TELLING:
            known.append(conditions)
        elif not codes:
            by_codes.append(conditions)
        else:
            known += [{**conditions, "enhanced": own}] if own else []
            by_codes += [{**conditions, "enhanced": registered}] if registered else []
    return known, by_codes


def _detail(enhanced: str) -> int:
    """The detail of an enhanced status code, or of the first of a range; 0 where it has none."""
    parts = _DETAIL.fullmatch(enhanced)
    return int(parts[1]) if parts else 0


def _listed(
    alternatives: list[dict[str, Any]], conditions: Collection[str], whole: re.Pattern[str]
) -> tuple[str, ...]:
    """What the `conditions` ask for as a `whole`, and not as a pattern, each once."""
    asked = (
        str(each) for name in conditions for when in alternatives for each in when.get(name, ())
    )
    return tuple(each for each in dict.fromkeys(asked) if whole.fullmatch(each))


def _tests(conditions: dict[str, Any], name: str) -> tuple[Test, ...]:
    _only(conditions, CONDITIONS, f"{name}, when")
    try:
        return tuple(make(conditions[key]) for key, make in CONDITIONS.items() if key in conditions)
    except (KeyError, TypeError, ValueError, re.error) as error:
        raise ConfigurationError(f"{name}, when: {error}") from error


def _explanation(table: dict[str, Any], name: str) -> Explanation:
    _needs(table, TEXTS, name)
    explanation = Explanation(table["cause"], table["remedy"])
    for text in explanation:
        try:
            used = {field for _, field, _, _ in Formatter().parse(text) if field is not None}
        except ValueError as error:
            raise ConfigurationError(f"{name}: {error} in {text!r}") from error
        if unknown := used - PLACEHOLDERS:
            raise ConfigurationError(f"{name}: nothing fills {', '.join(sorted(unknown))}")
    return explanation


def _scope(table: Mapping[str, Any], stages: frozenset[Stage], name: str) -> Scope:
    """Before the transaction everything is the service's; from there on an entry says whose."""
    in_transaction = not stages.isdisjoint(TRANSACTION)
    if in_transaction is not ("scope" in table):
        raise ConfigurationError(f"{name}: a scope is for the stages {', '.join(TRANSACTION)}")
    try:
        return Scope(table.get("scope", Scope.SERVICE))
    except ValueError as error:
        raise ConfigurationError(f"{name}: {error}") from error


def _repair(changes: dict[str, str], name: str) -> dict[str, str]:
    _only(changes, SETTABLE, f"{name}, repair")
    if unknown := {text for text in changes.values() if "{" in text} - FILLED:
        raise ConfigurationError(f"{name}, repair: nothing fills {', '.join(sorted(unknown))}")
    return changes


def _stage(value: str, name: str) -> Stage:
    try:
        return Stage(value)
    except ValueError as error:
        raise ConfigurationError(f"{name}: {error}") from error


def _needs(table: Mapping[str, Any], needed: frozenset[str], where: str) -> None:
    if missing := needed - table.keys():
        raise ConfigurationError(f"{where}: {', '.join(sorted(missing))} missing")


def _only(table: Mapping[str, Any], known: Collection[str], where: str) -> None:
    """Refuse keys that nothing reads: they are misspelt, and would do nothing in silence."""
    if unknown := table.keys() - set(known):
        raise ConfigurationError(f"{where}: unknown {', '.join(sorted(unknown))}")
