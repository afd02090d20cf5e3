"""The facts of a failure, and what is worked out of them for the conditions to ask."""

from __future__ import annotations

from dataclasses import dataclass, field

from smtp_panel.diagnosis.providers import Provider, recognise
from smtp_panel.diagnosis.wordings import fold, readings, wordings
from smtp_panel.smtp.facts import Facts, Stage
from smtp_panel.smtp.text import one_line

LOOKED_AT = 400  # characters of a text that are searched; wordings stand at its beginning
GREETING = 200  # characters of the greeting in which the provider is looked for
RELAYING = 25  # the port from server to server, which hosting companies block first
SUBMISSION = (587, 465)  # those for programs (RFC 8314), the commoner first
# At which providers expect TLS from the first byte, so that `automatic` is right at 465 alone.
IMPLICIT_TLS = frozenset({443, 465, 994, 2465, 8465})


@dataclass(frozen=True, slots=True)
class Evidence:
    """The facts, and what several entries ask of them, worked out once.

    `says` is the reply or the library's words, on one line, folded; `codes` the reply code, and 535
    for a 4yz that judges the login (Postfix with soft_bounce); `offered` the EHLO keywords in
    force, in upper case; `providers` those that were recognised, the likeliest first.
    """

    facts: Facts
    says: str
    codes: tuple[str, ...]
    offered: frozenset[str]
    providers: tuple[Provider, ...]
    _meanings: dict[str, bool] = field(default_factory=dict)

    def means(self, meaning: str) -> bool:
        """Whether `says` holds a phrase with this meaning; looked for once."""
        if meaning not in self._meanings:
            self._meanings[meaning] = wordings()[meaning].found_in(self.says)
        return self._meanings[meaning]

    @property
    def ports(self) -> tuple[int, ...]:
        """At which the server may take mail from programs, and not the one that is entered.

        The usual ones, of a provider that is known for this server those that it has; the one alone
        at which it was found to.
        """
        if self.facts.open_port is not None:
            return (self.facts.open_port,)
        others = self._ports_of_provider or SUBMISSION
        usual = tuple(port for port in others if port in SUBMISSION and port != self.facts.port)
        return usual or others

    @property
    def other_ports(self) -> tuple[int, ...]:
        """At which the provider takes mail beside the one that is entered, the likeliest first.

        Empty where it is not known to take mail at that one. Those at which `automatic` is right
        come first; networks that close 587 close 465 as well, so that it comes last.
        """
        known = [port for port in self._ports_of_provider if port != self.facts.port]
        known.sort(key=(IMPLICIT_TLS - {SUBMISSION[1]}).__contains__)
        if self.facts.port == SUBMISSION[0]:
            known.sort(key=SUBMISSION.__contains__)
        return tuple(known) if self.served else ()

    @property
    def served(self) -> bool:
        """Whether the likeliest provider takes mail at this host and port."""
        facts = self.facts
        return any(facts.port in each.ports_of(facts.server) for each in self.providers[:1])

    @property
    def _ports_of_provider(self) -> tuple[int, ...]:
        """At which the likeliest provider takes mail from programs at this host; usual ones first.

        Empty where the host is not known.
        """
        known = {port for each in self.providers[:1] for port in each.ports_of(self.facts.server)}
        usual = tuple(port for port in SUBMISSION if port in known)
        return (*usual, *sorted(known - {RELAYING, *SUBMISSION}))


def evidence_of(facts: Facts) -> Evidence:
    """The evidence in `facts`."""
    text = readings(facts.text[:LOOKED_AT])
    says = fold(one_line(f"{text} {facts.error}", max(LOOKED_AT, len(text))))
    lines = facts.offered_tls or facts.offered
    offered = frozenset(line.upper().replace("=", " ").partition(" ")[0] for line in lines)
    said = f"{fold(facts.greeting[:GREETING])}\n{says}"
    return Evidence(facts, says, _codes(facts, says), offered, recognise(facts.server, said))


def _codes(facts: Facts, says: str) -> tuple[str, ...]:
    refused = facts.stage is Stage.AUTH and 400 <= (facts.code or 0) <= 499
    judged = refused and wordings()["password_named_wrong"].found_in(says)
    return (str(facts.code), *(("535",) if judged else ()))
