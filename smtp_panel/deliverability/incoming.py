"""What a domain says of mail to it, MTA-STS and TLS-RPT, and its logo, BIMI."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from smtp_panel.deliverability.finding import NOT_KNOWN, CheckKind, Finding, Record, State, Topic
from smtp_panel.deliverability.question import Question
from smtp_panel.deliverability.tags import is_there, tags, versioned
from smtp_panel.net import https
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import Lookup, LookupFailed
from smtp_panel.net.exchange import NotHTTP
from smtp_panel.net.fault import NetworkFault, NetworkKind
from smtp_panel.net.network import Network
from smtp_panel.words import N_, Sentence

MODES = frozenset({"enforce", "testing", "none"})
STS_VERSION, RPT_VERSION = "v=STSv1", "v=TLSRPTv1"
FIRST_ID, LONGEST_ID = "1", 32  # of a policy: letters and digits (RFC 8461, 3.1)
LONGEST_AGE = 31_557_600  # seconds, a year (RFC 8461, 3.2)
LONGEST_POLICY = 64 * 1024  # octets (RFC 8461, 3.2)
OK = 200
_DIGITS = re.compile(r"[0-9]{1,10}", re.ASCII)
_PATTERN = re.compile(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*\.?", re.ASCII | re.IGNORECASE)
_PLACE = re.compile(r"mailto:[^\s,!@]+@[^\s,!@]+|https://[^\s,!/?#]+[^\s,!]*", re.IGNORECASE)

STS = Topic(
    CheckKind.MTA_STS,
    expected=Sentence(N_("A record at _mta-sts, and the policy at the web server mta-sts")),
    why=Sentence(N_("With it, mail to your domain can't be read on the way by forcing TLS off.")),
)
WHOLE_STS = N_(
    "A record at _mta-sts, and at %(url)s a policy with the lines %(lines)s; testing may become"
    " enforce later"
)
NO_STS = N_(
    "%(domain)s has no MTA-STS. It protects mail to you, and is not needed for sending. To have it,"
    " serve the policy first, and publish the record once it can be read there."
)
STS_BROKEN = N_("The record at %(host)s can't be read: %(record)s.")
STS_NO_HOST = N_(
    "There is a record, but no %(host)s, where others look for the policy. Serve it there, or take"
    " the record out."
)
STS_CLOSED = N_(
    "There is a record, but nothing answers at %(host)s, where the policy is to be. Serve it there,"
    " or take the record out."
)
STS_NO_TLS = N_(
    "There is a record, but %(url)s can't be had by TLS: %(why)s. Give %(host)s a certificate that"
    " others accept, or take the record out."
)
STS_UNREACHED = N_(
    "There is a record, but no policy at %(url)s: %(why)s. Serve it there, or take the record out."
)
STS_FAULTS = {  # others may come of this network, and senders elsewhere get through
    NetworkKind.CERTIFICATE: STS_NO_TLS,
    NetworkKind.DNS_NOT_FOUND: STS_NO_HOST,
    NetworkKind.DNS_NO_ADDRESS: STS_NO_HOST,
    NetworkKind.REFUSED: STS_CLOSED,
    NetworkKind.TLS: STS_NO_TLS,
}
STS_UNKNOWN = N_(
    "There is a record, but the policy at %(url)s can't be had from this machine: %(why)s. Others"
    " may get it: look at it with a browser."
)
STS_POLICY = N_("The policy at %(url)s can't be read. Serve it as it is expected.")
STS_HOSTS = N_(
    "The policy does not name %(hosts)s, to which mail for you goes: it will not arrive. Add a line"
    " mx: for each, and then publish this record, by which others see that the policy has changed."
)
STS_GOOD = N_("The policy is %(mode)s.")

RPT = Topic(
    CheckKind.TLS_RPT,
    expected=Sentence(N_("A record that says where reports on TLS go")),
    why=Sentence(N_("By such reports you hear when others can't reach you by TLS.")),
)
NO_RPT = N_("%(domain)s asks for no reports on TLS. They are not needed for sending.")
RPT_BROKEN = N_("The record at %(host)s can't be read: %(record)s.")
RPT_GOOD = N_("Reports go to %(to)s.")

BIMI = Topic(
    CheckKind.BIMI,
    expected=Sentence(N_("Nothing; a logo is a nicety")),
    why=Sentence(N_("Some receivers show a logo beside mail whose DMARC policy is enforced.")),
)
NO_BIMI = N_("%(domain)s has no logo (BIMI).")
LOGO = N_("%(domain)s publishes a logo (BIMI): %(record)s.")


def find_sts(
    question: Question, network: Network, lookup: Lookup, deadline: Deadline
) -> list[Finding]:
    """The policy on TLS for mail to the domain (RFC 8461), which the domain itself serves."""
    domain, name = question.domain, f"_mta-sts.{question.domain}"
    try:
        records = versioned(name, STS_VERSION, lookup)
        answer = lookup(domain, "MX")
    except LookupFailed as failed:
        return [STS.finding(State.UNKNOWN, "mta-sts-unknown", NOT_KNOWN, host=failed.name)]
    hosts = [each.host for each in answer.mx if each.host]
    if not records:
        record = _sts_record(domain, FIRST_ID, replaces=False) if hosts else None
        found = STS.finding(State.NOTE, "mta-sts-missing", NO_STS, record, domain=domain)
    else:
        found = _of_records(domain, records, hosts, network, deadline)
    if found.state is State.GOOD or not hosts:
        return [found]
    lines = [
        "version: STSv1",
        "mode: testing",
        *(f"mx: {each}" for each in hosts),
        "max_age: 86400",
    ]
    told = {"url": _url(domain), "lines": " / ".join(lines)}
    return [replace(found, expected=Sentence(WHOLE_STS, told))]


def _of_records(
    domain: str, records: Sequence[str], hosts: Sequence[str], network: Network, deadline: Deadline
) -> Finding:
    """What there is to say of the records, and of the policy that they announce."""
    ids = [(tags(each) or {}).get("id", "") for each in records]
    if len(records) > 1 or not _is_id(ids[0]):
        usable = next(filter(_is_id, ids), FIRST_ID)
        told = {"host": f"_mta-sts.{domain}", "record": " / ".join(records)}
        record = _sts_record(domain, usable, replaces=True)
        return STS.finding(State.WRONG, "mta-sts-broken", STS_BROKEN, record, **told)
    changed = _sts_record(domain, _next_id(ids[0]), replaces=True)
    return _policy(domain, hosts, changed, network, deadline)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isalnum() and len(text) <= LONGEST_ID


def _next_id(used: str) -> str:
    """Another id than `used`, by which it is seen that the policy has changed (RFC 8461, 3.1)."""
    return str(int(used) + 1) if used.isdecimal() else f"{used[: LONGEST_ID - 1]}2"


def _sts_record(domain: str, policy_id: str, *, replaces: bool) -> Record:
    return Record(f"_mta-sts.{domain}", "TXT", f"{STS_VERSION}; id={policy_id}", replaces)


def _url(domain: str) -> str:
    return f"https://mta-sts.{domain}/.well-known/mta-sts.txt"


def _policy(
    domain: str, hosts: Sequence[str], changed: Record, network: Network, deadline: Deadline
) -> Finding:
    """What the domain's web server has, which has to name the `hosts` of the MX."""
    url = _url(domain)
    try:
        answer = https.get(url, {}, deadline, network, limit=LONGEST_POLICY)
    except NetworkFault as fault:
        told = {"host": f"mta-sts.{domain}", "url": url, "why": fault.error}
        if text := STS_FAULTS.get(fault.kind):
            return STS.finding(State.WRONG, "mta-sts-unreached", text, **told)
        return STS.finding(State.UNKNOWN, "mta-sts-unknown", STS_UNKNOWN, **told)
    except NotHTTP as error:
        return STS.finding(State.WRONG, "mta-sts-unreached", STS_UNREACHED, url=url, why=error.why)
    if answer.status != OK:
        why = f"HTTP {answer.status}"
        return STS.finding(State.WRONG, "mta-sts-unreached", STS_UNREACHED, url=url, why=why)
    return read_policy(url, answer.body.decode(errors="replace"), hosts, changed)


