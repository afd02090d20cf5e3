"""What email-validator says of a mail address, special-use names such as `.local` allowed."""

from __future__ import annotations

from email_validator import SPECIAL_USE_DOMAIN_NAMES, validate_email

from smtp_panel.settings.rules.text import refuse_longer
from smtp_panel.words import N_

LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3: a path of 256 with its angle brackets
TOO_LONG = N_("The address is too long: at most %(most)s characters are possible.")


def validated(address: str) -> str:
    """`address` as email-validator tidies it, its domain in ASCII.

    Internal relays are real, and the library refuses special-use names (RFC 6761) whatever its
    options, so as many letters stand in for them. Raises Refused for a longer one than SMTP knows,
    before anything looks at it, and EmailNotValidError.
    """
    refuse_longer(address, LONGEST_ADDRESS, TOO_LONG)
    local, at, domain = address.rpartition("@")
    before, dot, last = domain.rpartition(".")
    special = last.casefold() in SPECIAL_USE_DOMAIN_NAMES
    stand_in = "x" * len(last) if special else last
    found = validate_email(
        f"{local}{at}{before}{dot}{stand_in}",
        check_deliverability=False,
        allow_smtputf8=False,
        globally_deliverable=False,
    )
    tidy = found.ascii_email or found.normalized
    return tidy.removesuffix(stand_in) + last if special else tidy
