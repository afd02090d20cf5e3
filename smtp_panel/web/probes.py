"""What other programs ask: whether the process lives, whether it can work, and how mail is (A7).

No page, no session of a visitor, and no host but the one that was asked: a probe knows the machine
by its address. Broken mail makes nothing of this unhealthy.
"""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import select

from smtp_panel.access.authorization import key_principal, token_sent
from smtp_panel.access.keys import KeyScope
from smtp_panel.access.limits import LimitReached
from smtp_panel.access.principal import current_principal
from smtp_panel.panel import current_panel
from smtp_panel.settings.model import Settings
from smtp_panel.status.metrics import exposition
from smtp_panel.storage import UNAVAILABLE, db
from smtp_panel.web.not_now import RETRY_AFTER

probes = Blueprint("probes", __name__)


@probes.get("/healthz")
def health() -> ResponseReturnValue:
    """That this process answers."""
    return _word("ok", 200)


@probes.get("/readyz")
def ready() -> ResponseReturnValue:
    """Whether the database answers as well; 503 where it does not."""
    db.session.scalar(select(Settings.version))
    return _word("ready", 200)


@probes.get("/metrics")
def metrics() -> ResponseReturnValue:
    """The figures for Prometheus, for whoever may read them; 401 for anybody else."""
    if not (_has_token() or _may_read()):
        answer = _word("unauthorized", 401)
        answer.headers["WWW-Authenticate"] = 'Bearer realm="SMTP Panel metrics"'
        return answer
    return Response(exposition(db.session()), content_type=CONTENT_TYPE_LATEST)


def unavailable(_error: Exception) -> Response:
    """The answer while the database can't be used; how it fails, its own page says to admins."""
    answer = _word("unavailable", 503)
    answer.headers["Retry-After"] = RETRY_AFTER
    return answer


@probes.errorhandler(LimitReached)
def limited(error: LimitReached) -> Response:
    """The answer to too many wrong keys."""
    answer = _word("too many attempts", 429)
    answer.headers["Retry-After"] = str(error.retry_after)
    return answer


for broken in UNAVAILABLE:
    probes.register_error_handler(broken, unavailable)


def _word(word: str, status: int) -> Response:
    return Response(f"{word}\n", status, mimetype="text/plain")


def _has_token() -> bool:
    """Whether the request bears SMTP_PANEL_METRICS_TOKEN."""
    token = current_panel().config.metrics_token
    return bool(token) and token_sent() == token


def _may_read() -> bool:
    """Whether an admin who is signed in looks at them in a browser, or a key may read them."""
    asking = current_principal() or key_principal()
    return asking is not None and asking.may(KeyScope.READ)
