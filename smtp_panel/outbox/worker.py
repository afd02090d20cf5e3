"""Empties the outbox by as many connections as there is mail for (SPEC M5, M7)."""

from __future__ import annotations

import datetime
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from smtp_panel.diagnosis.diagnosis import Diagnosis
from smtp_panel.outbox.courier import Courier
from smtp_panel.outbox.learning import Learner
from smtp_panel.outbox.limit_model import LimitKind
from smtp_panel.outbox.outbox import Outbox
from smtp_panel.outbox.pace import Pace
from smtp_panel.outbox.pause import Rest
from smtp_panel.outbox.route import Route
from smtp_panel.outbox.suspects import Suspects
from smtp_panel.storage import UNAVAILABLE, storage_error
from smtp_panel.storage.sqlite import Watch

POLL_SECONDS = 1.0  # between looks at what is due again, and at what is in force
WATCH_SECONDS = 0.05  # between looks whether another process has put anything into the queue
BEAT_SECONDS = 10.0
LATE = datetime.timedelta(seconds=POLL_SECONDS)  # for a message: more connections are of use
MOST_CONNECTIONS = 8
FRESH_SECONDS = 0.1  # that settings and an admin's pause count as those in force
STOP_SECONDS = 20.0  # for a message in hand

LEFT_TO_OTHERS = "others take up what this worker had in hand, once the database works again: %s"

log = logging.getLogger(__name__)


