"""A check and a test of ours against what smtplib alone takes for the same conversation."""

from __future__ import annotations

import logging
import smtplib
import ssl
import statistics
import threading
import time
import timeit
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from smtp_panel.app import panel_app
from smtp_panel.check.check import Check, OutgoingMessage
from smtp_panel.config import Config
from smtp_panel.diagnosis.diagnosis import diagnose
from smtp_panel.runs.model import RunKind
from smtp_panel.runs.runner import Runner, new_run
from smtp_panel.secret import Secret
from smtp_panel.smtp.endpoint import Endpoint
from smtp_panel.storage import db, writing
from tests.diagnosis.examples import EXAMPLES
from tests.servers.certificates import CertificateAuthority
from tests.servers.smtpd import USERS, aiosmtpd_server

ROUNDS = 60
CONTENT = b"From: a@test.example\r\nSubject: test\r\n\r\nA test.\r\n"
RECIPIENT = "ada@test.example"


def conversation_ratios() -> tuple[float, float]:
    """How many times as long the check takes, and the test as the page runs it.

    Each hands over one message, by STARTTLS and AUTH PLAIN; medians of runs in turn.
    """
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd's deprecations
    authority = CertificateAuthority()
    with (
        TemporaryDirectory() as folder,
        panel_app(Config(data_dir=Path(folder))).app_context(),
        aiosmtpd_server("starttls", tls=authority.good.context()) as server,
    ):
        checks, tests, theirs = [], [], []
        context = ssl.create_default_context(cadata=authority.pem)
        for _ in range(ROUNDS):
            checks.append(_check(server.port, authority.pem))
            tests.append(_test(server.port, authority.pem))
            theirs.append(_theirs(server.port, context))
        least = statistics.median(theirs)
        return statistics.median(checks) / least, statistics.median(tests) / least


def diagnosis_ms() -> float:
    """The milliseconds of a diagnosis, of the known failure that takes longest."""
    diagnose(EXAMPLES[0][1])
    return (
        max(
            min(timeit.repeat(partial(diagnose, facts), number=5, repeat=5)) / 5
            for _, facts in EXAMPLES
        )
        * 1000
    )


def _check(port: int, authority: str) -> float:
    """The seconds of the conversation alone."""
    check = _ours(port, authority)
    began = time.perf_counter()
    check.run()
    passed = time.perf_counter() - began
    if check.diagnosis:
        raise RuntimeError(check.transcript)
    return passed


def _ours(port: int, authority: str) -> Check:
    username, password = next(iter(USERS.items()))
    endpoint = Endpoint(
        server="127.0.0.1",
        port=port,
        username=username,
        password=Secret(password),
        ca_pem=authority,
    )
    return Check(endpoint, username, OutgoingMessage(RECIPIENT, lambda _: CONTENT))


def _test(port: int, authority: str) -> float:
    """The seconds of a test as the page runs it, steps and end written to the database."""
    test = _ours(port, authority)
    runner = Runner(db.engine, 1)
    with writing(db.session) as session:
        run_id = new_run(session, RunKind.TEST, test).id
    began = time.perf_counter()
    runner.start(runner.reserve(), run_id, test, lambda _session, _run: None)
    for thread in threading.enumerate():
        if thread.name == f"check {run_id}":
            thread.join()
    passed = time.perf_counter() - began
    if test.diagnosis:
        raise RuntimeError(test.transcript)
    return passed


def _theirs(port: int, context: ssl.SSLContext) -> float:
    username, password = next(iter(USERS.items()))
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port, local_hostname="[127.0.0.1]", timeout=20) as client:
        client.starttls(context=context)
        client.login(username, password)
        client.sendmail(username, [RECIPIENT], CONTENT)
    return time.perf_counter() - began
