"""An installation whose mail breaks and works again when the test says so, and its alerts."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

import pytest
from flask import Flask

from smtp_panel.alerts.alerts import Alerts
from smtp_panel.alerts.watch import MOMENT
from smtp_panel.app import panel_app
from smtp_panel.config import Config
from smtp_panel.outbox import pause
from smtp_panel.panel import Panel
from smtp_panel.secret import Secret
from smtp_panel.status import service as status
from smtp_panel.status.model import Health, NodeStatus
from smtp_panel.storage import db, utcnow, writing
from tests.outbox.conftest import SILENT
from tests.servers.receiver import Receiver

URL = "https://panel.test.example"
SIGNING = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")


@dataclass
class Watched:
    """An installation; `now` is the time by its clock."""

    app: Flask
    config: Config
    now: datetime.datetime

    def turn(self, **later: float) -> None:
        """Let the alerts look, `later` than last time."""
        self.now += datetime.timedelta(**later)
        with self.app.app_context():
            self.alerts_of(self.app).turn()

    def alerts_of(self, app: Flask) -> Alerts:
        """The alerts of a process of this installation, by its clock."""
        panel: Panel = app.extensions["smtp_panel"]
        return Alerts(panel, lambda: self.now)

    def stands(self) -> None:
        """Let the alerts look now, and once it has been as it is for a moment."""
        self.turn()
        self.turn(seconds=MOMENT.total_seconds())

    def breaks(self) -> None:
        """Let real mail fail from now on."""
        with self.app.app_context(), writing(db.session) as session:
            pause.service_failed(session.connection(), SILENT, self.now, 0.0, probing=False)

    def works(self) -> None:
        """Let mail leave from now on, as the node has found out that lives from now on."""
        with self.app.app_context(), writing(db.session) as session:
            pause.service_works(session.connection())
            status.record_health(session, self.config.node_name, Health.HEALTHY, 0)
            node = session.get_one(NodeStatus, self.config.node_name)
            node.seen_at = self.now + datetime.timedelta(days=30)


@pytest.fixture
def watched(prepared: Config, hook: Receiver) -> Watched:
    """An installation whose mail works, and whose alerts go to the receiver."""
    used = replace(prepared, url=URL, alert_webhook=Secret(hook.url), alert_secret=SIGNING)
    found = Watched(panel_app(used), used, utcnow())
    found.works()
    found.stands()
    return found
