"""What is in deploy/: gunicorn, nginx and systemd with the files that operators are given."""

from __future__ import annotations

import base64
import fcntl
import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

import pytest
from looker_sdk.error import SDKError

from smtp_panel.config import Config
from tests.api.looker.python_sdk import python_sdk
from tests.deployed import (
    ADMIN,
    DEPLOY,
    NAME,
    PAGE,
    PASSWORD,
    ROOT,
    Gunicorn,
    Nginx,
    Visitor,
    gunicorn,
    nginx,
    until,
)
from tests.servers.certificates import CertificateAuthority, client_context
from tests.servers.ports import HOST
from tests.servers.processes import wait_until

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
ANALYZE = shutil.which("systemd-analyze")
FORGED = {
    "X-Forwarded-For": "192.0.2.7",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "elsewhere.example",
    "X-Forwarded-Prefix": "/elsewhere",
}


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    """One under gunicorn, with an admin who came in by the link of the command line."""
    with gunicorn(tmp_path_factory.mktemp("gunicorn")) as running:
        link = running.command("users", "create", "--role", "admin", "--email", ADMIN)["link"]
        visitor = Visitor(running.url)
        visitor.load(urlsplit(link).path)
        visitor.send(urlsplit(link).path, password=PASSWORD)
        assert urlsplit(visitor.url).path == PAGE
        yield running


@pytest.fixture(scope="module")
def site(
    panel: Gunicorn, ca: CertificateAuthority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Nginx]:
    """The panel behind nginx."""
    if NGINX is None:
        pytest.fail("nginx is not installed: apt-get install nginx", pytrace=False)
    with nginx(NGINX, tmp_path_factory.mktemp("nginx"), ca.good, panel.url) as running:
        yield running


@pytest.fixture
def visitor(site: Nginx, ca: CertificateAuthority) -> Visitor:
    """Someone who comes by nginx."""
    return Visitor(site.url, client_context(ca.pem))


def test_the_link_of_the_command_line_works_once(panel: Gunicorn) -> None:
    """A1, A6: the way in where nobody sees what a start prints."""
    link = panel.command("users", "create", "--email", "bob@example.com")["link"]
    assert link.startswith("http://127.0.0.1:8000/link/")
    visitor = Visitor(panel.url)
    visitor.load(urlsplit(link).path)
    visitor.send(urlsplit(link).path, password=PASSWORD)
    with pytest.raises(HTTPError, match="410"):
        Visitor(panel.url).load(urlsplit(link).path)


def test_a_session_holds_on_every_worker(panel: Gunicorn) -> None:
    """A8: processes share database, keys and sandbox; signing in works on each of them."""
    visitors = []
    for worker in panel.workers:
        with panel.alone(worker):
            visitors.append(Visitor(panel.url))
            page = visitors[-1].sign_in()
            assert page.id("service-default")
    for worker in panel.workers:
        with panel.alone(worker):
            for visitor in visitors:
                assert visitor.load(PAGE).id("smtp-form")


def test_a_token_of_looker_s_api_holds_on_every_worker(panel: Gunicorn) -> None:
    """A5, A8: it is in the database. A base URL that ends in a slash makes two of it."""
    key = panel.command("keys", "create", "--name", "Looker", "--scope", "read")
    # Each keeps a connection, which leads to one worker.
    first, second = (
        python_sdk(f"{panel.url}/", key["client_id"], key["client_secret"]) for _ in range(2)
    )
    with panel.alone(panel.workers[0]):
        assert first.smtp_status().node_count == 1
    second.auth.token = first.auth.token
    with panel.alone(panel.workers[1]):
        assert second.smtp_status().node_count == 1
        second.logout()
    with panel.alone(panel.workers[0]), pytest.raises(SDKError, match="has ended"):
        first.smtp_status()


def test_a_program_that_asks_again_and_again_has_one_message(
    panel: Gunicorn, site: Nginx, ca: CertificateAuthority
) -> None:
    """Section 11: through the proxy, in several processes at once, with a file of two megabytes."""
    key = panel.command("keys", "create", "--name", "Billing", "--scope", "send")
    basic = base64.b64encode(f"{key['client_id']}:{key['client_secret']}".encode()).decode()
    headers = {
        "Authorization": f"Basic {basic}",
        "Content-Type": "application/json",
        "Idempotency-Key": "invoice-7",
    }
    file = {"filename": "7.bin", "content": base64.b64encode(bytes(2_000_000)).decode()}
    body = json.dumps({"to": ["bob@test.example"], "attachments": [file]}).encode()
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=client_context(ca.pem)))

    def post(_number: int) -> tuple[int, bytes]:
        request = Request(f"{site.url}/api/v1/messages", body, headers)
        with opener.open(request, timeout=60) as answer:
            return answer.status, answer.read()

    with ThreadPoolExecutor(6) as pool:
        first, *others = pool.map(post, range(6))
    assert first[0] == 202
    assert others == [first] * 5


