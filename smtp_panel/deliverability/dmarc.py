"""DMARC: what receivers do with mail that only claims to be from the domain (RFC 9989)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from smtp_panel.deliverability.alignment import RELAXING, Alignment, Misalignment
from smtp_panel.deliverability.dkim import Signatures
from smtp_panel.deliverability.finding import NOT_KNOWN, CheckKind, Finding, Record, State, Topic
from smtp_panel.deliverability.hosts import NO_DOMAIN
from smtp_panel.deliverability.organisations import (
    DMARC_VERSION,
    WayUp,
    count_as_one,
    organisation,
    related,
)
from smtp_panel.deliverability.policy import (
    ALL,
    NONE,
    POLICIES,
    QUARANTINE,
    Policy,
)
from smtp_panel.deliverability.question import Question
from smtp_panel.deliverability.tags import is_there, versioned
from smtp_panel.net.dns import Lookup, LookupFailed
from smtp_panel.net.together import together
from smtp_panel.words import N_, Marked, Sentence

POLICY = Topic(
    CheckKind.DMARC,
    expected=Sentence(
        N_("A policy, and From aligned with the envelope sender or with the signature's domain")
    ),
    why=Sentence(
        N_(
            "Large providers want a DMARC policy of whoever sends much mail, and by it they tell"
            " forged mail from yours."
        )
    ),
)
REPORTING = Topic(
    CheckKind.DMARC,
    expected=Sentence(N_("Addresses for reports that take them")),
    why=Sentence(
        N_("By reports you see who sends in your name, and whether your own mail passes.")
    ),
    with_facts=False,
)
MISSING = N_("%(domain)s publishes no DMARC policy.")
SEVERAL = N_("%(host)s has several DMARC records, so that receivers use none. Leave one.")
BROKEN = N_("The DMARC record %(record)s can't be read, so that receivers ignore it.")
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
TESTED = N_(
    "The policy is %(policy)s, but t=y asks receivers to apply the next weaker one, as a test. Once"
    " the reports show that all of your own mail passes, take t=y out."
)
GOOD = N_("The policy is %(policy)s, and your mail is aligned.")
REPORTS = N_(
    "Reports are to go to %(address)s, but %(host)s does not publish that it takes them, so that"
    " none is sent. Have this record published there."
)
NO_ADDRESS = N_(
    "Reports are to go to %(address)s, which is no address that receivers send to, so that none is"
    " sent. Write mailto: before a mail address."
)


@dataclass(frozen=True, slots=True)
class Published:
    """The DMARC records that count for a domain, which are those of `domain`."""

    domain: str
    records: Sequence[str]

    @property
    def name(self) -> str:
        """Where they are."""
        return f"_dmarc.{self.domain}"

    def record(self, value: str) -> Record:
        """A record to publish there, in place of those that are."""
        return Record(self.name, "TXT", value, replaces=bool(self.records))


def find(question: Question, lookup: Lookup, signatures: Callable[[], Signatures]) -> list[Finding]:
    """The policy for From; `signatures` waits for what is found of DKIM."""
    try:
        way = WayUp.from_domain(question.domain, lookup)
        published = _published(way)
    except LookupFailed as failed:
        unknown = POLICY.finding(State.UNKNOWN, "dmarc-unknown", NOT_KNOWN, host=failed.name)
        fits = Alignment(question, None, signatures()).fits_any_policy
        return [replace(unknown, more={"policy": None, "aligned": fits})]
    found = _judged(question, published, signatures, lookup)
    more = {"policy": None, "aligned": Alignment(question, None, signatures()).fits}
    return [replace(each, more={**more, **each.more}) for each in found]


def _published(way: WayUp) -> Published:
    """What counts for the domain, which may be several records. Raises LookupFailed."""
    for domain in _places(way):
        if records := way.published_at(domain):
            return Published(domain, records)
    return Published(way.domain, [])


def _places(way: WayUp) -> Iterator[str]:
    """Where the policy may be: its own, or its organisation's (4.10.1), as older receivers know it.

    One that is above, of a public suffix, holds until there is one of these, and is not theirs to
    change.
    """
    yield way.domain
    if related(way.organisation, way.domain):
        yield way.organisation
    yield organisation(way.domain)


def _judged(
    question: Question,
    published: Published,
    signatures: Callable[[], Signatures],
    lookup: Lookup,
) -> Iterator[Finding]:
    below = published.domain != question.domain.lower()

    def one(domain: str, other: str) -> bool:
        return count_as_one(domain, other, lookup)

    policies = [Policy.read(each, of_sub_domain=below) for each in published.records]
    match policies:
        case []:
            there = is_there(question.domain, lookup)
            text, domain = MISSING if there else NO_DOMAIN, question.domain
            strictly = Alignment(question, None, signatures()).fits_strictly
            place = published if strictly else Published(organisation(domain), [])
            first = _first_record(place) if there else None
            yield POLICY.finding(State.MISSING, "dmarc-missing", text, first, domain=domain)
        case [None]:
            first, record = _first_record(published), published.records[0]
            yield POLICY.finding(State.WRONG, "dmarc-broken", BROKEN, first, record=record)
        case [Policy() as policy]:
            alignment = Alignment(question, policy, signatures(), one)
            more = {"policy": policy.name, "aligned": alignment.fits, "reports": [*policy.reports]}
            findings = (
                _of_policy(question, published, policy)
                if alignment.fits
                else _unaligned(alignment, published, policy, lookup),
                *_lost_reports(published, policy, lookup),
            )
            yield from (replace(each, more=more) for each in findings)
        case _:
            least = _one_of(policies)
            first = published.record(least.with_tags()) if least else _first_record(published)
            yield POLICY.finding(State.WRONG, "dmarc-several", SEVERAL, first, host=published.name)


def _one_of(policies: Sequence[Policy | None]) -> Policy | None:
    """The one that asks least of receivers, so that no mail is lost by it."""
    readable = [each for each in policies if each]
    return min(readable, key=lambda each: POLICIES.index(each.name), default=None)


def _unaligned(
    alignment: Alignment, published: Published, policy: Policy, lookup: Lookup
) -> Finding:
    """That mail does not fit From, as far as is known; the policy may be too strict for it."""
    trouble, record = alignment.trouble, None
    above = Published(alignment.names["organisation"], [])
    if trouble is Misalignment.STRICTLY:
        record = published.record(policy.with_tags(**RELAXING))
    elif trouble is Misalignment.APART and not _has_record(above.name, lookup):
        record = _first_record(above)
    return POLICY.finding(*trouble.value, record, **alignment.names)


def _of_policy(question: Question, published: Published, policy: Policy) -> Finding:
    """What there is to say of a policy that receivers can read, by which mail is aligned."""
    own = published.domain == question.domain
    if policy.name == NONE and not policy.reports:
        better = policy.with_tags(rua=f"mailto:postmaster@{published.domain}")
        return _note("dmarc-none", BLIND, published.record(better))
    if policy.name == NONE:
        better = policy.with_tags(**{"p" if own else "sp": QUARANTINE})
        return _note("dmarc-none", LENIENT if policy.named else NAMELESS, published.record(better))
    if policy.percent < ALL:
        told = {"policy": policy.name, "percent": str(policy.percent)}
        better = policy.with_tags("pct")
        return _note("dmarc-partly", PARTLY, published.record(better), **told)
    if policy.tested:
        record = published.record(policy.with_tags("t"))
        return _note("dmarc-tested", TESTED, record, policy=policy.name)
    return POLICY.finding(State.GOOD, "dmarc-good", GOOD, policy=policy.name)


def _lost_reports(published: Published, policy: Policy, lookup: Lookup) -> Iterator[Finding]:
    """The places that get no reports, though they are to.

    Another organisation has to say that it takes them (7.1).
    """
    if policy.unusable:
        own = f"mailto:postmaster@{published.domain}"
        record = published.record(policy.with_tags(rua=policy.usable_reports or own))
        for each in policy.unusable:
            yield REPORTING.finding(
                State.NOTE, "dmarc-no-address", NO_ADDRESS, record, address=each
            )

    others = {
        address: (f"{published.domain}._report._dmarc.{host}", host)
        for address, host in policy.reports.items()
        if not count_as_one(host, published.domain, lookup)
    }
    names = [name for name, _ in others.values()]
    answers = together(lambda name: _has_record(name, lookup), names)
    for (address, (name, host)), fine in zip(others.items(), answers, strict=True):
        if not fine:
            record = Record(name=name, type="TXT", value=DMARC_VERSION)
            told = {"address": address, "host": host}
            yield REPORTING.finding(State.NOTE, "dmarc-reports", REPORTS, record, **told)


def _has_record(name: str, lookup: Lookup) -> bool:
    """Whether a record of DMARC is at `name`, as far as is known."""
    try:
        return bool(versioned(name, DMARC_VERSION, lookup))
    except LookupFailed:
        return True


def _first_record(published: Published) -> Record:
    return published.record(f"{DMARC_VERSION}; p={NONE}; rua=mailto:postmaster@{published.domain}")


def _note(name: str, text: Marked, record: Record, /, **params: str) -> Finding:
    return POLICY.finding(State.NOTE, name, text, record, **params)
