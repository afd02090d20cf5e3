"""The commands of `smtp` as an operator types them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from smtp_panel.app import command_app
from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartSmtpd
from tests.servers.smtpd import USERS, SubmissionServer
from tests.smtp.conversations import Server
from tests.web.conftest import Panel, fields_of, mailing, make_panel, panel, sandboxed, with_users

# Fixtures of the pages that serve here as well.
__all__ = ["mailing", "make_panel", "panel", "sandboxed", "with_users"]

(USER, PASSWORD), *_ = USERS.items()
STDIN = f"{PASSWORD}\n"
LOGIN = ("--username", USER, "--password-stdin")
# What a machine may say of itself, which would be seen in what is printed.
PLAIN = {"LANG": "C.UTF-8", "LC_ALL": None, "LC_MESSAGES": None, "NO_COLOR": None}


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it printed."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The one object on standard output."""
        return json.loads(self.stdout)

    @property
    def lines(self) -> list[str]:
        """Standard output, without blank lines."""
        return [line for line in self.stdout.splitlines() if line]


class Command:
    """Runs `flask --app wsgi smtp` in this process, on `app`."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def __call__(self, *words: str, stdin: str | bytes = "", **env: str) -> Ran:
        """Run it, with these words, this standard input and these variables."""
        result = self.app.test_cli_runner().invoke(
            args=["smtp", *words], input=stdin, env={**PLAIN, **env}
        )
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        return Ran(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def smtp(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """The command without a panel: no database can be opened, nor any folder made."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SMTP_PANEL_DATA_DIR", str(tmp_path / "file" / "data"))
    monkeypatch.setenv("SMTP_PANEL_DATABASE_URL", "nonsense://")
    return Command(command_app())


@pytest.fixture
def ca_file(ca: CertificateAuthority, tmp_path: Path) -> str:
    """A file with the authority of the test servers."""
    path = tmp_path / "ca.pem"
    path.write_text(ca.pem)
    return str(path)


@pytest.fixture
def server(smtpd: StartSmtpd) -> SubmissionServer:
    """The mail server that the settings name."""
    return smtpd("none")


@pytest.fixture
def saved(panel: Panel, server: SubmissionServer) -> Panel:
    """A panel that sends by `server`."""
    panel.saved(panel.admin(), **fields_of(server))
    return panel


def at(server: Server, *more: str) -> Sequence[str]:
    """The options that lead to `server`, in clear text."""
    return ("--server", server.host, "--port", str(server.port), "--no-tls", *more)
