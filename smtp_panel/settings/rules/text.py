"""What all text fields share: white space at the ends, length, and characters nobody can see."""

from __future__ import annotations

import unicodedata

from smtp_panel.settings.rules.refusal import Refused
from smtp_panel.words import N_, Marked

# Marks of direction and zero-width characters that come along when text is copied from a page.
_STOWAWAYS = (
    "\u00ad\u180e\u200b\u200e\u200f\u2060\ufeff"
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_JOINERS = "\u200c\u200d"  # part of the spelling in Persian and Indic scripts
_WHITE_SPACE = "".join(filter(str.isspace, map(chr, range(0x3001))))
EDGES = _WHITE_SPACE + _STOWAWAYS
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
MOST_TYPED = 1000  # characters; room for a pasted URL, from which the name is offered
TOO_LONG = N_("This is too long: at most %(most)s characters are possible.")
MOST_REPEATED = 60  # characters of a value in a message about it


def trimmed(text: str, most: int = MOST_TYPED) -> str:
    """`text` without white space and invisible characters at its ends (SPEC F13).

    Refuses more than `most` characters, before anything takes longer work over them.
    """
    text = text.strip(EDGES)
    refuse_longer(text, most)
    return text


def refuse_longer(
    text: str,
    most: int,
    words: Marked = TOO_LONG,
) -> None:
    """Refuse more than `most` characters, in these words."""
    if len(text) > most:
        raise Refused(words, {"most": str(most)})


def refuse_unseen(text: str) -> None:
    """Refuse line breaks, control characters and others that can't be seen."""
    for character in text:
        if character in "\r\n":
            raise Refused(N_("This holds a line break. Remove it and what does not belong here."))
        if is_unseen(character):
            raise Refused(
                N_("This holds a character that can't be seen: %(character)s. Remove it."),
                {"character": described(character)},
            )


def is_unseen(character: str) -> bool:
    """Whether nobody can see `character`, so that it does not belong into a setting."""
    return unicodedata.category(character) in _UNSEEN and character not in _JOINERS


def described(character: str) -> str:
    """`character` itself where it can be seen on its own, else its number and name in Unicode."""
    if character.isprintable() and character != " " and unicodedata.category(character)[0] != "M":
        return character
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def all_described(characters: str) -> str:
    """The different ones of `characters`, described, the first five of them."""
    return " ".join(described(c) for c in list(dict.fromkeys(characters))[:5])


def quoted(text: str) -> str:
    """`text` as a message may repeat it: short, and without characters that can't be shown."""
    start = text[:MOST_REPEATED]
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in start)
    return shown + "…" * (len(text) > MOST_REPEATED)
