"""The rule of what settings are looked for: an address, a domain or a provider's name (SPEC P1)."""

from __future__ import annotations

import unicodedata

from smtp_panel.finding.query import Query
from smtp_panel.settings.rules import names
from smtp_panel.settings.rules.refusal import Refused
from smtp_panel.settings.rules.text import EDGES, refuse_unseen, trimmed
from smtp_panel.words import N_

LONGEST_QUERY = 320  # characters; 64 before the @ and 255 after it (RFC 5321, section 4.5.3.1)
NOTHING_TYPED = N_(
    "Type a mail address, a domain or the name of your provider, such as ada@example.com."
)
MORE_THAN_A_DOMAIN = N_(
    "Type the domain alone, such as example.com, without “https://”, a port or a path."
)
AN_IP_ADDRESS = N_(
    "This is an IP address or a number. That of a mail server is typed into Mail server; here type"
    " a domain, such as example.com."
)
OF_A_WEB_ADDRESS = frozenset(":/")


def query(text: str) -> Query:
    """What is looked for; an address may stand in angle brackets behind a name."""
    tidy = unicodedata.normalize("NFKC", trimmed(text, LONGEST_QUERY)).strip(EDGES)
    if not tidy:
        raise Refused(NOTHING_TYPED)
    refuse_unseen(tidy)
    words = any(map(str.isspace, tidy))
    if "@" in tidy and not (words and tidy.startswith("@")):
        return _address(tidy)
    if not {*".。"}.isdisjoint(tidy) and not words:
        return Query(text=tidy, domain=_domain(tidy))
    return Query(text=tidy)


def _address(text: str) -> Query:
    bare = text.rpartition("<")[2].removesuffix(">").removeprefix("mailto:").strip(EDGES)
    local, _, domain = bare.rpartition("@")
    if "@" in local or any(map(str.isspace, local)):
        raise Refused(N_("This is more than one mail address. Type one, such as ada@example.com."))
    if not domain:
        raise Refused(N_("There is nothing after the “@”. Type the whole mail address."))
    return Query(text=bare, domain=_domain(domain), local=local)


def _domain(text: str) -> str:
    if not OF_A_WEB_ADDRESS.isdisjoint(text):
        raise Refused(MORE_THAN_A_DOMAIN)
    name = names.domain_name(text.strip(EDGES).removesuffix("."))
    if names.ends_in_number(name):
        raise Refused(AN_IP_ADDRESS)
    return name
