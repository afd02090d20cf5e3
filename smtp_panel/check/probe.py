"""Finds out, after a failure, which change of the settings would work: no credentials are sent."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from smtp_panel.diagnosis.repair import Candidate, Repair, candidates, other_sender
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.network import Network
from smtp_panel.smtp.connection import Session
from smtp_panel.smtp.endpoint import Endpoint, Security
from smtp_panel.smtp.facts import Facts
from smtp_panel.smtp.fault import Fault, faults

PROBE_SECONDS = 4.0  # at most, for all that is tried after one failure


@dataclass(frozen=True)
class Search:
    """A search for what would work in place of `endpoint`.

    `session` is the one that failed, perhaps still able to talk; `network` leads nowhere else;
    `fixed` names the fields that can't be changed.
    """

    session: Session
    endpoint: Endpoint
    deadline: Deadline
    network: Network
    fixed: Collection[str]

    def repair(self, facts: Facts, likeliest: str | None) -> Repair | None:
        """A change that works as far as can be seen before the sign-in, or before the message.

        `likeliest` names the one that the catalogue knows for the failure in `facts`.
        """
        try:
            sender = other_sender(self.endpoint, facts, likeliest)
            if sender and "sender" not in self.fixed and self._takes(sender, facts):
                return sender
            deadline = Deadline(min(self.deadline.remaining(), PROBE_SECONDS))
        except TimeoutError:
            return None
        options = candidates(self.endpoint, facts, likeliest, self.fixed)
        works = self._try(options, deadline)
        for option, good in zip(options, works, strict=True):
            outcome = "works as far as the sign-in" if good else "does not work"
            self.session.transcript.noted(f"tried {option.repair.summary}: {outcome}")
        return next((each.repair for each, good in zip(options, works, strict=True) if good), None)

    def _takes(self, sender: Repair, facts: Facts) -> bool:
        return self.session.would_take(sender.changes["sender"], facts.recipient)

    def _try(self, options: Sequence[Candidate], deadline: Deadline) -> list[bool]:
        """Whether each of `options` reaches the sign-in; all are tried at once."""
        works = [False] * len(options)

        def attempt(place: int, endpoint: Endpoint) -> None:
            works[place] = reaches_sign_in(endpoint, deadline, self.network)

        threads = [
            threading.Thread(target=attempt, args=(place, option.endpoint), daemon=True)
            for place, option in enumerate(options)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return works


def reaches_sign_in(endpoint: Endpoint, deadline: Deadline, network: Network) -> bool:
    """Whether `endpoint` greets, secures the connection and offers a sign-in where one is needed.

    The session gets no credentials, so none can be sent.
    """
    session = Session(replace(endpoint, password=None, oauth=None), deadline, network)
    hello = (session.greeting, session.ehlo)
    steps = {
        Security.NONE: hello,
        Security.STARTTLS: (*hello, session.start_tls),
        Security.IMPLICIT: (session.start_tls, *hello),
    }
    try:
        with faults():
            for step in (session.resolve, session.connect, *steps[endpoint.security]):
                step()
        session.quit()
    except Fault:
        return False
    finally:
        session.close()
    return bool(session.known.mechanisms) or not endpoint.username
