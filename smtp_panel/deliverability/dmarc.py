"""DMARC: what receivers do with mail that only claims to be from the domain (RFC 7489)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from smtp_panel.deliverability.finding import Check, Finding, Record, State, Words
from smtp_panel.deliverability.question import Question
from smtp_panel.deliverability.tags import tags, texts, versioned
from smtp_panel.diagnosis.hosts import public_suffixes
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import Ask, LookupFailed
from smtp_panel.net.together import together
from smtp_panel.words import N_

VERSION = "v=DMARC1"
POLICIES = frozenset({"none", "quarantine", "reject"})
STRICT, RELAXED = "s", "r"
_MAILTO = re.compile(r"mailto:([^!,\s]+@([^!,\s]+))(?:![0-9]+[kmgt]?)?", re.IGNORECASE)

WHY = Words(
    N_(
        "Large providers want a DMARC policy of whoever sends much mail, and by it they tell forged"
        " mail from yours."
    )
)
POLICY = Words(
    N_("A policy, and From aligned with the envelope sender or with the signature's domain")
)
MISSING = N_("%(domain)s publishes no DMARC policy.")
SEVERAL = N_("%(host)s has several DMARC records, so that receivers use none. Leave one.")
BROKEN = N_("The DMARC record %(record)s can't be read, so that receivers ignore it.")
UNALIGNED = N_(
    "From is of %(domain)s, and the envelope sender of %(other)s: SPF does not count for DMARC, and"
    " no DKIM key of %(domain)s is known. Use an envelope sender of %(domain)s, or have the service"
    " that sends sign with DKIM for it."
)
LENIENT = N_(
    "The policy is none: forged mail is delivered all the same. Once the reports show that all of"
    " your own mail passes, make it quarantine."
)
GOOD = N_("The policy is %(policy)s, and your mail is aligned.")
REPORTS = N_(
    "Reports are to go to %(address)s, but %(host)s does not publish that it takes them, so that"
    " none is sent."
)
NOT_KNOWN = N_("%(host)s could not be looked up: look again in a few minutes.")


@dataclass(frozen=True, slots=True)
class Published:
    """The DMARC records that count for a domain, at `name`, which is of `domain`."""

    name: str
    domain: str
    records: list[str]


Signing = Callable[[], Collection[str]]


def find(question: Question, ask: Ask, deadline: Deadline, signing: Signing) -> list[Finding]:
    """The policy for From; `signing` gives the domains whose DKIM keys are known to be usable."""
    try:
        published = _published(question.domain, ask, deadline)
    except LookupFailed as failed:
        words = Words(NOT_KNOWN, {"host": failed.name})
        found = [_finding(State.UNKNOWN, "dmarc-unknown", words)]
    else:
        found = list(_judged(question, published, signing, ask, deadline))
    fits = {"policy": None, "aligned": _is_aligned(question, {}, signing)}
    return [replace(each, more={**fits, **each.more}) for each in found]


def organisation(domain: str) -> str:
    """The organisational domain: one label below a public suffix (RFC 7489, 3.2)."""
    return public_suffixes().privatesuffix(domain.lower()) or domain.lower()


def aligned(domain: str, other: str, mode: str) -> bool:
    """Whether both domains count as one, by `mode` "s" only where they are the same (3.1)."""
    if mode == STRICT:
        return domain.lower() == other.lower()
    return organisation(domain) == organisation(other)


def _published(domain: str, ask: Ask, deadline: Deadline) -> Published:
    """What counts for `domain`: its own, else that of its organisational domain (6.6.3)."""

    def published(each: str) -> Published:
        name = f"_dmarc.{each}"
        return Published(name, each, versioned(texts(name, ask, deadline), VERSION))

    found = together(published, dict.fromkeys((domain, organisation(domain))))
    return next((each for each in found if each.records), found[0])


def _missing(domain: str) -> Finding:
    value = f"{VERSION}; p=none; rua=mailto:postmaster@{domain}"
    record = Record(name=f"_dmarc.{domain}", type="TXT", value=value)
    return _finding(State.MISSING, "dmarc-missing", Words(MISSING, {"domain": domain}), record)


def _judged(
    question: Question,
    published: Published,
    signing: Signing,
    ask: Ask,
    deadline: Deadline,
) -> Iterator[Finding]:
    if len(published.records) != 1:
        several = _finding(State.WRONG, "dmarc-several", Words(SEVERAL, {"host": published.name}))
        yield several if published.records else _missing(question.domain)
        return
    record = published.records[0]
    said = tags(record)
    policy = _policy(said, of_sub_domain=published.domain != question.domain) if said else ""
    if said is None or policy not in POLICIES:
        yield _finding(State.WRONG, "dmarc-broken", Words(BROKEN, {"record": record}))
        return
    reports, fits = _reports(said), _is_aligned(question, said, signing)
    more = {"policy": policy, "aligned": fits, "reports": list(reports)}
    if not fits:
        names = {"domain": question.domain, "other": question.envelope_domain}
        yield _finding(State.WRONG, "dmarc-unaligned", Words(UNALIGNED, names), more=more)
    elif policy == "none":
        yield _finding(State.NOTE, "dmarc-none", Words(LENIENT), more=more)
    else:
        yield _finding(State.GOOD, "dmarc-good", Words(GOOD, {"policy": policy}), more=more)
    for finding in _unwanted_reports(published.domain, reports, ask, deadline):
        yield replace(finding, more=more)


def _is_aligned(question: Question, said: Mapping[str, str], signing: Signing) -> bool:
    """Whether the envelope sender or a signature fits From, by what the policy says of it (3.1)."""
    by_spf = aligned(question.domain, question.envelope_domain, said.get("aspf", RELAXED))
    signed = (aligned(question.domain, each, said.get("adkim", RELAXED)) for each in signing())
    return by_spf or any(signed)


def _policy(said: Mapping[str, str], *, of_sub_domain: bool) -> str:
    policy = said.get("p", "")
    return (said.get("sp", policy) if of_sub_domain else policy).lower()


def _reports(said: Mapping[str, str]) -> Mapping[str, str]:
    """The addresses that get the aggregate reports, each with its domain."""
    found = _MAILTO.findall(said.get("rua", ""))
    return {address: domain.lower() for address, domain in found}


def _unwanted_reports(
    domain: str, reports: Mapping[str, str], ask: Ask, deadline: Deadline
) -> Iterator[Finding]:
    """Those that another organisation would have to say that it takes (7.1)."""

    def taken(host: str) -> bool:
        name = f"{domain}._report._dmarc.{host}"
        try:
            return bool(versioned(texts(name, ask, deadline), VERSION))
        except LookupFailed:
            return True  # as far as is known

    own = organisation(domain)
    others = {address: host for address, host in reports.items() if organisation(host) != own}
    for (address, host), fine in zip(others.items(), together(taken, others.values()), strict=True):
        if not fine:
            words = Words(REPORTS, {"address": address, "host": host})
            yield _finding(State.NOTE, "dmarc-reports", words)


def _finding(
    state: State,
    name: str,
    found: Words,
    record: Record | None = None,
    more: Mapping[str, object] | None = None,
) -> Finding:
    return Finding(
        check=Check.DMARC,
        state=state,
        id=name,
        found=found,
        expected=POLICY,
        why=WHY,
        record=record,
        more=more or {},
    )
