"""What a connection sends next, claimed ahead so that the line does not wait for the database."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from smtp_panel.outbox.claims import Claimed
from smtp_panel.outbox.outbox import Outbox
from smtp_panel.outbox.writes import Wanted

FEWEST, MOST = 10, 50  # messages of a claim: more each time


class Supply:
    """Messages of `outbox` for one connection, in the order in which they are due.

    `plenty` is called where it finds many at once.
    """

    def __init__(self, outbox: Outbox, plenty: Callable[[], None]) -> None:
        self._outbox = outbox
        self._plenty = plenty
        self._most = FEWEST
        self._all_found = False  # the last time, there were no more
        self._wanted: Wanted | None = None
        self._at_hand: deque[Claimed] = deque()

    def has_more(self) -> bool:
        """Whether there is a message at hand, or has been found meanwhile."""
        if not self._at_hand and self._wanted and self._wanted.found.done():
            self._at_hand.extend(self._wanted.found.result())
            self._all_found = len(self._at_hand) < self._wanted.most
            self._wanted = None
            if len(self._at_hand) >= FEWEST:
                self._plenty()
        return bool(self._at_hand)

    @property
    def first(self) -> Claimed:
        """The next one at hand. Raises IndexError where there is none."""
        return self._at_hand[0]

    def take(self) -> Claimed:
        """The next one at hand. Raises IndexError where there is none."""
        claimed = self._at_hand.popleft()
        if not self._all_found and len(self._at_hand) <= self._most // 4:
            self.ask()
        return claimed

    def ask(self) -> Wanted:
        """Ask for more, unless that is done; the wish for them."""
        if self._wanted is None:
            self._wanted = self._outbox.want(self._most)
            self._most = min(2 * self._most, MOST)
        return self._wanted

    def wait(self, seconds: float) -> bool:
        """Whether to go on, for which it waits until something is found, for so many seconds."""
        wanted = self.ask()
        if self._at_hand:
            return True
        try:
            wanted.found.result(seconds)
        except TimeoutError:
            self._at_hand.extend(self._end())
            return bool(self._at_hand)
        return True

    def wait_no_more(self) -> None:
        """Let who waits go on, with what was found so far; for another thread to say."""
        if wanted := self._wanted:
            self._outbox.end(wanted)

    def close(self) -> None:
        """Leave to others what was not taken."""
        self._outbox.give_back(tuple(self._at_hand))
        self._outbox.give_back(self._end())

    def _end(self) -> list[Claimed]:
        """What was found for a wish that ends."""
        wanted, self._wanted = self._wanted, None
        if wanted is None:
            return []
        self._outbox.end(wanted)
        return wanted.found.result()
