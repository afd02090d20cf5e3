"""What a server offers in its answer to EHLO (RFC 5321, section 4.1.1.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Self

from smtp_panel.smtp.content import Content
from smtp_panel.smtp.envelope import Envelope
from smtp_panel.smtp.facts import FaultKind
from smtp_panel.smtp.fault import Fault
from smtp_panel.words import N_, Sentence

_TOO_LARGE = N_("message of %(size)s octets exceeds the size limit of %(limit)s octets")
_OLD_AUTH = re.compile(r"^AUTH=", re.IGNORECASE)  # `AUTH=LOGIN`, from before RFC 2554
_MECHANISM = re.compile(r"[A-Za-z0-9_-]{1,20}")  # RFC 4422, section 3.1
_LIMIT = re.compile(r"[0-9]{1,20}")  # RFC 1870, section 4
_NAMED_LIMIT = re.compile(r"([A-Z0-9-]+)=([1-9][0-9]{0,5})", re.IGNORECASE)  # RFC 9422, section 4


@dataclass(frozen=True)
class Extensions:
    """Those of the last EHLO: `parameters` by keyword, in upper case."""

    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: Iterable[str]) -> Self:
        """The extensions in the `lines` of a reply to EHLO, without its first one and the codes."""
        found: dict[str, tuple[str, ...]] = {}
        for words in (_OLD_AUTH.sub("AUTH ", line).split() for line in lines):
            if words:
                keyword = words[0].upper()
                found[keyword] = (*found.get(keyword, ()), *words[1:])
        return cls(found)

    def __contains__(self, keyword: str) -> bool:
        return keyword in self.parameters

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """The SASL mechanisms, in upper case."""
        names = filter(_MECHANISM.fullmatch, self.parameters.get("AUTH", ()))
        return tuple(dict.fromkeys(name.upper() for name in names))

    @cached_property
    def size_limit(self) -> int | None:
        """The largest message that is taken, in octets; None where the server tells none."""
        limit = "".join(self.parameters.get("SIZE", ())[:1])
        return int(limit) or None if _LIMIT.fullmatch(limit) else None

    @cached_property
    def limits(self) -> Mapping[str, int]:
        """What the server says that it takes at most: SIZE, and what RFC 9422 has names for."""
        named = filter(None, map(_NAMED_LIMIT.fullmatch, self.parameters.get("LIMITS", ())))
        found = {each[1].upper(): int(each[2]) for each in named}
        return found | ({"SIZE": self.size_limit} if self.size_limit else {})

    def at_once(self, recipients: Sequence[str]) -> Sequence[str]:
        """Those of `recipients`, from the first on, whom one message may have (RFC 9422)."""
        limits = self.limits
        most = limits.get("RCPTMAX", len(recipients))
        domains = limits.get("RCPTDOMAINMAX", len(recipients))
        if len(recipients) <= min(most, domains):
            return recipients
        domain_of = {each: each.rpartition("@")[2].lower() for each in recipients}
        first = set(islice(dict.fromkeys(domain_of.values()), domains))
        return [each for each in recipients if domain_of[each] in first][:most]

    def mail_parameters(self, envelope: Envelope, content: Content | None) -> list[str]:
        """What MAIL says of the message: SIZE (RFC 1870), 8BITMIME (RFC 6152), SMTPUTF8 (RFC 6531).

        SMTPUTF8 is asked for where an address or a header is not ASCII. Raises Fault: TOO_LARGE,
        and NOT_OFFERED where the server may not be given such a message.
        """
        size, limit = content.size if content else 0, self.size_limit
        if limit and size > limit:
            sizes = {"size": str(size), "limit": str(limit)}
            raise Fault(FaultKind.TOO_LARGE, error=Sentence(_TOO_LARGE, sizes))
        asked = [f"SIZE={size}"] if size and "SIZE" in self.parameters else []
        if content and content.eight_bit:
            asked.append(self._offered("8BITMIME", "BODY=8BITMIME"))
        if not envelope.ascii or (content and content.utf8_header):
            asked.append(self._offered("SMTPUTF8", "SMTPUTF8"))
        return asked

    def _offered(self, keyword: str, parameter: str) -> str:
        """`parameter`, where the server offers `keyword`; else raises Fault: NOT_OFFERED."""
        if keyword not in self.parameters:
            raise not_offered(keyword)
        return parameter


def not_offered(keyword: str) -> Fault:
    """The fault of a server that does not offer the extension `keyword`, which is needed."""
    error = Sentence(N_("%(keyword)s not offered"), {"keyword": keyword})
    return Fault(FaultKind.NOT_OFFERED, error=error)
