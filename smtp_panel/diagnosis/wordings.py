"""What servers' words mean, in many languages: wordings.toml, read once."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path

from smtp_panel.diagnosis.search import Index

_UPPER_CASE = re.compile(r"(?<!\\)[A-Z]")  # not the letter of an escape such as \S
_HIGH = re.compile(r"[\x80-\xff]{2}")
# In which servers write that send neither ASCII nor UTF-8.
_CHARSETS = ("gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "cp1251", "koi8_r", "cp1252")


def fold(text: str) -> str:
    """`text` in lower case, without accents, with full-width letters made narrow."""
    if text.isascii():
        return text.lower()
    return _without_accents(text.casefold())


def fold_pattern(pattern: str) -> str:
    """The regular expression `pattern`, to be searched in folded text."""
    lower = _UPPER_CASE.sub(lambda letter: letter[0].lower(), pattern)
    return _without_accents(lower)


def readings(text: str) -> str:
    """`text`, and what it may say in another character set where it was read as Latin-1."""
    if text.isascii() or not _HIGH.search(text) or any(c > "\xff" for c in text):
        return text
    octets = text.encode("latin-1")
    return " ".join((text, *(octets.decode(charset, "ignore") for charset in _CHARSETS)))


@cache
def wordings() -> Index:
    """The words of each meaning, to be found in folded text."""
    index = Index()
    meanings = tomllib.loads(Path(__file__).with_name("wordings.toml").read_text(encoding="utf-8"))
    for name, words in meanings.items():
        index.add(name, fold_pattern("|".join(words.values())))
    return index


def add_pattern(pattern: str) -> str:
    """Have the regular expression `pattern` looked for as well; gives the name to ask for it.

    Raises re.error for what is no regular expression.
    """
    folded = fold_pattern(pattern)
    re.compile(folded)
    wordings().add(folded, folded)
    return folded


def _without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
