"""The settings that were found, in words and as JSON (SPEC P1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask_babel import gettext, ngettext

from smtp_panel.diagnosis.providers import Provider
from smtp_panel.finding.finding import Found
from smtp_panel.finding.look import Seen
from smtp_panel.finding.offer import Offer, Origin
from smtp_panel.smtp.endpoint import Security
from smtp_panel.telling.language import in_words, language
from smtp_panel.telling.names import readable
from smtp_panel.words import N_

MOST_SHOWN = 6  # groups of offers
OF_A_PROVIDER = {
    Origin.TABLE: N_("%(name)s, from the table of providers"),
    Origin.SRV: N_("%(name)s, from the SRV records of %(domain)s"),
    Origin.MX: N_("%(name)s takes the mail of %(domain)s"),
    Origin.TRIED: N_("%(name)s, found by trying"),
}
OF_A_DOMAIN = {
    Origin.SRV: N_("From the SRV records of %(domain)s"),
    Origin.TRIED: N_("Found by trying, for %(domain)s"),
}
PROTECTIONS = {
    Security.IMPLICIT: N_("TLS from the first byte"),
    Security.STARTTLS: N_("TLS by STARTTLS"),
    Security.NONE: N_("no TLS"),
}
LABELS = (  # in the table of providers
    N_("Proton Mail Bridge on this machine"),
    N_("Hosted Exchange"),
    N_("newer projects"),
)
UNSURE = N_("Not certain: a test will tell.")
NO_TLS = N_("It offers no TLS: everyone on the way could read the mail and the password.")
UNTRUSTED = N_(
    "%(version)s, but its certificate is not good for this name, so that a test would fail there."
)
TRUSTED = N_("%(version)s, with a certificate that is good for this name.")
SIGN_IN = N_("Sign-in by %(mechanisms)s.")
NO_SIGN_IN = N_("It offers no sign-in, so it may take mail for its own domains only.")


def reason(found: Found) -> str:
    """Why there is no offer, in a sentence; empty where there is one."""
    if found.offers:
        return ""
    if found.refusing:
        return found.refusing.notes[language()]
    return in_words(found.reason.changed(readable)) if found.reason else ""


@dataclass(frozen=True, slots=True)
class OfferGroup:
    """The offers of one origin and one provider: whose they are, and what that provider wants."""

    heading: str
    provider: Provider | None
    username: str
    offers: list[Offer]


def groups(found: Found) -> list[OfferGroup]:
    """The offers as they are shown, those that follow each other and have the same heading as one.

    The user name is that of the first which has one; a server without a sign-in takes none.
    """
    domain = found.query.domain
    grouped = groupby(found.offers, lambda each: heading(each, domain))
    return [_group(title, list(its_offers)) for title, its_offers in grouped]


def _group(title: str, its_offers: list[Offer]) -> OfferGroup:
    username = next((each.username for each in its_offers if each.username), "")
    return OfferGroup(title, its_offers[0].provider, username, its_offers)


def heading(offer: Offer, domain: str) -> str:
    """Whose settings they are, and where `offer`, for `domain`, comes from."""
    headings = OF_A_PROVIDER if offer.provider else OF_A_DOMAIN
    return gettext(headings[offer.origin], name=readable(offer.name), domain=readable(domain))


def left_out(every: Sequence[OfferGroup]) -> str:
    """That there are more groups than MOST_SHOWN, which is so where many providers are called so.

    It is empty where there are not.
    """
    more = len(every[MOST_SHOWN:])
    if not more:
        return ""
    return ngettext(
        "%(num)s more provider is called so. Type more of the name.",
        "%(num)s more providers are called so. Type more of the name.",
        more,
    )


def address(offer: Offer) -> str:
    """The server, the port and how TLS starts, in a line."""
    return gettext(
        "%(server)s, port %(port)s, %(protection)s",
        server=offer.server,
        port=offer.port,
        protection=gettext(PROTECTIONS[offer.security]),
    )


def remarks(offer: Offer) -> list[str]:
    """What was seen at the server where it was tried, and what to mind about the offer."""
    told = [gettext(offer.label)] if offer.label else []
    told += shown(offer.seen) if offer.seen else []
    if offer.ask:
        blanks = ", ".join(f"{{{each}}}" for each in offer.ask)
        told.append(gettext("Replace %(blanks)s by your own.", blanks=blanks))
    return [*told, *([gettext(UNSURE)] if offer.unsure else [])]


def shown(seen: Seen) -> list[str]:
    """What a server has shown, in sentences."""
    version = seen.tls_version.replace("TLSv", "TLS ")
    if seen.security is Security.NONE:
        protection = gettext(NO_TLS)
    else:
        protection = gettext(TRUSTED if seen.trusted else UNTRUSTED, version=version)
    mechanisms = ", ".join(seen.mechanisms)
    return [protection, gettext(SIGN_IN if mechanisms else NO_SIGN_IN, mechanisms=mechanisms)]


def note(offer: Offer) -> str:
    """What the provider wants, or else what is known of the server."""
    return offer.provider.notes[language()] if offer.provider else " ".join(remarks(offer))


def found_json(found: Found) -> dict[str, Any]:
    """`ok`, `query`, `domain`, `message` and `offers`, for programs (SPEC 11).

    An offer that was tried has `seen` as well.
    """
    return {
        "ok": bool(found.offers),
        "query": found.query.text,
        "domain": found.query.domain,
        "message": reason(found),
        "offers": [_offer_json(each) for each in found.offers],
    }


def _offer_json(offer: Offer) -> dict[str, Any]:
    told = {
        "origin": offer.origin.value,
        "provider": offer.provider.id if offer.provider else None,
        "name": offer.name,
        "server": offer.server,
        "port": offer.port,
        "tls": offer.tls,
        "tls_start": offer.tls_start.value,
        "username": offer.username,
        "note": note(offer),
        "unsure": offer.unsure,
        "region": offer.region,
        "ask": list(offer.ask),
    }
    return told | ({"seen": _seen_json(offer.seen)} if offer.seen else {})


def _seen_json(seen: Seen) -> dict[str, Any]:
    return {
        "tls_version": seen.tls_version,
        "trusted": seen.trusted,
        "mechanisms": list(seen.mechanisms),
    }
