"""What was last seen of the From domain, for programs (SPEC D5, A5)."""

from __future__ import annotations

import datetime

from flask.typing import ResponseReturnValue

from smtp_panel.access.keys import KeyScope
from smtp_panel.api.bodies import JsonAnswer, answer
from smtp_panel.api.operation import Operation
from smtp_panel.api.v1 import blueprint
from smtp_panel.deliverability import seen
from smtp_panel.deliverability.finding import CheckKind, State
from smtp_panel.operations import looks
from smtp_panel.panel import current_panel
from smtp_panel.spf.outcome import Result
from smtp_panel.storage import db
from smtp_panel.telling.deliverability import findings_json, is_fine

deliverability = blueprint("deliverability")


class RecordToPublish(JsonAnswer):
    """A record of the DNS; `strings` are the pieces of `value`, of at most 255 octets each."""

    name: str
    type: str
    value: str
    strings: list[str]


class TermOfSPF(JsonAnswer, extra="ignore"):
    """A term of an SPF record, and the record that it leads to.

    `cost` is how many look-ups it needs with all behind it. One that is `void` finds nothing, and
    where one that is `open` leads depends on the message.
    """

    term: str
    cost: int
    void: bool
    open: bool
    tree: TreeOfSPF | None


class TreeOfSPF(JsonAnswer, extra="ignore"):
    """The SPF record of a domain, null where it has none, and its terms."""

    domain: str
    record: str | None
    branches: list[TermOfSPF]


class FindingOfDomain(JsonAnswer, extra="ignore"):
    """What was found by one check, what would be right, and why it matters.

    Of SPF there are `result`, `lookups`, `void_lookups` and `tree` as well, and where it needs too
    many look-ups `without`, the terms that the record to publish gives up; of DMARC `policy`,
    `aligned`, null where that could not be looked up, and `reports`, the addresses that get them;
    of a DKIM key its `selector` and `domain`.
    """

    check: CheckKind
    state: State
    id: str
    found: str
    expected: str
    why: str
    record: RecordToPublish | None
    result: Result | None = None
    lookups: int | None = None
    void_lookups: int | None = None
    tree: TreeOfSPF | None = None
    without: list[str] | None = None
    policy: str | None = None
    aligned: bool | None = None
    reports: list[str] | None = None
    selector: str | None = None
    domain: str | None = None


class SeenOfDomain(JsonAnswer):
    """What was last seen of the From domain in force; `ok` where all of it is right.

    `domain` is empty where the settings have none, and `seen_at` null where nobody has looked yet.
    """

    ok: bool
    domain: str
    seen_at: datetime.datetime | None
    findings: list[FindingOfDomain]


@deliverability.get("/deliverability")
@Operation(scopes=(KeyScope.READ,), answers={200: SeenOfDomain})
def show() -> ResponseReturnValue:
    """What the last look at the From domain has found; nothing is asked of the DNS."""
    panel = current_panel()
    domain = looks.domain_of(panel, panel.saved(db.session()))
    known = seen.last_seen(db.session(), domain) if domain else None
    findings = known.findings if known else []
    return answer(
        SeenOfDomain(
            ok=is_fine(findings),
            domain=domain,
            seen_at=known.seen_at if known else None,
            findings=[FindingOfDomain(**each) for each in findings_json(findings)],
        )
    )
