"""The hosts of a domain: where its answers go (MX), and what the leaving addresses are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_address, ip_network

from smtp_panel.deliverability.finding import NOT_KNOWN, CheckKind, Finding, Record, State, Topic
from smtp_panel.deliverability.leaving import addresses_of, leaving
from smtp_panel.deliverability.organisations import organisation
from smtp_panel.deliverability.question import Question
from smtp_panel.net.dns import Kind, Lookup, LookupFailed
from smtp_panel.net.guard import is_public
from smtp_panel.net.together import together
from smtp_panel.words import N_, Sentence

SOFT = (State.GOOD, State.NOTE, State.UNKNOWN)
MOST_HOSTS = 10  # that are asked for their addresses


ANSWERS = Topic(
    CheckKind.MX,
    expected=Sentence(N_("MX records that name hosts which have addresses")),
    why=Sentence(
        N_(
            "Answers and bounces go there, and receivers distrust a domain that takes no mail"
            " itself."
        )
    ),
)
NO_DOMAIN = N_("There is no %(domain)s in the DNS. Check From for a slip of the pen.")
NO_MX = N_(
    "%(domain)s has neither an MX record nor an address, so that no answer can reach it. Publish"
    " the MX records that whoever keeps your mailboxes shows."
)
ONLY_ADDRESS = N_(
    "%(domain)s has no MX record. Mail goes to its own address then, which is seldom a mail server:"
    " if it is one, publish this record, and else those that whoever keeps your mailboxes shows."
)
NULL_MX = N_(
    "%(domain)s says that it takes no mail (a null MX), so that receivers may refuse mail from it."
    " Publish in its place the MX records that whoever keeps your mailboxes shows."
)
NULL_BESIDE = N_(
    "%(domain)s says that it takes no mail (a null MX), and beside it that mail goes to %(hosts)s."
    " Take the null MX out, for others may go by it."
)
DEAD_MX = N_(
    "These hosts of the MX have no address: %(hosts)s. Take them out, or publish their addresses."
)
NUMBER_MX = N_(
    "The MX names %(hosts)s: an MX has to name a host, not an address. Give that a name, such as"
    " mail.%(domain)s, and name it."
)
GOOD_MX = N_("Answers go to %(hosts)s.")

NAMES = Topic(
    CheckKind.PTR,
    expected=Sentence(N_("A name for each leaving address that leads back to it")),
    why=Sentence(
        N_(
            "Many receivers refuse mail from an address without a name, or whose name leads"
            " elsewhere."
        )
    ),
)
NO_PTR = N_(
    "%(address)s has no name. Have whoever gave you the address set one that leads back to it."
)
OTHER_PTR = N_(
    "%(address)s is called %(names)s, which does not lead back to it. Make name and address agree."
)
GOOD_PTR = N_("%(address)s is called %(names)s, and that leads back to it.")
RELAYS = N_(
    "Mail reaches its receivers from the addresses of the mail server. What those are called is up"
    " to whoever runs it."
)


def find_mx(question: Question, lookup: Lookup) -> list[Finding]:
    """Where answers to From go (RFC 5321, 5)."""
    domain = question.domain
    try:
        return [_mx(domain, lookup)]
    except LookupFailed as failed:
        return [ANSWERS.finding(State.UNKNOWN, "mx-unknown", NOT_KNOWN, host=failed.name)]


def _mx(domain: str, lookup: Lookup) -> Finding:
    answer = lookup(domain, "MX")
    if not answer.exists:
        return ANSWERS.finding(State.MISSING, "mx-no-domain", NO_DOMAIN, domain=domain)
    records = sorted(answer.mx)
    hosts = list(dict.fromkeys(each.host for each in records))
    if not hosts:
        return _without_mx(domain, lookup)
    return _without_sense(domain, hosts) or _of_hosts(hosts, lookup)


def _without_sense(domain: str, hosts: Sequence[str]) -> Finding | None:
    """What is wrong with the MX itself (RFC 7505, 3, and RFC 5321, 5.1)."""
    told = {"domain": domain, "hosts": ", ".join(filter(None, hosts))}
    if "" in hosts:
        name, text = ("mx-null-beside", NULL_BESIDE) if told["hosts"] else ("mx-null", NULL_MX)
        return ANSWERS.finding(State.WRONG, name, text, **told)
    if numbers := list(filter(_is_address, hosts)):
        told["hosts"] = ", ".join(numbers)
        return ANSWERS.finding(State.WRONG, "mx-address", NUMBER_MX, **told)
    return None


def _of_hosts(hosts: Sequence[str], lookup: Lookup) -> Finding:
    asked = hosts[:MOST_HOSTS]
    answers = together(lambda each: addresses_of(each, lookup), asked)
    found = dict(zip(asked, answers, strict=True))
    if dead := [each for each, addresses in found.items() if not addresses]:
        state = State.WRONG if len(dead) == len(found) else State.NOTE
        return ANSWERS.finding(state, "mx-dead", DEAD_MX, hosts=", ".join(dead))
    return ANSWERS.finding(State.GOOD, "mx-good", GOOD_MX, hosts=", ".join(hosts))


def _without_mx(domain: str, lookup: Lookup) -> Finding:
    if addresses_of(domain, lookup):
        same = Record(name=domain, type="MX", value=f"0 {domain}")  # as it is taken (RFC 5321, 5.1)
        return ANSWERS.finding(State.NOTE, "mx-implicit", ONLY_ADDRESS, same, domain=domain)
    return ANSWERS.finding(State.MISSING, "mx-missing", NO_MX, domain=domain)


def find_names(question: Question, lookup: Lookup) -> list[Finding]:
    """What the leaving addresses are called, and whether that leads back (RFC 1912, 2.1)."""
    networks = [ip_network(each, strict=False) for each in question.addresses]
    known = [str(each[0]) for each in networks if each.num_addresses == 1]
    left = None if networks else leaving(question, lookup)
    if left and left.failed:
        return [NAMES.finding(State.UNKNOWN, "ptr-unknown", NOT_KNOWN, host=left.failed)]
    guessed = list(left.addresses) if left else []
    public = filter(is_public, known or guessed)
    found = together(lambda each: _name(each, question, lookup), public)
    if guessed:  # mail may leave from others
        found = [each if each.state in SOFT else replace(each, state=State.NOTE) for each in found]
    return found or [NAMES.finding(State.NOTE, "ptr-of-relay", RELAYS)]


def _name(address: str, question: Question, lookup: Lookup) -> Finding:
    reverse, kind = ip_address(address).reverse_pointer, _kind_of(address)
    try:
        records = lookup(reverse, "PTR").records
        names = [each for each in records if isinstance(each, str)][:MOST_HOSTS]
        answers = together(lambda each: addresses_of(each, lookup, [kind]), names)
    except LookupFailed as failed:
        return NAMES.finding(State.UNKNOWN, "ptr-unknown", NOT_KNOWN, host=failed.name)
    found = dict(zip(names, answers, strict=True))
    told = {"address": address, "names": ", ".join(names)}
    if any(address in each for each in found.values()):
        return NAMES.finding(State.GOOD, "ptr-good", GOOD_PTR, **told)
    record = _leading_back(address, found, question.domain) or _naming(
        address, names, question.helo
    )
    if names:
        return NAMES.finding(State.WRONG, "ptr-elsewhere", OTHER_PTR, record, **told)
    return NAMES.finding(State.MISSING, "ptr-missing", NO_PTR, record, **told)


def _leading_back(address: str, found: Mapping[str, list[str]], domain: str) -> Record | None:
    """The address of a name of its own that has none of its kind yet."""
    own = (name for name, addresses in found.items() if not addresses)
    name = next((each for each in own if organisation(each) == organisation(domain)), None)
    return Record(name=name, type=_kind_of(address), value=address) if name else None


def _kind_of(address: str) -> Kind:
    return "A" if ip_address(address).version == 4 else "AAAA"


def _naming(address: str, names: Sequence[str], helo: str) -> Record | None:
    """The name that is said in HELO for an address that is not called so."""
    if "." not in helo or helo.lower() in names:
        return None
    return Record(ip_address(address).reverse_pointer, "PTR", helo, replaces=bool(names))


def _is_address(name: str) -> bool:
    with suppress(ValueError):
        return bool(ip_address(name))
    return False
