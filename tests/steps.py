"""How much work a regular expression makes, the same on every machine: characters looked at.

The engine of `re` counts nothing, so that its way through a text is walked here: the same order of
attempts, by the tree that `re` itself parses an expression into.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from re import _compiler, _constants, _parser  # type: ignore[attr-defined]  # no public way in
from typing import Any, TypeAlias

AnyPattern: TypeAlias = "re.Pattern[str] | re.Pattern[bytes]"
Go = Callable[[int], bool]  # whether the rest matches from there on
Node: TypeAlias = tuple[Any, Any]

BOUND = (
    3  # in place of any higher bound of a repetition: a text need not be long to show what grows
)
REPEATS = {_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT}
ASSERTIONS = {_constants.ASSERT, _constants.ASSERT_NOT}


def steps(pattern: AnyPattern, text: str, *, anywhere: bool) -> int:
    """How many characters `pattern` looks at, at the beginning of `text` or `anywhere` in it."""
    walk = _Walk(pattern, text)
    for start in range(len(text) + 1 if anywhere else 1):
        if walk.sequence(walk.tree, 0, start, lambda _end: True):
            break
    return walk.looked


def pieces(pattern: AnyPattern) -> list[str]:
    """Texts that some part of `pattern` takes, the shortest first: characters, and whole words."""
    return sorted({*_pieces(_tree(pattern))}, key=lambda piece: (len(piece), piece))


class _Walk:
    """One way through `text`, and how many characters were looked at on it."""

    def __init__(self, pattern: AnyPattern, text: str) -> None:
        self.tree = _tree(pattern)
        self.looked = 0
        self._text = text
        self._single: dict[int, re.Pattern[str]] = {}

    def sequence(self, nodes: Sequence[Node], index: int, at: int, go: Go) -> bool:
        """Whether `nodes` from `index` on match at `at`, and then what goes on there."""
        if index == len(nodes):
            return go(at)
        return self._node(nodes[index], at, lambda end: self.sequence(nodes, index + 1, end, go))

    def _node(self, node: Node, at: int, go: Go) -> bool:
        op, value = node
        if op in REPEATS:
            return self._repeat(op, value, at, go)
        if op is _constants.BRANCH:
            return any(self.sequence(each, 0, at, go) for each in value[1])
        if op is _constants.SUBPATTERN:
            return self.sequence(value[-1], 0, at, go)
        if op is _constants.ATOMIC_GROUP:
            return self._once(lambda keep: self.sequence(value, 0, at, keep), go)
        if op in ASSERTIONS:
            return self._assertion(op, value, at) and go(at)
        self.looked += 1
        found = self._of(node).match(self._text, at)
        return found is not None and go(found.end())

    def _repeat(self, op: Any, value: Any, at: int, go: Go) -> bool:
        least, most, body = value
        least, endless = min(least, BOUND), most is _constants.MAXREPEAT
        most = None if endless else min(most, BOUND)

        def more(count: int, place: int, go: Go) -> bool:
            return (most is None or count < most) and self.sequence(
                body,
                0,
                place,
                lambda end: (end > place or count < least) and again(count + 1, end, go),
            )

        def again(count: int, place: int, go: Go) -> bool:
            if count < least:
                return more(count, place, go)
            if op is _constants.MIN_REPEAT:
                return go(place) or more(count, place, go)
            return more(count, place, go) or go(place)

        if op is _constants.POSSESSIVE_REPEAT:
            return self._once(lambda keep: again(0, at, keep), go)
        return again(0, at, go)

    def _once(self, match: Callable[[Go], bool], go: Go) -> bool:
        """Whether the first way that `match` finds goes on; no other is tried."""
        ends: list[int] = []

        def keep(end: int) -> bool:
            ends.append(end)
            return True

        return match(keep) and go(ends[0])

    def _assertion(self, op: Any, value: Any, at: int) -> bool:
        direction, body = value
        starts = [at] if direction > 0 else range(at, -1, -1)
        behind = (lambda _end: True) if direction > 0 else (lambda end: end == at)
        width = None if direction > 0 else body.getwidth()
        found = any(
            self.sequence(body, 0, start, behind)
            for start in starts
            if width is None or width[0] <= at - start <= width[1]
        )
        return found is (op is _constants.ASSERT)

    def _of(self, node: Node) -> re.Pattern[str]:
        """The expression of one character, or of a place."""
        known = self._single.get(id(node))
        if known is None:
            alone = _parser.SubPattern(self.tree.state, [node])
            known = self._single[id(node)] = _compiler.compile(alone, self.tree.state.flags)
        return known


def _tree(pattern: AnyPattern) -> Any:
    source = pattern.pattern
    text = source.decode("latin-1") if isinstance(source, bytes) else source
    flags = pattern.flags & ~re.UNICODE if isinstance(source, bytes) else pattern.flags
    return _parser.parse(text, flags)


def _pieces(nodes: Any) -> Iterator[str]:
    word = ""
    for op, value in nodes:
        if op is _constants.LITERAL:
            word += chr(value)
            yield chr(value)
            continue
        yield from [word] if word else []
        word = ""
        if op is _constants.IN:
            for kind, taken in value:
                if kind in {_constants.LITERAL, _constants.RANGE}:
                    yield chr(taken if kind is _constants.LITERAL else taken[0])
        elif op in REPEATS | ASSERTIONS or op is _constants.SUBPATTERN:
            yield from _pieces(value[-1])
        elif op is _constants.ATOMIC_GROUP:
            yield from _pieces(value)
        elif op is _constants.BRANCH:
            for each in value[1]:
                yield from _pieces(each)
    yield from [word] if word else []
