"""An installation past one machine: two nodes over PostgreSQL and Redis, as operators run them.

On each node gunicorn answers with the shipped configuration, and `smtp worker` sends.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from copy import copy
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from flask import Flask
from flask.cli import main as flask
from gunicorn.app.wsgiapp import run as gunicorn
from sqlalchemy import update

from smtp_panel.access import limits
from smtp_panel.app import panel_app
from smtp_panel.config import Config
from smtp_panel.secret import Secret
from smtp_panel.status.model import NodeState, NodeStatus
from smtp_panel.status.standing import standing
from smtp_panel.storage import db, utcnow, writing
from tests.deployed import ADMIN, PAGE, PASSWORD, ROOT, Visitor
from tests.forked import PROCESSES
from tests.servers import postgresql, redis
from tests.servers.ports import HOST, free_ports
from tests.servers.processes import wait_until
from tests.servers.redis import Redis
from tests.web.conftest import Fields
from tests.web.html import Element

KEY = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
# An accepted message outlives the server, and a machine that is busy is no silent Redis.
DURABLE = {"synchronous_commit": "on"}
PATIENCE = {"socket_connect_timeout": 30, "socket_timeout": 30}  # seconds


@dataclass
class Machine:
    """A node: its processes, and where it answers."""

    name: str
    environ: Mapping[str, str]
    folder: Path
    port: int
    running: dict[str, ForkServerProcess] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    def answers(self) -> bool:
        """Whether it takes requests yet."""
        for part, process in self.running.items():
            assert process.is_alive(), self.log(part)
        try:
            return Visitor(self.url).ask("/healthz").status == HTTPStatus.OK
        except OSError:
            return False

    def log(self, part: str) -> str:
        """What a part of it, web or worker, has logged so far."""
        return (self.folder / f"{part}.log").read_text()

    def start(self) -> None:
        """Start what does not run, as systemd does."""
        for part, work in (("web", _serve), ("worker", _send)):
            if part not in self.running or not self.running[part].is_alive():
                log = self.folder / f"{part}.log"
                process = PROCESSES.Process(target=work, args=(dict(self.environ), log))
                process.start()
                self.running[part] = process

    def kill(self, part: str) -> None:
        """End web or worker with all its processes, whatever they are doing."""
        process = self.running.pop(part)
        pid = process.pid
        assert pid, "it was started"
        wait_until(lambda: not process.is_alive() or leads_a_group(pid))
        with suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(pid, signal.SIGKILL)
        process.join()


def leads_a_group(process: int) -> bool:
    """Whether a process that was just forked leads the group of all that it will start."""
    try:
        return os.getpgid(process) == process
    except ProcessLookupError:
        return False


@dataclass
class Deployment:
    """Two machines, what they share, and an application that only looks at the database."""

    machines: tuple[Machine, Machine]
    redis: Redis
    cluster: Path
    database: Callable[[], Any]
    app: Flask
    stack: ExitStack

    def start(self) -> None:
        """Start what does not run, with nothing counted yet, and wait until both answer."""
        self.redis.kill()
        self.redis = self.stack.enter_context(redis.serving(self.redis.socket.parent))
        for machine in self.machines:
            machine.start()
        for machine in self.machines:
            wait_until(machine.answers)

    def states(self) -> dict[str, tuple[NodeState, bool]]:
        """How each node stands, and whether it has checked the settings in force."""
        with self.app.app_context():
            now, found = utcnow(), standing(db.session())
            return {
                each.node: (each.state(now), each.is_of_settings_in_force)
                for each in (*found.nodes, *found.gone)
            }

    def age(self, span: timedelta) -> None:
        """Let the last heartbeat of each node be so long ago."""
        with self.app.app_context(), writing(db.session) as session:
            session.execute(update(NodeStatus).values(seen_at=utcnow() - span))

    @contextmanager
    def without_database(self) -> Iterator[None]:
        """Until the block ends PostgreSQL is gone, by a crash."""
        postgresql.end(self.cluster, signal.SIGQUIT)
        yield
        self.stack.enter_context(self.database())


@contextmanager
def deployed(folder: Path) -> Iterator[Deployment]:
    """Run an installation with its logs below `folder` until the block ends."""
    with ExitStack() as stack:
        port, *ports = free_ports(3)
        cluster = stack.enter_context(postgresql.cluster())

        def database() -> Any:
            return postgresql.serving(cluster, port, **DURABLE)

        counts = stack.enter_context(redis.redis_server())
        server = stack.enter_context(database())
        url = server.url(server.create())
        shared = {
            "SMTP_PANEL_DATABASE_URL": url,
            "SMTP_PANEL_REDIS_URL": counts.url,
            "SMTP_PANEL_SECRET_KEY": "the same on every machine and long enough",
            "SMTP_PANEL_KEYS": KEY,
            "SMTP_PANEL_ADMIN_EMAIL": ADMIN,
            "SMTP_PANEL_ADMIN_PASSWORD": PASSWORD,
            "SMTP_PANEL_WORKER": "off",
        }
        first, second = (
            _machine(folder / name, name, port, shared)
            for name, port in zip(("web-1", "web-2"), ports, strict=True)
        )
        config = Config(
            data_dir=folder / "here", node="here", database_url=Secret(url), keys=Secret(KEY)
        )
        app = panel_app(config)
        deployment = Deployment((first, second), counts, cluster, database, app, stack)
        for machine in deployment.machines:
            stack.callback(_end, machine)
        deployment.start()
        yield deployment


def signed_in(machines: Sequence[Machine]) -> Visitor:
    """An admin at the first machine, whose session counts at the others as well.

    One balancer would stand before them; here each has a port, and so a cookie, of its own.
    """
    first, *others = [machine.port for machine in machines]
    visitor = Visitor(machines[0].url)
    visitor.sign_in()
    for cookie in list(visitor.cookies):
        for port in others:
            there = copy(cookie)
            there.name = cookie.name.replace(f"_{first}", f"_{port}")
            visitor.cookies.set_cookie(there)
    return visitor


def at(visitor: Visitor, machine: Machine) -> Visitor:
    """The visitor at the SMTP page of another machine, by the same session."""
    visitor.url = machine.url
    visitor.load(PAGE)
    return visitor


def press(visitor: Visitor, path: str, fields: Fields) -> Element:
    """Send the SMTP form with these fields; None leaves one out."""
    form = visitor.page.id("smtp-form").form() | fields
    return visitor.load(path, {name: text for name, text in form.items() if text is not None})


def _machine(folder: Path, name: str, port: int, shared: Mapping[str, str]) -> Machine:
    folder.mkdir()
    own = {name: text for name, text in os.environ.items() if not name.startswith("SMTP_PANEL_")}
    here = {
        "HOST": HOST,
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
        "SMTP_PANEL_NODE": name,
        "SMTP_PANEL_DATA_DIR": str(folder),
    }
    return Machine(name, {**own, **shared, **here}, folder, port)


def _end(machine: Machine) -> None:
    for part in list(machine.running):
        machine.kill(part)


def _serve(environ: Mapping[str, str], log: Path) -> None:
    _become(environ, log, "gunicorn", "--config", "deploy/gunicorn.conf.py")
    gunicorn()


def _send(environ: Mapping[str, str], log: Path) -> None:
    _become(environ, log, "flask", "--app", "wsgi", "smtp", "worker")
    flask()


def _become(environ: Mapping[str, str], log: Path, *command: str) -> None:
    """Make this process, forked off one that has loaded the panel, the one of `command`."""
    os.setsid()  # so that all its processes can be ended at once
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(ROOT)
    with log.open("a") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    limits.REDIS_OPTIONS.update(PATIENCE)
    sys.argv = list(command)
