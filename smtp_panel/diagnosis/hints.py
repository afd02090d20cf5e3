"""What a remedy hands on beside the entry's own: the server's instructions, the provider's wishes.

Sentences are in data/hints.toml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from smtp_panel.diagnosis.chain import covered
from smtp_panel.diagnosis.evidence import Evidence
from smtp_panel.diagnosis.hosts import (
    called,
    is_internal,
    is_name,
    meant_by,
    moved_to,
    named_like,
    of_certificate,
    slip_of,
)
from smtp_panel.diagnosis.instructions import (
    Unit,
    Wait,
    advised_page_in,
    contact_in,
    entra_page_of,
    host_in,
    link_in,
    moment_in,
    ports_in,
    private_address_in,
    reason_in,
    request_in,
    wait_in,
)
from smtp_panel.diagnosis.loading import DATA, read
from smtp_panel.diagnosis.networks import lie_in
from smtp_panel.diagnosis.providers import Provider, of_server
from smtp_panel.diagnosis.repair import MISMATCHES
from smtp_panel.diagnosis.senders import of_recipients_domain
from smtp_panel.diagnosis.spans import span_in
from smtp_panel.diagnosis.token_endpoints import endpoint_there, of_microsoft, other_issuer
from smtp_panel.net.address import is_loopback
from smtp_panel.smtp.facts import Facts, FaultKind, OAuthReason, Stage

BEFORE_SIGN_IN = frozenset(
    {Stage.DNS, Stage.CONNECT, Stage.BANNER, Stage.EHLO, Stage.STARTTLS, Stage.TLS}
)
UNTRUSTED = frozenset({2, 18, 19, 20, 21})  # of OpenSSL, for who made the certificate out
FINDING = frozenset({Stage.DNS, Stage.CONNECT})  # where a misspelt name ends
# Where a firewall closes ports one by one; without a route or IPv6 no port helps.
SHUT = frozenset({FaultKind.REFUSED, FaultKind.TIMEOUT, FaultKind.CLOSED})


def values_of(evidence: Evidence) -> dict[str, str]:
    """What the sentences name, by placeholder; empty where it is not known."""
    facts = evidence.facts
    provider = evidence.providers[0] if evidence.providers else None
    words = _words(facts)
    wait = _wait(facts, words)
    server, port = provider.best_server(facts.server, facts.port) if provider else ("", "")
    meant, meant_server = _meant(facts)
    entra_endpoint, mail_scope = of_microsoft(facts)
    moved = moved_to(words)
    return {
        "wait": wait.number if wait else "",
        "wait_unit": wait.unit.value if wait else "",
        "moment": moment_in(words),
        "reason": reason_in(words),
        "request": request_in(words),
        "link": link_in(words, facts.server) or advised_page_in(str(facts.error)),
        "entra_page": entra_page_of(str(facts.error)),
        "contact": contact_in(words, facts.sender, facts.recipient, facts.username),
        "region_endpoint": endpoint_there(facts),
        "entra_endpoint": entra_endpoint,
        "mail_scope": mail_scope,
        **_other_issuer(facts),
        "seen": private_address_in(words),
        "named_server": host_in(words, facts.server),
        "slip_of": slip_of(facts.server) if facts.stage is Stage.DNS else "",
        "reached": facts.reached,
        "moved_to": _name(moved[0]) if moved else "",
        "moved_server": moved[1] if moved else "",
        "meant": meant,
        "meant_server": meant_server,
        "provider": _name(provider) if provider else "",
        "provider_id": provider.id if provider else "",
        **_who_runs(evidence),
        "provider_server": server,
        "provider_port": str(port),
        "ports": " ".join(map(str, evidence.ports)),
        "other_ports": " ".join(map(str, evidence.other_ports)),
        "named_ports": " ".join(ports_in(words, facts.port) or map(str, evidence.ports)),
        "secret_name": provider.secret_name if provider else "",
        "provider_username": provider.fixed_username if provider else "",
    }


def _who_runs(evidence: Evidence) -> dict[str, str]:
    """The provider whose server it is: `managed_at` where its customers have administrators.

    It is `received_by` them at a mail exchanger. Else that it `runs_here`, where it is on this
    machine.
    """
    server = evidence.facts.server
    running = [each for each in evidence.providers if each.runs(server)]
    if not running:
        return {"runs_here": server} if is_loopback(server) else {}
    managed = any(each.kind == "hosting" for each in running)
    if managed and evidence.facts.recipient and any(each.receives_at(server) for each in running):
        return {"received_by": _name(running[0])}
    return {"managed_at" if managed else "run_by": _name(running[0])}


def _other_issuer(facts: Facts) -> dict[str, str]:
    """Whose token endpoint was asked in place of that of the mail server, and its mail server."""
    other = other_issuer(facts)
    return {"other_issuer": other.name, "other_server": other.server} if other else {}


def _meant(facts: Facts) -> tuple[str, str]:
    """The provider that a name which leads nowhere looks like, or receives at; else empty."""
    found = meant_by(facts.server) if facts.stage in FINDING else None
    if facts.stage is Stage.DNS:
        found = found or named_like(facts.server) or called(facts.server)
    if facts.verify_code in MISMATCHES and not of_server(facts.server):
        found = of_certificate(name for each in facts.chain[:1] for name in each.names)
    return (_name(found[0]), found[1]) if found else ("", "")


def _name(provider: Provider) -> str:
    """Its name without what the table explains in brackets."""
    return provider.name.partition(" (")[0]


def _words(facts: Facts) -> str:
    """What the mail server said; of a token endpoint's words few are advice."""
    if facts.reason is OAuthReason.TOKEN_REFUSED:
        return str(facts.error).partition(" (status ")[0]
    return facts.text if facts.kind is FaultKind.REPLY else ""


