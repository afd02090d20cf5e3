"""Hands messages over on one connection, as long as it is good and there are any (SPEC M7)."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial

from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.outbox import parts, retry
from smtp_panel.outbox.claims import Claimed
from smtp_panel.outbox.doubt import Doubt, Trouble
from smtp_panel.outbox.journal import Mark
from smtp_panel.outbox.judgement import its_own, judge, untried
from smtp_panel.outbox.model import MessageState
from smtp_panel.outbox.outbox import Outbox
from smtp_panel.outbox.outcomes import Outcome
from smtp_panel.outbox.pace import Pace
from smtp_panel.outbox.rescue import Rescuer, unheard
from smtp_panel.outbox.route import Route
from smtp_panel.outbox.supply import Supply
from smtp_panel.outbox.suspects import Suspects
from smtp_panel.smtp.connection import Connection
from smtp_panel.smtp.content import Content
from smtp_panel.smtp.envelope import Envelope, Receipt
from smtp_panel.smtp.fault import Fault
from smtp_panel.smtp.limits import per_phase
from smtp_panel.storage import UNAVAILABLE

QUICK = 0.002  # seconds a message; a line that is as quick would only share this machine with more
GATHER_SECONDS = 0.003  # in which messages come together; each by itself would cost more
IDLE_SECONDS = 30.0  # that a connection is kept open where there is nothing to send
DOUBT_SECONDS = 1.0  # for another message, which shows whether it is the service that fails


class Withheld(Exception):
    """The final dot of a message is not to be sent: others have it, or it goes another way."""


class Courier:
    """Takes messages from `outbox` and hands them over by `route`, on one connection.

    `going` says whether another message may be begun, not before `pace` allows it, and `in_force`
    whether one may be ended so. `no_service` is told why none can be, and says whether that is so
    on this connection alone; `suspects` are the messages at which that was. `backlog` is called
    where more connections would be of use, and `accepted` once the server has taken a message.
    After `most` messages the connection ends.

    It was `connected`; `ended` is why the server took no more on it, `delivered` counts the
    messages that were settled, and `offered` are the limits that the server itself tells of.
    """

    def __init__(
        self,
        outbox: Outbox,
        route: Route,
        going: Callable[[], bool],
        no_service: Callable[[Diagnosis], bool],
        backlog: Callable[[], None],
        *,
        in_force: Callable[[], bool],
        accepted: Callable[[], None],
        pace: Pace,
        suspects: Suspects,
        most: int | None = None,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self.connected = False
        self.ended: Diagnosis | None = None
        self.delivered = 0
        self.offered: Mapping[str, int] = {}
        self._outbox = outbox
        self._journal = outbox.journal
        self._route = route
        self._going = going
        self._in_force = in_force
        self._no_service = no_service
        self._backlog = backlog
        self._accepted = accepted
        self._pace = pace
        self._doubt = Doubt(suspects)
        self._left = most  # messages that this connection may still take; None for any number
        self._wait = 0.0  # seconds, before another message
        self._heeding = threading.Event()
        self._idle_seconds = idle_seconds
        self._opened_at = self._rested = 0.0  # by the clock, and for how many seconds since then
        self._supply = Supply(outbox, self._heed_plenty)
        self._in_hand: deque[tuple[Claimed, float]] = deque()
        self._ending: Claimed | None = None  # the one whose final dot may be with the server

    def run(self) -> None:
        """Hand over what is due, until there has been nothing more for a while."""
        self._with_connection(self._send_all)

    def probe(self) -> bool:
        """Hand over the one message that is due first; whether the service is seen to work."""
        self._with_connection(lambda connection: self._send(connection, self._one()))
        return bool(self.delivered)

    def _with_connection(self, work: Callable[[Connection], object]) -> None:
        """Do `work` with a connection; what is in hand at its end is left to others."""
        connection = self._route.connection(per_phase)
        try:
            connection.open()
            self.connected, self.offered = True, connection.limits
            self._opened_at = time.monotonic()
            if self._going():  # by now; `connected` before that, so that `stop` waits for it
                work(connection)
            if failed := self._doubt.failed:
                self._decide(failed, still_good=connection.usable)
            connection.quit()
        except Fault as fault:
            self._no_service(self._route.explain(connection.facts(fault, Envelope(""))))
        except Withheld:
            return
        except OSError:
            raise  # of the journal's disk, which is no message's fault
        except UNAVAILABLE:  # which may be so for the octets of one message alone: others go first
            self._leave_in_hand(self._outbox.now() + retry.SHORTEST)
            raise
        except Exception:
            self._leave_in_hand(counts=True)
            raise
        finally:
            connection.close()
            self._leave_in_hand()
            self._supply.close()
            self._outbox.flush()

    def heed(self) -> None:
        """Wait for no more messages where none may be begun; for another thread to say."""
        if not self._going():
            self._heeding.set()
            self._supply.wait_no_more()

    def _leave_in_hand(self, later: datetime | None = None, *, counts: bool = False) -> None:
        """Leave what is in hand to others, but for what the server may have taken.

        It is not tried before `later`; a mistake of ours `counts`.
        """
        outbox, begun = self._outbox, [claimed for claimed, _ in self._in_hand]
        if begun and begun[0] is self._ending:
            by = Rescuer(outbox.node, outbox.now(), outbox.chance(), outbox.uncertain)
            outbox.settle(unheard(begun.pop(0), by))
        outbox.give_back([failed.claimed] if (failed := self._doubt.failed) else [])
        if counts:
            outbox.came_to_no_end(begun)
        else:
            outbox.give_back(begun, later)
        self._in_hand.clear()
        self._doubt.failed = None

    def _send_all(self, connection: Connection) -> None:
        while self._send(connection, self._messages()) and self._more():
            pass

    def _send(self, connection: Connection, messages: Iterator[tuple[Envelope, Content]]) -> bool:
        """Whether the connection is of use after all of `messages`."""
        receipts = connection.send_all(messages)
        return all(map(self._settle, receipts)) and connection.usable

    def _more(self) -> bool:
        """Whether there is more to send, for which it waits a while."""
        if self._left == 0:
            return False
        began = time.monotonic()
        if self._heeding.wait(self._wait or GATHER_SECONDS):
            return False
        self._supply.ask()
        if not (self._going() and self._outbox.may_begin):
            return False
        patience = DOUBT_SECONDS if self._doubt.failed else self._idle_seconds
        goes_on = self._supply.wait(min(patience, self._idle_seconds))
        self._rested += time.monotonic() - began
        return goes_on

    def _one(self) -> Iterator[tuple[Envelope, Content]]:
        """The first that can be tried: one that can't shows nothing of the service."""
        while found := self._outbox.claim(1, probing=True):
            if not self._sets_aside(found[0]):
                self._pace.note()
                yield self._begin(found[0])
                return

    def _messages(self) -> Iterator[tuple[Envelope, Content]]:
        """What is due, as long as this connection may take it."""
        while self._may_go_on() and self._supply.has_more() and self._may_follow():
            self._wait = self._pace.take()
            if self._wait:
                return
            claimed = self._supply.take()
            if not self._sets_aside(claimed):
                yield self._begin(claimed)

    def _may_go_on(self) -> bool:
        may_begin = self._outbox.may_begin and self._journal.has_room
        return self._left != 0 and may_begin and self._going()

    def _may_follow(self) -> bool:
        """Whether the next one may be begun while another is in hand.

        One of which a claim came to no end goes by itself: it could be the end of the other's.
        """
        together = (self._supply.first, *(claimed for claimed, _ in self._in_hand))
        return len(together) == 1 or all(claimed.claims == 1 for claimed in together)

    def _heed_plenty(self) -> None:
        """Say that more connections would be of use, unless this machine is the limit."""
        busy = time.monotonic() - self._opened_at - self._rested
        if busy >= QUICK * self.delivered > 0:
            self._backlog()

    def _begin(self, claimed: Claimed) -> tuple[Envelope, Content]:
        self._in_hand.append((claimed, time.perf_counter()))
        self._journal.mark(claimed.claim, Mark.BEGUN)
        if self._left:
            self._left -= 1
        sender = self._route.sender(claimed.sender)
        octets = claimed.octets or parts.read(self._outbox.engine, claimed)
        content = Content(octets, partial(self._before_end, claimed))
        return Envelope(sender, self._route.envelope(claimed.recipients.values())), content

    def _before_end(self, claimed: Claimed) -> None:
        """Mark that the server has it, and only then look whether others may; raises Withheld."""
        self._ending = None
        withheld = not self._in_force()
        self._journal.mark(claimed.claim, Mark.ENDING)
        if withheld or self._journal is not self._outbox.journal or not self._outbox.may_begin:
            self._journal.mark(claimed.claim, Mark.ANSWERED)
            raise Withheld
        self._ending = claimed

    def _sets_aside(self, claimed: Claimed) -> bool:
        """Give up a message that is not to be tried (again), if it is one; whether that is so."""
        if outcome := untried(claimed, self._outbox.now()):
            self._outbox.settle(outcome)
        return outcome is not None

    def _outcome(self, receipt: Receipt) -> Outcome:
        """What becomes of the message in hand by its `receipt`."""
        claimed, began = self._in_hand[0]
        staging = self._route.staging
        outcome = judge(
            claimed,
            staging.receipt(receipt, claimed.recipients.values()) if staging else receipt,
            self._route,
            at=self._outbox.now(),
            ms=(time.perf_counter() - began) * 1000,
            chance=self._outbox.chance(),
            uncertain=self._outbox.uncertain,
        )
        return staging.noted(outcome) if staging else outcome

    def _settle(self, receipt: Receipt) -> bool:
        """Note what became of the message of `receipt`; whether to go on.

        A server that fails at one message may do so because of that message: it is the service that
        fails where the next one fares the same.
        """
        outcome = self._outcome(receipt)
        self._ending = None
        try:
            if mark := outcome.mark:
                self._journal.mark(outcome.claimed.claim, mark)
        finally:  # what the server has said is known, whatever the disk of the journal does
            goes_on = self._note(outcome)
        return goes_on

    def _note(self, outcome: Outcome) -> bool:
        settled = self._doubt.settled(outcome)
        if settled is None:
            return False
        self._in_hand.popleft()
        for each in settled:
            self._outbox.settle(each)
        if settled:
            self.delivered += 1
        if outcome.state is MessageState.SENT:
            self._accepted()
        return True

    def _decide(self, failed: Outcome, *, still_good: bool) -> None:
        """What is to be done about the last message, at which the service failed."""
        trouble = self._doubt.trouble(failed, delivered=self.delivered, still_good=still_good)
        if trouble is Trouble.MESSAGE:
            self._outbox.settle(its_own(failed))
        elif trouble is Trouble.CONNECTION:
            self.ended = failed.diagnosis
            self._outbox.give_back([failed.claimed])
        else:
            others_fare_well = failed.diagnosis and self._no_service(failed.diagnosis)
            later = None if others_fare_well else failed.at + retry.SHORTEST
            self._outbox.give_back([failed.claimed], later)
        self._doubt.failed = None
