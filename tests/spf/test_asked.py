"""Questions that several checks share: each is asked once, whatever comes of it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import Answer, Kind, LookupFailed
from smtp_panel.spf.asked import asked_once
from tests.spf.zone import Zone, remembering

ADDRESS = Answer(exists=True, records=("192.0.2.1",))


def test_those_who_ask_meanwhile_get_the_same_answer() -> None:
    """However many they are; capitals and a dot at the end are the same name."""
    together = threading.Barrier(4)
    zone = Zone({"a.example": {"A": ["192.0.2.1"]}})
    lookup = remembering(zone.lookup)

    def ask(name: str) -> Answer:
        together.wait(timeout=60)
        return lookup(name, "A")

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, ["a.example", "A.example", "a.example.", "a.example"]))

    assert answers == [ADDRESS] * 4
    assert zone.asked.total() == 1


def test_what_is_known_is_known_after_the_deadline() -> None:
    """What was found in time counts, also where something else took too long."""
    now = [0.0]
    lookup = asked_once(lambda *_: ADDRESS, Deadline(1.0, lambda: now[0]))
    lookup("a.example", "A")
    now = [2.0]

    assert lookup("a.example", "A") == ADDRESS


def test_what_could_not_be_looked_up_is_not_asked_again() -> None:
    """It would take as long once more."""
    zone = Zone({}, frozenset({("a.example", "A")}))
    lookup = remembering(zone.lookup)

    for _ in range(2):
        with pytest.raises(LookupFailed, match=r"a\.example could not be asked for A"):
            lookup("a.example", "A")

    assert zone.asked.total() == 1


def test_who_waits_for_an_answer_waits_until_the_deadline() -> None:
    """Whoever asks may take longer."""
    now = [0.0]
    begun, end = threading.Event(), threading.Event()

    def ask(name: str, kind: Kind, deadline: Deadline) -> Answer:
        begun.set()
        end.wait(timeout=60)
        return ADDRESS

    lookup = asked_once(ask, Deadline(1.0, lambda: now[0]))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(lookup, "a.example", "A")
        begun.wait(timeout=60)
        now = [2.0]
        with pytest.raises(LookupFailed):
            lookup("a.example", "A")
        end.set()

        assert first.result() == ADDRESS
