"""Questions to the domain name system: what a name has, has not, or could not be asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import dns.exception
import dns.message
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver

from smtp_panel.net.deadline import Deadline
from smtp_panel.words import N_, Quoted, Sentence

Kind = Literal["A", "AAAA", "MX", "PTR", "SRV", "TXT"]
TOO_LATE = Sentence(N_("no answer in time"))
REFERRAL = Sentence(N_("the name server only refers to others"))
LONGEST_NAME, LONGEST_LABEL = 253, 63  # characters (RFC 1035, 2.3.4, without the root)
TRY_SECONDS = 1.0  # until a question is sent again, or to another name server


class LookupFailed(Exception):
    """`name` could not be asked for its records of a `kind`; `why` says what happened."""

    def __init__(self, name: str, kind: Kind, why: Sentence | Quoted) -> None:
        super().__init__(f"{name} could not be asked for {kind}: {why}")
        self.name = name
        self.kind = kind
        self.why = why


class MX(NamedTuple):
    """A host that takes mail (RFC 5321, 5); it is empty where none does (RFC 7505)."""

    preference: int
    host: str


class SRV(NamedTuple):
    """A host that offers a service (RFC 2782); it is empty where none does."""

    priority: int
    weight: int
    port: int
    target: str


DNSRecord = str | bytes | MX | SRV


class Answer(NamedTuple):
    """The records that a name has of one kind; where it does not exist there are none.

    An address or the name of a PTR is text, a TXT the octets of its strings, joined. Names are in
    lower case, without the final dot.
    """

    exists: bool
    records: tuple[DNSRecord, ...]

    @property
    def mx(self) -> list[MX]:
        """The records, of a question for MX."""
        return [each for each in self.records if isinstance(each, MX)]

    @property
    def texts(self) -> list[str]:
        """The records, of a question for TXT; what is not ASCII becomes U+FFFD."""
        return [each.decode("ascii", "replace") for each in self.records if isinstance(each, bytes)]


Ask = Callable[[str, Kind, Deadline], Answer]
Lookup = Callable[[str, Kind], Answer]  # an Ask whose deadline is settled

NOTHING = Answer(exists=False, records=())


class NameServers:
    """Name servers to ask, over UDP and where need be TCP.

    They are `servers`, each an IP address and a port, or without any those of the system. The one
    that answered last is asked first, so that one that is down makes nobody wait for every answer.
    """

    def __init__(self, servers: Sequence[tuple[str, int]] = ()) -> None:
        self._servers = servers
        self._answered: tuple[str | None, int | None] | None = None

    def ask(self, name: str, kind: Kind, deadline: Deadline) -> Answer:
        """What `name`, in its ASCII form, has of a `kind`. Safe to use from threads.

        A name that can't exist, such as one with too long a label, has nothing. Raises LookupFailed
        where nothing is known: no answer before the deadline, SERVFAIL, a refusal, a referral.
        """
        try:
            return self._ask(name, kind, deadline)
        except (TimeoutError, dns.exception.Timeout):
            raise LookupFailed(name, kind, TOO_LATE) from None
        except dns.resolver.NoNameservers as error:
            raise LookupFailed(name, kind, _answered(error)) from None
        except dns.exception.DNSException as error:
            raise LookupFailed(name, kind, Quoted(str(error))) from None
        except OSError as error:
            raise LookupFailed(name, kind, Quoted(error.strerror or str(error))) from None

    def _ask(self, name: str, kind: Kind, deadline: Deadline) -> Answer:
        try:
            asked = dns.name.Name((*name.removesuffix(".").encode().split(b"."), b""))
            found = self._found(asked, kind, deadline)
        except (dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel):
            return NOTHING
        except dns.resolver.NXDOMAIN:
            return NOTHING
        if found is None:
            raise LookupFailed(name, kind, REFERRAL)
        return Answer(exists=True, records=tuple(_record(kind, each) for each in found))

    def _found(
        self, name: dns.name.Name, kind: Kind, deadline: Deadline
    ) -> dns.resolver.Answer | None:
        """What the first name server says that does not only refer to others; None from none."""
        resolver = self._resolver()
        while resolver.nameservers:
            found = resolver.resolve(
                name,
                kind,
                raise_on_no_answer=False,
                lifetime=deadline.remaining(),
                search=False,
            )
            if found.rrset is not None or not _refers_to_others(found.response):
                self._answered = found.nameserver, found.port
                return found
            resolver.nameservers = resolver.nameservers[1:]
        return None

    def _resolver(self) -> dns.resolver.Resolver:
        resolver = dns.resolver.Resolver(configure=not self._servers)
        servers = self._servers or [(str(host), resolver.port) for host in resolver.nameservers]
        resolver.nameservers = [
            dns.nameserver.Do53Nameserver(host, port)
            for host, port in sorted(servers, key=lambda each: each != self._answered)
        ]
        resolver.timeout = TRY_SECONDS
        return resolver


def endings_of(name: str) -> list[str]:
    """`name` and the domains above it, the nearest first; none where no name may be as long."""
    labels = name.split(".") if len(name) <= LONGEST_NAME else []
    return [".".join(labels[place:]) for place in range(len(labels))]


def _refers_to_others(response: dns.message.Message) -> bool:
    """Whether an answer without records says only who may have them (RFC 2308, 2.2)."""
    kinds = {each.rdtype for each in response.authority}
    return dns.rdatatype.NS in kinds and dns.rdatatype.SOA not in kinds


def _record(kind: Kind, data: Any) -> DNSRecord:
    match kind:
        case "MX":
            return MX(data.preference, _host(data.exchange))
        case "SRV":
            return SRV(data.priority, data.weight, data.port, _host(data.target))
        case "PTR":
            return _host(data.target)
        case "TXT":
            return b"".join(data.strings)
        case _:
            return str(data.address)


def _host(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower().removesuffix(".")


def _answered(error: dns.resolver.NoNameservers) -> Quoted:
    """What the name servers answered, in the words of RFC 1035, such as SERVFAIL."""
    errors = error.kwargs.get("errors", [])
    return Quoted(", ".join(dict.fromkeys(str(each[3]) for each in errors)) or str(error))