class Worker:
    """Sends what is in `outbox`, in threads of its own, from `start()` to `stop()`.

    `route` gives the way by the settings in force, None where there is none. There is one courier,
    with a connection, and one more at each look that finds a message that has been due for a second
    in nobody's hand (there is one every second), and where a courier has more to do than its line
    is quick; up to `most`, or to as many as the server takes. After a failure of the service one of
    them tries a single message. `delivered` is told once of each version of the settings by which a
    message has left. `wait` waits for an event for some seconds, and `clock` counts them.
    """

    def __init__(
        self,
        outbox: Outbox,
        route: Callable[[], Route | None],
        delivered: Callable[[Route], None],
        *,
        most: int = MOST_CONNECTIONS,
        wait: Callable[[threading.Event, float], bool] = threading.Event.wait,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._outbox = outbox
        self._route = route
        self._delivered = delivered
        self._version_that_works: int | None = None
        self._wait = wait
        self._clock = clock
        self._news = threading.Event()
        self._behind = self._surprised = False
        self._stopping = threading.Event()
        self._couriers: dict[Courier, threading.Thread] = {}
        self._in_force: tuple[Route | None, Rest] = None, Rest(held=False, until=None, failures=0)
        self._looked_up = clock()
        self._beaten: float | None = None
        self._at_most = most
        self._pace = Pace(clock)
        self._suspects = Suspects()
        self._learner = Learner(outbox, self._pace)
        self._watch = Watch(outbox.engine)
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        outbox.on_news = self._heed_news

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the messages in hand, and end.

        What is not finished in time stays in the hand of this worker, for it may be with the server
        already, until others take it for dead. A connection that is just being made has nothing in
        hand, and takes nothing any more.
        """
        self._stopping.set()
        self._news.set()
        if self._couriers:
            self._outbox.journal.stop()
        self._thread.join()
        couriers, until = dict(self._couriers), self._clock() + STOP_SECONDS
        for courier in couriers:
            courier.heed()
        threads = [thread for courier, thread in couriers.items() if courier.connected]
        for thread in threads:
            thread.join(max(0.0, until - self._clock()))
        if any(thread.is_alive() for thread in threads):
            return
        try:
            self._outbox.close()
        except UNAVAILABLE as error:
            log.error(LEFT_TO_OTHERS, storage_error(error, self._outbox.engine.url))

    def _run(self) -> None:
        failed = False
        while not self._stopping.is_set():
            self._news.clear()
            failed = not self._works(failed=failed)
            self._rest()
        self._watch.close()

    def _rest(self) -> None:
        """Wait until the next look; what another process has accepted goes out before that."""
        for _ in range(round(POLL_SECONDS / WATCH_SECONDS)):
            if self._wait(self._news, WATCH_SECONDS) or self._finds_more():
                break

    def _finds_more(self) -> bool:
        """Whether another process has left anything to do, and nobody here waits for it."""
        try:
            if not self._watch.has_changed():
                return False
            if self._couriers:
                self._outbox.look()
                return False
            return self._outbox.has_due()
        except (*UNAVAILABLE, RuntimeError):  # also of threads: the look that follows says why
            return True
        except Exception:  # the worker outlives it, and looks once a second all the same
            if not self._surprised:
                log.exception("what other processes accept waits for the next look")
            self._surprised = True
            return False

    def _works(self, *, failed: bool) -> bool:
        """Whether a look came to its end; why not is not said again if the one before `failed`."""
        try:
            if self._beaten is None or self._clock() - self._beaten >= BEAT_SECONDS:
                self._outbox.beat()
                self._beaten = self._clock()
            self._look()
        except UNAVAILABLE as error:
            if not failed:
                why = storage_error(error, self._outbox.engine.url)
                log.error("the outbox can't be worked on, and is tried again: %s", why)
            return False
        except Exception:  # the worker outlives whatever a look may meet
            if not failed:
                log.exception("the outbox can't be worked on, and is tried again")
            return False
        return True

    def _heed_news(self) -> None:
        """What is accepted goes to the couriers that wait for it; where there is none, send one."""
        if not self._couriers:
            self._news.set()

    def _heed_backlog(self) -> None:
        """Where the lines that there are do not suffice, look whether there may be another."""
        if self._may_open_one():
            self._behind = True
            self._news.set()

    def _look(self) -> None:
        """Send a courier, or tell those that wait, where there is anything that may be tried."""
        if not self._couriers:
            self._outbox.take_back()
        route, rest = self._look_up()
        for courier in list(self._couriers):
            courier.heed()
        if not (route and rest.may_try(self._outbox.now()) and self._outbox.may_begin):
            return
        if not self._outbox.has_due():
            return
        if rest.failures:
            if not self._couriers and self._outbox.claim_probe(route.generation):
                self._send(route, probing=True)
            return
        if self._outbox.is_full(rest):
            return
        self._outbox.look()
        behind, self._behind = self._behind or self._outbox.has_due(LATE), False
        if self._may_open_one() and (behind or not self._couriers):
            self._send(route, probing=False)

    def _look_up(self) -> tuple[Route | None, Rest]:
        """What is in force, by the database."""
        self._looked_up = self._clock()
        route = self._route()
        self._in_force = route, self._outbox.rest()
        self._learner.look_up(route)
        return self._in_force

    def _leaves_by(self, route: Route) -> bool:
        """Whether mail leaves by `route`, as it was a moment ago."""
        try:
            if self._clock() - self._looked_up > FRESH_SECONDS:
                self._look_up()
        except SQLAlchemyError as error:  # whose reason the next look tells
            log.warning("nobody can tell whether mail may leave (%s)", type(error).__name__)
            return False
        now, rest = self._in_force
        return bool(now and now.is_like(route) and not rest.held)

    def _may_open_one(self) -> bool:
        """Whether there may be one more connection: not more at a time than stand already."""
        couriers = list(self._couriers)
        standing = sum(each.connected for each in couriers)
        most = min(self._learner.shares.get(LimitKind.CONNECTIONS, self._at_most), self._at_most)
        return len(couriers) < most and len(couriers) - standing < max(1, standing)

    def _send(self, route: Route, *, probing: bool) -> None:
        def going() -> bool:
            stays = self._stopping.is_set() or self._outbox.transaction.in_doubt
            return not stays and self._leaves_by(route)

        def no_service(diagnosis: Diagnosis) -> bool:
            if self._stopping.is_set() and not courier.connected:
                return False  # this one is waited for no longer, and others find out by themselves
            others = self._others(courier)
            well = self._learner.failed(route, courier, others, diagnosis, probing=probing)
            generation = route.generation
            return well or not self._outbox.service_failed(diagnosis, generation, probing=probing)

        courier = Courier(
            self._outbox,
            route,
            going,
            no_service,
            self._heed_backlog,
            in_force=partial(self._leaves_by, route),
            accepted=lambda: self._note_delivery(route),
            pace=self._pace,
            suspects=self._suspects,
            most=self._learner.shares.get(LimitKind.PER_CONNECTION),
        )
        work = self._probe if probing else self._deliver
        thread = threading.Thread(target=work, args=(route, courier), name="courier", daemon=True)
        self._couriers[courier] = thread
        try:
            thread.start()
        except RuntimeError:  # can't start new thread
            del self._couriers[courier]
            raise

    def _note_delivery(self, route: Route) -> None:
        """Tell that a message has left by `route`, where that was not known of its settings."""
        if route.version == self._version_that_works:
            return
        try:
            self._delivered(route)
        except SQLAlchemyError:
            log.exception("that mail leaves can't be noted, and will be after another message")
        else:
            self._version_that_works = route.version

    def _probe(self, route: Route, courier: Courier) -> None:
        with self._ending(courier):
            if courier.probe() and self._outbox.service_works(route.generation):
                self._learner.passed(route)
            self._learner.offered(route, courier)

    def _deliver(self, route: Route, courier: Courier) -> None:
        with self._ending(courier):
            courier.run()
            self._learner.offered(route, courier)
            why = courier.ended
            if why and not self._learner.ended(route, courier, self._others(courier), why):
                self._outbox.service_failed(why, route.generation, probing=False)

    @contextmanager
    def _ending(self, courier: Courier) -> Iterator[None]:
        """After a mistake of ours the next look comes soon enough, else there is one at once."""
        try:
            yield
        except Exception:
            log.exception("mail can't be handed over, and will be tried again")
            del self._couriers[courier]
        else:
            del self._couriers[courier]
            self._news.set()

    def _others(self, courier: Courier) -> list[Courier]:
        return [each for each in list(self._couriers) if each is not courier]
