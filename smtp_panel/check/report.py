"""A finished check as plain text that can be shown to a provider or a forum (SPEC T7).

Nothing that it is made of holds a secret. It does not name people either: of a mail address only
the domain is left, of a user name only the first letter.
"""

from __future__ import annotations

import base64
import datetime
import platform
import re
import ssl
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from smtp_panel import __version__
from smtp_panel.check.steps import Step
from smtp_panel.diagnosis.diagnosis import Diagnosis

COLUMNS = 80
SECOND = 1000  # milliseconds
VERSIONS = f"SMTP Panel {__version__}, Python {platform.python_version()}, {ssl.OPENSSL_VERSION}"
SHORTEST_WORD = 3  # characters; of a shorter local part a text is not cleared
_LOCAL = r"[^\s<>()\[\],;:\"'@\\]"
_ADDRESS = re.compile(rf"(?<!{_LOCAL})({_LOCAL}){_LOCAL}*+@(\[[^\]\s]{{1,99}}\]|[\w.-]{{1,255}})")
OMITTED_FACTS = frozenset(
    {"pem", "names", "not_before", "days_left"}
)  # of each certificate of a chain
WHO = ("username", "client_id")
PEM, GIVEN = "-----BEGIN ", "given"
_SWITCH = {"": "off", "1": "on"}

Mask = Callable[[str], str]


def report(
    *,
    settings: Mapping[str, str],
    verdict: str,
    steps: Sequence[Step],
    diagnosis: Diagnosis | None,
    transcript: str,
    at: datetime.datetime,
) -> str:
    """The report in English, in lines of at most 80 columns, the last one ended.

    `settings` are the texts of the form's fields, `at` is when it was run. Pure.
    """
    mask = _mask([settings.get(name, "") for name in WHO])
    parts = [
        _pairs({"When": f"{at:%Y-%m-%d %H:%M:%S} UTC", "Verdict": verdict, "By": VERSIONS}),
        ["Settings", *_pairs(_told(settings, mask), "  ")],
        ["Steps", *(line for step in steps for line in _step(step, mask))],
    ]
    if diagnosis:
        parts.append([f"Diagnosis: {diagnosis.id}", *_diagnosis(diagnosis, mask)])
    parts.append(["Transcript", *_cut(map(mask, transcript.splitlines()))])
    return "\n\n".join("\n".join(lines) for lines in (["SMTP Panel report"], *parts)) + "\n"


def _told(settings: Mapping[str, str], mask: Mask) -> dict[str, str]:
    """The settings that are not empty; of From only the address, for the name may be a person's."""
    told = {
        name.replace("_", " "): GIVEN if text.startswith(PEM) else mask(text)
        for name, text in settings.items()
        if text
    }
    if "tls" in settings:
        told["tls"] = _SWITCH.get(settings["tls"], settings["tls"])
    if "sender" in told:
        told["sender"] = told["sender"].rpartition(" ")[2].strip("<>")
    return told


def _step(step: Step, mask: Mask) -> Iterator[str]:
    took = "" if step.ms is None else _lasted(step.ms)
    yield f"  {step.state:<8} {step.step:<10} {took}".rstrip()
    told = {name.replace("_", " "): _text(name, value) for name, value in step.detail.items()}
    yield from _pairs({name: mask(text) for name, text in told.items() if text}, " " * 11)


def _lasted(ms: float) -> str:
    return f"{ms:g} ms" if ms < SECOND else f"{ms / SECOND:.1f} s"


def _text(name: str, value: Any) -> str:
    """A detail of a step as one line of text."""
    if value is None:
        return ""
    if name == "not_after":
        return f"{datetime.datetime.fromtimestamp(value, datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, Mapping):
        told = {key: each for key, each in value.items() if key not in OMITTED_FACTS}
        return ", ".join(
            f"{key.replace('_', ' ')} {_text(key, each)}" for key, each in told.items()
        )
    if isinstance(value, Iterable) and not isinstance(value, str):
        between = "; " if any(isinstance(each, Mapping) for each in value) else ", "
        return between.join(_text(name, each) for each in value)
    return str(value)


def _diagnosis(diagnosis: Diagnosis, mask: Mask) -> Iterator[str]:
    values = {name: mask(value) for name, value in diagnosis.values.items()}
    masked = replace(diagnosis, values=values, says=mask(diagnosis.server_says))
    cause = masked.cause()
    yield from _lines(cause, "  ")
    yield from _lines(masked.remedy(), "  ")
    facts = {
        "stage": diagnosis.stage.value,
        "field": diagnosis.field or "",
        "try again": "may help" if diagnosis.retryable else "does not help",
        "said": masked.server_says,
    }
    yield from _pairs({name: text for name, text in facts.items() if text}, "  ")


def _pairs(texts: Mapping[str, str], indent: str = "") -> list[str]:
    """Names and what they stand for, in two columns."""
    column = max(map(len, texts), default=0) + 2
    behind = indent + " " * column
    return [
        line
        for name, text in texts.items()
        for line in _lines(text, f"{indent}{name:<{column}}", behind)
    ]


def _lines(text: str, first: str, more: str | None = None) -> list[str]:
    return textwrap.wrap(
        text, COLUMNS, initial_indent=first, subsequent_indent=first if more is None else more
    )


def _cut(lines: Iterable[str]) -> Iterator[str]:
    """The lines of a transcript: cut anywhere, for blanks in them have a meaning, and quickly."""
    for line in lines:
        yield f"  {line[: COLUMNS - 2]}"
        for start in range(COLUMNS - 2, len(line), COLUMNS - 5):
            yield f"     {line[start : start + COLUMNS - 5]}"


def _mask(names: Iterable[str]) -> Mask:
    """Shortens mail addresses, and `names` also where they are encoded or without their domain."""
    words = [word for name in names if name for word in _forms(name)]
    either = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    name = re.compile(rf"(?<![\w.@-])(?:{either})(?![\w.@-])", re.IGNORECASE) if words else None

    def mask(text: str) -> str:
        shorter = _ADDRESS.sub(r"\1***@\2", text) if "@" in text else text
        return name.sub(lambda found: f"{found[0][0]}***", shorter) if name else shorter

    return mask


def _forms(name: str) -> list[str]:
    local = name.partition("@")[0]
    encoded = base64.b64encode(name.encode()).decode().rstrip("=")
    return [name, encoded] + [local] * (len(local) >= SHORTEST_WORD)
