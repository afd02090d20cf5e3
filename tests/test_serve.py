"""`smtp-panel serve` as a process: how it starts, and why it does not."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from smtp_panel.config import ConfigError
from smtp_panel.serve import listen_address

ROOT = Path(__file__).parents[1]


@contextmanager
def started(folder: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """The panel in a process with its data in `folder`, on a free port unless PORT says which."""
    own = {name: text for name, text in os.environ.items() if not name.startswith("SMTP_PANEL_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "smtp_panel", "serve"],
        env={**own, "PORT": "0", "SMTP_PANEL_DATA_DIR": str(folder), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def refusal(folder: Path, **environment: str) -> tuple[int, str]:
    with started(folder, **environment) as process:
        output, errors = process.communicate(timeout=60)
        assert output == ""
        assert "Traceback" not in errors
        return process.returncode, errors.strip()


def test_the_first_start_prints_where_it_is_and_a_set_up_link(tmp_path: Path) -> None:
    """A1: the first admin is made by a one-time link that the first start prints."""
    with started(tmp_path, SMTP_PANEL_SANDBOX="on") as process:
        ready = line_of(process)
        url = ready.removeprefix("SMTP Panel is ready at ")
        assert url.startswith("http://127.0.0.1:")
        link = line_of(process).rpartition(" ")[2]
        assert link.startswith(f"{url}/")
        with urllib.request.urlopen(link, timeout=60) as page:
            assert page.status == 200
        process.terminate()
        assert process.wait(60) == 0


def test_with_an_admin_by_environment_it_needs_no_link(tmp_path: Path) -> None:
    """A1: the first admin by environment."""
    admin = {
        "SMTP_PANEL_ADMIN_EMAIL": "ada@example.com",
        "SMTP_PANEL_ADMIN_PASSWORD": "correct horse",
    }
    with started(tmp_path, **admin) as process:
        assert line_of(process).startswith("SMTP Panel is ready at ")
        process.terminate()
        output, errors = process.communicate(timeout=60)
        assert output == ""
        assert "correct horse" not in errors


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        code, sentence = refusal(tmp_path, PORT=str(port))
    assert code == 1
    assert f"Port {port} of 127.0.0.1 is in use" in sentence
    assert "Set PORT" in sentence


@pytest.mark.parametrize(
    ("name", "text"),
    [("SMTP_PANEL_TEST_LIMIT", "lots"), ("PORT", "x")],
)
def test_a_bad_variable_is_told_by_name(tmp_path: Path, name: str, text: str) -> None:
    code, sentence = refusal(tmp_path, **{name: text})
    assert code == 2
    assert name in sentence
    assert sentence.count("\n") == 0


def test_a_data_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, sentence = refusal(tmp_path / "file" / "data")
    assert code == 2
    assert str(tmp_path / "file") in sentence


def test_it_listens_on_loopback_unless_told_otherwise() -> None:
    assert listen_address({}) == ("127.0.0.1", 8000)
    assert listen_address({"HOST": "::1", "PORT": "80"}) == ("::1", 80)


@pytest.mark.parametrize("text", ["65536", "-1", "http", "8000.0"])
def test_a_port_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"PORT .* write a whole number"):
        listen_address({"PORT": text})