def read_policy(url: str, policy: str, hosts: Sequence[str], changed: Record) -> Finding:
    """Whether `policy` can be read (RFC 8461, 3.2), and mail for the domain arrives by it.

    Of a field that stands there twice the first one counts. By the record `changed` others see that
    it was mended.
    """
    lines = [line.partition(":") for line in policy.splitlines() if line]
    said = [(name, value.strip()) for name, _, value in lines]
    first = dict(reversed(said))
    patterns = [value for name, value in said if name == "mx"]
    mode, age = first.get("mode", ""), first.get("max_age", "")
    readable = (
        all(colon for _, colon, _ in lines)
        and first.get("version") == "STSv1"
        and mode in MODES
        and (mode == "none" or patterns)
        and all(map(_PATTERN.fullmatch, patterns))
        and _DIGITS.fullmatch(age)
        and int(age) <= LONGEST_AGE
    )
    if not readable:
        return STS.finding(State.WRONG, "mta-sts-policy", STS_POLICY, url=url)
    named = {each.lower().removesuffix(".") for each in patterns}
    left_out = [each for each in hosts if named.isdisjoint(_patterns_of(each.lower()))]
    if mode == "enforce" and left_out:
        told = ", ".join(left_out)
        return STS.finding(State.WRONG, "mta-sts-hosts", STS_HOSTS, changed, hosts=told)
    return STS.finding(State.GOOD, "mta-sts-good", STS_GOOD, mode=mode)


