"""Questions to the DNS that several checks share: each is asked once."""

from __future__ import annotations

import threading
from concurrent.futures import Future

from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dns import TOO_LATE, Answer, Ask, Kind, Lookup, LookupFailed


def asked_once(ask: Ask, deadline: Deadline) -> Lookup:
    """A lookup that puts each question to `ask` once, and remembers what came of it.

    Who asks while another thread does waits for the same answer until the deadline.
    """
    lock = threading.Lock()
    answers: dict[tuple[str, Kind], Future[Answer]] = {}

    def put(answer: Future[Answer], name: str, kind: Kind) -> None:
        try:
            answer.set_result(ask(name, kind, deadline))
        except BaseException as error:
            answer.set_exception(error)
            if not isinstance(error, LookupFailed):
                raise

    def lookup(name: str, kind: Kind) -> Answer:
        question = name.lower().removesuffix("."), kind
        with lock:
            answer = answers.get(question)
            if mine := answer is None:
                answer = answers[question] = Future()
        if mine:
            put(answer, name, kind)
        try:
            return answer.result(0 if answer.done() else deadline.remaining())
        except TimeoutError:
            raise LookupFailed(name, kind, TOO_LATE) from None

    return lookup
