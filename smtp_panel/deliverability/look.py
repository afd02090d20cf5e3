"""Looks at all that decides whether the world takes mail of a domain, side by side (SPEC D5)."""

from __future__ import annotations

from smtp_panel.deliverability import dkim, dmarc, hosts, incoming, spf
from smtp_panel.deliverability.finding import CheckKind, Finding
from smtp_panel.deliverability.question import Question
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.network import Network
from smtp_panel.net.together import Threads
from smtp_panel.spf.asked import asked_once

LOOK_SECONDS = 2.5  # over everything: a try that waits may end a little later, within 3


def look(question: Question, network: Network, deadline: Deadline) -> list[Finding]:
    """What the DNS says of mail by `question`, in the order of the checks.

    Each question is asked once, whichever check needs it. What can't be looked up before the
    deadline is a finding as well. Beside the DNS only the domain's own web server is asked, for its
    MTA-STS policy.
    """
    lookup = asked_once(network.ask, deadline)

    with Threads(len(CheckKind), "deliverability") as threads:
        envelope = threads.submit(spf.find, question, lookup)
        signatures = threads.submit(dkim.find, question, lookup)
        others = [
            threads.submit(dmarc.find, question, lookup, signatures.result),
            threads.submit(hosts.find_mx, question, lookup),
            threads.submit(hosts.find_names, question, lookup),
            threads.submit(incoming.find_sts, question, network, lookup, deadline),
            threads.submit(incoming.find_tls_rpt, question, lookup),
            threads.submit(incoming.find_bimi, question, lookup),
        ]
        found = [*envelope.result(), *signatures.result().findings]
        return found + [finding for each in others for finding in each.result()]
