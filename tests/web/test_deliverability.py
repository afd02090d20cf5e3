"""The page of deliverability: what was found of the From domain, and what to publish (SPEC D5)."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from threading import Event, Thread
from typing import NoReturn

import pytest
from sqlalchemy import select, text

from smtp_panel.access.keys import KeyScope
from smtp_panel.audit import AuditAction, AuditEntry
from smtp_panel.deliverability import seen
from smtp_panel.deliverability.finding import State
from smtp_panel.deliverability.model import Deliverability, DeliverabilityChange
from smtp_panel.deliverability.seen import SOONER_SECONDS
from smtp_panel.operations import looks
from smtp_panel.storage import db, utcnow, writing
from tests.api.conftest import program_of, told_by
from tests.deliverability.examples import LONG
from tests.deliverability.examples import looked as looked_before
from tests.servers.dns import HOST, DnsServer
from tests.servers.fixtures import StartDns, StartScripted, StartSmtpd
from tests.servers.scripted import close
from tests.web.conftest import ADMIN, NOBODY, PAGE, MakePanel, Panel, Visitor, fields_of, held
from tests.web.html import Element

HERE = "/admin/deliverability"
DOMAIN = "acme.example"
SETTINGS = NOBODY | {"sender": f"Acme <news@{DOMAIN}>"}
LEAVES_FROM = "192.0.2.7"
MONDAY = "2026-11-30T09:00:00+00:00"
RIGHT = {
    (DOMAIN, "MX"): ["10 mx.acme.example."],
    ("mx.acme.example", "A"): [LEAVES_FROM],
    (DOMAIN, "TXT"): [f'"v=spf1 ip4:{LEAVES_FROM} -all"'],
    (f"_dmarc.{DOMAIN}", "TXT"): ['"v=DMARC1; p=reject"'],
    ("7.2.0.192.in-addr.arpa", "PTR"): ["mx.acme.example."],
}


@pytest.fixture
def server(name_server: StartDns) -> DnsServer:
    """The DNS, in which all is right."""
    return name_server(RIGHT)


@pytest.fixture
def panel(make_panel: MakePanel, server: DnsServer) -> Panel:
    """A panel that asks it, with a From of the domain."""
    addresses = (ip_address(LEAVES_FROM),)
    panel = make_panel(dns=((HOST, server.port),), egress_ips=addresses)
    panel.saved(panel.admin(), **SETTINGS)
    return panel


def watch(panel: Panel) -> None:
    """A turn of the loop that looks by itself."""
    with panel.app.app_context():
        looks.RegularLooks().turn(panel.operations)
        db.session.remove()


def found(page: Element, check: str = "mx") -> Element:
    """What the page says of a check."""
    return page.one("li", data_finding=check)


def looked(panel: Panel, admin: Visitor) -> Element:
    """The page after a press on Look again."""
    admin.page(HERE)
    response = admin.post(HERE)
    panel.settle()
    return admin.follow(response)


def test_what_a_newer_version_has_found_closes_no_page(panel: Panel, server: DnsServer) -> None:
    """A8: while machines are brought up to date one by one; what is not known is left out."""
    looked(panel, panel.admin())
    server.zone[DOMAIN, "MX"] = ["0 ."]
    admin, program = panel.admin(), program_of(panel, KeyScope.READ)
    looked(panel, admin)
    with panel.app.app_context(), writing(db.session) as session:
        known = session.get_one(Deliverability, DOMAIN)
        spf, *others = known.stored or []
        tree = spf["more"]["tree"] | {"depth": 1}
        newer = spf | {"more": spf["more"] | {"tree": tree, "cost": 7}, "weight": 1}
        newer["record"] = {"name": "x", "type": "TXT", "value": "x", "replaces": True, "ttl": 60}
        dane = spf | {"check": "dane"}
        known.stored = [newer, dane, spf | {"state": "perfect"}, *others]
        known.states, known.lost = (
            {**known.states, "dane": "good", "dkim": "perfect"},
            {
                **known.lost,
                "dane": MONDAY,
            },
        )
        for change in session.scalars(select(DeliverabilityChange)):
            change.stored = dane
        changed = DeliverabilityChange(
            domain=DOMAIN, at=utcnow(), before=State.GOOD, stored=others[-1]
        )
        session.add(changed)
        session.flush()
        session.execute(text("UPDATE deliverability_change SET before = 'perfect'"))
    for path in (PAGE, HERE):
        assert admin.get(path).status_code == 200
    told = told_by(program.get("/api/v1/deliverability"))["findings"]
    assert [each["check"] for each in told].count("spf") == 1
    assert found(looked(panel, admin))["data-state"] == "wrong"


def test_look_again_shows_what_the_dns_says_now(panel: Panel, server: DnsServer) -> None:
    """D5: found, expected and why, after each change anew; without JavaScript."""
    admin = panel.admin()
    page = looked(panel, admin)
    assert found(page)["data-state"] == "good"
    assert "mx.acme.example" in found(page).text
    assert "when ada@example.com asked" in page.id("known").text
    server.zone[DOMAIN, "MX"] = ["10 other.acme.example."]
    assert "other.acme.example" in found(looked(panel, admin)).text


def test_what_could_not_be_looked_up_is_not_called_missing(panel: Panel, server: DnsServer) -> None:
    """D5."""
    server.failing.add(DOMAIN)
    assert found(looked(panel, panel.admin()))["data-state"] == "unknown"


def test_the_panel_looks_by_itself_after_a_save_and_every_day(
    panel: Panel, server: DnsServer
) -> None:
    """D5: watched daily; the page is there at once, and says that nothing was seen yet."""
    admin = panel.admin()
    page = admin.page(HERE)
    assert "Nothing yet" in page.id("known").text
    watch(panel)
    asked = server.asked.total()
    assert "daily watch" in admin.page(HERE).id("known").text
    watch(panel)
    assert server.asked.total() == asked
    panel.saved(admin, sender="news@other.example")
    watch(panel)
    assert server.asked["other.example", "MX"] == 1
    assert "other.example" in admin.page(HERE).text


def test_a_fault_of_the_program_does_not_look_again_every_two_seconds(
    panel: Panel, server: DnsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D5: whoever answers for that domain is asked no more often than after a failed look-up."""
    now, looked = [0.0], []

    def fail(*_args: object) -> NoReturn:
        looked.append(now[0])
        raise AssertionError

    monkeypatch.setattr(looks, "look", fail)
    daily = looks.RegularLooks(lambda: now[0])
    with panel.app.app_context():
        with pytest.raises(AssertionError):
            daily.turn(panel.operations)
        now[0] = SOONER_SECONDS - 1
        daily.turn(panel.operations)
        assert looked == [0.0]
        now[0] = SOONER_SECONDS + 1
        with pytest.raises(AssertionError):
            daily.turn(panel.operations)


