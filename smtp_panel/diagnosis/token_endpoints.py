"""Whose the token endpoint is, and which one there is for the mail server."""

from __future__ import annotations

import re
from typing import NamedTuple

from smtp_panel.smtp.facts import Facts

_HOST = re.compile(r"https?://(?:[^/@]*@)?([^/:?#]+)")
# Zoho has a domain for each of its data centres: www.zoho.com/accounts/protocol/oauth/multi-dc.html
_ZOHO = r"(^|\.)(?P<region>zoho(cloud)?\.[a-z]{2,3}(\.[a-z]{2})?)$"


class Issuer(NamedTuple):
    """Who gives out tokens in a region: the hosts of its endpoints and of its mail servers.

    `endpoint` is the one to enter, in which the region of the mail server may be filled in,
    `server` the mail server to enter, and `scope` that of an application which sends mail, where
    it is the same for all.
    """

    name: str
    endpoints: str
    servers: str
    endpoint: str
    server: str
    scope: str = ""


ISSUERS = (
    Issuer(
        "Microsoft",
        r"(^|\.)(microsoftonline\.com|windows\.net|live\.com)$",
        r"(^|\.)(office365|office|outlook|hotmail|live)\.com$",
        "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token",
        "smtp.office365.com",
        "https://outlook.office365.com/.default",
    ),
    # National clouds: learn.microsoft.com/entra/identity-platform/authentication-national-cloud
    Issuer(
        "Microsoft",
        r"(^|\.)microsoftonline\.us$",
        r"(^|\.)office365\.us$",
        "https://login.microsoftonline.us/TENANT/oauth2/v2.0/token",
        "smtp.office365.us",
        "https://outlook.office365.us/.default",
    ),
    Issuer(
        "Microsoft",
        r"(^|\.)(microsoftonline|chinacloudapi)\.cn$",
        r"(^|\.)outlook\.cn$",
        "https://login.partner.microsoftonline.cn/TENANT/oauth2/v2.0/token",
        "smtp.partner.outlook.cn",
        "https://partner.outlook.cn/.default",
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


def of_microsoft(facts: Facts) -> tuple[str, str]:
    """Token endpoint and scope at Microsoft, in the cloud of the mail server, else worldwide."""
    home = _home(facts.server)
    issuer = home if home and home.name == ISSUERS[0].name else ISSUERS[0]
    return issuer.endpoint, issuer.scope


def other_issuer(facts: Facts) -> Issuer | None:
    """Whose token endpoint was asked, where somebody else runs the mail server; else None."""
    home, asked = _home(facts.server), _asked(facts)
    return asked if home and asked and asked.name != home.name else None


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
