"""Whether mail fits its From, by its envelope sender or a signature (DMARC, RFC 9989, 4.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from smtp_panel.deliverability.dkim import is_signer_unknown, signing_domains
from smtp_panel.deliverability.finding import Finding, State
from smtp_panel.deliverability.leaving import replacing_the_envelope
from smtp_panel.deliverability.organisations import organisation, related
from smtp_panel.deliverability.policy import RELAXED, STRICT, Policy
from smtp_panel.deliverability.question import Question
from smtp_panel.words import N_, Marked

RELAXING = {"aspf": RELAXED, "adkim": RELAXED}
UNALIGNED = N_(
    "From is of %(domain)s, and the envelope sender of %(other)s: SPF does not count for DMARC, and"
    " no DKIM key of %(domain)s is known. Use an envelope sender of %(domain)s, or have the service"
    " that sends sign with DKIM for it."
)
STRICTLY = N_(
    "From is of %(domain)s, and the envelope sender of %(other)s, which the policy does not take"
    " for one, since it compares domains strictly. Let domains of one organisation count as one, or"
    " use an envelope sender of %(domain)s."
)
APART = N_(
    "From is of %(domain)s, and the envelope sender of %(other)s. No DMARC record stands for both,"
    " so that receivers by RFC 9989 do not take them for one. Publish a record for %(organisation)s"
    " as well, or use an envelope sender of %(domain)s."
)
UNDECIDED = N_(
    "From is of %(domain)s, and the envelope sender of %(other)s, so that all depends on DKIM, of"
    " which not all could be looked up: look again in a few minutes."
)
UNSIGNED = N_(
    "%(other)s sends with an envelope sender of its own, so that all depends on DKIM. By which key"
    " it signs for %(domain)s is not known: enter the selector, and it is looked for."
)


@dataclass(frozen=True, slots=True)
class Alignment:
    """What of the mail by `question` may fit its From, as `policy` wants it.

    Without a policy it is as one wants it that says nothing of that. `signatures` is what was found
    of DKIM. `one` says whether two domains count as one where they need not be the same.
    """

    question: Question
    policy: Policy | None
    signatures: Sequence[Finding]
    one: Callable[[str, str], bool] = related

    @property
    def fits(self) -> bool | None:
        """Whether something fits; None where that depends on a key that is not known."""
        aspf, adkim = (self.policy.aspf, self.policy.adkim) if self.policy else (RELAXED, RELAXED)
        if self._fits(aspf, adkim):
            return True
        unnamed = replacing_the_envelope(self.question) and is_signer_unknown(self.signatures)
        return None if self._is_open or unnamed else False

    @property
    def fits_strictly(self) -> bool:
        """Whether something is of the very domain, as far as is known."""
        return self._fits(STRICT, STRICT)

    @property
    def fits_any_policy(self) -> bool | None:
        """The same where the policy is not known; None where that depends on it as well."""
        return True if self.fits_strictly else None if self.fits else self.fits

    @property
    def trouble(self) -> tuple[State, str, Marked]:
        """What there is to say where nothing fits, as far as is known: a state, an id, a text."""
        if self.fits is False:
            if self._fits(RELAXED, RELAXED):
                return State.WRONG, "dmarc-unaligned", STRICTLY
            belongs = replace(self, one=related)._fits(RELAXED, RELAXED)
            return State.WRONG, "dmarc-unaligned", APART if belongs else UNALIGNED
        if self._is_open:
            return State.UNKNOWN, "dmarc-unknown", UNDECIDED
        return State.NOTE, "dmarc-unsigned", UNSIGNED

    @property
    def names(self) -> Mapping[str, str]:
        """The domain of From, its organisation, and the other one, or whose envelope it is."""
        replacing = replacing_the_envelope(self.question)
        other = replacing.name if replacing else self.question.envelope_domain
        domain = self.question.domain
        return {"domain": domain, "other": other, "organisation": organisation(domain)}

    def _fits(self, aspf: str, adkim: str) -> bool:
        by_spf = not replacing_the_envelope(self.question) and self._aligned(
            self.question.envelope_domain, aspf
        )
        return by_spf or any(
            self._aligned(each, adkim) for each in signing_domains(self.signatures)
        )

    def _aligned(self, other: str, mode: str) -> bool:
        domain = self.question.domain.lower()
        return domain == other.lower() or (mode != STRICT and self.one(domain, other.lower()))

    @property
    def _is_open(self) -> bool:
        return any(each.state is State.UNKNOWN for each in self.signatures)
