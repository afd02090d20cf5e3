"""`GET /api/v1/deliverability`: what was last seen of the From domain (SPEC D5, A5)."""

from __future__ import annotations

from smtp_panel.access.keys import KeyScope
from smtp_panel.operations import looks
from smtp_panel.storage import db
from tests.api.conftest import program_of, told_by
from tests.servers.dns import HOST
from tests.servers.fixtures import StartDns
from tests.web.conftest import NOBODY, MakePanel

ZONE = {
    ("acme.example", "TXT"): ['"v=spf1 include:a.example -all"'],
    ("a.example", "TXT"): ['"v=spf1 -all"'],
}


def test_a_key_that_reads_sees_what_was_found(make_panel: MakePanel, name_server: StartDns) -> None:
    """NAMES: as `smtp deliverability --json`; nothing is asked of the DNS for it."""
    server = name_server(ZONE)
    panel = make_panel(dns=((HOST, server.port),))
    program = program_of(panel, KeyScope.READ)
    nothing = {"ok": False, "domain": "", "seen_at": None, "findings": []}
    assert told_by(program.get("/api/v1/deliverability")) == nothing
    panel.saved(panel.admin(), **NOBODY | {"sender": "news@acme.example"})
    with panel.app.app_context():
        looks.RegularLooks().turn(panel.operations)
        db.session.remove()
    asked = server.asked.total()
    told = told_by(program.get("/api/v1/deliverability"))
    assert (told["ok"], told["domain"]) == (False, "acme.example")
    assert told["seen_at"]
    assert server.asked.total() == asked
    findings = {each["check"]: each for each in told["findings"]}
    assert findings["spf"]["lookups"] == 1
    assert findings["spf"]["tree"]["branches"][0]["term"] == "include:a.example"
    assert findings["dmarc"]["id"] == "dmarc-missing"
    assert findings["dmarc"]["record"]["strings"]
