"""Many regular expressions over one text, searched fast.

An alternative of an expression is tried only where the text holds one of its needles: literal
words without which it can't match. An index by the first letters of the needles finds those few
alternatives, and the others are not even compiled.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache

Needles = tuple[str, ...]
_ATOM = re.compile(
    r"(?P<escape>\\.)|(?P<set>\[(?:\\.|[^\]\\])+\])|(?P<group>\()|(?P<any>[.^$])|(?P<literal>[^\\\[()])",
    re.DOTALL,
)
_OPTIONAL = re.compile(r"[?*{]")
_QUANTIFIER = re.compile(r"[?*+]\??|\{\d*,?\d*\}\??")
_GRAM = 3  # characters by which needles are indexed; shorter ones are in nearly every text
_SHORTEST = 2  # characters of a needle in a script of thousands of letters


class Found:
    """Which of the expressions are found in one text, each worked out when it is asked for."""

    def __init__(self, text: str, candidates: Mapping[str, list[str]]) -> None:
        self._text = text
        self._candidates = candidates
        self._known: dict[str, bool] = {}

    def __contains__(self, name: str) -> bool:
        if name not in self._known:
            tried = self._candidates.get(name, ())
            self._known[name] = any(_compiled(each).search(self._text) for each in tried)
        return self._known[name]


class Index:
    """Regular expressions by name; they and the texts are in lower case."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._always: list[tuple[str, str]] = []
        self._by_gram: dict[str, list[tuple[str, str, str]]] = defaultdict(list)

    def add(self, name: str, pattern: str) -> None:
        """Look for `pattern` from now on; its dot matches line ends too.

        Raises re.error for a parenthesis without its other half.
        """
        if name in self.names:
            return
        for alternative in split(pattern):
            needles = _needles_of(alternative)
            if not needles:
                self._always.append((name, alternative))
            for needle in needles:
                self._by_gram[needle[:_GRAM]].append((needle, name, alternative))
        self.names.add(name)

    def find(self, text: str) -> Found:
        """What is found in `text`, which is in lower case."""
        candidates: dict[str, list[str]] = defaultdict(list)
        for name, alternative in self._always:
            candidates[name].append(alternative)
        sizes = (_GRAM,) if text.isascii() else (_GRAM, _SHORTEST)
        grams = {text[at : at + size] for size in sizes for at in range(len(text))}
        for gram in grams & self._by_gram.keys():
            for needle, name, alternative in self._by_gram[gram]:
                if needle in text:
                    candidates[name].append(alternative)
        return Found(text, candidates)


def split(pattern: str) -> list[str]:
    """The alternatives of `pattern`, as they stand between the outermost `|`."""
    found = [""]
    for atom, _, quantifier in _atoms(pattern):
        if atom == "|":
            found.append("")
        else:
            found[-1] += atom + quantifier
    return found


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)


def _needles_of(alternative: str) -> Needles:
    """Literals of which one has to be in every match; none where there are no such."""
    candidates: list[Needles] = []
    run = ""
    for atom, literal, quantifier in _atoms(alternative):
        if literal and not _OPTIONAL.match(quantifier):
            run += literal
        if not literal or quantifier:
            candidates.append((run,))
            run = ""
        if atom.startswith("(") and not _OPTIONAL.match(quantifier):
            candidates.append(_needles_of_group(atom))
    candidates.append((run,))
    best = max(candidates, key=_selectivity)
    return best if all(map(_is_telling, best)) else ()


def _is_telling(needle: str) -> bool:
    return len(needle) >= (_GRAM if needle.isascii() else _SHORTEST)


def _needles_of_group(group: str) -> Needles:
    inner = group[1:-1].removeprefix("?:")
    if inner.startswith("?"):
        return ()  # looks around: needs nothing to be there, or something not to be
    each = [_needles_of(alternative) for alternative in split(inner)]
    return tuple(needle for needles in each for needle in needles) if all(each) else ()


def _selectivity(needles: Needles) -> int:
    return min(map(len, needles), default=0)


def _atoms(pattern: str) -> Iterator[tuple[str, str, str]]:
    """Each atom outside of groups, the literal character it stands for, and its quantifier."""
    at = 0
    while at < len(pattern):
        if not (match := _ATOM.match(pattern, at)):
            raise re.error("unbalanced parenthesis or bracket", pattern, at)
        end = _end_of_group(pattern, at) if match["group"] else match.end()
        atom = pattern[at:end]
        quantifier = _QUANTIFIER.match(pattern, end) if atom != "|" else None
        escaped = match["escape"] and not match["escape"][1].isalnum()
        literal = atom[1] if escaped else match["literal"] or ""
        yield atom, "" if atom == "|" else literal, quantifier[0] if quantifier else ""
        at = quantifier.end() if quantifier else end


def _end_of_group(pattern: str, at: int) -> int:
    depth = 0
    for match in re.finditer(r"\\.|\[(?:\\.|[^\]\\])+\]|[()]", pattern[at:]):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if depth == 0:
            return at + match.end()
    raise re.error("unbalanced parenthesis", pattern, at)
