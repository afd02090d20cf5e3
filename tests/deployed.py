"""The panel as operators run it: under gunicorn and behind nginx, with the files in deploy/."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email.message import Message
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPSHandler, ProxyHandler, Request, build_opener

from tests.servers.certificates import Certificate
from tests.servers.ports import HOST, free_ports
from tests.servers.processes import is_stopped
from tests.web.html import Element, parse

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
ADMIN, PASSWORD = "ada@example.com", "correct horse battery"
PAGE = "/admin/smtp"
PAUSE_SECONDS = 0.01
NAME = "localhost"  # of the site, which the certificate holds for
PROXY = "127.0.0.2"  # from where nginx connects, so that other clients here are no proxies


@dataclass(frozen=True)
class Response:
    """The head of an answer."""

    status: int
    headers: Message


class Visitor:
    """A browser without JavaScript; `page` is what it shows, `url` where that is."""

    def __init__(self, url: str, context: ssl.SSLContext | None = None) -> None:
        self.url = url
        self.page = parse("")
        self.cookies = CookieJar()
        handlers = HTTPCookieProcessor(self.cookies), HTTPSHandler(context=context)
        self._open = build_opener(ProxyHandler({}), *handlers).open

    def load(
        self,
        path: str,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Element:
        """Load a page, or send a form to it, and follow where it leads."""
        data = urlencode(form).encode() if form else None
        request = Request(urljoin(self.url, path), data, {"Referer": self.url, **(headers or {})})
        with self._open(request, timeout=60) as response:
            self.url = response.url
            self.page = parse(response.read().decode())
        return self.page

    def ask(self, path: str) -> Response:
        """What is answered there, though it be an error; `page` stays."""
        try:
            with self._open(urljoin(self.url, path), timeout=60) as response:
                return Response(response.status, response.headers)
        except HTTPError as error:
            with error:
                return Response(error.code, error.headers)

    def send(self, path: str, **fields: str) -> Element:
        """Send the page's own form to `path`, with `fields` filled in."""
        return self.load(path, self.page.id("main").all("form")[0].form() | fields)

    def sign_in(self) -> Element:
        """Sign in by the form, on the way to the SMTP page."""
        self.load(PAGE)
        assert urlsplit(self.url).path == "/login"
        return self.send("/login", email=ADMIN, password=PASSWORD)


class Gunicorn:
    """The panel under gunicorn, as `process`, which runs by `environment`."""

    def __init__(self, process: subprocess.Popen[str], environment: Mapping[str, str]) -> None:
        self.process = process
        self.environment = environment
        self.folder = Path(environment["SMTP_PANEL_DATA_DIR"])
        self.url = self._logged(r"Listening at: (http://\S+)")
        self.workers = [int(self._logged(r"Booting worker with pid: (\d+)")) for _ in range(2)]
        Visitor(self.url).load("/login")  # there is a database once this is answered
        self._wait_for_checks()

    def command(self, *words: str) -> dict[str, str]:
        """What `flask --app wsgi` prints, as JSON."""
        ran = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *words, "--json"],
            env={**self.environment, "PORT": ""},
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=60,
            check=True,
        )
        printed: dict[str, str] = json.loads(ran.stdout)
        return printed

    @contextmanager
    def alone(self, worker: int) -> Iterator[None]:
        """Until the end of the block this worker answers all requests."""
        self._wait_for_checks()  # a worker that stops while it writes would keep the others waiting
        others = [pid for pid in self.workers if pid != worker]
        try:
            for pid in others:
                os.kill(pid, signal.SIGSTOP)
            until(lambda: all(is_stopped(pid) for pid in others), self.process)
            yield
        finally:
            for pid in others:
                os.kill(pid, signal.SIGCONT)

    def end(self) -> tuple[int, str]:
        """Tell it to end; its exit code, and what it logged since it started."""
        self.process.terminate()
        logged = self.process.communicate(timeout=60)[1]
        return self.process.returncode, logged

    def _logged(self, pattern: str) -> str:
        assert self.process.stderr
        for line in self.process.stderr:
            if found := re.search(pattern, line):
                return found[1]
        raise AssertionError(f"gunicorn ended without a word of {pattern}")

    def _wait_for_checks(self) -> None:
        """Return once the check at the start has ended, and no other is under way."""
        query = "SELECT count(*), count(*) FILTER (WHERE state = 'running') FROM check_run"
        with closing(sqlite3.connect(self.folder / "panel.db")) as database:

            def ended() -> bool:
                begun, running = database.execute(query).fetchone()
                return begun and not running

            until(ended, self.process)


