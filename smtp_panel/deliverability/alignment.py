"""Whether mail fits its From, by its envelope sender or a signature (DMARC, RFC 9989, 4.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from smtp_panel.deliverability.dkim import Signatures
from smtp_panel.deliverability.finding import State
from smtp_panel.deliverability.leaving import replacing_the_envelope
from smtp_panel.deliverability.organisations import organisation, related
from smtp_panel.deliverability.policy import RELAXED, STRICT, Policy
from smtp_panel.deliverability.question import Question
from smtp_panel.words import N_, Marked

RELAXING = {"aspf": RELAXED, "adkim": RELAXED}


def _unaligned(text: Marked) -> tuple[State, str, Marked]:
    return State.WRONG, "dmarc-unaligned", text


class Misalignment(Enum):
    """Why nothing fits, as far as is known: how that is, the id of it, and what is said of it."""

    UNALIGNED = _unaligned(
        N_(
            "From is of %(domain)s, and the envelope sender of %(other)s: SPF does not count for"
            " DMARC, and no DKIM key of %(domain)s is known. Use an envelope sender of %(domain)s,"
            " or have the service that sends sign with DKIM for it."
        )
    )
    STRICTLY = _unaligned(
        N_(
            "From is of %(domain)s, and the envelope sender of %(other)s, which the policy does not"
            " take for one, since it compares domains strictly. Let domains of one organisation"
            " count as one, or use an envelope sender of %(domain)s."
        )
    )
    APART = _unaligned(
        N_(
            "From is of %(domain)s, and the envelope sender of %(other)s. No DMARC record stands"
            " for both, so that receivers by RFC 9989 do not take them for one. Publish a record"
            " for %(organisation)s as well, or use an envelope sender of %(domain)s."
        )
    )
    UNDECIDED = (
        State.UNKNOWN,
        "dmarc-unknown",
        N_(
            "From is of %(domain)s, and the envelope sender of %(other)s, so that all depends on"
            " DKIM, of which not all could be looked up: look again in a few minutes."
        ),
    )
    UNSIGNED = (
        State.NOTE,
        "dmarc-unsigned",
        N_(
            "%(other)s sends with an envelope sender of its own, so that all depends on DKIM. By"
            " which key it signs for %(domain)s is not known: enter the selector, and it is looked"
            " for."
        ),
    )


@dataclass(frozen=True, slots=True)
class Alignment:
    """What of the mail by `question` may fit its From, as `policy` wants it.

    Without a policy it is as one wants it that says nothing of that. `signatures` is what was found
    of DKIM. `one` says whether two domains count as one where they need not be the same.
    """

    question: Question
    policy: Policy | None
    signatures: Signatures
    one: Callable[[str, str], bool] = related

    @property
    def fits(self) -> bool | None:
        """Whether something fits; None where that depends on a key that is not known."""
        aspf, adkim = (self.policy.aspf, self.policy.adkim) if self.policy else (RELAXED, RELAXED)
        if self._fits(aspf, adkim):
            return True
        unnamed = replacing_the_envelope(self.question) and self.signatures.unnamed
        return None if self.signatures.open or unnamed else False

    @property
    def fits_strictly(self) -> bool:
        """Whether something is of the very domain, as far as is known."""
        return self._fits(STRICT, STRICT)

    @property
    def fits_any_policy(self) -> bool | None:
        """The same where the policy is not known; None where that depends on it as well."""
        return True if self.fits_strictly else None if self.fits else self.fits

    @property
    def trouble(self) -> Misalignment:
        """Why nothing fits, where nothing does."""
        if self.fits is False:
            if self._fits(RELAXED, RELAXED):
                return Misalignment.STRICTLY
            belongs = replace(self, one=related)._fits(RELAXED, RELAXED)
            return Misalignment.APART if belongs else Misalignment.UNALIGNED
        return Misalignment.UNDECIDED if self.signatures.open else Misalignment.UNSIGNED

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
        return by_spf or any(self._aligned(each, adkim) for each in self.signatures.domains)

    def _aligned(self, other: str, mode: str) -> bool:
        domain = self.question.domain.lower()
        return domain == other.lower() or (mode != STRICT and self.one(domain, other.lower()))
