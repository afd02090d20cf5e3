"""The function check_host of RFC 7208, 4: whether an address may send mail for a domain."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_network
from typing import NamedTuple, cast

from smtp_panel.net.dns import NOTHING, Answer, Kind, Lookup, LookupFailed
from smtp_panel.spf import macro
from smtp_panel.spf.client import Client
from smtp_panel.spf.macro import MacroText
from smtp_panel.spf.names import is_domain, is_within
from smtp_panel.spf.outcome import (
    MOST_LOOKUPS,
    MOST_NAMES,
    MOST_VOID,
    PublishedRecord,
    Result,
    SPFOutcome,
    SPFProblem,
    Stopped,
    WalkStep,
)
from smtp_panel.spf.record import SPFRecord, Term, published, read
from smtp_panel.spf.values import MacroValues, addresses


def check(client: Client, lookup: Lookup, *, clock: Callable[[], float] = time.time) -> SPFOutcome:
    """Whether `client` may send mail from its envelope sender.

    `lookup` remembers, as `asked_once` does, for terms ask again. `clock` gives the seconds since
    1970, for the macro t. Whatever the DNS answers, or fails to answer in time, is a result.
    """
    return _Judging(MacroValues(client, lookup, clock), lookup).outcome()


class _Verdict(NamedTuple):
    """A result, the way to the mechanism that gave it, and the exp that goes with it."""

    result: Result
    path: tuple[WalkStep, ...] = ()
    domain: str = ""
    explanation: MacroText = ()


class _Judging:
    """One check under way: what it has counted and read."""

    def __init__(self, values: MacroValues, lookup: Lookup) -> None:
        self.lookups = 0
        self.void_lookups = 0
        self.records: list[PublishedRecord] = []
        self.way: list[WalkStep] = []  # to the term that is being judged
        self._values = values
        self._lookup = lookup

    def outcome(self) -> SPFOutcome:
        """What the record of the client's domain comes to."""
        fault = None
        try:
            verdict = self.verdict(self._values.client.domain)
        except Stopped as stopped:
            verdict, fault = _Verdict(stopped.result, tuple(self.way)), stopped.fault
        return SPFOutcome(
            result=verdict.result,
            explanation=self.explanation(verdict),
            lookups=self.lookups,
            void_lookups=self.void_lookups,
            path=verdict.path,
            records=tuple(self.records),
            fault=fault,
        )

    def verdict(self, domain: str, by: WalkStep | None = None) -> _Verdict:
        """What the record of `domain` says, to which the term `by` has led; raises Stopped."""
        record = self._record(domain, by)
        if record is None:
            return _Verdict(Result.NONE)
        for term in record.terms:
            step = WalkStep(domain, term.text)
            self.way.append(step)
            found = self._found(term, step, record)
            self.way.pop()
            if found:
                return found
        return _Verdict(Result.NEUTRAL)

    def explanation(self, verdict: _Verdict) -> str:
        """What the domain says of a fail (RFC 7208, 6.2); empty where that can't be used."""
        if verdict.result is not Result.FAIL or not verdict.explanation:
            return ""
        name = self._values.target(verdict.explanation, verdict.domain)
        if name is None:
            return ""
        with suppress(LookupFailed, ValueError):  # several records, no ASCII, no macros
            (text,) = self._lookup(name, "TXT").records
            parsed = macro.macro_text(cast(bytes, text).decode("ascii"))
            return self._values.filled(parsed, verdict.domain)
        return ""

    def _record(self, domain: str, by: WalkStep | None) -> SPFRecord | None:
        if not is_domain(domain):
            return None
        answer = self._asked(domain, "TXT")
        if by:
            self._count_void(answer, by)
        text = published(domain, answer)
        if text is None:
            return None
        self.records.append(PublishedRecord(domain, text))
        return read(domain, text)

    def _found(self, term: Term, step: WalkStep, record: SPFRecord) -> _Verdict | None:
        """What a term comes to; None where it does not match, so that the next one counts."""
        if term.asks:
            self._count(step)
        if term.name == "redirect":
            found = self._led_to(term, step)
            return found._replace(path=(step, *found.path) if found.path else ())
        path = self._matched(term, step)
        return _Verdict(term.result, path, step.domain, record.explanation) if path else None

    def _matched(self, term: Term, step: WalkStep) -> tuple[WalkStep, ...]:
        """The way from `step` to the mechanism that matched; empty where it did not."""
        if term.name == "include":
            found = self._led_to(term, step)
            return (step, *found.path) if found.result is Result.PASS else ()
        return (step,) if self._matches(term, step) else ()

    def _matches(self, term: Term, step: WalkStep) -> bool:
        match term.name:
            case "all":
                return True
            case "ip4" | "ip6":
                return term.network is not None and self._values.client.ip in term.network
            case "ptr":
                return self._is_host_of(term, step)
            case "exists":
                return bool(self._answer(term, step, "A").records)
            case "mx":
                return self._is_mail_server(term, step)
            case _:
                return self._is_among(self._answer(term, step, self._values.client.kind), term)

    def _led_to(self, term: Term, step: WalkStep) -> _Verdict:
        """The verdict of the record that include or redirect names (RFC 7208, 5.2 and 6.1)."""
        target = self._values.target(term.target, step.domain)
        found = self.verdict(target or "", step)
        if found.result is Result.NONE:
            raise Stopped(SPFProblem.NO_RECORD, *step)
        return found

    def _is_mail_server(self, term: Term, step: WalkStep) -> bool:
        """Whether the client's address belongs to a host that takes the domain's mail (5.4)."""
        hosts = [each.host for each in self._answer(term, step, "MX").mx]
        if len(hosts) > MOST_NAMES:
            raise Stopped(SPFProblem.NAMES, *step)
        kind = self._values.client.kind
        return any(self._is_among(self._asked(host, kind), term) for host in hosts if host)

    def _is_host_of(self, term: Term, step: WalkStep) -> bool:
        """Whether the client's address has a host name at or below the target (5.5)."""
        target = self._values.target(term.target, step.domain)
        with suppress(LookupFailed):
            named = self._values.hosts()
            self._count_void(named, step)
            return any(is_within(name, target) for name in self._values.validated(named) if target)
        return False

    def _is_among(self, answer: Answer, term: Term) -> bool:
        ip = self._values.client.ip
        prefix = term.ip4_prefix if ip.version == 4 else term.ip6_prefix
        networks = (ip_network((each, prefix), strict=False) for each in addresses(answer))
        return any(ip in network for network in networks)

    def _answer(self, term: Term, step: WalkStep, kind: Kind) -> Answer:
        """What the target of `term` has of a kind."""
        target = self._values.target(term.target, step.domain)
        if target is None:
            return NOTHING
        answer = self._asked(target, kind)
        self._count_void(answer, step)
        return answer

    def _asked(self, name: str, kind: Kind) -> Answer:
        try:
            return self._lookup(name, kind)
        except LookupFailed:
            raise Stopped(SPFProblem.LOOKUP_FAILED, name) from None

    def _count(self, step: WalkStep) -> None:
        self.lookups += 1
        if self.lookups > MOST_LOOKUPS:
            raise Stopped(SPFProblem.LOOKUPS, *step)

    def _count_void(self, answer: Answer, step: WalkStep) -> None:
        """Count a term whose own question finds nothing, however it goes on (RFC 7208, 4.6.4)."""
        self.void_lookups += not answer.records
        if self.void_lookups > MOST_VOID:
            raise Stopped(SPFProblem.VOID, *step)