@contextmanager
def gunicorn(folder: Path, variables: Mapping[str, str] | None = None) -> Iterator[Gunicorn]:
    """Run gunicorn with the shipped configuration and its data in `folder` until the block ends.

    `variables` are added to its environment.
    """
    own = {name: text for name, text in os.environ.items() if not name.startswith("SMTP_PANEL_")}
    environment = {
        **own,
        "HOST": HOST,
        "PORT": "0",
        "WEB_CONCURRENCY": "2",
        "SMTP_PANEL_DATA_DIR": str(folder),
        "SMTP_PANEL_SANDBOX": "on",
        "SMTP_PANEL_TRUSTED_PROXIES": PROXY,
        **(variables or {}),
    }
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"]
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        try:
            yield Gunicorn(process, environment)
        finally:
            process.terminate()


@dataclass(frozen=True)
class Nginx:
    """A running nginx: its site over TLS, the one that leads there, and its access log."""

    url: str
    clear_url: str
    log: Path


@contextmanager
def nginx(program: str, folder: Path, certificate: Certificate, panel: str) -> Iterator[Nginx]:
    """Run nginx with the shipped configuration before the `panel` until the block ends."""
    clear, secure = free_ports(2)
    pem, log = folder / "certificate.pem", folder / "smtp-panel.log"
    pem.write_bytes(certificate.pem)
    changes = {
        "listen 80": f"listen {HOST}:{clear}",
        "listen 443": f"listen {HOST}:{secure}",
        "smtp-panel.example.com": NAME,
        "/etc/ssl/certs/smtp-panel.pem": str(pem),
        "/etc/ssl/private/smtp-panel.key": str(pem),
        "/var/log/nginx/smtp-panel.log": str(log),
        "http://127.0.0.1:8000": panel,
    }
    server = (DEPLOY / "nginx.conf").read_text()
    for shipped, own in changes.items():
        assert shipped in server
        server = server.replace(shipped, own)
    with nginx_with(program, folder, server, secure):
        yield Nginx(f"https://{NAME}:{secure}", f"http://{HOST}:{clear}", log)


@contextmanager
def nginx_with(program: str, folder: Path, server: str, port: int) -> Iterator[None]:
    """Run nginx with the configuration `server`, which listens on `port`, until the block ends."""
    # Started by root, it would hand its work to a user who can't go into the folder.
    user = "user root;" if os.geteuid() == 0 else ""
    main = folder / "nginx.conf"
    main.write_text(NGINX_MAIN.format(user=user, folder=folder, proxy=PROXY, server=server))
    command = [program, "-p", str(folder), "-c", str(main), "-e", str(folder / "error.log")]
    with subprocess.Popen(command) as process:
        try:
            until(lambda: listens(port), process)
            yield
        finally:
            process.terminate()


NGINX_MAIN = """
daemon off;
{user}
pid {folder}/nginx.pid;
events {{}}
http {{
    access_log {folder}/access.log;
    proxy_bind {proxy};
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {server}
}}
"""


def listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=60).close()
    except ConnectionError:
        return False
    return True


def until(condition: Callable[[], bool], process: subprocess.Popen[Any]) -> None:
    """Return once it is so; AssertionError where the process ends before."""
    while not condition():
        assert process.poll() is None, "the server has ended"
        threading.Event().wait(PAUSE_SECONDS)
