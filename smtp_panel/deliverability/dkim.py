"""DKIM: can receivers find the key of the signatures (RFC 6376, 3.6)?"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from smtp_panel.deliverability.finding import NOT_KNOWN, Check, Finding, Record, State, Topic
from smtp_panel.deliverability.organisations import organisation
from smtp_panel.deliverability.question import Question
from smtp_panel.deliverability.selectors import Selector
from smtp_panel.deliverability.tags import is_there, tags, texts
from smtp_panel.diagnosis.providers import Provider, provider_meant
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import Ask, LookupFailed
from smtp_panel.net.together import together
from smtp_panel.words import N_, Marked, Sentence

SHORTEST, RECOMMENDED = 1024, 2048  # bits of an RSA key (RFC 8301, 3.2)
ED25519_OCTETS = 32  # RFC 8463, 4
UNNAMED = "dkim-no-selector"
USABLE = (State.GOOD, State.NOTE)
KEY = Topic(
    Check.DKIM,
    expected=Sentence(N_("A public key, published by the service that signs")),
    why=Sentence(
        N_(
            "A signature that receivers can check survives forwarding, where SPF does not, and"
            " builds the reputation of your domain."
        )
    ),
)
NO_SELECTOR = N_(
    "Under which name the key stands, its selector, is not known. A message that has arrived says"
    " it in its header: s= in the line DKIM-Signature."
)
ITS_SELECTOR = N_(
    "%(provider)s gives each customer a selector of another name, so that none can be tried. It is"
    " shown where DKIM is set up there, and a message that has arrived says it in its header: s= in"
    " the line DKIM-Signature."
)
NO_KEYS = N_(
    "There seems to be no key: the DNS has nothing below %(host)s. Switch on DKIM at the service"
    " that sends your mail, and publish the record that it shows."
)
NOT_SIGNED = N_(
    "There is no key at %(host)s. Switch on DKIM at the service that sends your mail, and publish"
    " the record that it shows."
)
NONE_OF = N_(
    "None of the names at which %(provider)s has keys has one: %(hosts)s. Switch on DKIM there for"
    " %(domain)s, and publish the record that it shows."
)
AT_PROVIDER = N_(
    "There is no key at %(host)s. %(provider)s has one for you: publish the record that leads to"
    " it, and then switch on DKIM there for %(domain)s."
)
IN_TURN = N_(
    "There is no key at %(host)s. %(provider)s signs by its keys in turn, so that mail signed by"
    " this one fails: publish the record of each."
)
GOOD = N_("%(host)s has a key that receivers can use.")
NO_KEY = N_("What stands at %(host)s can't be read. Publish the record as the service shows it.")
BROKEN = {
    "several": N_("%(host)s has several records, of which receivers can use none. Leave one."),
    "tags": NO_KEY,
    "revoked": N_("The key at %(host)s is empty, which says that it was revoked."),
    "base64": N_(
        "The key at %(host)s was damaged on the way. Publish the record anew, in one piece, without"
        " blanks or line breaks in it."
    ),
    "short": N_(
        "The key at %(host)s has less than 1024 bits, which no receiver takes. Have the service"
        " make a new one of 2048."
    ),
    "kind": N_("The key at %(host)s is of a kind that receivers don't know."),
    "service": N_("The key at %(host)s is for something else than mail (s=). Leave that out."),
    "hash": N_("The key at %(host)s does not allow SHA-256 (h=), which is the one in use."),
}
NOTES = {
    "testing": N_(
        "The key at %(host)s says that it is being tried out (t=y): receivers ignore it. Take that"
        " out once mail is signed by it."
    ),
    "1024": N_("The key at %(host)s has 1024 bits. It is taken; 2048 are recommended."),
}


def find(question: Question, ask: Ask, deadline: Deadline) -> list[Finding]:
    """What there is of each selector that was entered, or of those that the provider uses."""
    if question.selectors:
        return together(lambda each: _entered(each, ask, deadline), question.selectors)
    domain = question.domain
    provider = provider_meant(question.server, f"@{domain}")
    usual = provider.dkim if provider and domain not in provider.domains else ()
    selectors = [Selector(name, domain) for name in usual if "{" not in name]
    if provider and selectors:
        return _of_provider(provider, selectors, ask, deadline)
    return [_unknown(question, provider if usual else None, ask, deadline)]


def _unknown(
    question: Question, provider: Provider | None, ask: Ask, deadline: Deadline
) -> Finding:
    """That no selector is known; where nothing stands at any (RFC 8020), that there is no key."""
    domains = dict.fromkeys((question.domain, organisation(question.domain)))
    hosts = [f"_domainkey.{each}" for each in domains]
    if not any(together(lambda host: is_there(host, ask, deadline), hosts)):
        return KEY.finding(State.NOTE, UNNAMED, NO_KEYS, host=hosts[0])
    if provider:
        return KEY.finding(State.NOTE, UNNAMED, ITS_SELECTOR, provider=provider.name)
    return KEY.finding(State.NOTE, UNNAMED, NO_SELECTOR)


def signing_domains(findings: Sequence[Finding]) -> list[str]:
    """The domains whose keys were found to be usable."""
    return [each.more["domain"] for each in findings if each.state in USABLE and each.more]


def is_signer_unknown(findings: Sequence[Finding]) -> bool:
    """Whether there may be a key under a selector that nobody has told."""
    return any(each.id == UNNAMED for each in findings)


def _entered(selector: Selector, ask: Ask, deadline: Deadline) -> Finding:
    try:
        found = texts(selector.host, ask, deadline)
    except LookupFailed:
        return _of(selector, State.UNKNOWN, "dkim-unknown", NOT_KNOWN)
    if not found:
        return _of(selector, State.MISSING, "dkim-missing", NOT_SIGNED)
    return _judged(selector, found)


def _of_provider(
    provider: Provider, selectors: Sequence[Selector], ask: Ask, deadline: Deadline
) -> list[Finding]:
    """Those of its selectors that are there; a provider rarely uses all of them.

    What is no key there, such as a wildcard record, is nothing that it uses.
    """
    found = together(lambda each: _entered(each, ask, deadline), selectors)
    there = [each for each in found if each.id != "dkim-missing" and each.found.message != NO_KEY]
    usable = [each for each in there if each.state in USABLE]
    pairs = [
        each for each in zip(selectors, found, strict=True) if each[0].name in provider.dkim_cnames
    ]
    lacking = [selector for selector, each in pairs if each not in there]
    if any(each in usable for _, each in pairs):
        return [*usable, *_at_provider(provider, lacking, State.NOTE, IN_TURN)]
    missing = _at_provider(provider, lacking, State.MISSING, AT_PROVIDER)
    return usable or there or missing or [_none_of(provider, selectors)]


def _at_provider(
    provider: Provider, selectors: Sequence[Selector], state: State, text: Marked
) -> list[Finding]:
    """That there is no key at `selectors`, each with the record that leads to the provider's."""
    return [
        KEY.finding(
            state,
            "dkim-missing",
            text,
            Record(name=each.host, type="CNAME", value=provider.dkim_cname(*each)),
            host=each.host,
            provider=provider.name,
            domain=each.domain,
        )
        for each in selectors
    ]


