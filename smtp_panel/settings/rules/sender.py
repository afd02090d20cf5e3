"""The rule of From: `address` or `Display Name <address>`, with no special characters (SPEC F2)."""

from __future__ import annotations

import re
import string
import unicodedata

from email_validator import EmailNotValidError

from smtp_panel.settings.rules import names
from smtp_panel.settings.rules.library import validated
from smtp_panel.settings.rules.refusal import Refused, offering
from smtp_panel.settings.rules.text import (
    all_described,
    is_unseen,
    quoted,
    refuse_longer,
    refuse_unseen,
    trimmed,
)
from smtp_panel.words import N_

LONGEST_DISPLAY_NAME = 200  # characters
LONGEST_LOCAL_PART = 64  # RFC 5321, 4.5.3.1.1
_LOCAL = frozenset(string.ascii_letters + string.digits + ".-_+")
_NAMED = re.compile(r"([^<>]*)<([^<>]*)>")
# A mail address in a longer text; not the end of one with a character that we refuse.
_FOUND = re.compile(r"(?:(?<=[\s<(,;:])|^)[A-Za-z0-9._+-]{1,64}@[^\s<>()\[\],;:\"@]{1,254}+(?!@)")
_WIDE = str.maketrans("＜＞＠．", "<>@.")


def sender(text: str) -> str:
    """The From as `Name <address>` or `address`, its domain in ASCII, its name in NFC."""
    tidy = unicodedata.normalize("NFC", trimmed(text))
    return offering(_sender, _repaired, tidy)


def sender_address(sender: str) -> str:
    """The address in a From that the rule has tidied."""
    return sender.rpartition(" ")[2].strip("<>")


def sender_name(sender: str) -> str:
    """The display name in a From that the rule has tidied; empty where there is none."""
    return sender.rpartition(" ")[0]


def _sender(text: str) -> str:
    if not text:
        raise Refused(N_("Enter the address that mail comes from, such as no-reply@example.com."))
    refuse_unseen(text)
    if "<" not in text and ">" not in text:
        return _address(text)
    named = _NAMED.fullmatch(text)
    if not named:
        raise Refused(
            N_(
                "The address stands between “<” and “>” at the end, once:"
                " Example <no-reply@example.com>."
            )
        )
    name, address = named.groups()
    if not name.strip():
        raise Refused(N_("There is no name before “<”. Enter a name, or the address alone."))
    return f"{_name(name.removesuffix(' '))} <{_address(address)}>"


def _name(name: str) -> str:
    special = "".join(c for c in name if not _belongs_to_name(c))
    if special:
        raise Refused(
            N_("The name may hold letters, digits and spaces only. Remove “%(characters)s”."),
            {"characters": all_described(special)},
        )
    if "  " in name or name != name.strip():
        raise Refused(N_("There are two spaces in a row. Keep one of them."))
    if not any(map(str.isalnum, name)):
        raise Refused(N_("The name has no letter or digit. Enter a name, or the address alone."))
    refuse_longer(
        name,
        LONGEST_DISPLAY_NAME,
        N_("The name is too long: at most %(most)s characters are possible."),
    )
    return name


def _belongs_to_name(character: str) -> bool:
    category = unicodedata.category(character)
    return character == " " or category[0] in "LM" or category in {"Nd", "Nl"}


def _address(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if not at:
        raise Refused(
            N_(
                "There is no mail address in this. Enter one, alone or after a name:"
                " Example <no-reply@example.com>."
            )
        )
    if "@" in local:
        raise Refused(N_("Enter one address, with one “@” in it."))
    _refuse_white_space(text)
    _refuse_local_part(local)
    domain = _domain(domain)
    _refuse_what_libraries_refuse(local, domain)
    return f"{local}@{domain}"


def _refuse_white_space(text: str) -> None:
    if any(map(str.isspace, text)):
        raise Refused(
            N_(
                "A mail address has no spaces in it. With a name before it, put it between"
                " “<” and “>”: Example <no-reply@example.com>."
            )
        )


def _refuse_local_part(local: str) -> None:
    special = "".join(c for c in local if c not in _LOCAL)
    if special:
        raise Refused(
            N_(
                "Before the “@” only the letters a to z, digits and . - _ + are possible."
                " Change “%(characters)s”."
            ),
            {"characters": all_described(special)},
        )
    if not all(local.split(".")):
        raise Refused(
            N_("Before the “@” there is something missing: a dot stands between two characters.")
            if local
            else N_("There is nothing before the “@”. Enter the whole address.")
        )
    if len(local) > LONGEST_LOCAL_PART:
        raise Refused(N_("Before the “@” at most 64 characters are possible."))


def _domain(text: str) -> str:
    if not text:
        raise Refused(N_("There is nothing after the “@”. Enter the whole address."))
    if "[" in text:
        raise Refused(N_("After the “@” there must be a name, not an address in square brackets."))
    domain = names.domain_name(text)
    if names.ends_in_number(domain):
        raise Refused(
            N_("After the “@” there must be a name; “%(domain)s” is or ends in a number."),
            {"domain": quoted(domain)},
        )
    return domain


def _refuse_what_libraries_refuse(local: str, domain: str) -> None:
    """The last word is email-validator's; it sees to the length as well."""
    try:
        validated(f"{local}@{domain}")
    except EmailNotValidError:
        raise Refused(
            N_("After the “@” there must be the name of a mail domain; “%(domain)s” is not one."),
            {"domain": quoted(domain)},
        ) from None


def _repaired(text: str) -> str:
    """The From that `text` seems to mean. No address is ever changed into another one."""
    seen = "".join(c for c in text.translate(_WIDE) if not is_unseen(c) or c.isspace())
    seen = seen.strip(" \"'").removeprefix("mailto:")
    found = _FOUND.search(seen)
    if not found:
        return text
    address = found[0].rstrip(".'")
    before = "".join(c if _belongs_to_name(c) else " " * c.isspace() for c in seen[: found.start()])
    name = " ".join(before.split())
    return f"{name} <{address}>" if name else address
