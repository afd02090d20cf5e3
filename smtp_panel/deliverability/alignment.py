"""Whether mail fits its From, by its envelope sender or a signature (DMARC, RFC 7489, 3.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smtp_panel.deliverability.dkim import is_signer_unknown, signing_domains
from smtp_panel.deliverability.finding import Finding, State
from smtp_panel.deliverability.leaving import replacing_the_envelope
from smtp_panel.deliverability.policy import RELAXED, STRICT, Policy, aligned
from smtp_panel.deliverability.question import Question
from smtp_panel.words import N_

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
    of DKIM.
    """

    question: Question
    policy: Policy | None
    signatures: Sequence[Finding]

    @property
    def fits(self) -> bool | None:
        """Whether something fits; None where that depends on a key that is not known."""
        aspf, adkim = (self.policy.aspf, self.policy.adkim) if self.policy else (RELAXED, RELAXED)
        if self._fits(aspf, adkim):
            return True
        unnamed = replacing_the_envelope(self.question) and is_signer_unknown(self.signatures)
        return None if self._is_open or unnamed else False

    @property
    def fits_any_policy(self) -> bool | None:
        """The same where the policy is not known; None where that depends on it as well."""
        return True if self._fits(STRICT, STRICT) else None if self.fits else self.fits

    @property
    def trouble(self) -> tuple[State, str, str]:
        """What there is to say where nothing fits, as far as is known: a state, an id, a text."""
        if self.fits is False:
            text = STRICTLY if self._fits(RELAXED, RELAXED) else UNALIGNED
            return State.WRONG, "dmarc-unaligned", text
        if self._is_open:
            return State.UNKNOWN, "dmarc-unknown", UNDECIDED
        return State.NOTE, "dmarc-unsigned", UNSIGNED

    @property
    def names(self) -> Mapping[str, str]:
        """The domain of From, and the other one, or whose envelope sender it is."""
        replacing = replacing_the_envelope(self.question)
        other = replacing.name if replacing else self.question.envelope_domain
        return {"domain": self.question.domain, "other": other}

    def _fits(self, aspf: str, adkim: str) -> bool:
        domain, envelope = self.question.domain, self.question.envelope_domain
        by_spf = aligned(domain, envelope, aspf) and not replacing_the_envelope(self.question)
        return by_spf or any(
            aligned(domain, each, adkim) for each in signing_domains(self.signatures)
        )

    @property
    def _is_open(self) -> bool:
        return any(each.state is State.UNKNOWN for each in self.signatures)
