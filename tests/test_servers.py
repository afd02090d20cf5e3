"""Any server that imports `wsgi:application` behaves the same (section 11)."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.deployed import ADMIN, PASSWORD, Visitor, listens, until
from tests.servers.ports import HOST, free_ports

ROOT = Path(__file__).parents[1]
WSGIREF = """
import sys
from wsgiref.simple_server import make_server
from wsgi import application
make_server(sys.argv[1], int(sys.argv[2]), application).serve_forever()
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


@pytest.mark.parametrize("command", SERVERS.values(), ids=SERVERS)
def test_every_server_begins_the_same_and_leaves_nothing_behind(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    """A1, S4, W2: first admin, sandbox and first check; at SIGTERM all of it ends in order."""
    (port,) = free_ports(1)
    with subprocess.Popen(
        [sys.executable, *(word.format(host=HOST, port=port) for word in command)],
        cwd=ROOT,
        env=environment(tmp_path, HOST=HOST, PORT=str(port)),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            until(lambda: listens(port), process)
            visitor = Visitor(f"http://{HOST}:{port}")
            page = visitor.sign_in()
            while (state := page.id("smtp-status").one(data_state=None)["data-state"]) != "healthy":
                assert state == "checking"
                page = visitor.load("/admin/smtp")
            assert (tmp_path / "sandbox" / "service.json").exists()
        finally:
            process.terminate()
            _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in errors
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
