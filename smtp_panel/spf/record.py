"""An SPF record, read by the grammar of RFC 7208, 12."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal, cast

from smtp_panel.net.dns import Answer
from smtp_panel.spf import macro
from smtp_panel.spf.macro import MacroText, Unreadable
from smtp_panel.spf.outcome import Result, SPFProblem, Stopped

Name = Literal["all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists", "redirect"]

_CASE = re.ASCII | re.IGNORECASE
SPF_VERSION = "v=spf1"
ASKING: frozenset[Name] = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
_QUALIFIERS = {
    "+": Result.PASS,
    "-": Result.FAIL,
    "~": Result.SOFTFAIL,
    "?": Result.NEUTRAL,
}
_MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(.*)", _CASE)
_MECHANISM = re.compile(r"([-+~?]?)(all|include|a|mx|ptr|ip4|ip6|exists)([:/].*)?", _CASE)
_IP4_PREFIX, _IP6_PREFIX = r"/(?P<ip4>0|[1-9][0-9]?)", r"/(?P<ip6>0|[1-9][0-9]{0,2})"
_WHERE = re.compile(rf"(:(?P<target>.*?))?({_IP4_PREFIX})?(/{_IP6_PREFIX})?")
_NETWORKS = {
    "ip4": re.compile(rf":([0-9]+(?:\.[0-9]+){{3}}({_IP4_PREFIX})?)"),
    "ip6": re.compile(rf":([0-9a-f:.]+({_IP6_PREFIX})?)", _CASE),
}


@dataclass(frozen=True, slots=True)
class Term:
    """A mechanism, or the modifier redirect.

    A match gives `result`. What it looks up is `target`, or without one the domain of the record;
    the addresses found there stand for networks by `ip4_prefix` and `ip6_prefix`. `network` is that
    of ip4 and ip6.
    """

    text: str
    name: Name
    result: Result = Result.PASS
    target: MacroText = ()
    ip4_prefix: int = 32
    ip6_prefix: int = 128
    network: IPv4Network | IPv6Network | None = None

    @property
    def asks(self) -> bool:
        """Whether it counts as a look-up (RFC 7208, 4.6.4)."""
        return self.name in ASKING


@dataclass(frozen=True, slots=True)
class SPFRecord:
    """The mechanisms of a record in their order, its redirect and the target of its exp."""

    mechanisms: tuple[Term, ...]
    redirect: Term | None
    explanation: MacroText

    @property
    def terms(self) -> tuple[Term, ...]:
        """What a check may go by: nothing counts behind "all" (RFC 7208, 5.1 and 6.1)."""
        names = [each.name for each in self.mechanisms]
        if "all" in names:
            return self.mechanisms[: names.index("all") + 1]
        return self.mechanisms + ((self.redirect,) if self.redirect else ())


def is_spf(text: str) -> bool:
    """Whether a TXT record is one of SPF (RFC 7208, 4.5)."""
    return text.partition(" ")[0].lower() == SPF_VERSION


def published(domain: str, answer: Answer) -> str | None:
    """The SPF record among the TXT records of `domain` (RFC 7208, 4.5).

    What is not ASCII, which no record may have, becomes a character that `read` refuses. Raises
    Stopped where there are several.
    """
    found = list(filter(is_spf, answer.texts))
    if len(found) > 1:
        raise Stopped(SPFProblem.SEVERAL, domain)
    return next(iter(found), None)


def read(domain: str, text: str) -> SPFRecord:
    """The record `text` of `domain`; raises Stopped where a term of it can't be read."""
    mechanisms: list[Term] = []
    redirects: list[Term] = []
    explanations: list[MacroText] = []
    for term in filter(None, text[len(SPF_VERSION) :].split(" ")):
        try:
            match _named(term):
                case "redirect", value:
                    redirects.append(Term(term, "redirect", target=macro.domain_spec(value)))
                case "exp", value:
                    explanations.append(macro.domain_spec(value))
                case _, value:
                    macro.macro_text(value)
                case None:
                    mechanisms.append(_mechanism(term))
        except Unreadable:
            raise Stopped(SPFProblem.SYNTAX, domain, term) from None
        if len(redirects) > 1 or len(explanations) > 1:
            raise Stopped(SPFProblem.SYNTAX, domain, term)
    return SPFRecord(
        mechanisms=tuple(mechanisms),
        redirect=next(iter(redirects), None),
        explanation=next(iter(explanations), ()),
    )


def _named(term: str) -> tuple[str, str] | None:
    """The name and value of a modifier; None for a mechanism."""
    found = _MODIFIER.fullmatch(term)
    return (found[1].lower(), found[2]) if found else None


def _mechanism(text: str) -> Term:
    found = _MECHANISM.fullmatch(text)
    if not found:
        raise Unreadable(text)
    name = cast(Name, found[2].lower())
    result, rest = _QUALIFIERS[found[1] or "+"], found[3] or ""
    match name:
        case "all" | "ptr" if not rest:
            return Term(text, name, result)
        case "include" | "exists" | "ptr" if rest.startswith(":"):
            return Term(text, name, result, macro.domain_spec(rest[1:]))
        case "a" | "mx":
            return _of_addresses(text, name, result, rest)
        case "ip4" | "ip6":
            return Term(text, name, result, network=_network(text, name, rest))
        case _:
            raise Unreadable(text)


def _of_addresses(text: str, name: Name, result: Result, rest: str) -> Term:
    """The mechanism a or mx: a target, and the lengths of two prefixes (RFC 7208, 5.3)."""
    found = _WHERE.fullmatch(rest)
    if not found:
        raise Unreadable(text)
    target = () if found["target"] is None else macro.domain_spec(found["target"])
    ip4, ip6 = int(found["ip4"] or 32), int(found["ip6"] or 128)
    if ip4 > 32 or ip6 > 128:
        raise Unreadable(text)
    return Term(text, name, result, target, ip4, ip6)


def _network(text: str, name: Name, rest: str) -> IPv4Network | IPv6Network:
    """The network of ip4 or ip6 (RFC 7208, 5.6), which may have bits behind its prefix."""
    found = _NETWORKS[name].fullmatch(rest)
    try:
        return ip_network(found[1] if found else "", strict=False)
    except ValueError:
        raise Unreadable(text) from None
