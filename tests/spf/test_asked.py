"""Questions that several checks share: each is asked once, whatever comes of it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import Answer, Kind, LookupFailed
from smtp_panel.spf.asked import Asked
from tests.spf.zone import NEVER, Zone

ADDRESS = Answer(exists=True, records=("192.0.2.1",))
ENDED = Deadline(0)


def test_those_who_ask_meanwhile_get_the_same_answer() -> None:
    """However many they are; capitals and a dot at the end are the same name."""
    together = threading.Barrier(4)
    zone = Zone({"a.example": {"A": ["192.0.2.1"]}})
    asked = Asked(zone.ask)

    def ask(name: str) -> Answer:
        together.wait(timeout=60)
        return asked.ask(name, "A", NEVER)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, ["a.example", "A.example", "a.example.", "a.example"]))

    assert answers == [ADDRESS] * 4
    assert zone.asked.total() == 1


def test_what_is_known_is_known_after_the_deadline() -> None:
    """What was found in time counts, also where something else took too long."""
    asked = Asked(Zone({"a.example": {"A": ["192.0.2.1"]}}).ask)
    asked.ask("a.example", "A", NEVER)

    assert asked.ask("a.example", "A", ENDED) == ADDRESS


def test_what_could_not_be_looked_up_is_not_asked_again() -> None:
    """It would take as long once more."""
    zone = Zone({}, frozenset({("a.example", "A")}))
    asked = Asked(zone.ask)

    for _ in range(2):
        with pytest.raises(LookupFailed, match=r"a\.example could not be asked for A"):
            asked.ask("a.example", "A", NEVER)

    assert zone.asked.total() == 1


def test_who_waits_for_an_answer_waits_until_the_deadline() -> None:
    """Another thread may have more time for the same question."""
    begun, end = threading.Event(), threading.Event()

    def ask(name: str, kind: Kind, deadline: Deadline) -> Answer:
        begun.set()
        end.wait(timeout=60)
        return ADDRESS

    asked = Asked(ask)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(asked.ask, "a.example", "A", NEVER)
        begun.wait(timeout=60)
        with pytest.raises(LookupFailed):
            asked.ask("a.example", "A", ENDED)
        end.set()

        assert first.result() == ADDRESS
