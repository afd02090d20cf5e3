"""Any server that imports `wsgi:application` behaves the same (section 11)."""

from __future__ import annotations

import os
import subprocess
import sys
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


@pytest.mark.parametrize("command", SERVERS.values(), ids=SERVERS)
def test_every_server_makes_the_first_admin_and_checks_at_its_start(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    """A1, S4, W2: before anybody asks for a page."""
    (port,) = free_ports(1)
    own = {name: text for name, text in os.environ.items() if not name.startswith("SMTP_PANEL_")}
    panel = {
        "HOST": HOST,
        "PORT": str(port),
        "SMTP_PANEL_DATA_DIR": str(tmp_path),
        "SMTP_PANEL_SANDBOX": "on",
        "SMTP_PANEL_ADMIN_EMAIL": ADMIN,
        "SMTP_PANEL_ADMIN_PASSWORD": PASSWORD,
    }
    words = [word.format(host=HOST, port=port) for word in command]
    with subprocess.Popen(
        [sys.executable, *words], cwd=ROOT, env=own | panel, stderr=subprocess.PIPE
    ) as process:
        try:
            until(lambda: listens(port), process)
            visitor = Visitor(f"http://{HOST}:{port}")
            page = visitor.sign_in()
            while (state := page.id("smtp-status").one(data_state=None)["data-state"]) != "healthy":
                assert state == "checking"
                page = visitor.load("/admin/smtp")
        finally:
            process.terminate()
            process.communicate()
