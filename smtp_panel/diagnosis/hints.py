"""What a remedy hands on beside the entry's own: the server's instructions, the provider's wishes.

Sentences are in data/hints.toml.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from smtp_panel.diagnosis.conditions import Evidence
from smtp_panel.diagnosis.instructions import link_in, wait_in
from smtp_panel.diagnosis.loading import DATA, read
from smtp_panel.diagnosis.providers import Provider
from smtp_panel.smtp.facts import Kind, Stage

WORD = "fixed:"  # how the table of providers writes a user name that is the same for everybody


def values_of(evidence: Evidence) -> dict[str, str]:
    """What the sentences name, empty where it is not known."""
    facts = evidence.facts
    provider = evidence.providers[0] if evidence.providers else None
    words = facts.text if facts.kind is Kind.REPLY else ""
    wait = wait_in(words)
    server, port = provider.servers[0] if provider and provider.servers else ("", "")
    return {
        "wait": wait.number if wait else "",
        "wait_unit": wait.unit.value if wait else "",
        "link": link_in(words),
        "provider": provider.name if provider else "",
        "provider_server": server,
        "provider_port": str(port),
        "provider_username": _word(provider) if provider else "",
    }


def hints_of(evidence: Evidence, field: str | None, known: dict[str, str]) -> tuple[str, ...]:
    """The names of the sentences that go with a failure whose `field` is to be changed.

    `known` are the values of `values_of`.
    """
    return tuple(_hints(evidence, field, known))


def _hints(evidence: Evidence, field: str | None, known: dict[str, str]) -> Iterator[str]:
    provider = evidence.providers[0] if evidence.providers else None
    if provider and evidence.facts.stage is Stage.AUTH and field in {"username", "password"}:
        yield from _login_hints(provider, evidence.facts.username)
    if provider and field == "sender" and provider.senders == "verified":
        yield "sender-verified"
    if known.get("wait"):
        yield f"wait-{known['wait_unit']}"
    if known.get("link"):
        yield "link"


def _login_hints(provider: Provider, username: str) -> Iterator[str]:
    word = _word(provider)
    if word and username != word:
        yield "username-word"
    if provider.username == "address" and "@" not in username:
        yield "username-address"


def _word(provider: Provider) -> str:
    return provider.username.removeprefix(WORD) if provider.username.startswith(WORD) else ""


@cache
def sentences(language: str) -> dict[str, str]:
    """The sentences by name, English for a language not known here."""
    folder = DATA / "ja" if language == "ja" else DATA
    return {name: str(text) for name, text in read(folder / "hints.toml").items()}
