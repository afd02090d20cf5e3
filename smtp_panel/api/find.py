"""Settings for an address, a domain or a provider, for programs (SPEC P1, A5)."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from pydantic import Field

from smtp_panel.access.keys import KeyScope
from smtp_panel.api.bodies import JsonAnswer, JsonObject, answer
from smtp_panel.api.errors import wrong
from smtp_panel.api.operation import Operation
from smtp_panel.api.v1 import blueprint
from smtp_panel.finding.offer import Origin
from smtp_panel.operations.searches import search
from smtp_panel.panel import current_panel
from smtp_panel.settings import rules
from smtp_panel.settings.rules import Refused
from smtp_panel.settings.rules.query import LONGEST_QUERY
from smtp_panel.smtp.endpoint import TLSStart
from smtp_panel.telling.offers import found_json

find = blueprint("find")


class Search(JsonObject):
    """What settings are looked for."""

    q: str = Field(
        description="A mail address, a domain, or the name of a provider or its beginning",
        max_length=LONGEST_QUERY,
    )


class OfferedSettings(JsonAnswer):
    """Settings that can be taken over, and where they come from.

    `server` may hold blanks, such as {number}, which `ask` names. `username` is empty where it does
    not follow from what was looked for. What is `unsure` rests on weak evidence. `provider` is an
    id, or null; `note` says what the provider wants.
    """

    origin: Origin
    provider: str | None
    name: str
    server: str
    port: int
    tls: bool
    tls_start: TLSStart
    username: str
    note: str
    unsure: bool
    region: str
    ask: list[str]


class FoundSettings(JsonAnswer):
    """The offers, the likeliest first; where there are none, `message` says why.

    `domain` is in ASCII, and empty where a name was looked for.
    """

    ok: bool
    query: str
    domain: str
    message: str
    offers: list[OfferedSettings]


@find.get("/find")
@Operation(scopes=(KeyScope.READ,), answers={200: FoundSettings}, query=Search)
def show(query: Search) -> ResponseReturnValue:
    """Find the settings for an address, a domain or a provider.

    The table of providers is asked, then what the DNS has of the domain. Nothing is tried, so that
    nothing is connected to but name servers.
    """
    try:
        wanted = rules.query(query.q)
    except Refused as refused:
        raise wrong({"q": refused}) from refused
    return answer(FoundSettings(**found_json(search(current_panel(), wanted))))
