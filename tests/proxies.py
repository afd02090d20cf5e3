"""Reverse proxies before the panel, by the files in deploy/, which sign people in as well.

A visitor says who they are by HTTP Basic: Apache asks for that itself, and nginx and Caddy ask a
service of the tests, which stands for oauth2-proxy and Authelia.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.deployed import DEPLOY, NAME, NGINX_MAIN, listens, until
from tests.servers.certificates import Certificate
from tests.servers.ports import HOST, free_ports
from tests.servers.serving import serving

ADMINS = "mail-admins"
GROUPS = {"ada": f"staff,{ADMINS}", "bob": "staff"}
PASSWORD = "p"
ONLY_ADA = "\"expr=%{REMOTE_USER} == 'ada'\""
EXAMPLE = "smtp-panel.example.com"
PANEL = "http://127.0.0.1:8000"
APACHE_MODULES = (
    *("mpm_event", "alias", "auth_basic", "authn_core", "authn_file", "authz_core", "authz_user"),
    *("headers", "proxy", "proxy_http", "setenvif", "ssl"),
)
CODE = re.compile(r"^([ \t]*)#(?=\S|    |\t)", re.MULTILINE)  # prose has a blank or three


@dataclass(frozen=True)
class Proxy:
    """A running proxy: where the panel is behind it, with its path, and its access log."""

    url: str
    log: Path

    @property
    def path(self) -> str:
        return urlsplit(self.url).path


def credentials(name: str, password: str = PASSWORD) -> dict[str, str]:
    """The header by which `name` signs in."""
    basic = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {basic}"}


def shipped(name: str, changes: Mapping[str, str], *, sign_in: bool = True) -> str:
    """A file of deploy/ with `changes`, and with what signs people in where that is asked for."""
    text = (DEPLOY / name).read_text()
    text = CODE.sub(r"\1", text) if sign_in else text
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


@contextmanager
def sign_in_service() -> Iterator[int]:
    """The port of a service that knows ada, an admin, and bob, and tells a proxy who asks."""
    server = ThreadingHTTPServer((HOST, 0), _SignIn)
    with serving(server):
        yield server.server_port


@contextmanager
def nginx(folder: Path, certificate: Certificate, panel: str, service: int) -> Iterator[Proxy]:
    """nginx with oauth2-proxy, at the root of its site, and below /mail as well."""
    clear, secure = free_ports(2)
    log = folder / "access.log"
    changes = {
        "listen 80": f"listen {HOST}:{clear}",
        "listen 443": f"listen {HOST}:{secure}",
        EXAMPLE: NAME,
        "/etc/ssl/certs/smtp-panel.pem": _pem(folder, certificate),
        "/etc/ssl/private/smtp-panel.key": _pem(folder, certificate),
        "/var/log/nginx/smtp-panel.log": str(log),
        PANEL: panel,
        "http://127.0.0.1:4180": f"http://{HOST}:{service}",
    }
    site, place = shipped("nginx.conf", changes), "    location / {"
    assert place in site
    site = site.replace(place, f"{shipped('nginx-path.conf', {PANEL: panel})}\n{place}")
    with _nginx(folder, site, secure):
        yield Proxy(f"https://{NAME}:{secure}", log)


@contextmanager
def nginx_path(folder: Path, panel: str) -> Iterator[Proxy]:
    """nginx with the panel below a path of a site in the clear, which signs nobody in."""
    (port,) = free_ports(1)
    log = folder / "access.log"
    location = shipped("nginx-path.conf", {PANEL: panel}, sign_in=False)
    site = f"server {{ listen {HOST}:{port}; access_log {log}; {location} }}"
    with _nginx(folder, site, port):
        yield Proxy(f"http://{NAME}:{port}/mail", log)


@contextmanager
def apache(folder: Path, certificate: Certificate, panel: str) -> Iterator[Proxy]:
    """Apache httpd below a path, which signs people in by itself."""
    clear, secure = free_ports(2)
    users = folder / "users"
    # What htpasswd writes for SHA-1, which is enough for a password that is no secret.
    digest = base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()
    users.write_text("".join(f"{name}:{{SHA}}{digest}\n" for name in GROUPS))
    log = folder / "access.log"
    changes = {
        f"Define panel_name {EXAMPLE}": f"Define panel_name {NAME}",
        'Define panel_path ""': "Define panel_path /mail",
        "*:80": f"{HOST}:{clear}",
        "*:443": f"{HOST}:{secure}",
        "/etc/ssl/certs/smtp-panel.pem": _pem(folder, certificate),
        "/etc/ssl/private/smtp-panel.key": _pem(folder, certificate),
        "/var/log/apache2/smtp-panel.log": str(log),
        "/var/log/apache2/smtp-panel-error.log": str(folder / "error.log"),
        f"{PANEL}/": f"{panel}/",
        "AuthType openid-connect": f"AuthType Basic\nAuthName panel\nAuthUserFile {users}",
        '"expr=%{reqenv:OIDC_CLAIM_email}"': '"expr=%{REMOTE_USER}@example.com"',
        '"expr=%{reqenv:OIDC_CLAIM_groups}"': f'"{GROUPS["ada"]}" {ONLY_ADA}',
    }
    program = _program("apache2")
    modules = "".join(
        f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"
        for name in APACHE_MODULES
    )
    main = folder / "apache.conf"
    main.write_text(
        f"ServerRoot {folder}\nServerName {NAME}\nPidFile {folder}/apache.pid\n{modules}"
        f"DefaultRuntimeDir {folder}\nListen {HOST}:{clear}\nListen {HOST}:{secure}\n"
        + ("User www-data\nGroup www-data\n" if os.geteuid() == 0 else "")
        + f"ErrorLog {folder}/main.log\n{shipped('apache.conf', changes)}"
    )
    with _started([program, "-f", str(main), "-DFOREGROUND"], secure):
        yield Proxy(f"https://{NAME}:{secure}/mail", log)


@contextmanager
def caddy(folder: Path, certificate: Certificate, panel: str, service: int) -> Iterator[Proxy]:
    """Caddy with Authelia, below a path."""
    (secure,) = free_ports(1)
    pem, log = _pem(folder, certificate), folder / "access.log"
    changes = {
        f"{EXAMPLE} {{": f"https://{NAME}:{secure} {{\n\tbind {HOST}\n\ttls {pem} {pem}",
        "/var/log/caddy/smtp-panel.log": str(log),
        PANEL.removeprefix("http://"): panel.removeprefix("http://"),
        "127.0.0.1:9091": f"{HOST}:{service}",
    }
    main = folder / "Caddyfile"
    main.write_text("{\n\tadmin off\n\tauto_https off\n}\n" + shipped("Caddyfile", changes))
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    command = [_program("caddy"), "run", "--adapter", "caddyfile", "--config", str(main)]
    with _started(command, secure, home):
        yield Proxy(f"https://{NAME}:{secure}/mail", log)


@contextmanager
def _nginx(folder: Path, sites: str, port: int) -> Iterator[None]:
    # Started by root, it would hand its work to a user who can't go into the folder.
    user = "user root;" if os.geteuid() == 0 else ""
    main = folder / "nginx.conf"
    main.write_text(NGINX_MAIN.format(user=user, folder=folder, proxy=HOST, server=sites))
    errors = str(folder / "error.log")
    with _started([_program("nginx"), "-p", str(folder), "-c", str(main), "-e", errors], port):
        yield


@contextmanager
def _started(command: list[str], port: int, environment: Mapping[str, str] = {}) -> Iterator[None]:
    with subprocess.Popen(
        command, env={**os.environ, **environment}, stderr=subprocess.DEVNULL
    ) as process:
        try:
            until(lambda: listens(port), process)
            yield
        finally:
            process.terminate()


def _program(name: str) -> str:
    program = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.fail(f"{name} is not installed: apt-get install {name}", pytrace=False)
    return program


def _pem(folder: Path, certificate: Certificate) -> str:
    pem = folder / "certificate.pem"
    pem.write_bytes(certificate.pem)
    return str(pem)


class _SignIn(BaseHTTPRequestHandler):
    """Answers as oauth2-proxy does below /oauth2, and as Authelia does elsewhere."""

    def do_GET(self) -> None:
        name = _who(self.headers.get("Authorization", ""))
        prefix = "X-Auth-Request" if self.path.startswith("/oauth2/") else "Remote"
        self.send_response(200 if name in GROUPS else 401)
        if name in GROUPS:
            self.send_header(f"{prefix}-User", name)
            self.send_header(f"{prefix}-Email", f"{name}@example.com")
            self.send_header(f"{prefix}-Groups", GROUPS[name])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _who(header: str) -> str:
    try:
        return base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""
