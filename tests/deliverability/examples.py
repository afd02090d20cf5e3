"""What may have been seen of a domain, for pages to show."""

from __future__ import annotations

from sqlalchemy.orm import Session

from smtp_panel.audit import Actor
from smtp_panel.deliverability import seen
from smtp_panel.deliverability.finding import TO_MEND, CheckKind, Finding, Record, State
from smtp_panel.deliverability.selectors import Selector
from smtp_panel.settings.model import Settings
from smtp_panel.storage import ONLY_ROW, utcnow
from smtp_panel.words import N_, Sentence

BY = "ada@example.com"
TREE = {
    "domain": "acme.example",
    "record": "v=spf1 include:_spf.relay.example mx exists:%{i}.acme.example -all",
    "branches": [
        {
            "term": "include:_spf.relay.example",
            "cost": 9,
            "void": False,
            "open": False,
            "tree": {"domain": "_spf.relay.example", "record": None, "branches": []},
        },
        {"term": "mx", "cost": 1, "void": True, "open": False, "tree": None},
        {"term": "exists:%{i}.acme.example", "cost": 1, "void": False, "open": True, "tree": None},
    ],
}
MORE = {
    CheckKind.SPF: {"result": "permerror", "lookups": 11, "void_lookups": 1, "tree": TREE},
    CheckKind.DMARC: {"policy": "none", "aligned": False, "reports": ["dmarc@acme.example"]},
}
STATES = (State.WRONG, State.MISSING, State.NOTE, State.UNKNOWN, State.GOOD)
LONG = Record("selector-with-a-long-name._domainkey.acme.example", "TXT", "v=DKIM1; p=" + "A" * 400)


def looked(session: Session) -> None:
    """All was right of the From domain, and then it was looked at again."""
    settings = session.get_one(Settings, ONLY_ROW)
    domain, now = settings.sender.rpartition("@")[2].rstrip(">"), utcnow()
    seen.enter(session, domain, [Selector("s1", domain)], Actor(BY))
    for states in ([State.GOOD] * len(STATES), STATES):
        claimed = seen.claim(session, domain, now)
        assert claimed
        found = [finding(check, state) for check, state in zip(CheckKind, states, strict=False)]
        seen.note(session, domain, claimed, found, version=settings.version, by=BY, now=now)


def finding(check: CheckKind, state: State) -> Finding:
    """What may have been found by `check`."""
    words = Sentence(
        N_("What was found of acme.example, in a sentence that takes more than one line.")
    )
    return Finding(
        check=check,
        state=state,
        id=f"{check}-{state}",
        found=words,
        expected=words,
        why=words,
        record=LONG if state in TO_MEND else None,
        more=MORE.get(check, {}),
    )
