"""The catalogue of known faults: catalogue.toml, read once, checked, and searched in order.

An entry is `id`, `covers` (other names of the same fault), `when`, what to report (`stage`, by
default where it failed, `field`, `retryable`, by default as the reply code says, `repair`) and the
texts `cause`, `remedy`, `cause_ja`, `remedy_ja`. `when` is a table of conditions that must all
hold, or a list of such tables of which one must.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple

from smtp_panel.diagnosis.conditions import CONDITIONS, Evidence, Test, evidence_of
from smtp_panel.diagnosis.search import Found
from smtp_panel.diagnosis.wordings import add_pattern, fold, wordings
from smtp_panel.smtp.facts import Facts, Stage

GREETING = 200  # characters of the greeting in which the provider is looked for

FIELDS = (
    "server",
    "sender",
    "username",
    "password",
    "port",
    "tls",
    "tls_version",
    "tls_start",
    "auth",
    "client_id",
    "client_secret",
    "token_endpoint",
    "scopes",
)
REPAIRS = (
    "starttls-587",
    "implicit-465",
    "starttls",
    "implicit",
    "without-tls",
    "mechanism-plain",
    "mechanism-login",
    "sender-username",
    "trust",
)
PLACEHOLDERS = frozenset(
    (
        "server",
        "port",
        "username",
        "sender",
        "recipient",
        "code",
        "enhanced",
        "refusal",
        "mechanisms",
    )
)


class ConfigurationError(Exception):
    """The catalogue can't be used as it is written; the message names the entry and the key."""


class Texts(NamedTuple):
    """Templates in one language, with the PLACEHOLDERS as `{server}`."""

    cause: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One fault: when it applies, what to report and what to say, by language.

    `stages` are those at which it can apply, which spares asking it of the others.
    """

    id: str
    when: tuple[tuple[Test, ...], ...]
    texts: Mapping[str, Texts]
    covers: tuple[str, ...] = ()
    stage: Stage | None = None
    field: str | None = None
    retryable: bool | None = None
    repair: str | None = None
    stages: frozenset[Stage] = frozenset(Stage)

    def applies(self, evidence: Evidence) -> bool:
        """Whether one of the alternatives holds in full."""
        return any(all(test(evidence) for test in tests) for tests in self.when)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A mail service, told by the server's name or by what it says."""

    id: str
    server: re.Pattern[str] | None = None
    says: str | None = None

    def recognised(self, facts: Facts, *said: Found) -> bool:
        """Whether the server's name or its words are this provider's."""
        return bool(
            (self.server and self.server.search(facts.server))
            or (self.says and any(self.says in words for words in said))
        )


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Entries in the order in which they are asked; the first that applies is the diagnosis."""

    entries: tuple[Entry, ...]
    providers: tuple[Provider, ...]
    by_stage: Mapping[Stage, tuple[Entry, ...]]

    def find(self, facts: Facts) -> Entry | None:
        """The first entry that applies to `facts`, or None."""
        evidence = evidence_of(facts, self.recognise)
        asked = self.by_stage[facts.stage]
        return next((entry for entry in asked if entry.applies(evidence)), None)

    def recognise(self, facts: Facts, says: Found) -> frozenset[str]:
        """The ids of the providers that the server's name, greeting or reply give away."""
        greeting = wordings().find(fold(facts.greeting[:GREETING]))
        said = (greeting, says)
        return frozenset(each.id for each in self.providers if each.recognised(facts, *said))

    def entry(self, name: str) -> Entry | None:
        """The entry with the id `name`, or None."""
        return next((entry for entry in self.entries if entry.id == name), None)


@cache
def catalogue() -> Catalogue:
    """The catalogue that comes with the panel.

    Raises ConfigurationError when the file is not what this module reads.
    """
    return parse(Path(__file__).with_name("catalogue.toml").read_text(encoding="utf-8"))