def _wait(facts: Facts, words: str) -> Wait | None:
    if facts.retry_after:
        return Wait(str(facts.retry_after), Unit.SECOND)
    return wait_in(words)


def hints_of(
    evidence: Evidence, field: str | None, known: dict[str, str], remedy: str
) -> tuple[str, ...]:
    """The names of the sentences that follow a `remedy` in English, which changes `field`.

    `known` are the values of `values_of`.
    """
    return (
        *_address_hints(evidence, known, remedy),
        *_hints(evidence, field, known, remedy),
        *_home_hints(evidence),
        *_ban_hints(evidence, field, remedy),
        *_name_hints(evidence.facts, remedy),
    )


def _ban_hints(evidence: Evidence, field: str | None, remedy: str) -> Iterator[str]:
    """A ban for wrong passwords: how to end one, or to keep clear of it."""
    known = bool(evidence.providers) or "lifted" in remedy
    if evidence.facts.stage is Stage.AUTH and field == "password" and not known:
        yield from ("ban",) if evidence.means("too_many_logins") else ()
    if evidence.means("attempts_left"):
        yield "attempts-left"


def _name_hints(facts: Facts, remedy: str) -> Iterator[str]:
    """For whom a certificate is that is not trusted, where trust alone would not be enough."""
    other = any(each.names for each in facts.chain[:1]) and not covered(facts)
    told = "enter that name" in remedy or "Don't trust" in remedy
    if other and facts.verify_code in UNTRUSTED and not told:
        yield "other-name"


def _address_hints(evidence: Evidence, known: dict[str, str], remedy: str) -> Iterator[str]:
    """Which address of this machine counts, where it is one of a private network."""
    facts = evidence.facts
    if facts.kind is FaultKind.REPLY and re.search(r"this machine's (public )?address", remedy):
        if known.get("seen"):
            yield "seen-as"
        elif lie_in(facts.addresses, "private"):
            yield "inside"


