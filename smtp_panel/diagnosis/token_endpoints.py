"""Whose the token endpoint is, and which one there is for the mail server."""

from __future__ import annotations

import re
from typing import NamedTuple

from smtp_panel.smtp.facts import Facts

_HOST = re.compile(r"https?://(?:[^/@]*@)?([^/:?#]+)")
# Zoho has a domain for each of its data centres: www.zoho.com/accounts/protocol/oauth/multi-dc.html
_ZOHO = r"(^|\.)(?P<region>zoho(cloud)?\.[a-z]{2,3}(\.[a-z]{2})?)$"


class Issuer(NamedTuple):
    """Who gives out tokens: the hosts of its endpoints and of its mail servers.

    `endpoint` is the one to enter, in which the region of the mail server may be filled in, and
    `server` the mail server to enter.
    """

    name: str
    endpoints: str
    servers: str
    endpoint: str
    server: str


ISSUERS = (
    Issuer(
        "Microsoft",
        r"(^|\.)(microsoftonline\.(com|us|cn)|windows\.net|live\.com|chinacloudapi\.cn)$",
        r"(^|\.)((office365|office|outlook|hotmail|live)\.com|office365\.us|outlook\.cn)$",
        "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token",
        "smtp.office365.com",
    ),
    Issuer(
        "Google",
        r"(^|\.)(googleapis|google)\.com$",
        r"(^|\.)(gmail|google|googlemail)\.com$",
        "https://oauth2.googleapis.com/token",
        "smtp.gmail.com",
    ),
    Issuer("Zoho", _ZOHO, _ZOHO, "https://accounts.{region}/oauth/v2/token", "smtp.zoho.com"),
    Issuer(
        "Yahoo",
        r"(^|\.)login\.(yahoo|aol)\.com$",
        r"(^|\.)mail\.(yahoo|aol)\.com$",
        "https://api.login.yahoo.com/oauth2/get_token",
        "smtp.mail.yahoo.com",
    ),
    Issuer(
        "Yandex",
        r"(^|\.)oauth\.yandex\.[a-z.]+$",
        r"(^|\.)yandex\.[a-z.]+$",
        "https://oauth.yandex.com/token",
        "smtp.yandex.com",
    ),
)


def endpoint_there(facts: Facts) -> str:
    """The token endpoint for the mail server; empty where it was asked, or one of them is unknown.

    Another region of the same issuer is another endpoint.
    """
    home, asked = _home(facts.server), _asked(facts)
    if home is None or asked is None:
        return ""
    region = _region(home.servers, facts.server.lower())
    same = asked is home and region == _region(asked.endpoints, _host_asked(facts))
    return "" if same else home.endpoint.format(**region)


def other_issuer(facts: Facts) -> Issuer | None:
    """Whose token endpoint was asked, where somebody else runs the mail server; else None."""
    home, asked = _home(facts.server), _asked(facts)
    return asked if home and asked is not home else None


def _asked(facts: Facts) -> Issuer | None:
    host = _host_asked(facts)
    return next((each for each in ISSUERS if re.search(each.endpoints, host)), None)


def _home(server: str) -> Issuer | None:
    return next((each for each in ISSUERS if re.search(each.servers, server.lower())), None)


def _region(pattern: str, host: str) -> dict[str, str]:
    found = re.search(pattern, host)
    return found.groupdict() if found else {}


def _host_asked(facts: Facts) -> str:
    found = _HOST.match(facts.token_endpoint.lower())
    return found[1] if found else ""
