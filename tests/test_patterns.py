"""No text makes a regular expression look at the same characters over and over (SPEC T8)."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

import smtp_panel
from tests.steps import AnyPattern, pieces, steps

PACKAGE = Path(smtp_panel.__file__).parent
LENGTH = 10  # repetitions in the shorter text; the longer one has twice as many
# What grows faster than the text, and how many characters it is given at most.
SHORT_TEXTS = {
    "smtp_panel.diagnosis.diagnosis._MARKS": 500,
    "smtp_panel.diagnosis.instructions._COMMONPLACE": 720,
    "smtp_panel.diagnosis.instructions._MARKS": 720,
    "smtp_panel.diagnosis.instructions._REFUSED": 720,
    "smtp_panel.diagnosis.instructions._TO_A_PAGE": 720,
    "smtp_panel.settings.rules.server._SCHEME": 1000,
}


def patterns() -> Iterator[tuple[str, AnyPattern, bool]]:
    """Each regular expression of the package, by name, and whether it is looked for anywhere."""
    whole = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    for each in pkgutil.walk_packages([str(PACKAGE)], "smtp_panel."):
        if each.name.endswith("__main__"):
            continue
        module = importlib.import_module(each.name)
        for name, value in vars(module).items():
            values = value.values() if isinstance(value, dict) else [value]
            found = [each for each in values if isinstance(each, re.Pattern)]
            if not found:
                continue
            used = rf"\b{name}\.(\w+)"
            ways = re.findall(used, inspect.getsource(module)) or re.findall(used, whole)
            anywhere = not {*ways} or bool({*ways} - {"match", "fullmatch"})
            yield from ((f"{each.name}.{name}", pattern, anywhere) for pattern in found)


def test_no_text_makes_an_expression_look_at_it_over_and_over() -> None:
    """A mail address of 800 blanks took 5 s, and one of 10,000 would have taken hours."""
    once = {pattern: (name, anywhere) for name, pattern, anywhere in patterns()}
    growing = {
        name for pattern, (name, anywhere) in once.items() if grows(pattern, anywhere=anywhere)
    }
    assert growing == {*SHORT_TEXTS}


@pytest.mark.parametrize(
    "pattern", [r"\s*[\r\n]+", r"(.*?)\s*<([^<>]*)>", r"\bto\b.*\bat\b", r"<[^>]*>"]
)
def test_an_expression_that_does_is_found(pattern: str) -> None:
    assert grows(re.compile(pattern), anywhere=True)


def grows(pattern: AnyPattern, *, anywhere: bool) -> bool:
    """Whether a text of its own parts gives it far more to do where it is twice as long."""
    own = pieces(pattern)
    words = [f"{each} " for each in own if 1 < len(each) < 7][:6]
    units = [*own[:8], " ", "a", "1", *words, *map("".join, product(own[:4], repeat=2))]
    for unit, start in product(units, ("", "a", *own[:2])):
        short, long = (
            steps(pattern, f"{start}{unit * times}\x01", anywhere=anywhere)
            for times in (LENGTH, 2 * LENGTH)
        )
        if long > max(2.7 * short, 100):
            return True
    return False


@pytest.mark.parametrize(
    ("pattern", "looked_at"),
    [("b", 10), ("a*b", 110), ("a*+b", 65), ("(?<!a)a*b", 29)],
)
def test_the_characters_that_an_expression_looks_at_are_counted(
    pattern: str, looked_at: int
) -> None:
    assert steps(re.compile(pattern), "a" * 9, anywhere=True) == looked_at