def _hints(
    evidence: Evidence, field: str | None, known: dict[str, str], remedy: str
) -> Iterator[str]:
    provider, facts = evidence.providers[0] if evidence.providers else None, evidence.facts
    if provider and facts.stage is Stage.AUTH and field in {"username", "password"}:
        yield from _login_hints(provider, facts.username)
    if facts.stage is Stage.AUTH and field == "password" and known.get("secret_name"):
        yield "secret-name"
    if known.get("slip_of"):
        yield "slip"
    opening = facts.stage in BEFORE_SIGN_IN
    if provider and (
        field == "server" or (opening and (field == "port" or provider.receives_at(facts.server)))
    ):
        yield from _server_hint(provider, facts)
    if facts.verify_code in MISMATCHES and facts.reached and facts.addresses[1:] and not provider:
        yield "one-of-several"
    if facts.stage is Stage.CONNECT:
        yield from _way_hints(evidence, field, known, remedy)
    if provider and field == "sender" and provider.senders == "verified":
        yield "sender-verified"
    named = {"meant": "meant-server", "moved_to": "moved-to", "entra_page": "entra"}
    yield from (hint for value, hint in named.items() if known.get(value))
    yield from _time_hints(evidence, known, remedy)
    request, named_server = known.get("request", ""), known.get("named_server")
    if named_server:
        yield "named-server"
    elif request:
        yield "request"
    for name in ("link", "contact"):
        if known.get(name) and (named_server or known[name] not in request):
            yield name


def _time_hints(evidence: Evidence, known: dict[str, str], remedy: str) -> Iterator[str]:
    """How long to wait, as the server says, else for how long the limit holds that it names.

    Where it says neither, the usual span follows a remedy that is to wait for a limit to pass.
    """
    words = f"{evidence.facts.enhanced} {evidence.facts.text}"
    if known.get("wait"):
        yield f"wait-{known['wait_unit']}"
    elif known.get("moment"):
        yield "until"
    elif evidence.means("limit_reached") and (span := span_in(words)):
        yield f"limit-{span}"
    elif "lets the account send again" in remedy:
        yield "limit-unnamed"


def _home_hints(evidence: Evidence) -> Iterator[str]:
    """A server that has the sender's domain may not know that its mailboxes are elsewhere."""
    facts = evidence.facts
    unknown = facts.stage is Stage.RCPT_TO and evidence.means("recipient_unknown")
    if unknown and facts.code == 550 and facts.username and of_recipients_domain(facts):
        yield "home"


def _way_hints(
    evidence: Evidence, field: str | None, known: dict[str, str], remedy: str
) -> Iterator[str]:
    """Another port, and where the name leads, unless the remedy says that already."""
    shut = evidence.facts.kind in SHUT or "no route to host" in evidence.says
    if shut and field is None and known.get("other_ports"):
        yield "other-ports"
    if _leads_inside(evidence.facts) and "DNS" not in remedy:
        yield "private-address"


def _leads_inside(facts: Facts) -> bool:
    """Whether a name as the internet has them led to private addresses alone."""
    named = is_name(facts.server) and not is_internal(facts.server)
    return named and lie_in(facts.addresses, "private")


def _server_hint(provider: Provider, facts: Facts) -> Iterator[str]:
    """Where the provider takes mail, to whom enters another of its hosts, or another port."""
    own = provider.ports_of(facts.server)
    if provider.runs(facts.server) and provider.servers and facts.port not in own:
        one = len({host for host, _ in provider.servers}) == 1 or own
        yield "provider-server" if one else "provider-servers"


def _login_hints(provider: Provider, username: str) -> Iterator[str]:
    if provider.fixed_username and username != provider.fixed_username:
        yield "username-word"
    if provider.username == "address" and "@" not in username:
        yield "username-address"
    if provider.username == "local" and "@" in username:
        yield "username-local"


@cache
def sentences(language: str) -> dict[str, str]:
    """The sentences by name, English for a language not known here."""
    folder = DATA / "ja" if language == "ja" else DATA
    return {name: str(text) for name, text in read(folder / "hints.toml").items()}