def _none_of(provider: Provider, selectors: Sequence[Selector]) -> Finding:
    hosts, domain = ", ".join(each.host for each in selectors), selectors[0].domain
    told = {"provider": provider.name, "hosts": hosts, "domain": domain}
    return KEY.finding(State.MISSING, "dkim-missing", NONE_OF, **told)


def _judged(selector: Selector, records: list[str]) -> Finding:
    broken = "several" if len(records) > 1 else _trouble(tags(records[0]))
    if broken in NOTES:
        return _of(selector, State.NOTE, f"dkim-{broken}", NOTES[broken])
    if broken:
        return _of(selector, State.WRONG, "dkim-broken", BROKEN[broken])
    return _of(selector, State.GOOD, "dkim-good", GOOD)


def _trouble(key: Mapping[str, str] | None) -> str:
    """What is wrong with a key record, or to be noted of it; empty where nothing is."""
    if key is None or "p" not in key or key.get("v", "DKIM1") != "DKIM1":
        return "tags"
    if "v" in key and next(iter(key)) != "v":  # it has to be the first one (RFC 6376, 3.6.1)
        return "tags"
    if not {"*", "email"} & _listed(key, "s", "*"):
        return "service"
    if "sha256" not in _listed(key, "h", "sha256"):
        return "hash"
    trouble = _trouble_of_key(key.get("k", "rsa").lower(), "".join(key["p"].split()))
    return "testing" if trouble in {"", "1024"} and "y" in _listed(key, "t", "") else trouble


def _listed(key: Mapping[str, str], name: str, usual: str) -> set[str]:
    """The words in the tag `name`, between colons (RFC 6376, 3.6.1)."""
    return {each.strip().lower() for each in key.get(name, usual).split(":")}


def _trouble_of_key(kind: str, material: str) -> str:
    if not material:
        return "revoked"
    try:
        octets = base64.b64decode(material, validate=True)
    except ValueError:
        return "base64"
    if kind == "ed25519":
        return "" if len(octets) == ED25519_OCTETS else "base64"
    return _trouble_of_rsa(octets) if kind == "rsa" else "kind"


def _trouble_of_rsa(octets: bytes) -> str:
    try:
        public = load_der_public_key(octets)
    except (ValueError, UnsupportedAlgorithm):
        return "base64"
    if not isinstance(public, RSAPublicKey):
        return "kind"
    if public.key_size < SHORTEST:
        return "short"
    return "1024" if public.key_size < RECOMMENDED else ""


def _of(selector: Selector, state: State, name: str, text: Marked) -> Finding:
    more = {"selector": selector.name, "domain": selector.domain}
    return replace(KEY.finding(state, name, text, host=selector.host), more=more)
