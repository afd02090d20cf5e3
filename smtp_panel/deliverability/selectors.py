"""DKIM selectors: entered, or read out of the header of a message that has arrived (RFC 6376)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import dedent
from typing import NamedTuple

from smtp_panel.settings.rules import Refused
from smtp_panel.settings.rules.names import HOST_CHARACTERS, domain_name
from smtp_panel.settings.rules.text import trimmed
from smtp_panel.words import N_

MOST_PASTED = 60_000  # characters; the header of a message that came a long way
MOST_SIGNATURES = 5
_FOLD = re.compile(r"\r?\n[ \t]+")  # RFC 5322, 2.2.3
# From a DKIM-Signature to the next header field, though folds may not have survived the copying:
# the names in h= are followed by no blank.
_SIGNATURE = re.compile(r"(?ims)^DKIM-Signature[ \t]*:(.*?)(?=^[!-9;-~]+:[ \t]|\Z)")
_DOMAINKEY = "._domainkey"


class Selector(NamedTuple):
    """By what a key is found: its `name` at the signing `domain`, both in ASCII (RFC 6376, 3.1)."""

    name: str
    domain: str

    @property
    def host(self) -> str:
        """The name in the DNS that has the key (RFC 6376, 3.6.2.1)."""
        return f"{self.name}{_DOMAINKEY}.{self.domain}"


def selectors_in(text: str, domain: str) -> list[Selector]:
    """The selectors in what somebody entered, in order.

    It is the name of one, which is of `domain` unless it names another, or the header of a message
    that has arrived, or a DKIM-Signature alone. Raises Refused.
    """
    text = trimmed(dedent(text), MOST_PASTED)
    if not text:
        raise Refused(N_("Enter a selector, or the header lines of a message that has arrived."))
    if "=" not in text and not any(map(str.isspace, text)):
        return [_named(text, domain)]
    found = dict.fromkeys(_signed(text))
    if not found:
        raise Refused(
            N_(
                "There is no DKIM signature in this. Copy all header lines of a message that has"
                " arrived, or enter the selector alone. A message without a signature was not"
                " signed."
            )
        )
    return list(found)[:MOST_SIGNATURES]


def _named(text: str, domain: str) -> Selector:
    """The selector `text`, which may come with what follows it in the DNS."""
    name, _, rest = text.removesuffix(".").partition(_DOMAINKEY)
    return Selector(_name(name), _name(rest.removeprefix(".") or domain))


def _signed(text: str) -> Iterator[Selector]:
    """The selector of each signature that names one, and its domain (RFC 6376, 3.5)."""
    for signature in _SIGNATURE.findall(_FOLD.sub(" ", text)) or [text]:
        tags = dict(reversed([*_tags(signature)]))  # what is behind the signature does not count
        if tags.get("s") and tags.get("d"):
            yield Selector(_name(tags["s"]), _name(tags["d"]))


def _tags(signature: str) -> Iterator[tuple[str, str]]:
    """The tags of a list, their values without the white space of folding (RFC 6376, 3.2)."""
    for tag in signature.split(";"):
        name, _, value = tag.partition("=")
        yield name.strip(), "".join(value.split())


def _name(text: str) -> str:
    return domain_name(text, HOST_CHARACTERS | {"_"})
