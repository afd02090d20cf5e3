"""A dead man's switch: a URL that is asked as long as mail works, so that silence raises the alarm.

Each machine asks for itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from flask import Flask

from smtp_panel.config import Config
from smtp_panel.net import https
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.exchange import NotHTTP
from smtp_panel.net.fault import NetworkFault
from smtp_panel.net.network import Network
from smtp_panel.runs.model import Run
from smtp_panel.secret import Secret
from smtp_panel.status.model import Health, NodeStatus
from smtp_panel.storage import db, utcnow

SECONDS = 10.0  # for an answer
EVERY_SECONDS = 2.0

log = logging.getLogger(__name__)


class Ping:
    """Asks `url` after each check that finds mail working from `node`, as `app` knows.

    Checks that began before it was made do not count, or a process that ends and starts again and
    again would tell of an old one each time.
    """

    def __init__(
        self, app: Flask, url: Secret, node: str, clock: Callable[[], datetime] = utcnow
    ) -> None:
        self._app = app
        self._url = url
        self._node = node
        self._clock = clock
        self._began = clock()
        self._asked_after: str | None = None
        self._failed = False

    def turn(self) -> None:
        """Ask where there was such a check since. To be called every EVERY_SECONDS.

        That it fails is logged once until it works again; the next check asks anew.
        """
        self._began = min(self._began, self._clock())  # a clock may have been ahead
        with self._app.app_context():
            check = self._good_check()
        if check is None or check == self._asked_after:
            return
        self._asked_after = check
        why = self._ask()
        if why and not self._failed:
            log.warning("the ping failed, which is not said again before it works: %s", why)
        self._failed = bool(why)

    def _good_check(self) -> str | None:
        """The id of the last check that passed, where mail works and it began since."""
        status = db.session.get(NodeStatus, self._node)
        if status is None or status.run_id is None or status.health is not Health.HEALTHY:
            return None
        run = db.session.get(Run, status.run_id)
        return run.id if run and run.started_at >= self._began else None

    def _ask(self) -> str:
        """Why it failed; empty where the answer is 2xx."""
        try:
            answer = https.get(self._url.reveal(), {}, Deadline(SECONDS), Network(), limit=0)
        except (NetworkFault, NotHTTP, https.BadURL) as error:
            return str(error)
        return "" if 200 <= answer.status < 300 else f"it answered {answer.status}"


def ping_of(app: Flask, config: Config) -> Ping | None:
    """The ping that `config` asks for, if any."""
    return Ping(app, config.ping_url, config.node_name) if config.ping_url else None
