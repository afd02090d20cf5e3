"""The providers of mail services (data/providers.json), and how their servers are recognised."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from smtp_panel.diagnosis.limits import DocumentedLimit, documented
from smtp_panel.diagnosis.wordings import Phrases
from smtp_panel.net.dns import endings_of

DATA = files("smtp_panel.diagnosis") / "data"
TABLE = DATA / "providers.json"
JAPANESE = DATA / "ja" / "providers.toml"

MOST_SERVERS = 256  # whose providers are remembered: an installation asks of few
FIXED = "fixed:"  # before a user name that everybody has
_EUROPEAN = frozenset(  # endings of the countries that providers serve from .eu
    (
        *("at", "be", "bg", "ch", "cy", "cz", "de", "dk", "ee", "es", "fi", "fr", "gr", "hr"),
        *("hu", "ie", "it", "lt", "lu", "lv", "mt", "nl", "pl", "pt", "ro", "se", "si", "sk"),
    )
)
# How the hosts are called at which mail comes in (mail exchangers).
_EXCHANGER = re.compile(r"([a-z]*mx|mta|mail-?in|smtp-?in|inbound)[a-z]*\d*[.-]", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """A server for sending; `host` may hold blanks to fill, such as {domain}.

    `tls` is "implicit" or "starttls"; `region` where it stands, of a provider that has several;
    `match` the domains, or the suffixes of MX hosts, for whose mail it is meant. `label` says for
    whom or what it is, where that is not everybody.
    """

    host: str
    port: int
    tls: str
    label: str
    region: str
    match: frozenset[str]
    unsure: bool

    def is_called(self, server: str) -> bool:
        """Whether `server` is its name, with all blanks filled in but by a domain."""
        return "{domain}" not in self.host and bool(_filled(self.host).fullmatch(server.lower()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider: the names of its mail servers, and what else gives it away.

    `servers` are its hosts, the best first, each with its port; `ports` all at which they take
    mail; `server_names` finds any server of its network by name, `says` its servers by their words.
    `kind` is what it offers, `secret` what it wants as the password, which it calls `secret_name`
    (empty: as everybody does), `username` as the user name,
    `senders` whom it lets send, as docs/catalogue.md lists them, and `auth` the ways to sign in.
    `mx` are the suffixes of its MX hosts, of which those in `mx_shared` serve others as well.
    `spf` are the names that its customers' SPF records include, `dkim` the selectors of its
    signatures, which may hold blanks, such as {date}, and `dkim_cnames` the names at which the keys
    of some of them are, for CNAME records. One with an `own_envelope` sends with an envelope sender
    of its own. `limits` are what it lets through. `notes` tell by language what an administrator
    has to know before the first test, with links (https), and `help` is the provider's own page,
    empty where none is known. What is `testing` delivers nothing, `no_smtp` offers no SMTP;
    `source` says where each fact is from.
    """

    id: str
    name: str
    kind: str
    servers: tuple[tuple[str, int], ...]
    ports: frozenset[int]
    secret: str
    secret_name: str
    username: str
    senders: str
    auth: tuple[str, ...]
    domains: tuple[str, ...]
    mx: tuple[str, ...]
    mx_shared: frozenset[str]
    aliases: tuple[str, ...]
    mail_servers: tuple[MailServer, ...]
    notes: Mapping[str, str] = field(hash=False)
    help: str
    spf: tuple[str, ...]
    dkim: tuple[str, ...]
    dkim_cnames: Mapping[str, str] = field(hash=False)
    own_envelope: bool
    limits: tuple[DocumentedLimit, ...]
    no_smtp: bool
    testing: bool
    unsure: bool
    source: tuple[str, ...]
    server_names: re.Pattern[str] | None = None
    says: Phrases

    def has_mailbox(self, username: str) -> bool:
        """Whether `username` may be an address at one of its own domains."""
        return "@" not in username or domain_of(username) in self.domains

    @property
    def fixed_username(self) -> str:
        """The user name that it has for everybody; empty where it has none."""
        _, fixed, username = self.username.partition(FIXED)
        return username if fixed else ""

    def runs(self, server: str) -> bool:
        """Whether the host name `server` is one of its own."""
        return (
            self.lists(server)
            or bool(self.server_names and self.server_names.search(server))
            or (self.kind == "mailbox" and self.has_beside_mail(server))
            or self.receives_at(server)
        )

    def receives_at(self, server: str) -> bool:
        """Whether mail for its customers alone comes in at the host name `server`.

        Below a domain at which it sends as well that is told by the name, such as mx01.
        """
        sending = {ending for host, _ in self.servers for ending in endings_of(host)}
        known = self.has_exchangers_at(server, except_at=sending)
        return known or (bool(_EXCHANGER.match(server)) and self.has_exchangers_at(server))

    def has_exchangers_at(self, host: str, *, except_at: Collection[str] = ()) -> bool:
        """Whether `host` is one of the suffixes of its MX hosts, or below one, that nobody shares.

        Those in `except_at` are left out.
        """
        own = set(self.mx) - self.mx_shared - set(except_at)
        return not own.isdisjoint(endings_of(host.lower()))

    def has_beside_mail(self, host: str) -> bool:
        """Whether `host` is one of its mail domains, or right below one, as people guess them."""
        host = host.lower()
        return not {host, host.partition(".")[2]}.isdisjoint(self.domains)

    def lists(self, server: str) -> bool:
        """Whether the host name `server` is one of those that it names for sending."""
        return any(host == server.lower() for host, _ in self.servers)

    def region_of(self, server: str) -> str:
        """The region for which the host name `server` is; empty where it is not one of its own."""
        host = host_typed(server)
        return next((each.region for each in self.mail_servers if each.host == host), "")

    def best_server(self, server: str, port: int = 0) -> tuple[str, int | str]:
        """The best of its hosts and its port: `server` itself, where it is one; else empty.

        Of hosts for several regions that which is most like `server`, and so keeps its region; of
        its ports `port`, where it is one of them.
        """
        own = [(server.lower(), each) for each in self.ports_of(server)]
        alike = sorted(self.servers, key=lambda each: -likeness(each[0], server))
        host, best = next(iter((*own, *alike)), ("", ""))
        return host, port if port in self.ports_of(host) else best

    def ports_of(self, server: str) -> tuple[int, ...]:
        """The ports at which its host `server` takes mail, the best first; none of another host."""
        own = [each.port for each in self.mail_servers if each.is_called(server)]
        return (*own, *(self.ports if self.lists(server) else ()))

    def dkim_cname(self, selector: str, domain: str) -> str:
        """The name at which it has the key of `selector`, one of `dkim_cnames`, for a `domain`."""
        return self.dkim_cnames[selector].format(domain=domain, dashed=domain.replace(".", "-"))

    def speaks(self, said: str) -> bool:
        """Whether `said`, the folded words of a server, are its own."""
        return self.says.found_in(said)


