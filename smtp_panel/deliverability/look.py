"""Looks at all of a domain, side by side."""

from __future__ import annotations

from smtp_panel.deliverability.finding import Check, Finding, State, Words
from smtp_panel.deliverability.question import Question
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import MX, LookupFailed
from smtp_panel.net.network import Network
from smtp_panel.words import N_

LOOK_SECONDS = 3.0  # over everything

EXPECTED = Words(N_("A mail server that takes answers and bounces"))
WHY = Words(N_("Receivers distrust mail from a domain that takes none itself."))


def look(question: Question, network: Network, deadline: Deadline) -> list[Finding]:
    """What the DNS says of mail by `question`, in the order of the checks; it never raises."""
    return [_mx(question, network, deadline)]


def _mx(question: Question, network: Network, deadline: Deadline) -> Finding:
    try:
        records = network.ask(question.domain, "MX", deadline).records
    except LookupFailed:
        state, found = State.UNKNOWN, Words(N_("It could not be looked up."))
        return Finding(
            check=Check.MX, state=state, id="mx-unknown", found=found, expected=EXPECTED, why=WHY
        )
    hosts = ", ".join(each.host for each in records if isinstance(each, MX))
    state = State.GOOD if hosts else State.MISSING
    found = Words("%(hosts)s", {"hosts": hosts}) if hosts else Words(N_("No MX record"))
    name = "mx" if hosts else "mx-missing"
    return Finding(check=Check.MX, state=state, id=name, found=found, expected=EXPECTED, why=WHY)