def parse(text: str) -> Catalogue:
    """The catalogue written in `text` (TOML).

    Raises ConfigurationError for a key, a condition, a value or a placeholder that is not known,
    and for an id that stands twice.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"not TOML: {error}") from error
    _only(data, {"entry", "provider"}, "the catalogue")
    entries = tuple(_entry(table) for table in data.get("entry", []))
    names = [name for entry in entries for name in (entry.id, *entry.covers)]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ConfigurationError(f"more than one entry is or covers {', '.join(sorted(twice))}")
    providers = tuple(_provider(table) for table in data.get("provider", []))
    by_stage = {stage: tuple(e for e in entries if stage in e.stages) for stage in Stage}
    return Catalogue(entries, providers, by_stage)


def _entry(table: dict[str, Any]) -> Entry:
    name = table.get("id", "an entry without id")
    needed = {"id", "when", "cause", "remedy", "cause_ja", "remedy_ja"}
    _only(table, needed | {"covers", "stage", "field", "retryable", "repair"}, name)
    if missing := needed - table.keys():
        raise ConfigurationError(f"{name}: {', '.join(sorted(missing))} missing")
    if table.get("field") not in (None, *FIELDS):
        raise ConfigurationError(f"{name}: the form has no field {table['field']!r}")
    if table.get("repair") not in (None, *REPAIRS):
        raise ConfigurationError(f"{name}: no repair is called {table['repair']!r}")
    when = table["when"] if isinstance(table["when"], list) else [table["when"]]
    return Entry(
        id=name,
        when=tuple(_tests(conditions, name) for conditions in when),
        texts={"en": _texts(table, "", name), "ja": _texts(table, "_ja", name)},
        covers=tuple(table.get("covers", ())),
        stage=_stage(table["stage"], name) if "stage" in table else None,
        field=table.get("field"),
        retryable=table.get("retryable"),
        repair=table.get("repair"),
        stages=frozenset(stage for each in when for stage in each.get("stage", Stage)),
    )


def _tests(conditions: dict[str, Any], name: str) -> tuple[Test, ...]:
    _only(conditions, set(CONDITIONS), f"{name}, when")
    if not conditions:
        raise ConfigurationError(f"{name}: without a condition it would match everything")
    try:
        return tuple(make(conditions[key]) for key, make in CONDITIONS.items() if key in conditions)
    except (KeyError, TypeError, ValueError, re.error) as error:
        raise ConfigurationError(f"{name}, when: {error}") from error


def _texts(table: dict[str, Any], suffix: str, name: str) -> Texts:
    texts = Texts(table["cause" + suffix], table["remedy" + suffix])
    for text in texts:
        try:
            used = {field for _, field, _, _ in Formatter().parse(text) if field is not None}
        except ValueError as error:
            raise ConfigurationError(f"{name}: {error} in {text!r}") from error
        if unknown := used - PLACEHOLDERS:
            raise ConfigurationError(f"{name}: nothing fills {', '.join(sorted(unknown))}")
    return texts


def _stage(value: str, name: str) -> Stage:
    try:
        return Stage(value)
    except ValueError as error:
        raise ConfigurationError(f"{name}: {error}") from error


def _provider(table: dict[str, Any]) -> Provider:
    name = table.get("id", "a provider without id")
    _only(table, {"id", "server", "says"}, name)
    try:
        server = re.compile(table["server"], re.IGNORECASE) if "server" in table else None
        says = add_pattern(table["says"]) if "says" in table else None
    except re.error as error:
        raise ConfigurationError(f"{name}: {error}") from error
    return Provider(id=name, server=server, says=says)


def _only(table: dict[str, Any], known: set[str], where: str) -> None:
    """Refuse keys that nothing reads: they are misspelt, and would do nothing in silence."""
    if unknown := table.keys() - known:
        raise ConfigurationError(f"{where}: unknown {', '.join(sorted(unknown))}")
