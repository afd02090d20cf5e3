"""`make bench`: prints each figure beside what it should be."""

from __future__ import annotations

from tests.bench.asking import asking_speeds
from tests.bench.conversation import conversation_ratios, diagnosis_ms
from tests.bench.deliverability import deliverability_ratio
from tests.bench.distance import distance_ratios
from tests.bench.durable import enqueue_ratio, growth, wait_of_writers
from tests.bench.finding import finding_ms
from tests.bench.kept import kept_ratios
from tests.bench.navigation import navigation_cost
from tests.bench.outbox import outbox_ratios
from tests.bench.outbox_page import outbox_page_ratios
from tests.bench.pages import first_load, page_ratios, waiting_ratio
from tests.bench.relaying import relay_ratio


def main() -> None:
    """Measure everything, one after the other."""
    forms = page_ratios()
    say("SMTP page, of the rate of Django admin's form", f"{forms['settings']:.1f}", "5 or more")
    say("the same, of its own form of a user", f"{forms['user']:.1f}", "more is better")
    for who, cost in navigation_cost().items():
        say(f"context processor, added to a page for a {who}", f"{cost:.1%}", "under 3 %")
    for path, speed in asking_speeds():
        say(f"{path}, of a bare route's speed", f"{speed.latency:.2f}", "0.5 or more")
        say("the same with 8 callers, of its rate", f"{speed.rate:.2f}", "0.5 or more")
    check, test = conversation_ratios()
    say("check of a local server, of smtplib's time", f"{check:.2f}", "1.10")
    say("test as the page runs it, of smtplib's time", f"{test:.2f}", "1.15")
    beside, afar, old = kept_ratios()
    say("kept connection, messages per second of smtplib's", f"{beside:.2f}", "1.5 or more")
    say("the same from 20 ms away", f"{afar:.2f}", "3 or more")
    say("the same without PIPELINING", f"{old:.2f}", "0.9 or more")
    rates = outbox_ratios()
    say("16 callers and `smtp worker`, of smtplib's rate", f"{rates.sixteen:.2f}", "2 or more")
    say("the same with one caller", f"{rates.alone:.2f}", "0.7 or more")
    sixteen, alone = rates.as_durable
    say("both, of a loop that commits as often", f"{sixteen:.2f}, {alone:.2f}", "1 or more")
    sixteen, alone = rates.within
    say("both in one process, of smtplib's rate", f"{sixteen:.2f}, {alone:.2f}", "more is better")
    office = f"{rates.post_office:.1f}"
    say("16 callers in one process, of django-post-office's", office, "4 or more")
    for page, ratio in outbox_page_ratios():
        say(f"a million messages: {page}", f"{ratio:.2f}", "1.2")
    far_away, old_server = distance_ratios()
    say("outbox from 20 ms away, of the rate of mail.send", f"{far_away:.0f}", "40 or more")
    say("the same without PIPELINING", f"{old_server:.0f}", "15 or more")
    say("relay, of the rate at which Postfix accepts", f"{relay_ratio():.2f}", "no less is better")
    say("accepting, of a bare commit's time (p99)", f"{enqueue_ratio():.2f}", "2")
    say("sixteen writers at once, each (p99)", f"{wait_of_writers():.0f} ms", "100 ms")
    for what, times in growth():
        say(f"a million messages: {what}", f"{times:.2f}", "1.2")
    say("diagnosis of the failure that takes longest", f"{diagnosis_ms():.2f} ms", "1 ms")
    say("finding by table", f"{finding_ms():.2f} ms", "under 5 ms")
    say("page while 50 tests hang, of its time before", f"{waiting_ratio():.2f}", "1.5")
    say("look at the DNS 20 ms away, of its longest chain", f"{deliverability_ratio():.2f}", "1.5")
    requests, octets = first_load()
    say("first load, compressed", f"{octets / 1000:.1f} kB in {requests} requests", "45 kB in 4")


def say(what: str, figure: str, wanted: str) -> None:
    """One line of the report."""
    print(f"{what:<55} {figure:>22}   (wanted: {wanted})", flush=True)


main()
