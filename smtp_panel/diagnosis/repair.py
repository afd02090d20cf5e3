"""What might work instead: changes of the settings that a check tries before it offers them.

Pure: the facts of a failure in, candidates out. `probe` finds out which of them work.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from typing import Any, Self

from smtp_panel.diagnosis.hosts import is_name, same_owner
from smtp_panel.diagnosis.providers import of_server
from smtp_panel.net.tls import TLSVersion
from smtp_panel.smtp.endpoint import IMPLICIT_TLS_PORT, Auth, Endpoint, Security, TLSStart
from smtp_panel.smtp.facts import Facts, FaultKind, Stage

SUBMISSION_PORT = 587  # RFC 6409
RELAY_PORT = 25
UNBLOCKED_PORT = 2525  # of relay services, where networks block the others
MOST_NAMES = 3  # of a certificate; a shared host's may name hundreds
# OpenSSL's X509_V_ERR numbers.
HAS_EXPIRED, SELF_SIGNED, SELF_SIGNED_ABOVE, NO_ISSUER, NO_CHAIN = 10, 18, 19, 20, 21
HOSTNAME_MISMATCH, IP_ADDRESS_MISMATCH = 62, 64
MISMATCHES = frozenset({HOSTNAME_MISMATCH, IP_ADDRESS_MISMATCH})
# What an admin may know better; a certificate that was revoked or is too weak is not among it.
TRUSTABLE = MISMATCHES | {HAS_EXPIRED, SELF_SIGNED, SELF_SIGNED_ABOVE, NO_ISSUER, NO_CHAIN}
# What the start of the conversation fails with when port or TLS are set for another service.
WRONG_DOOR = frozenset(
    {
        FaultKind.REFUSED,
        FaultKind.TIMEOUT,
        FaultKind.UNREACHABLE,
        FaultKind.CLOSED,
        FaultKind.TLS,
        FaultKind.NOT_SMTP,
        FaultKind.NOT_OFFERED,
        FaultKind.ERROR,
    }
)
OPENING = frozenset({Stage.CONNECT, Stage.BANNER, Stage.EHLO, Stage.STARTTLS, Stage.TLS})


@dataclass(frozen=True, slots=True)
class Repair:
    """A change of settings: `changes` are texts by form field, `id` says in a word what it does."""

    id: str
    changes: Mapping[str, str]

    def altered(self, endpoint: Endpoint) -> set[str]:
        """The fields that it really changes, of those that make `endpoint`."""
        now = {name: field_text(getattr(endpoint, name)) for name in self.changes}
        return {name for name, text in self.changes.items() if now[name] != text}

    def answers_at(self, port: int) -> Security | None:
        """How TLS starts with it where `port` stays as it is; else None."""
        ways = {each.value: each for each in (Security.STARTTLS, Security.IMPLICIT)}
        return ways.get(self.id) if self.changes.get("port") == str(port) else None

    def opens_beside(self, port: int) -> int | None:
        """The other port of the same server with it; None where `port` or the server's name is."""
        other = self.changes.get("port", str(port))
        return int(other) if other != str(port) and "server" not in self.changes else None

    @property
    def summary(self) -> str:
        """The change in a few words, without the text of a certificate."""
        return ", ".join(
            f"{name}={text}" if "\n" not in text else name for name, text in self.changes.items()
        )

    def to_json(self) -> dict[str, Any]:
        """The repair as JSON data."""
        return {"id": self.id, "changes": dict(self.changes)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The repair that `to_json` gave."""
        return cls(data["id"], data["changes"])


@dataclass(frozen=True, slots=True)
class Candidate:
    """A repair, and the endpoint as it would be with it."""

    repair: Repair
    endpoint: Endpoint


def candidates(
    endpoint: Endpoint,
    facts: Facts,
    likeliest: Mapping[str, str],
    locked: Collection[str] = (),
) -> tuple[Candidate, ...]:
    """The changes of `endpoint` that may mend the failure in `facts`, the likeliest first.

    `likeliest` is what the catalogue would change, as its entries write it. The fields in `locked`
    stay as they are.

    None of them leads to another machine, and none weakens what protects the conversation, but for
    a certificate that the admin is asked to trust, where the entry does so, and a relay without TLS
    that wants no password.
    """
    found = list(_candidates(endpoint, facts, likeliest))
    if likeliest.get("tls") == "" and not endpoint.username:
        found.append(_changed(endpoint, "without-tls", tls=False))
    possible = [each for each in found if each.repair.altered(endpoint).isdisjoint(locked)]
    wished = _filled(likeliest, endpoint)
    return tuple(sorted(possible, key=lambda each: not wished <= each.repair.changes.items()))


def _filled(changes: Mapping[str, str], endpoint: Endpoint) -> Set[tuple[str, str]]:
    """The fields and texts of `changes`; a certificate is trusted last, so it is left open."""
    return {
        (name, endpoint.username if text == "{username}" else text)
        for name, text in changes.items()
    }


def _candidates(
    endpoint: Endpoint, facts: Facts, likeliest: Mapping[str, str]
) -> Iterator[Candidate]:
    if facts.kind in {FaultKind.CERTIFICATE, FaultKind.PIN}:
        yield from _other_names(endpoint, facts)
        if "pinned" in likeliest:
            yield from _trust(endpoint, facts)
    elif facts.stage in OPENING and facts.kind in WRONG_DOOR:
        yield from _other_version(endpoint, facts)
        yield from _other_doors(endpoint)
    elif facts.stage not in OPENING and "port" in likeliest:
        yield from _other_doors(endpoint)
    elif facts.stage is Stage.AUTH:
        yield from _other_sign_in(endpoint, facts)


def _other_doors(endpoint: Endpoint) -> Iterator[Candidate]:
    """Another way for TLS to start on the same port, then the ports that servers have.

    They are those that RFC 8314 names, and 2525 where the provider is known to have it.
    """
    now = (endpoint.port, endpoint.security)
    known = {port for each in of_server(endpoint.server) for port in each.ports_of(endpoint.server)}
    doors = [
        (endpoint.port, Security.STARTTLS),
        (endpoint.port, Security.IMPLICIT),
        (SUBMISSION_PORT, Security.STARTTLS),
        (IMPLICIT_TLS_PORT, Security.IMPLICIT),
        *((port, Security.STARTTLS) for port in known & {UNBLOCKED_PORT}),
        (RELAY_PORT, Security.STARTTLS),
    ]
    for port, security in dict.fromkeys(doors):
        if (port, security) != now and _may_start(port, security):
            yield _door(endpoint, port, security)


def _may_start(port: int, security: Security) -> bool:
    """Ports with a meaning of their own start TLS in their own way."""
    fixed = {
        SUBMISSION_PORT: Security.STARTTLS,
        IMPLICIT_TLS_PORT: Security.IMPLICIT,
        RELAY_PORT: Security.STARTTLS,
    }
    return fixed.get(port, security) is security


def _door(endpoint: Endpoint, port: int, security: Security) -> Candidate:
    start = TLSStart.STARTTLS if security is Security.STARTTLS else TLSStart.IMPLICIT
    return _changed(endpoint, security.value, port=port, tls=True, tls_start=start)


def _other_version(endpoint: Endpoint, facts: Facts) -> Iterator[Candidate]:
    """A server that knows no TLS 1.3 may know 1.2; anything older is for the admin to choose."""
    if facts.kind is FaultKind.TLS and endpoint.tls_version is TLSVersion.V1_3:
        yield _changed(endpoint, "tls-version", tls_version=TLSVersion.V1_2)


def _other_names(endpoint: Endpoint, facts: Facts) -> Iterator[Candidate]:
    """A certificate for other names may say under which the server wants to be met.

    Whoever intercepts the connection chooses the certificate, so a name is offered only where it
    belongs to whom the admin means already.
    """
    if facts.verify_code in MISMATCHES and facts.chain:
        names = [name for name in facts.chain[0].names if is_name(name)]
        for name in [name for name in names if same_owner(name, endpoint.server)][:MOST_NAMES]:
            yield _changed(endpoint, "server-name", server=name)


def _trust(endpoint: Endpoint, facts: Facts) -> Iterator[Candidate]:
    """The very certificate that was shown, for an admin who knows whose it is."""
    if facts.chain and (facts.kind is FaultKind.PIN or facts.verify_code in TRUSTABLE):
        yield _changed(endpoint, "trust", pinned=facts.chain[0].pem)


def _other_sign_in(endpoint: Endpoint, facts: Facts) -> Iterator[Candidate]:
    if endpoint.security is Security.NONE and "STARTTLS" in facts.offered:
        yield _door(endpoint, endpoint.port, Security.STARTTLS)
    elif endpoint.auth in {Auth.PLAIN, Auth.LOGIN} and _refuses_mechanism(facts):
        other = Auth.LOGIN if endpoint.auth is Auth.PLAIN else Auth.PLAIN
        if other.value.upper() in facts.mechanisms:
            yield _changed(endpoint, "mechanism", auth=other)


def _refuses_mechanism(facts: Facts) -> bool:
    return facts.kind is FaultKind.NOT_OFFERED or facts.code == 504  # RFC 4954, section 4


def _changed(endpoint: Endpoint, name: str, **changes: Any) -> Candidate:
    texts = {key: field_text(value) for key, value in changes.items()}
    return Candidate(Repair(name, texts), replace(endpoint, **changes))


def field_text(value: object) -> str:
    """`value` as its form field is sent."""
    if isinstance(value, bool):
        return "1" if value else ""
    return "" if value is None else str(value)


def other_sender(endpoint: Endpoint, facts: Facts, likeliest: Mapping[str, str]) -> Repair | None:
    """The user name as From, where a server that refuses the sender may own that address only.

    Once the message itself is refused, only where the sender is the `likeliest` to change.
    """
    known = {Stage.DATA} if "sender" in likeliest else set()
    stages = {Stage.MAIL_FROM, Stage.RCPT_TO} | known
    login = endpoint.username
    if facts.kind is not FaultKind.REPLY or facts.stage not in stages:
        return None
    if login.count("@") != 1 or login.lower() == facts.sender.lower():
        return None
    return Repair("sender", {"sender": login})
