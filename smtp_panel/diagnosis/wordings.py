"""What servers' words mean, in many languages: data/wordings.toml, read once.

A phrase is plain words, or a regular expression between slashes: `no such user`, `/user .*full/`.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.resources import files

_UPPER_CASE = re.compile(r"(?<!\\)[A-Z]")  # not the letter of an escape such as \S
_TIMES = re.compile(r"\{[\d,]+\}")
_TOKENS = re.compile(r"\\.|\[[^\]]*\]|.", re.DOTALL)  # escapes, sets and single characters
# German umlauts as servers write them that send ASCII alone, in the words that are looked for.
_SPELT_OUT = re.compile(
    r"empfaenger|gueltig|moeglich|zulaessig|koennen|spaeter|pruef|loesch|geloest|ueber(?=[a-z])"
    r"|schluessel|verfueg|groess|muess|naechst|unterstuetz|bestaetig|aender|zurueck|beschraenk"
    r"|voruebergehend|waehr|erhoeh|geschuetzt|gehoer|persoenlich|oeffn|unvollstaendig"
    r"|\b(?:fuer|ueber|waere|wuerde)\b"
)
_DOTLESS = "\N{LATIN SMALL LETTER DOTLESS I}"  # of Turkish, which Unicode takes for no accent
_HIGH = re.compile(r"[\x80-\xff]{2}")
# In which servers write that send neither ASCII nor UTF-8.
_CHARSETS = ("gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "cp1251", "koi8_r", "cp1252")


def fold(text: str) -> str:
    """`text` in lower case, without accents, spelt out or not, with full-width letters narrow."""
    plain = text.lower() if text.isascii() else _without_accents(text.casefold())
    return _SPELT_OUT.sub(lambda word: re.sub("([aou])e", r"\1", word[0], count=1), plain)


def readings(text: str) -> str:
    """`text`, and what it may say in another character set where it was read as Latin-1."""
    if text.isascii() or not _HIGH.search(text) or any(c > "\xff" for c in text):
        return text
    octets = text.encode("latin-1")
    return " ".join((text, *(octets.decode(charset, "ignore") for charset in _CHARSETS)))


class Phrases:
    """Phrases, of which one is to be found in folded text.

    Each is looked for by itself, and each alternative of an expression, which is several times
    faster than one expression of all of them, and plain words without one, which is faster again:
    so the plain words of an expression are looked for before it is.
    Raises re.error for what is no regular expression, and for an empty phrase.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self._words: list[str] = []
        self._searches: list[tuple[str, Callable[[str], re.Match[str] | None]]] = []
        for phrase in phrases:
            if (expression := _expression(phrase)) is None:
                self._words.append(fold(phrase))
            else:
                self._searches += [
                    (_plain_words(each), re.compile(each, re.DOTALL).search)
                    for each in _ways(expression)
                ]

    def found_in(self, text: str) -> bool:
        """Whether one of them is in `text`."""
        for words in self._words:
            if words in text:
                return True
        for words, search in self._searches:  # noqa: SIM110  (any() takes a third longer)
            if words in text and search(text):
                return True
        return False


@cache
def wordings() -> Mapping[str, Phrases]:
    """What to look for in folded text, by meaning."""
    text = (files("smtp_panel.diagnosis") / "data" / "wordings.toml").read_text(encoding="utf-8")
    return {
        meaning: Phrases(phrase for phrases in languages.values() for phrase in phrases)
        for meaning, languages in tomllib.loads(text).items()
    }


def _expression(phrase: str) -> str | None:
    """The regular expression in one phrase, None for plain words."""
    inner = phrase[1:-1] if len(phrase) > 1 and phrase[0] == phrase[-1] == "/" else None
    if not (phrase if inner is None else inner).strip():
        raise re.error("an empty phrase would be found in every text")
    if inner is None:
        return None
    re.compile(inner)
    return _without_accents(_UPPER_CASE.sub(lambda letter: letter[0].lower(), inner))


def _ways(expression: str) -> list[str]:
    """The alternatives of a whole `expression`: one by one they are found several times faster."""
    depth, ways = 0, [""]
    for part in _TOKENS.findall(expression):
        depth += {"(": 1, ")": -1}.get(part, 0)
        if part == "|" and not depth:
            ways.append("")
        else:
            ways[-1] += part
    return ways


def _plain_words(expression: str) -> str:
    """The longest of the texts that are in whatever `expression` is found in; empty for none."""
    depth, found = 0, [""]
    for part in _TOKENS.findall(_TIMES.sub("*", expression)):
        depth += {"(": 1, ")": -1}.get(part, 0)
        if part in "?*+":
            found[-1] = found[-1][:-1]
        if depth or len(part) > 1 or part in ".^$)?*+":
            found.append("")
        else:
            found[-1] += part
    return max(found, key=len)


def _without_accents(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.replace(_DOTLESS, "i"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