def test_what_is_no_longer_right_is_told_mildly_and_noted(panel: Panel, server: DnsServer) -> None:
    """D5: on the two pages, and no warning (W3)."""
    admin = panel.admin()
    looked(panel, admin)
    server.zone[DOMAIN, "MX"] = []
    page = looked(panel, admin)
    assert page.one("div", data_lost=None).one("a")["href"] == "#finding-mx"
    change = page.id("past").one("tr", data_change="mx")
    assert "Right → Missing" in change.text
    smtp = admin.page("/admin/smtp")
    line = smtp.one("div", data_deliverability="missing")
    assert line["class"] == "note"
    assert line.one("a")["href"] == HERE
    server.zone[DOMAIN, "MX"] = ["10 mx.acme.example."]
    assert not looked(panel, admin).all("div", data_lost=None)
    assert "All is right." in admin.page("/admin/smtp").one("p", data_deliverability="good").text


def test_a_finding_says_what_to_publish_and_what_costs_how_much(panel: Panel) -> None:
    """D5: the exact record, in strings of at most 255; SPF's look-ups of 10; DMARC in words."""
    with panel.app.app_context(), writing(db.session) as session:
        looked_before(session)
    page = panel.admin().page(HERE)
    record = found(page, "spf").one("div", data_record=None)
    shown = [each.text for each in record.all("pre")]
    assert shown == [LONG.name, LONG.value, *LONG.strings]
    assert [len(each) for each in LONG.strings] == [255, 156]
    copied = [button["data-copy"] for button in record.all("button")]
    assert copied == [each["id"] for each in record.all("pre")]
    tree = found(page, "spf").one("details", **{"class": "tree"})
    assert "11 look-ups; 10 are allowed" in tree.text
    costs = [[square["class"] for square in each.all("rect")] for each in tree.all("svg")[1:]]
    assert costs == [["used"] * 10 + ["over"], ["used"] * 9, ["used"], ["used"]]
    assert "mx 1 look-up finds nothing" in tree.text
    assert "Policy none: mail that fails is delivered all the same" in found(page, "dmarc").text
    assert "Reports go to dmarc@acme.example" in found(page, "dmarc").text


