"""The outbox against Flask-Mail's loop, where every answer of the server comes 20 ms later."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from flask_mail import Mail, Message

from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import Endpoint
from tests.bench.kept import CONTENT, RECIPIENT, SENDER
from tests.bench.outbox import deliver, route_to
from tests.servers.certificates import CertificateAuthority
from tests.servers.ports import HOST, free_ports
from tests.servers.postfix import Postfix, postfix_server
from tests.servers.processes import wait_for_ports
from tests.servers.sink import from_afar

ROUND_TRIP = 0.020  # seconds
THEIRS, OURS = 20, 2000  # messages
WITHOUT_PIPELINING = """\
{host}:{port} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_discard_ehlo_keywords=pipelining
  -o smtpd_data_restrictions=
"""


def distance_ratios() -> tuple[float, float]:
    """How many times as many messages a second as Flask-Mail, by STARTTLS and AUTH at a Postfix.

    The first with PIPELINING, the second without. Flask-Mail verifies no certificate.
    """
    authority = CertificateAuthority()
    with (
        postfix_server(authority.good) as postfix,
        _without_pipelining(postfix) as old,
        from_afar(postfix.submission, ROUND_TRIP) as far,
        from_afar(old, ROUND_TRIP) as slow,
    ):
        theirs = _flask_mail(postfix, far)
        return theirs / _ours(postfix, far, authority), theirs / _ours(postfix, slow, authority)


def _flask_mail(postfix: Postfix, port: int) -> float:
    """The seconds of one message, of `mail.send` in a loop."""
    app = Flask(__name__)
    app.config.update(
        MAIL_SERVER=HOST,
        MAIL_PORT=port,
        MAIL_USE_TLS=True,
        MAIL_USERNAME=postfix.username,
        MAIL_PASSWORD=postfix.password,
    )
    mail = Mail(app)
    text = CONTENT.decode().partition("\r\n\r\n")[2]
    with app.app_context():
        began = time.perf_counter()
        for _ in range(THEIRS):
            mail.send(Message("test", [RECIPIENT], text, sender=SENDER))
        return (time.perf_counter() - began) / THEIRS


def _ours(postfix: Postfix, port: int, authority: CertificateAuthority) -> float:
    """The seconds of one message, accepted of sixteen callers, stored and delivered."""
    endpoint = Endpoint(
        server=HOST,
        port=port,
        username=postfix.username,
        password=Secret(postfix.password),
        ca_pem=authority.pem,
    )
    return deliver(route_to(endpoint), OURS, 16) / OURS


@contextmanager
def _without_pipelining(postfix: Postfix) -> Iterator[int]:
    """One more port of `postfix`, where PIPELINING is not offered."""
    (port,) = free_ports(1)
    with (postfix.folder / "etc/master.cf").open("a") as file:
        file.write(WITHOUT_PIPELINING.format(host=HOST, port=port))
    os.kill(int((postfix.folder / "queue/pid/master.pid").read_text()), signal.SIGHUP)
    wait_for_ports([port])
    yield port
