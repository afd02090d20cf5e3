"""A dead man's switch: a URL that is asked as long as mail works, so that silence raises the alarm.

Each machine asks for itself.
"""

from __future__ import annotations

import logging

from sqlalchemy import update

from smtp_panel.config import Config
from smtp_panel.net import https
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.exchange import NotHTTP
from smtp_panel.net.fault import NetworkFault
from smtp_panel.net.network import Network
from smtp_panel.secret import Secret
from smtp_panel.status.model import Health, NodeStatus
from smtp_panel.storage import db, writing

SECONDS = 10.0  # for an answer
PING_SECONDS = 2.0

log = logging.getLogger(__name__)


class Ping:
    """Asks `url` once after each check that finds mail working from `node`.

    Which was the last is kept with the status of the node, for a process that takes over, or ends
    and starts again and again.
    """

    def __init__(self, url: Secret, node: str) -> None:
        self._url = url
        self._node = node
        self._failed = False

    def turn(self) -> None:
        """Ask where there was such a check. To be called every PING_SECONDS.

        That it fails is logged once until it works again; the next check asks anew.
        """
        if not self._take_news():
            return
        why = self._ask()
        if why and not self._failed:
            log.warning("the ping failed, which is not said again before it works: %s", why)
        self._failed = bool(why)

    def _take_news(self) -> bool:
        """Whether mail works by a check that was not told yet, and is noted as told now."""
        status = db.session.get(NodeStatus, self._node)
        if status is None or status.run_id is None or status.health is not Health.HEALTHY:
            return False
        check, told = status.run_id, NodeStatus.pinged_after
        if check == status.pinged_after:
            return False
        note = update(NodeStatus).where(NodeStatus.node == self._node, told.is_distinct_from(check))
        with writing(db.session) as session:
            noted = session.connection().execute(note.values(pinged_after=check))
        return noted.rowcount == 1

    def _ask(self) -> str:
        """Why it failed; empty where the answer is 2xx."""
        try:
            answer = https.get(self._url.reveal(), {}, Deadline(SECONDS), Network(), limit=0)
        except (NetworkFault, NotHTTP, https.BadURL) as error:
            return str(error)
        return "" if 200 <= answer.status < 300 else f"it answered {answer.status}"


def ping_of(config: Config) -> Ping | None:
    """The ping that `config` asks for, if any."""
    return Ping(config.ping_url, config.node_name) if config.ping_url else None
