"""DKIM: can receivers find the key of the signatures (RFC 6376, 3.6)?"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from smtp_panel.deliverability.finding import NOT_KNOWN, CheckKind, Finding, Record, State, Topic
from smtp_panel.deliverability.organisations import organisation
from smtp_panel.deliverability.question import Question
from smtp_panel.deliverability.selectors import Selector
from smtp_panel.deliverability.tags import is_there, tags
from smtp_panel.diagnosis.providers import Provider, provider_meant
from smtp_panel.net.dns import Lookup, LookupFailed
from smtp_panel.net.together import together
from smtp_panel.words import N_, Marked, Sentence

SHORTEST, RECOMMENDED = 1024, 2048  # bits of an RSA key (RFC 8301, 3.2)
ED25519_OCTETS = 32  # RFC 8463, 4
UNNAMED = "dkim-no-selector"
SIGNING = Topic(
    CheckKind.DKIM,
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


def _broken(text: Marked) -> tuple[State, str, Marked]:
    return State.WRONG, "dkim-broken", text


class Key(Enum):
    """What stands at a selector: how that is, the id of it, and what is said of it."""

    GOOD = State.GOOD, "dkim-good", N_("%(host)s has a key that receivers can use.")
    WEAK = (
        State.NOTE,
        "dkim-1024",
        N_("The key at %(host)s has 1024 bits. It is taken; 2048 are recommended."),
    )
    TESTED = (
        State.NOTE,
        "dkim-testing",
        N_(
            "The key at %(host)s says that it is being tried out (t=y): receivers ignore it. Take"
            " that out once mail is signed by it."
        ),
    )
    UNKNOWN = State.UNKNOWN, "dkim-unknown", NOT_KNOWN
    MISSING = (
        State.MISSING,
        "dkim-missing",
        N_(
            "There is no key at %(host)s. Switch on DKIM at the service that sends your mail, and"
            " publish the record that it shows."
        ),
    )
    UNREADABLE = _broken(
        N_("What stands at %(host)s can't be read. Publish the record as the service shows it.")
    )
    SEVERAL = _broken(
        N_("%(host)s has several records, of which receivers can use none. Leave one.")
    )
    REVOKED = _broken(N_("The key at %(host)s is empty, which says that it was revoked."))
    DAMAGED = _broken(
        N_(
            "The key at %(host)s was damaged on the way. Publish the record anew, in one piece,"
            " without blanks or line breaks in it."
        )
    )
    SHORT = _broken(
        N_(
            "The key at %(host)s has less than 1024 bits, which no receiver takes. Have the service"
            " make a new one of 2048."
        )
    )
    OTHER_KIND = _broken(N_("The key at %(host)s is of a kind that receivers don't know."))
    OTHER_SERVICE = _broken(
        N_("The key at %(host)s is for something else than mail (s=). Leave that out.")
    )
    OTHER_HASH = _broken(
        N_("The key at %(host)s does not allow SHA-256 (h=), which is the one in use.")
    )

    @property
    def usable(self) -> bool:
        """Whether receivers can use it."""
        return self.value[0] in {State.GOOD, State.NOTE}


Keys = Mapping[Selector, Key]
ABSENT = (Key.MISSING, Key.UNREADABLE)


class Signatures(NamedTuple):
    """What is found of DKIM, and what stands at the selectors that are known."""

    findings: Sequence[Finding]
    keys: Keys

    @property
    def domains(self) -> list[str]:
        """The domains whose keys can be used."""
        return [selector.domain for selector, key in self.keys.items() if key.usable]

    @property
    def open(self) -> bool:
        """Whether a key could not be looked up."""
        return Key.UNKNOWN in self.keys.values()

    @property
    def unnamed(self) -> bool:
        """Whether there may be a key, under a selector that nobody has told."""
        return not self.keys


def find(question: Question, lookup: Lookup) -> Signatures:
    """What there is of each selector that was entered, or of those that the provider uses."""
    if question.selectors:
        keys = _keys(question.selectors, lookup)
        return Signatures(_told(keys), keys)
    domain = question.domain
    provider = provider_meant(question.server, f"@{domain}")
    usual = provider.dkim if provider and domain not in provider.domains else ()
    selectors = [Selector(name, domain) for name in usual if "{" not in name]
    if provider and selectors:
        keys = _keys(selectors, lookup)
        return Signatures(_of_provider(provider, keys), keys)
    return Signatures([_unknown(question, provider if usual else None, lookup)], {})


def _unknown(question: Question, provider: Provider | None, lookup: Lookup) -> Finding:
    """That no selector is known; where nothing stands at any (RFC 8020), that there is no key."""
    domains = dict.fromkeys((question.domain, organisation(question.domain)))
    hosts = [f"_domainkey.{each}" for each in domains]
    if not any(together(lambda host: is_there(host, lookup), hosts)):
        return SIGNING.finding(State.NOTE, UNNAMED, NO_KEYS, host=hosts[0])
    if provider:
        return SIGNING.finding(State.NOTE, UNNAMED, ITS_SELECTOR, provider=provider.name)
    return SIGNING.finding(State.NOTE, UNNAMED, NO_SELECTOR)


def _of_provider(provider: Provider, keys: Keys) -> Sequence[Finding]:
    """Those of its selectors that are there; a provider rarely uses all of them.

    What is no key there, such as a wildcard record, is nothing that it uses.
    """
    there = {selector: key for selector, key in keys.items() if key not in ABSENT}
    usable = {selector: key for selector, key in there.items() if key.usable}
    its = [selector for selector in keys if selector.name in provider.dkim_cnames]
    lacking = [selector for selector in its if selector not in there]
    if any(selector in usable for selector in its):
        return [*_told(usable), *_at_provider(provider, lacking, State.NOTE, IN_TURN)]
    missing = _at_provider(provider, lacking, State.MISSING, AT_PROVIDER)
    return _told(usable or there) or missing or [_none_of(provider, [*keys])]


def _at_provider(
    provider: Provider, selectors: Sequence[Selector], state: State, text: Marked
) -> list[Finding]:
    """That there is no key at `selectors`, each with the record that leads to the provider's."""
    return [
        SIGNING.finding(
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
    return SIGNING.finding(State.MISSING, "dkim-missing", NONE_OF, **told)


def _keys(selectors: Sequence[Selector], lookup: Lookup) -> Keys:
    found = together(lambda each: _key(each, lookup), selectors)
    return dict(zip(selectors, found, strict=True))


def _key(selector: Selector, lookup: Lookup) -> Key:
    try:
        found = lookup(selector.host, "TXT").texts
    except LookupFailed:
        return Key.UNKNOWN
    if not found:
        return Key.MISSING
    return Key.SEVERAL if len(found) > 1 else _read(tags(found[0]))


def _read(said: Mapping[str, str] | None) -> Key:
    """The key that the tags of a record hold."""
    if said is None or "p" not in said or said.get("v", "DKIM1") != "DKIM1":
        return Key.UNREADABLE
    if "v" in said and next(iter(said)) != "v":  # it has to be the first one (RFC 6376, 3.6.1)
        return Key.UNREADABLE
    if not {"*", "email"} & _listed(said, "s", "*"):
        return Key.OTHER_SERVICE
    if "sha256" not in _listed(said, "h", "sha256"):
        return Key.OTHER_HASH
    key = _of_kind(said.get("k", "rsa").lower(), "".join(said["p"].split()))
    return Key.TESTED if key.usable and "y" in _listed(said, "t", "") else key


def _listed(said: Mapping[str, str], name: str, usual: str) -> set[str]:
    """The words in the tag `name`, between colons (RFC 6376, 3.6.1)."""
    return {each.strip().lower() for each in said.get(name, usual).split(":")}


def _of_kind(kind: str, material: str) -> Key:
    if not material:
        return Key.REVOKED
    try:
        octets = base64.b64decode(material, validate=True)
    except ValueError:
        return Key.DAMAGED
    if kind == "ed25519":
        return Key.GOOD if len(octets) == ED25519_OCTETS else Key.DAMAGED
    return _of_rsa(octets) if kind == "rsa" else Key.OTHER_KIND


def _of_rsa(octets: bytes) -> Key:
    try:
        public = load_der_public_key(octets)
    except (ValueError, UnsupportedAlgorithm):
        return Key.DAMAGED
    if not isinstance(public, RSAPublicKey):
        return Key.OTHER_KIND
    if public.key_size < SHORTEST:
        return Key.SHORT
    return Key.WEAK if public.key_size < RECOMMENDED else Key.GOOD


def _told(keys: Keys) -> list[Finding]:
    """What is said of each key, which names its selector and domain to programs."""
    return [
        replace(
            SIGNING.finding(*key.value, host=selector.host),
            more={"selector": selector.name, "domain": selector.domain},
        )
        for selector, key in keys.items()
    ]