def test_without_a_domain_of_ones_own_there_is_nothing_to_look_at(
    make_panel: MakePanel, server: DnsServer
) -> None:
    panel = make_panel(sandbox=True, dns=((HOST, server.port),))
    admin = panel.admin()
    page = admin.page(HERE)
    assert page.one("p", **{"class": "empty"}).link("Save a From") == "/admin/smtp"
    assert admin.follow(admin.post(HERE)).all("p", **{"class": "empty"})
    watch(panel)
    assert server.asked.total() == 0
    assert not admin.page("/admin/smtp").all(data_deliverability=None)


def test_with_htmx_only_what_changes_is_swapped(panel: Panel) -> None:
    admin = panel.admin()
    admin.page(HERE)
    admin.htmx = True
    begun = admin.post(HERE).text
    panel.settle()
    ended = admin.get(HERE, htmx=True).text
    for answer in (begun, ended):
        assert answer.lstrip().startswith('<section id="known"')
        assert 'id="deliverability-badge" hx-swap-oob="outerHTML"' in answer
    assert "hx-trigger" not in ended
    assert 'id="announcer" hx-swap-oob="innerHTML">All is right.' in ended


def test_a_look_that_takes_its_time_is_awaited_by_asking(panel: Panel, server: DnsServer) -> None:
    """The page is there at once, and says what is known until then."""
    admin = panel.admin()
    looked(panel, admin)
    asked = server.asked.total()
    with panel.app.app_context(), writing(db.session) as session:
        claimed = seen.claim(session, DOMAIN, utcnow())
        assert claimed
    page = looked(panel, admin)
    part = page.id("known")
    assert (part["aria-busy"], part["hx-get"]) == ("true", HERE)
    assert found(page)["data-state"] == "good"
    assert "Looking…" in page.id("deliverability-badge").text
    assert admin.get(HERE, htmx=True).status_code == 204
    assert server.asked.total() == asked
    with panel.app.app_context(), writing(db.session) as session:
        seen.give_up(session, DOMAIN, claimed)
    assert admin.get(HERE, htmx=True).status_code == 200


def test_a_look_counts_as_a_test(make_panel: MakePanel, server: DnsServer) -> None:
    """L1, L2: so that the page is no scanner, and what was entered stays."""
    panel = make_panel(dns=((HOST, server.port),), test_limit="1 per minute")
    admin = panel.admin()
    panel.saved(admin, **SETTINGS)
    looked(panel, admin)
    asked = server.asked.total()
    refused = admin.post(f"{HERE}/selectors", selector="s1")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert "Too many attempts" in admin.html.id("form-alert").text
    assert admin.html.id("selector").text == "s1"
    admin.htmx = True
    assert admin.post(HERE).headers["HX-Retarget"] == "#form-alert"
    watch(panel)
    assert server.asked.total() == asked


