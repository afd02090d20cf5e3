"""DMARC: what receivers do with mail that only claims to be from the domain (RFC 7489)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from smtp_panel.deliverability.dkim import signing_domains
from smtp_panel.deliverability.finding import NOT_KNOWN, Check, Finding, Record, State, Topic, Words
from smtp_panel.deliverability.hosts import NO_DOMAIN
from smtp_panel.deliverability.policy import (
    ALL,
    NONE,
    QUARANTINE,
    RELAXED,
    VERSION,
    Policy,
    aligned,
    organisation,
)
from smtp_panel.deliverability.question import Question
from smtp_panel.deliverability.tags import is_there, texts, versioned
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import Ask, LookupFailed
from smtp_panel.net.together import together
from smtp_panel.words import N_

POLICY = Topic(
    Check.DMARC,
    expected=Words(
        N_("A policy, and From aligned with the envelope sender or with the signature's domain")
    ),
    why=Words(
        N_(
            "Large providers want a DMARC policy of whoever sends much mail, and by it they tell"
            " forged mail from yours."
        )
    ),
)
MISSING = N_("%(domain)s publishes no DMARC policy.")
SEVERAL = N_("%(host)s has several DMARC records, so that receivers use none. Leave one.")
BROKEN = N_("The DMARC record %(record)s can't be read, so that receivers ignore it.")
UNALIGNED = N_(
    "From is of %(domain)s, and the envelope sender of %(other)s: SPF does not count for DMARC, and"
    " no DKIM key of %(domain)s is known. Use an envelope sender of %(domain)s, or have the service"
    " that sends sign with DKIM for it."
)
UNDECIDED = N_(
    "From is of %(domain)s, and the envelope sender of %(other)s, so that all depends on DKIM, of"
    " which not all could be looked up: look again in a few minutes."
)
LENIENT = N_(
    "The policy is none: forged mail is delivered all the same. Once the reports show that all of"
    " your own mail passes, make it quarantine."
)
NAMELESS = N_(
    "The DMARC record names no policy that receivers know, so that they take it for none. Once the"
    " reports show that all of your own mail passes, make it quarantine."
)
BLIND = N_(
    "The policy is none, and no reports are asked for, so that nobody sees who sends in your name."
    " Ask for reports first."
)
PARTLY = N_("The policy is %(policy)s for %(percent)s percent of the mail. Make it all of it.")
GOOD = N_("The policy is %(policy)s, and your mail is aligned.")
REPORTS = N_(
    "Reports are to go to %(address)s, but %(host)s does not publish that it takes them, so that"
    " none is sent."
)
NO_ADDRESS = N_(
    "Reports are to go to %(address)s, which is no address that receivers send to, so that none is"
    " sent. Write mailto: before a mail address."
)

Signatures = Callable[[], Sequence[Finding]]


@dataclass(frozen=True, slots=True)
class Published:
    """The DMARC records that count for a domain, at `name`, which is of `domain`."""

    name: str
    domain: str
    records: list[str]


def find(question: Question, ask: Ask, deadline: Deadline, signatures: Signatures) -> list[Finding]:
    """The policy for From; `signatures` waits for what is found of DKIM."""
    try:
        published = _published(question.domain, ask, deadline)
    except LookupFailed as failed:
        found = [POLICY.finding(State.UNKNOWN, "dmarc-unknown", NOT_KNOWN, host=failed.name)]
    else:
        found = list(_judged(question, published, signatures, ask, deadline))
    fits = {"policy": None, "aligned": _is_aligned(question, None, signatures())}
    return [replace(each, more={**fits, **each.more}) for each in found]


def _published(domain: str, ask: Ask, deadline: Deadline) -> Published:
    """What counts for `domain`: its own, else that of its organisational domain (6.6.3)."""

    def published(each: str) -> Published | LookupFailed:
        name = f"_dmarc.{each}"
        try:
            return Published(name, each, versioned(texts(name, ask, deadline), VERSION))
        except LookupFailed as failed:
            return failed

    found = together(published, dict.fromkeys((domain, organisation(domain))))
    for each in found:
        if isinstance(each, LookupFailed):
            raise each
        if each.records:
            return each
    return Published(f"_dmarc.{domain}", domain, [])


def _judged(
    question: Question,
    published: Published,
    signatures: Signatures,
    ask: Ask,
    deadline: Deadline,
) -> Iterator[Finding]:
    below = published.domain != question.domain
    policies = [Policy.read(each, of_sub_domain=below) for each in published.records]
    match policies:
        case []:
            there = is_there(question.domain, ask, deadline)
            text, domain = MISSING if there else NO_DOMAIN, question.domain
            first = _first_record(published) if there else None
            yield POLICY.finding(State.MISSING, "dmarc-missing", text, first, domain=domain)
        case [None]:
            first, record = _first_record(published), published.records[0]
            yield POLICY.finding(State.WRONG, "dmarc-broken", BROKEN, first, record=record)
        case [Policy() as policy]:
            fits = _is_aligned(question, policy, signatures())
            more = {"policy": policy.name, "aligned": fits, "reports": list(policy.reports)}
            findings = (
                _of_policy(question, published, policy, fits=fits),
                *_lost_reports(published.domain, policy, ask, deadline),
            )
            yield from (replace(each, more=more) for each in findings)
        case _:
            yield POLICY.finding(State.WRONG, "dmarc-several", SEVERAL, host=published.name)


def _is_aligned(
    question: Question, policy: Policy | None, signatures: Sequence[Finding]
) -> bool | None:
    """Whether the envelope sender or a signature fits From, as the policy wants it (3.1).

    None where that depends on a key that could not be looked up.
    """
    aspf, adkim = (policy.aspf, policy.adkim) if policy else (RELAXED, RELAXED)
    by_spf = aligned(question.domain, question.envelope_domain, aspf)
    by_dkim = (aligned(question.domain, each, adkim) for each in signing_domains(signatures))
    if by_spf or any(by_dkim):
        return True
    return None if any(each.state is State.UNKNOWN for each in signatures) else False


def _of_policy(
    question: Question, published: Published, policy: Policy, *, fits: bool | None
) -> Finding:
    """What there is to say of a policy that receivers can read."""
    if not fits:
        names = {"domain": question.domain, "other": question.envelope_domain}
        if fits is None:
            return POLICY.finding(State.UNKNOWN, "dmarc-unknown", UNDECIDED, **names)
        return POLICY.finding(State.WRONG, "dmarc-unaligned", UNALIGNED, **names)
    own = published.domain == question.domain
    if policy.name == NONE and not policy.reports:
        better = policy.with_tags(rua=f"mailto:postmaster@{published.domain}")
        return _note("dmarc-none", BLIND, published, better)
    if policy.name == NONE:
        better = policy.with_tags(**{"p" if own else "sp": QUARANTINE})
        return _note("dmarc-none", LENIENT if policy.named else NAMELESS, published, better)
    if policy.percent < ALL:
        told = {"policy": policy.name, "percent": str(policy.percent)}
        return _note("dmarc-partly", PARTLY, published, policy.with_tags(pct=str(ALL)), **told)
    return POLICY.finding(State.GOOD, "dmarc-good", GOOD, policy=policy.name)


def _lost_reports(domain: str, policy: Policy, ask: Ask, deadline: Deadline) -> Iterator[Finding]:
    """The places that get no reports, though they are to.

    Another organisation has to say that it takes them (7.1).
    """
    for each in policy.unusable:
        yield POLICY.finding(State.NOTE, "dmarc-reports", NO_ADDRESS, address=each)

    def taken(host: str) -> bool:
        name = f"{domain}._report._dmarc.{host}"
        try:
            return bool(versioned(texts(name, ask, deadline), VERSION))
        except LookupFailed:
            return True  # as far as is known

    own = organisation(domain)
    others = [
        (address, host) for address, host in policy.reports.items() if organisation(host) != own
    ]
    answers = together(taken, [host for _, host in others])
    for (address, host), fine in zip(others, answers, strict=True):
        if not fine:
            told = {"address": address, "host": host}
            yield POLICY.finding(State.NOTE, "dmarc-reports", REPORTS, **told)


def _first_record(published: Published) -> Record:
    value = f"{VERSION}; p={NONE}; rua=mailto:postmaster@{published.domain}"
    return Record(name=published.name, type="TXT", value=value)


def _note(name: str, text: str, published: Published, better: str, /, **params: str) -> Finding:
    record = Record(name=published.name, type="TXT", value=better)
    return POLICY.finding(State.NOTE, name, text, record, **params)
