"""How long the table of providers takes to answer (SPEC P1)."""

from __future__ import annotations

import statistics
import time

from smtp_panel.diagnosis.providers import providers
from smtp_panel.finding.finding import find
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import Answer, Kind
from smtp_panel.settings import rules

ROUNDS = 15


def finding_ms() -> float:
    """The longest answer for a domain, a name or its beginning, each the median of its rounds."""
    domains = [f"ada@{domain}" for each in providers() for domain in each.domains]
    names = [name for each in providers() for name in (each.id, each.name[:2])]
    return max(map(_milliseconds, (*domains, *names)))


def _milliseconds(text: str) -> float:
    return statistics.median(_once(text) for _ in range(ROUNDS)) * 1000


def _once(text: str) -> float:
    began = time.perf_counter()
    find(rules.query(text), _never)
    return time.perf_counter() - began


def _never(name: str, kind: Kind, _deadline: Deadline) -> Answer:
    raise RuntimeError(f"{name} {kind} was asked for")
