"""At which token endpoint the accounts of a region are, of a provider that keeps regions apart."""

from __future__ import annotations

import re

from smtp_panel.smtp.facts import Facts

# Zoho has a domain for each of its data centres: www.zoho.com/accounts/protocol/oauth/multi-dc.html
_ZOHO = re.compile(r"(?:^|[/.])(zoho(?:cloud)?\.[a-z]{2,3}(?:\.[a-z]{2})?)(?=[/:]|$)")


def endpoint_there(facts: Facts) -> str:
    """The token endpoint of the region in which the mail server is; empty where it was asked."""
    server, asked = (_ZOHO.search(name.lower()) for name in (facts.server, facts.token_endpoint))
    if server is None or asked is None or server[1] == asked[1]:
        return ""
    return f"https://accounts.{server[1]}/oauth/v2/token"
