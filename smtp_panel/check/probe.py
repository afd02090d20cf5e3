"""Finds out, after a failure, which change of the settings would work, without credentials."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from smtp_panel.diagnosis.repair import Candidate, Repair, candidates, other_sender
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dial import MOST_DIALLED
from smtp_panel.net.network import Network
from smtp_panel.net.together import together
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.endpoint import Auth, Endpoint
from smtp_panel.smtp.envelope import Envelope
from smtp_panel.smtp.facts import Facts
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.limits import overall

MOST_TRIED = 4  # connections, after one failure (SPEC L1)
PROBE_SECONDS = 4.0  # at most, for all that is tried after one failure


@dataclass(frozen=True)
class RepairSearch:
    """A search for a change of `endpoint` that would work.

    `connection` is the one that failed, perhaps still able to talk; `locked` names the fields that
    can't be changed. Nothing is dialled but the address that the connection reached; where it
    reached none, the first one, as often as its attempts leave of MOST_DIALLED (SPEC L1).
    """

    connection: Connection
    endpoint: Endpoint
    deadline: Deadline
    network: Network
    locked: Collection[str]

    def repair(self, facts: Facts, likeliest: Mapping[str, str]) -> Repair | None:
        """A change that works as far as can be seen before the sign-in, or before the message.

        `likeliest` is the one that the catalogue knows for the failure in `facts`.
        """
        try:
            sender = other_sender(self.endpoint, facts, likeliest)
            if sender and "sender" not in self.locked and self._takes(sender, facts):
                return sender
            deadline = self.deadline.within(PROBE_SECONDS)
        except TimeoutError:
            return None
        most = min(MOST_TRIED, MOST_DIALLED - self.connection.tried_in_vain)
        options = candidates(self.endpoint, facts, likeliest, self.locked)[:most]
        works = self._try(options, deadline)
        for option, good in zip(options, works, strict=True):
            outcome = "works as far as the sign-in" if good else "does not work"
            self.connection.transcript.noted(f"tried {option.repair.summary}: {outcome}")
        return next((each.repair for each, good in zip(options, works, strict=True) if good), None)

    def _takes(self, sender: Repair, facts: Facts) -> bool:
        """Whether the server takes `sender`, asked on the same connection without a message."""
        recipients = (facts.recipient,) if facts.recipient else ()
        envelope = Envelope(sender.changes["sender"], recipients)
        return self.connection.usable and not self.connection.send(envelope, None).failure

    def _try(self, options: Sequence[Candidate], deadline: Deadline) -> list[bool]:
        """Whether each of `options` reaches the sign-in; all are tried at once."""
        network = self._same_address()
        return together(lambda each: reaches_sign_in(each.endpoint, deadline, network), options)

    def _same_address(self) -> Network:
        """The network, with names leading only to the address that was reached.

        The name of the server led there already, though another look-up may lead elsewhere.
        """
        reached = self.connection.address

        def lookup(name: str) -> list[str]:
            if reached is None:
                return []
            if name == self.endpoint.server:
                return [reached.host]
            return [host for host in self.network.lookup(name) if host == reached.host]

        return replace(self.network, lookup=lookup)


def reaches_sign_in(endpoint: Endpoint, deadline: Deadline, network: Network) -> bool:
    """Whether `endpoint` greets, secures the connection and offers a sign-in where one is needed.

    The connection gets no credentials, so none can be sent.
    """
    unsigned = replace(endpoint, username="", password=None, auth=Auth.AUTO, oauth=None)
    connection = Connection(unsigned, overall(deadline), network)
    try:
        connection.open()
        connection.quit()
    except Fault:
        return False
    finally:
        connection.close()
    return bool(connection.mechanisms) or not endpoint.username