def test_where_the_machine_has_no_thread_left_nothing_is_looked_at_and_the_page_says_so(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D5: what was entered stays, and the next press looks."""
    admin, start = panel.admin(), Thread.start
    panel.saved(admin, **SETTINGS)
    looked(panel, admin)

    def fails(thread: Thread) -> None:
        if thread.name.startswith("look "):
            raise RuntimeError("can't start new thread")
        start(thread)

    with monkeypatch.context() as full:
        full.setattr(Thread, "start", fails)
        refused = admin.post(f"{HERE}/selectors", selector="s1")
        assert refused.status_code == 429
        assert "Try again in a few seconds" in admin.html.id("form-alert").text
        assert admin.html.id("selector").text == "s1"
    with panel.app.app_context():
        known = seen.last_seen(db.session(), DOMAIN)
        assert known
        assert not known.is_looking(utcnow())


def test_a_selector_is_entered_and_forgotten(panel: Panel) -> None:
    admin = panel.admin()
    admin.page(HERE)
    header = "DKIM-Signature: v=1; d=relay.example;\n s=k1; h=secret-header; b=AAAA"
    page = admin.follow(admin.post(f"{HERE}/selectors", selector=header))
    assert page.one("ul", **{"class": "sessions"}).one("code").text == "k1._domainkey.relay.example"
    assert "secret-header" not in page.text
    page = admin.follow(admin.post(f"{HERE}/selectors/forget", forget="k1@relay.example"))
    assert not page.all("ul", **{"class": "sessions"})


def test_who_has_entered_and_forgotten_a_selector_stands_in_the_audit_log(panel: Panel) -> None:
    """V5: once for each change, and not for what was known before."""
    admin = panel.admin()
    admin.page(HERE)
    for _ in range(2):
        admin.post(f"{HERE}/selectors", selector="k1")
        panel.settle()
    for _ in range(2):
        admin.post(f"{HERE}/selectors/forget", forget=f"k1@{DOMAIN}")
    with panel.app.app_context():
        changed = AuditEntry.action == AuditAction.SELECTORS_CHANGED
        entered, forgotten = db.session.scalars(
            select(AuditEntry).where(changed).order_by(AuditEntry.id)
        ).all()
    key = f"k1._domainkey.{DOMAIN}"
    assert entered.actor == forgotten.actor == ADMIN
    assert entered.changes == {"selectors": [None, key]}
    assert forgotten.changes == {"selectors": [key, None]}
    told = admin.page("/admin/audit").one("tbody").text
    assert "DKIM selectors changed" in told
    assert key in told


def test_what_was_entered_stays_when_the_token_is_broken(panel: Panel) -> None:
    """V2: the page has a new token, so that pressing once more is enough."""
    admin = panel.admin()
    admin.page(HERE)
    refused = admin.post(f"{HERE}/selectors", selector="s1", csrf_token="broken")
    assert refused.status_code == 400
    assert "open for too long" in admin.html.id("form-alert").text
    assert admin.html.id("selector").text == "s1"
    assert admin.post(f"{HERE}/selectors", selector="s1").status_code == 303


def leaving(panel: Panel, server: str) -> tuple[str, ...]:
    """The addresses that SPF has to name for mail by `server`."""
    with panel.app.app_context():
        there = replace(panel.operations.saved(db.session()), server=server)
        return looks.question_of(panel.operations, there).addresses


def test_mail_reaches_the_world_from_here_only_by_a_server_beside(panel: Panel) -> None:
    """D5: the addresses that count are those of the last server that sends."""
    for beside in ("127.0.0.1", "192.168.7.1", "fd12::1", "postfix"):
        assert leaving(panel, beside) == (LEAVES_FROM,), beside
    for elsewhere in ("9.9.9.9", "2620:fe::fe", "smtp.relay.example"):
        assert leaving(panel, elsewhere) == (), elsewhere


def test_whether_a_name_leads_to_a_server_beside_is_known_by_the_last_check(
    panel: Panel, smtpd: StartSmtpd
) -> None:
    panel.saved(panel.admin(), **fields_of(smtpd("none")))
    assert leaving(panel, "smtp.relay.example") == (LEAVES_FROM,)


def test_the_panel_looks_only_once_a_check_has_told_where_the_server_is(
    panel: Panel, server: DnsServer, scripted: StartScripted
) -> None:
    """Or what it says of SPF after a save would be of another server, until the next day."""
    go_on = Event()
    slow = scripted([held(go_on), close()])
    panel.admin().save(**SETTINGS | {"server": slow.host, "port": str(slow.port), "tls": None})
    watch(panel)
    assert server.asked.total() == 0
    go_on.set()
    panel.settle()
    watch(panel)
    assert server.asked.total() > 0


def test_what_is_no_selector_is_refused_where_it_stands(panel: Panel, server: DnsServer) -> None:
    admin = panel.admin()
    admin.page(HERE)
    refused = admin.post(f"{HERE}/selectors", selector="Subject: hello\nFrom: ada")
    assert refused.status_code == 422
    assert "no DKIM signature" in admin.html.id("selector-error").text
    assert admin.html.id("selector")["aria-invalid"] == "true"
    assert server.asked.total() == 0
