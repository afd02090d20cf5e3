"""Work side by side, also where this machine has no thread for it (SPEC D5, P1)."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest

from smtp_panel.deliverability.finding import CheckKind, State
from smtp_panel.deliverability.look import look
from smtp_panel.deliverability.question import Question
from smtp_panel.finding.finding import find
from smtp_panel.finding.offer import Origin
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import MX, NOTHING, SRV, Answer, DNSRecord, Kind
from smtp_panel.net.network import Network
from smtp_panel.net.together import as_done, together
from smtp_panel.settings import rules
from smtp_panel.spf.ahead import asking_ahead
from smtp_panel.spf.asked import asked_once
from smtp_panel.spf.check import check
from smtp_panel.spf.client import Client
from smtp_panel.spf.outcome import Result

ITEMS = range(100)
DOMAIN, ADDRESS = "acme.example", "8.8.4.4"
QUESTION = Question(domain=DOMAIN, mail_from=f"news@{DOMAIN}", addresses=(ADDRESS,))
ZONE: dict[tuple[str, Kind], DNSRecord] = {
    (DOMAIN, "TXT"): f"v=spf1 include:spf.{DOMAIN} -all".encode(),
    (f"spf.{DOMAIN}", "TXT"): f"v=spf1 ip4:{ADDRESS} -all".encode(),
    (f"_dmarc.{DOMAIN}", "TXT"): b"v=DMARC1; p=reject",
    (DOMAIN, "MX"): MX(10, f"mail.{DOMAIN}"),
    (f"mail.{DOMAIN}", "A"): ADDRESS,
    (f"_submissions._tcp.{DOMAIN}", "SRV"): SRV(0, 1, 465, f"mail.{DOMAIN}"),
}


def ask(name: str, kind: Kind, _deadline: Deadline) -> Answer:
    """A name server that needs no thread."""
    record = ZONE.get((name, kind))
    return Answer(exists=True, records=(record,)) if record else NOTHING


@pytest.fixture(params=[0, 1, 5])
def few_threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many can be started, and no more."""
    start, left = threading.Thread.start, iter(range(request.param))

    def only_so_many(thread: threading.Thread) -> None:
        if next(left, None) is None:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", only_so_many)


@pytest.mark.usefixtures("few_threads")
def test_everything_is_done_once() -> None:
    """Whoever brings the work does what no thread can be had for."""
    begun: Counter[int] = Counter()

    def work(item: int) -> int:
        begun[item] += 1
        return -item

    assert together(work, ITEMS) == [-item for item in ITEMS]
    assert sorted(as_done(work, ITEMS)) == sorted(-item for item in ITEMS)
    assert begun == dict.fromkeys(ITEMS, 2)


@pytest.mark.usefixtures("few_threads")
@pytest.mark.parametrize("way", [together, lambda work, items: list(as_done(work, items))])
def test_what_work_raises_is_raised(way: Callable[..., list[int]]) -> None:
    def work(item: int) -> int:
        raise LookupError(item)

    with pytest.raises(LookupError):
        way(work, ITEMS)


@pytest.mark.usefixtures("few_threads")
def test_a_machine_without_threads_finds_all_the_same() -> None:
    """D5, P1: it takes longer, and the page of the From domain says what any other would."""
    found = {(each.check, each.state) for each in look(QUESTION, Network(ask=ask), Deadline(60.0))}
    assert {
        (CheckKind.SPF, State.GOOD),
        (CheckKind.DMARC, State.GOOD),
        (CheckKind.MX, State.GOOD),
    } <= found
    told = find(rules.query(f"ada@{DOMAIN}"), ask)
    assert [(each.origin, each.server) for each in told.offers] == [(Origin.SRV, f"mail.{DOMAIN}")]
    client, lookup = Client.of(ADDRESS, DOMAIN, f"ada@{DOMAIN}"), asked_once(ask, Deadline(60.0))
    with asking_ahead(client, lookup):
        assert check(client, lookup).result is Result.PASS
