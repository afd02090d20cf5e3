"""Domain names: what the mail server and the domain of a mail address have in common."""

from __future__ import annotations

import re
import string

import idna

from smtp_panel.net.dns import LONGEST_LABEL, LONGEST_NAME
from smtp_panel.settings.rules.refusal import Refused
from smtp_panel.settings.rules.text import described, quoted, refuse_longer
from smtp_panel.words import N_

HOST_CHARACTERS = frozenset(string.ascii_lowercase + string.digits + "-")  # RFC 1123, 2.1
# A last label that resolvers take for a number makes all of it an IPv4 address or an error
# (inet_aton; WHATWG URL, "ends in a number").
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def domain_name(text: str, characters: frozenset[str] = HOST_CHARACTERS) -> str:
    """`text` as a domain name in ASCII and lower case, each label made of `characters`.

    Other scripts are encoded by IDNA 2008 after the mapping of UTS 46. Refuses all else, and what
    is too long before anything looks at it.
    """
    refuse_longer(text, LONGEST_NAME)
    name = ".".join(_label(label, characters) for label in _mapped(text).split("."))
    refuse_longer(name, LONGEST_NAME)
    return name


def ends_in_number(name: str) -> bool:
    """Whether resolvers read `name` as an IPv4 address, well-formed or not, and not as a name."""
    return bool(_NUMBER.fullmatch(name.rpartition(".")[2]))


def _mapped(text: str) -> str:
    try:
        return idna.uts46_remap(text, std3_rules=False)
    except idna.IDNAError as error:
        raise _not_idna(error, text) from None


def _label(label: str, characters: frozenset[str]) -> str:
    if not label:
        raise Refused(N_("A dot is too many: there is nothing before or after it."))
    if not label.isascii():
        label = _encoded(label)
    for character in label:
        if character not in characters:
            raise _refused_character(character)
    if label[0] == "-" or label[-1] == "-":
        raise Refused(
            N_("No part of the name may begin or end with a hyphen, as “%(part)s” does."),
            {"part": quoted(label)},
        )
    if len(label) > LONGEST_LABEL:
        raise Refused(
            N_("“%(part)s” is too long: between two dots at most 63 characters are possible."),
            {"part": quoted(label)},
        )
    return label


def _encoded(label: str) -> str:
    try:
        return idna.alabel(label).decode("ascii")
    except idna.IDNAError as error:
        raise _not_idna(error, label) from None


def _not_idna(error: idna.IDNAError, text: str) -> Refused:
    if error.codepoint is not None:
        return _refused_character(chr(error.codepoint))
    return Refused(
        N_("“%(part)s” can't be part of an internet name (IDNA 2008)."), {"part": quoted(text)}
    )


def _refused_character(character: str) -> Refused:
    return Refused(
        N_("“%(character)s” can't be part of an internet name. Remove it."),
        {"character": described(character)},
    )
