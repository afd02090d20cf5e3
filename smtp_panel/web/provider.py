"""What the SMTP page says of the provider whose mail server is typed or saved (SPEC P2)."""

from __future__ import annotations

from typing import NamedTuple

from flask_babel import gettext

from smtp_panel.diagnosis.providers import Provider, provider_meant

MOST_REGIONS = 6  # more are not named: their hosts name them


class ProviderView(NamedTuple):
    """The provider, None where it is not known, and whom its server is for, in a sentence."""

    provider: Provider | None
    region: str


def provider_view(server: str, username: str) -> ProviderView:
    """Whose mail server it is, by its name and by the address that may be the user name."""
    provider = provider_meant(server, username)
    return ProviderView(provider, _region(provider, server) if provider else "")


def _region(provider: Provider, server: str) -> str:
    """The region of `server` beside the others; empty where there is no choice to make."""
    regions = {each.region for each in provider.mail_servers if each.region}
    own = provider.region_of(server)
    if own not in regions or not 1 < len(regions) <= MOST_REGIONS:
        return ""
    others = ", ".join(sorted(regions - {own}))
    return gettext(
        "This server is the one for %(region)s; there are others for %(others)s.",
        region=own,
        others=others,
    )
