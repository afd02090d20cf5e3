"""Servers in processes of their own, and a client that times them."""

from __future__ import annotations

import http.client
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

ADMIN = "ada@example.com"
PASSWORD = "correct horse battery"
SESSION = re.compile(r"smtp_panel(_\d+)?=")
# Django admin's change forms: of a model with our settings, and the one that it brings for users.
ADMIN_FORMS = {
    "settings": "/admin/bench/settings/1/change/",
    "user": "/admin/auth/user/1/change/",
}
ROUNDS = 15
REQUESTS = 40  # in a round

Headers = Mapping[str, str]


@dataclass
class Site:
    """A running server and what a visitor sends to it."""

    url: str
    path: str
    headers: Headers

    def get(self) -> bytes:
        """Load the page once, on a connection of its own."""
        return request(self.url, "GET", self.path, headers=self.headers)[1]

    def seconds(self, requests: int = REQUESTS) -> float:
        """The mean time of one request of `requests`, one after the other on one connection."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc)
        began = time.perf_counter()
        for _ in range(requests):
            connection.request("GET", self.path, headers=dict(self.headers))
            response = connection.getresponse()
            response.read()
            if response.status != 200:
                raise RuntimeError(f"{self.path} answered {response.status}")
        passed = time.perf_counter() - began
        connection.close()
        return passed / requests


def compare(yardstick: Site, measured: Site) -> float:
    """How many times as long `measured` takes: the median over rounds in turn."""
    for site in (yardstick, measured):
        site.seconds()
    return statistics.median(measured.seconds() / yardstick.seconds() for _ in range(ROUNDS))


def request(
    url: str, method: str, path: str, *, headers: Headers, body: str = ""
) -> tuple[http.client.HTTPMessage, bytes]:
    """One request; its headers and body."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    connection.request(method, path, body, dict(headers))
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.headers, content


@contextmanager
def django_admin() -> Iterator[dict[str, Site]]:
    """The yardstick, with an admin signed in, on each of ADMIN_FORMS, by whose form it is."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.bench.yardstick", folder]
        with serving(command, {}) as line:
            url, cookie = line.split()
            yield {form: Site(url, path, {"Cookie": cookie}) for form, path in ADMIN_FORMS.items()}


@contextmanager
def panel(**variables: str) -> Iterator[Site]:
    """The panel, with an admin signed in, on the SMTP page."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            "PORT": "0",
            "SMTP_PANEL_DATA_DIR": folder,
            "SMTP_PANEL_ADMIN_EMAIL": ADMIN,
            "SMTP_PANEL_ADMIN_PASSWORD": PASSWORD,
            "SMTP_PANEL_SANDBOX": "on",
            **variables,
        }
        with serving([sys.executable, "-m", "smtp_panel", "serve"], environ) as line:
            url = re.findall(r"http://\S+", line)[0]
            yield Site(url, "/admin/smtp", {"Cookie": sign_in(url)})


def sign_in(url: str) -> str:
    """The cookie of an admin's session, once it holds the token of forms as well."""
    headers, body = request(url, "GET", "/login", headers={})
    first = _cookie(headers)
    form = urlencode({"csrf_token": token(body), "email": ADMIN, "password": PASSWORD})
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": first}
    signed_in = _cookie(request(url, "POST", "/login", headers=kind, body=form)[0])
    return _cookie(request(url, "GET", "/admin/smtp", headers={"Cookie": signed_in})[0])


def token(page: bytes) -> str:
    """The token in the forms of a page."""
    found = re.search(rb'name="csrf_token" value="([^"]+)"', page)
    if not found:
        raise RuntimeError("the page has no token")
    return found[1].decode()


def _cookie(headers: http.client.HTTPMessage) -> str:
    """The cookie of the session, of those that an answer sets."""
    (found,) = [each for each in headers.get_all("Set-Cookie", []) if SESSION.match(each)]
    return str(found).partition(";")[0]


@contextmanager
def serving(command: list[str], environ: Headers) -> Iterator[str]:
    """Run a server until the end of the block; gives the first line that it prints."""
    with subprocess.Popen(
        command, env={**os.environ, **environ}, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"{command} did not start")
            yield line
        finally:
            process.terminate()