@cache
def providers() -> tuple[Provider, ...]:
    """All providers; what else the table tells of each is written in docs/catalogue.md."""
    japanese = tomllib.loads(JAPANESE.read_text(encoding="utf-8"))
    rows = json.loads(TABLE.read_text(encoding="utf-8"))
    return tuple(_provider(row, {"en": row["note"], "ja": japanese[row["id"]]}) for row in rows)


def provider_of_id(wanted: str | None) -> Provider | None:
    """The provider with this id; None where the table has it no more."""
    return next((each for each in providers() if each.id == wanted), None)


def recognise(server: str, said: str) -> tuple[Provider, ...]:
    """The providers that the name of the `server`, or what it `said` (folded), gives away.

    Those that own this very name, then those of its domain, of its network, and of its words.
    """
    own = of_server(server)
    named = sorted(own, key=lambda each: (not each.lists(server), not each.has_beside_mail(server)))
    speaking = [each for each in providers() if each.speaks(said) and each not in named]
    return (*named, *speaking)


@lru_cache(maxsize=MOST_SERVERS)
def of_server(server: str) -> tuple[Provider, ...]:
    """The providers to which the host name `server` belongs."""
    return tuple(each for each in providers() if each.runs(server)) if server else ()


def provider_meant(server: str, username: str) -> Provider | None:
    """The provider to which the host name `server`, as it is typed, belongs; None where nobody's.

    Of several that share it, that at whose domain `username` is an address, else for an address at
    a domain of one's own that for such domains.
    """
    host = host_typed(server)
    found = of_server(host)
    owners = [each for each in found if each.lists(host)] or list(found)
    domain = domain_of(username)
    at_domain = [each for each in owners if domain in each.domains]
    for_domains = [each for each in owners if domain and each.kind != "mailbox"]
    return next(iter((*at_domain, *for_domains, *owners)), None)


def domain_of(username: str) -> str:
    """The domain of a user name that is a mail address; else empty."""
    return username.rpartition("@")[2].lower() if "@" in username else ""


def host_typed(text: str) -> str:
    """The host name that is meant by what is typed: without blanks, capitals and the last dot."""
    return text.strip().rstrip(".").lower()


def likeness(host: str, other: str) -> int:
    """How many words of `host` are in the name `other`, such as zoho and com.

    Its ending counts as eu, too, where it is that of a country of Europe.
    """
    first, second = (set(re.split(r"[.-]", name.lower())) for name in (host, other))
    region = {"eu"} & first if other.lower().rpartition(".")[2] in _EUROPEAN else set()
    return len(first & second | region)


@cache
def _filled(host: str) -> re.Pattern[str]:
    """What fits `host` with something in each of its blanks."""
    return re.compile(r"[^.]+".join(map(re.escape, re.split(r"\{\w+\}", host))))


def _provider(table: dict[str, Any], notes: Mapping[str, str]) -> Provider:
    names = table.get("server_names")
    return Provider(
        id=table["id"],
        name=table["name"],
        kind=table["kind"],
        servers=tuple((server["host"], server["port"]) for server in table["servers"]),
        ports=frozenset((*(server["port"] for server in table["servers"]), *table["ports_extra"])),
        secret=table["secret"],
        secret_name=table.get("secret_name", ""),
        username=table["username"],
        senders=table["from"],
        auth=tuple(table["auth"]),
        domains=tuple(table["domains"]),
        mx=tuple(table["mx"]),
        mx_shared=frozenset(table.get("mx_shared", ())),
        aliases=tuple(table.get("aliases", ())),
        mail_servers=tuple(
            map(_mail_server, (*table["servers"], *table.get("servers_pattern", ())))
        ),
        notes=notes,
        help=table.get("help", ""),
        spf=tuple(table.get("spf", ())),
        dkim=tuple(table.get("dkim", ())),
        dkim_cnames=table.get("dkim_cnames", {}),
        own_envelope=table.get("own_envelope", False),
        limits=tuple(map(documented, table.get("limits", ()))),
        no_smtp=table.get("no_smtp", False),
        testing=table.get("testing", False),
        unsure=table.get("unsure", False),
        source=tuple(table["source"]),
        server_names=re.compile(names, re.IGNORECASE) if names else None,
        says=Phrases(table.get("says", ())),
    )


def _mail_server(table: dict[str, Any]) -> MailServer:
    return MailServer(
        host=table["host"],
        port=table["port"],
        tls=table["tls"],
        label=table.get("label", ""),
        region=table.get("region", ""),
        match=frozenset(table.get("match", ())),
        unsure=table.get("unsure", False),
    )
