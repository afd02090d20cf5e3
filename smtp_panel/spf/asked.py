"""Questions to the DNS that several checks share: each is asked once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import TOO_LATE, Answer, Ask, Kind, LookupFailed

Lookup = Callable[[str, Kind], Answer]  # an Ask whose deadline is settled


class Asked:
    """Asks each question once by `ask`, and remembers what came of it."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._answers: dict[tuple[str, Kind], Future[Answer]] = {}

    def ask(self, name: str, kind: Kind, deadline: Deadline) -> Answer:
        """The answer, for which it waits if another thread asks already; raises LookupFailed."""
        question = name.lower().removesuffix("."), kind
        with self._lock:
            answer = self._answers.get(question)
            if mine := answer is None:
                answer = self._answers[question] = Future()
        if mine:
            self._put(answer, name, kind, deadline)
        try:
            return answer.result(0 if answer.done() else deadline.remaining())
        except TimeoutError:
            raise LookupFailed(name, kind, TOO_LATE) from None

    def _put(self, answer: Future[Answer], name: str, kind: Kind, deadline: Deadline) -> None:
        try:
            answer.set_result(self._ask(name, kind, deadline))
        except BaseException as error:
            answer.set_exception(error)
            if not isinstance(error, LookupFailed):
                raise