def _patterns_of(host: str) -> tuple[str, str]:
    """What names `host` in a policy: itself, or "*." in place of one label (RFC 8461, 4.1)."""
    return host, f"*.{host.partition('.')[2]}"


def find_tls_rpt(question: Question, lookup: Lookup) -> list[Finding]:
    """Where reports on TLS go (RFC 8460)."""
    name, domain = f"_smtp._tls.{question.domain}", question.domain
    try:
        records = versioned(name, RPT_VERSION, lookup)
    except LookupFailed:
        return [RPT.finding(State.UNKNOWN, "tls-rpt-unknown", NOT_KNOWN, host=name)]
    said = [(tags(each) or {}).get("rua", "") for each in records]
    places = [each.strip() for place in said for each in place.split(",")]
    usable = list(filter(_PLACE.fullmatch, places))
    if len(records) == 1 and usable == places:
        return [RPT.finding(State.GOOD, "tls-rpt-good", RPT_GOOD, to=", ".join(usable))]
    place = ",".join(usable) or f"mailto:postmaster@{domain}"
    record = Record(name, "TXT", f"{RPT_VERSION}; rua={place}", replaces=bool(records))
    if records:
        told = {"host": name, "record": " / ".join(records)}
        return [RPT.finding(State.WRONG, "tls-rpt-broken", RPT_BROKEN, record, **told)]
    offered = record if is_there(domain, lookup) else None
    return [RPT.finding(State.NOTE, "tls-rpt-missing", NO_RPT, offered, domain=domain)]


def find_bimi(question: Question, lookup: Lookup) -> list[Finding]:
    """Whether the domain has a logo; never more than a note."""
    name, domain = f"default._bimi.{question.domain}", question.domain
    try:
        records = versioned(name, "v=BIMI1", lookup)
    except LookupFailed:
        return [BIMI.finding(State.NOTE, "bimi-unknown", NOT_KNOWN, host=name)]
    if records:
        return [BIMI.finding(State.NOTE, "bimi-there", LOGO, domain=domain, record=records[0])]
    return [BIMI.finding(State.NOTE, "bimi-missing", NO_BIMI, domain=domain)]
