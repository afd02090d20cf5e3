"""Any server that imports `wsgi:application` behaves the same (section 11)."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.error import URLError

import pytest

from tests.deployed import ADMIN, PASSWORD, Visitor, listens, until
from tests.servers.ports import HOST, free_ports

ROOT = Path(__file__).parents[1]
# As mod_wsgi and uWSGI do, it looks into the module's own dictionary.
WSGIREF = """
import sys
from wsgiref.simple_server import make_server
import wsgi
make_server(sys.argv[1], int(sys.argv[2]), vars(wsgi)["application"]).serve_forever()
"""
WITHIN_A_REQUEST = """
import os, signal, sys
from wsgiref.simple_server import make_server
from wsgi import application
def served(environ, start_response):
    os.kill(os.getpid(), signal.SIGTERM)
    return application(environ, start_response)
make_server(sys.argv[1], int(sys.argv[2]), served).serve_forever()
"""
SERVERS = {
    "make run": ("-m", "smtp_panel", "serve"),
    "gunicorn": ("-m", "gunicorn", "--bind", "{host}:{port}", "wsgi"),
    "flask run": ("-m", "flask", "--app", "wsgi", "run", "--host", "{host}", "--port", "{port}"),
    "waitress": ("-m", "waitress", "--listen", "{host}:{port}", "wsgi:application"),
    "wsgiref": ("-c", WSGIREF, "{host}", "{port}"),
}


def environment(folder: Path, **more: str) -> dict[str, str]:
    """That of a panel with a sandbox and an admin, and its data in `folder`."""
    own = {name: text for name, text in os.environ.items() if not name.startswith("SMTP_PANEL_")}
    return {
        **own,
        "SMTP_PANEL_DATA_DIR": str(folder),
        "SMTP_PANEL_SANDBOX": "on",
        "SMTP_PANEL_ADMIN_EMAIL": ADMIN,
        "SMTP_PANEL_ADMIN_PASSWORD": PASSWORD,
        **more,
    }


BY_PROXY = {"SMTP_PANEL_TRUSTED_PROXIES": HOST, "SMTP_PANEL_PROXY_USER_HEADER": "Remote-User"}
OWN_WAY = {"make run", "gunicorn"}  # of ending at SIGTERM
TAKES_UNDERSCORES = {"wsgiref"}  # for hyphens, in the name of a header; it is for trying alone


def signs_in(url: str, header: str) -> bool:
    """Whether a request is somebody's to which a proxy at this address adds the header."""
    visitor = Visitor(url)
    visitor.load("/", headers={header: "boss"})
    return visitor.url == f"{url}/"


def ended(process: subprocess.Popen[str]) -> str:
    """End `process` by SIGTERM; what it has written to standard error."""
    process.terminate()
    try:
        return process.communicate(timeout=60)[1]
    finally:
        process.kill()


@pytest.mark.parametrize("name", SERVERS)
def test_every_server_begins_the_same_and_leaves_nothing_behind(name: str, tmp_path: Path) -> None:
    """A1, A2, S4, W2: first admin, sandbox, first check, proxy; at SIGTERM all ends in order.

    A server that has no way of its own to end is ended by the signal, as it is without the panel.
    """
    (port,) = free_ports(1)
    with subprocess.Popen(
        [sys.executable, *(word.format(host=HOST, port=port) for word in SERVERS[name])],
        cwd=ROOT,
        env=environment(tmp_path, HOST=HOST, PORT=str(port), **BY_PROXY),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            until(lambda: listens(port), process)
            visitor = Visitor(f"http://{HOST}:{port}")
            assert signs_in(visitor.url, "Remote-User")
            assert signs_in(visitor.url, "Remote_User") is (name in TAKES_UNDERSCORES)
            page = visitor.sign_in()
            while (state := page.id("smtp-status").one(data_state=None)["data-state"]) != "healthy":
                assert state == "checking"
                page = visitor.load("/admin/smtp")
            assert (tmp_path / "sandbox" / "service.json").exists()
        finally:
            errors = ended(process)
    assert process.returncode == (0 if name in OWN_WAY else -signal.SIGTERM)
    assert "Traceback" not in errors
    assert not (tmp_path / "sandbox" / "service.json").exists()


def test_sigterm_ends_a_server_that_catches_whatever_is_raised_in_a_request(
    tmp_path: Path,
) -> None:
    """Section 11: wsgiref does, so that an exception would not end it."""
    (port,) = free_ports(1)
    with subprocess.Popen(
        [sys.executable, "-c", WITHIN_A_REQUEST, HOST, str(port)],
        cwd=ROOT,
        env=environment(tmp_path),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            until(lambda: listens(port), process)
            with pytest.raises((ConnectionError, URLError)):
                Visitor(f"http://{HOST}:{port}").load("/login")
            assert process.wait(timeout=60) == -signal.SIGTERM
        finally:
            process.kill()
    assert not (tmp_path / "sandbox" / "service.json").exists()


@pytest.mark.parametrize(
    "command",
    [("-m", "flask", "--app", "wsgi"), ("-m", "smtp_panel")],
    ids=["flask", "smtp-panel"],
)
def test_a_command_begins_nothing_of_a_server(command: tuple[str, ...], tmp_path: Path) -> None:
    """Section 11: no admin of the environment, no sandbox, no check."""
    words = ["users", "create", "--role", "admin", "--email", "eve@example.com"]
    subprocess.run(
        [sys.executable, *command, *words],
        cwd=ROOT,
        env=environment(tmp_path),
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=60,
    )
    with closing(sqlite3.connect(tmp_path / "panel.db")) as database:
        assert database.execute("SELECT email FROM users").fetchall() == [("eve@example.com",)]
        assert database.execute("SELECT count(*) FROM check_run").fetchone() == (0,)
    assert not (tmp_path / "sandbox").exists()
    assert not (tmp_path / "background.lock").exists()


def test_a_server_says_what_the_operator_may_have_missed(tmp_path: Path) -> None:
    """Section 11, A1: an unknown variable, and that nobody can sign in. A command does not."""
    told = environment(tmp_path, SMTP_PANEL_SANDBOX="off", SMTP_PANEL_SANDBOX_PROT="1")
    for name in ("SMTP_PANEL_ADMIN_EMAIL", "SMTP_PANEL_ADMIN_PASSWORD"):
        del told[name]

    def errors_of(*command: str) -> str:
        asked = [sys.executable, *command]
        return subprocess.run(
            asked, cwd=ROOT, env=told, capture_output=True, text=True, check=True, timeout=60
        ).stderr

    sentences = errors_of("-c", "import wsgi")
    assert "SMTP_PANEL_SANDBOX_PROT" in sentences
    assert "No admin can sign in yet." in sentences
    assert errors_of("-m", "flask", "--app", "wsgi", "smtp", "--help") == ""


def test_flasks_own_commands_have_the_panel_and_begin_nothing(tmp_path: Path) -> None:
    """Section 11: `routes` lists its pages."""
    listed = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "routes"],
        cwd=ROOT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert "/admin/smtp" in listed
    assert not (tmp_path / "background.lock").exists()