def test_each_worker_gives_the_same_figures(panel: Gunicorn) -> None:
    """A7: Prometheus asks one of them, whichever takes the connection."""
    visitor = Visitor(panel.url)
    visitor.sign_in()

    def figures(worker: int) -> str:
        with panel.alone(worker):
            return visitor.load("/metrics").text

    assert "smtp_panel_check_ok" in figures(panel.workers[0])
    # Between two questions a message may leave, or a check come to its end.
    wait_until(lambda: len(set(map(figures, panel.workers))) == 1)


def test_one_worker_serves_the_sandbox(panel: Gunicorn) -> None:
    """S4."""
    lock = (panel.folder / "sandbox" / "serve.lock").open()
    with lock, pytest.raises(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    service = json.loads((panel.folder / "sandbox" / "service.json").read_bytes())
    socket.create_connection((HOST, service["port"]), timeout=60).close()


def test_behind_nginx_it_signs_in_saves_tests_and_shows_the_mail(
    site: Nginx, visitor: Visitor
) -> None:
    """A2: the panel works behind TLS."""
    visitor.sign_in()
    assert [cookie.secure for cookie in visitor.cookies] == [True, True]
    page = visitor.send(PAGE)
    assert visitor.url == f"{site.url}{PAGE}#save"
    page = visitor.send(f"{PAGE}/test")
    while page.id("test-result")["data-state"] == "running":
        page = visitor.load(visitor.url)
    assert page.id("test-result")["data-state"] == "passed"
    mail = visitor.load("/sandbox").one("tbody").all("a")[0]
    text = visitor.load(mail["href"]).text
    assert ADMIN in text
    assert site.url not in text  # which is SMTP_PANEL_URL's to say, and never a header's


def test_what_a_visitor_forges_is_not_passed_on(site: Nginx, visitor: Visitor) -> None:
    """A2: the proxy says who is asking, by which name and path, and the visitor does not."""
    visitor.load(PAGE, headers=FORGED)
    assert visitor.url.startswith(f"{site.url}/login?")
    assert visitor.page.id("main").one("form")["action"] == "/login"
    visitor.send("/login", email=ADMIN, password=PASSWORD)
    addresses = visitor.load("/admin/audit", headers=FORGED).text
    assert HOST in addresses
    assert "192.0.2.7" not in addresses


def test_who_is_no_trusted_proxy_is_not_believed(panel: Gunicorn) -> None:
    """A2: gunicorn leaves it to the panel whom to believe, its neighbours on loopback included."""
    visitor = Visitor(panel.url)
    visitor.load("/login", headers={**FORGED, "X-Forwarded-Proto": "https"})
    assert [cookie.secure for cookie in visitor.cookies] == [False]
    assert visitor.page.id("main").one("form")["action"] == "/login"


def test_nginx_leads_from_http_to_https(site: Nginx) -> None:
    with closing(http.client.HTTPConnection(urlsplit(site.clear_url).netloc)) as connection:
        connection.request("GET", PAGE, headers={"Host": f"{NAME.upper()}:1"})
        response = connection.getresponse()
    assert response.status == 301
    assert response.headers["Location"] == f"https://{NAME}{PAGE}"


def test_nginx_answers_nobody_who_asks_for_another_name(
    site: Nginx, ca: CertificateAuthority
) -> None:
    """A1: links and redirects are for the panel's own name alone."""
    other = {"Host": "elsewhere.example"}
    with closing(http.client.HTTPConnection(urlsplit(site.clear_url).netloc)) as connection:
        connection.request("GET", "/", headers=other)
        with pytest.raises(http.client.RemoteDisconnected):
            connection.getresponse()
    place = HOST, urlsplit(site.url).port
    with socket.create_connection(place, timeout=60) as plain, pytest.raises(ssl.SSLError):
        client_context(ca.pem).wrap_socket(plain, server_hostname="mail.test.example")


def test_nginx_passes_on_the_name_that_it_answers_to(site: Nginx, ca: CertificateAuthority) -> None:
    """A1: a request line may name this site, and its Host header another (RFC 9112, 3.2.2).

    The panel shows again what was typed where Origin is its own address, and so tells which it is.
    """
    shown = {}
    for origin in (site.url, "https://elsewhere.example"):
        place = urlsplit(site.url).netloc
        context = client_context(ca.pem)
        with closing(http.client.HTTPSConnection(place, context=context)) as connection:
            connection.putrequest("POST", f"{site.url}/login", skip_host=True)
            headers = {"Host": "elsewhere.example", "Origin": origin, "Content-Length": "11"}
            for name, text in headers.items():
                connection.putheader(name, text)
            connection.putheader("Content-Type", "application/x-www-form-urlencoded")
            connection.endheaders(b"email=typed")
            shown[origin] = "typed" in connection.getresponse().read().decode()
    assert shown == {site.url: True, "https://elsewhere.example": False}


def test_browsers_are_told_to_stay_with_https(site: Nginx, visitor: Visitor) -> None:
    """Also by an error, and not in the clear, where anybody could say so."""
    for path in ("/login", "/nothing"):
        response = visitor.ask(path)
        assert response.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_nginx_notes_no_link(panel: Gunicorn, site: Nginx, visitor: Visitor) -> None:
    """A1, T5: a one-time link is a secret as long as it is unused."""
    link = panel.command("users", "reset-link", "--base-url", site.url, "--email", ADMIN)["link"]
    visitor.load(link)
    visitor.ask("/arrived/token")
    visitor.load("/login")
    until(lambda: "/login" in site.log.read_text(), panel.process)
    noted = site.log.read_text()
    assert "/link/" not in noted
    assert "/arrived/" not in noted


def test_nginx_notes_no_link_where_it_gets_no_answer_either(
    ca: CertificateAuthority, tmp_path: Path
) -> None:
    """A1, T5: nor one that is asked for without TLS, or under another name."""
    assert NGINX
    with nginx(NGINX, tmp_path, ca.good, "http://127.0.0.1:1") as site:
        visitor = Visitor(site.url, client_context(ca.pem))
        assert [visitor.ask(path).status for path in ("/login", "/link/t0k3n")] == [502, 502]
        for host in (NAME, "elsewhere.example"):
            with closing(http.client.HTTPConnection(urlsplit(site.clear_url).netloc)) as clear:
                clear.request("GET", "/link/t0k3n", headers={"Host": host})
                with suppress(http.client.RemoteDisconnected):
                    clear.getresponse()
    logs = [file.read_text() for file in tmp_path.glob("*.log")]
    assert any("/login" in log for log in logs)
    assert not any("t0k3n" in log for log in logs)


def test_it_ends_without_complaint(tmp_path: Path) -> None:
    with gunicorn(tmp_path) as running:
        code, logged = running.end()
    assert code == 0, logged
    assert not re.search("Traceback|ERROR|CRITICAL", logged)
    assert not (tmp_path / "sandbox" / "service.json").exists()


def test_a_variable_that_cannot_be_used_is_told_once(tmp_path: Path) -> None:
    """Section 11: systemd does not try again what stays wrong until somebody changes it."""
    own = {name: text for name, text in os.environ.items() if not name.startswith("SMTP_PANEL_")}
    wrong = {"PORT": "0", "SMTP_PANEL_DATA_DIR": str(tmp_path), "SMTP_PANEL_TEST_LIMIT": "lots"}
    ran = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"],
        cwd=ROOT,
        env={**own, **wrong, "WEB_CONCURRENCY": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stderr.count("SMTP Panel can't start. SMTP_PANEL_TEST_LIMIT ") == 1
    unit = (DEPLOY / "smtp-panel.service").read_text()
    assert f"\nRestartPreventExitStatus={ran.returncode}\n" in unit


@pytest.mark.skipif(ANALYZE is None, reason="systemd is not installed")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    assert ANALYZE
    unit = tmp_path / "smtp-panel.service"
    program = "/opt/smtp-panel/.venv/bin/gunicorn"
    shipped = (DEPLOY / unit.name).read_text()
    assert program in shipped
    unit.write_text(shipped.replace(program, sys.executable))
    ran = subprocess.run([ANALYZE, "verify", unit], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_environment_file_is_read_by_a_shell_as_well() -> None:
    """A6: the command line of an operator uses the same variables as the service."""
    script = 'set -a; . "$0"; exec env'
    ran = subprocess.run(
        ["sh", "-euc", script, DEPLOY / "environment"],
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    variables = dict(line.split("=", 1) for line in ran.stdout.splitlines())
    config = Config.from_environ(variables)
    assert str(config.data_dir) == "/var/lib/smtp-panel"
    assert [str(each) for each in config.trusted_proxies] == [f"{HOST}/32"]
