"""What the certificates that a server showed tell about why they were refused."""

from __future__ import annotations

from enum import StrEnum

from smtp_panel.smtp.facts import Facts


class Expired(StrEnum):
    """Whose certificate had expired, of those that were shown."""

    OWN = "own"
    ISSUER = "issuer"
    NONE = "none"


def expired(facts: Facts) -> Expired | None:
    """Whose had expired when they were refused; None where none was shown."""
    if not facts.chain:
        return None
    ended = [each.not_after < facts.at for each in facts.chain]
    if ended[0]:
        return Expired.OWN
    return Expired.ISSUER if any(ended) else Expired.NONE


def expired_name(facts: Facts) -> str:
    """To whom the first one that had expired was made out; empty where there is none."""
    return next((each.subject for each in facts.chain if each.not_after < facts.at), "")


def nameless(facts: Facts) -> bool:
    """Whether the server's own certificate is made out for no host (RFC 9525, section 2)."""
    return any(not each.names for each in facts.chain[:1])


def covered(facts: Facts) -> bool:
    """Whether the server's own certificate is made out for it (RFC 9525, section 6.3)."""
    host = facts.server.lower()
    names = {name.lower() for each in facts.chain[:1] for name in each.names}
    return not names.isdisjoint({host, f"*.{host.partition('.')[2]}"})


def nearly_covered(facts: Facts) -> bool:
    """Whether a name such as *.example.com was shown that covers other hosts of the domain.

    The * stands for one label (RFC 9525, section 6.3): neither for none nor for two.
    """
    host = facts.server.lower()
    shown = [name.lower() for each in facts.chain[:1] for name in each.names]
    domains = [name.removeprefix("*.") for name in shown if name.startswith("*.")]
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
