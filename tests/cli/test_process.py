"""`flask --app wsgi smtp ...` as a process of its own (section 11, A6)."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import LOGIN, PASSWORD, STDIN, Ran, at
from tests.runs.runs import Gate
from tests.servers.certificates import CertificateAuthority
from tests.servers.fixtures import StartScripted, StartSmtpd
from tests.servers.scripted import expect, greet, hang

ROOT = Path(__file__).parents[2]
PATIENCE = 60  # seconds
FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")


def environment(**more: str) -> dict[str, str]:
    """That of these tests without what is set for the panel; the code is found from anywhere."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("SMTP_PANEL_", "LC_", "NO_"))}
    return {**kept, "LANG": "C.UTF-8", "TERM": "xterm", "PYTHONPATH": str(ROOT), **more}


def flask(folder: Path, *words: str, stdin: str = "", **env: str) -> Ran:
    """Run a command in `folder`."""
    done = subprocess.run(
        [*FLASK, *words],
        cwd=folder,
        env=environment(**env),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)


@contextmanager
def started(folder: Path, *words: str, stdout: int) -> Iterator[subprocess.Popen[bytes]]:
    """A command that is under way, ended with the block."""
    with subprocess.Popen(
        [*FLASK, *words], cwd=folder, env=environment(), stdout=stdout, stderr=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder, which the command is run in."""
    path = tmp_path / "empty"
    path.mkdir()
    return path


@pytest.fixture
def _heeding_interrupts() -> Iterator[None]:
    """Of what a shell starts in the background, and what that starts, interrupts are ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_it_needs_no_database_and_leaves_nothing_behind(
    folder: Path, tmp_path: Path, smtpd: StartSmtpd, ca: CertificateAuthority
) -> None:
    """Section 11: whatever is set for the panel; SSL_CERT_FILE names an authority of one's own."""
    file = tmp_path / "ca.pem"
    file.write_text(ca.pem)
    words = ("smtp", "check", *at(smtpd("starttls"), "--tls", *LOGIN), "--json")
    unusable = {
        "SMTP_PANEL_DATA_DIR": str(file / "data"),
        "SMTP_PANEL_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        "SMTP_PANEL_REDIS_URL": "redis://127.0.0.1:1/0",
    }
    ran = flask(folder, *words, stdin=STDIN, SSL_CERT_FILE=str(file), **unusable)
    assert (ran.code, ran.json["ok"]) == (0, True), ran
    ran = flask(folder, *words, stdin="wrong horse\n", SSL_CERT_FILE=str(file))
    assert (ran.code, ran.json["diagnosis"]["stage"]) == (1, "auth")
    ran = flask(folder, *words, "--port", "0587")
    assert (ran.code, list(ran.json["errors"])) == (2, ["port", "password"])
    assert list(folder.iterdir()) == []


@pytest.mark.usefixtures("_heeding_interrupts")
def test_an_interrupt_ends_it_at_once(folder: Path, scripted: StartScripted) -> None:
    """A6, T8: 130, with nothing of a result, and the conversation is over."""
    server = scripted([hang()])
    words = ("smtp", "check", *at(server), "--json")
    with started(folder, *words, stdout=subprocess.PIPE) as process:
        server.wait_for_connections(1, PATIENCE)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=PATIENCE)
    assert (process.returncode, stdout, stderr) == (130, b"", b"")
    server.wait_until_idle()


@pytest.mark.parametrize("command", ["worker", "relay"])
def test_a_process_that_was_told_to_end_while_it_was_stopped_ends_once_it_goes_on(
    folder: Path, command: str
) -> None:
    """Section 11, M5: as `docker pause` and a machine that sleeps stop it."""
    with started(folder, "smtp", command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline()
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGCONT)

        assert process.wait(PATIENCE) == 0


def test_a_reader_that_leaves_ends_it_quietly(folder: Path, scripted: StartScripted) -> None:
    """A6: as `| head -1` does."""
    gate = Gate()
    server = scripted([gate, greet(), expect("QUIT", "221 bye")])
    reading, writing = os.pipe()
    with started(folder, "smtp", "check", *at(server), stdout=writing) as process:
        os.close(writing)
        gate.wait()
        os.close(reading)
        gate.open()
        _, stderr = process.communicate(timeout=PATIENCE)
    assert stderr == b""
    server.wait_until_idle()


def test_a_disk_that_is_full_of_its_output_is_told_in_a_sentence(folder: Path) -> None:
    """A6: exit code 1, for who reads the output has no result."""
    words = (*FLASK, "smtp", "check", "--server", "127.0.0.1", "--port", "1", "--json")
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            words,
            cwd=folder,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert ran.returncode == 1
    assert ran.stderr == "The output is not complete: No space left on device.\n"


def test_a_process_without_streams_works_as_well(folder: Path) -> None:
    """A6: some programs that start others close them all; then there is no input, nor a reader."""
    command = ("smtp", "spf", "--stdin")
    shell = ("sh", "-c", 'exec "$@" <&- >&-', "sh", *FLASK)
    ran = subprocess.run(
        (*shell, *command),
        cwd=folder,
        env=environment(),
        stderr=subprocess.PIPE,
        timeout=PATIENCE,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_a_terminal_is_asked_for_the_password_and_shows_colours(
    folder: Path, smtpd: StartSmtpd
) -> None:
    """Section 11, F4: nothing of it is shown."""
    words = ("smtp", "check", *at(smtpd("none"), *LOGIN))
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*FLASK, *words],
        cwd=folder,
        env=environment(),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,  # so that no other terminal is asked
    ) as process:
        os.close(theirs)
        shown = _read(ours, b"Password: ")
        os.write(ours, STDIN.encode())
        shown += _read(ours)
        assert process.wait(PATIENCE) == 0
    os.close(ours)
    text = shown.decode()
    assert PASSWORD not in text
    assert "\x1b[32m" in text
    assert "\x1b[K" in text
    assert "The mail server is ready to take mail." in text


def test_flasks_own_commands_know_the_whole_panel(folder: Path) -> None:
    """Section 11."""
    ran = flask(folder, "routes", SMTP_PANEL_DATA_DIR=str(folder / "data"))
    assert ran.code == 0
    assert "/admin/smtp" in ran.stdout


def test_a_server_gives_up_where_the_database_is_out_of_order(folder: Path) -> None:
    """Section 11: with one sentence, and the exit code after which gunicorn does not go on."""
    (folder / "panel.db").write_bytes(b"no database" * 1000)
    done = subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        cwd=folder,
        env=environment(SMTP_PANEL_DATA_DIR=str(folder)),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 3
    assert done.stderr.startswith("SMTP Panel can't start. ")
    assert done.stderr.count("\n") == 1


def test_a_driver_that_is_not_installed_is_told_in_a_sentence(folder: Path) -> None:
    """A6, A8: a wheel brings that of PostgreSQL only where it is asked to."""
    (folder / "psycopg.py").write_text("raise ModuleNotFoundError('No module named psycopg')")
    url = "postgresql://ada:hunter22@127.0.0.1/panel"
    ran = flask(folder, "users", "create", "--email", "a@b.example", SMTP_PANEL_DATABASE_URL=url)
    assert ran.code == 1
    assert ran.stderr.startswith("Error: The driver for the database is not installed. Install it")
    assert ran.stderr.count("\n") == 1
    assert "hunter22" not in ran.stderr


def _read(terminal: int, until: bytes | None = None) -> bytes:
    """What a process writes to its terminal, up to its end or up to these octets."""
    shown = b""
    while until is None or until not in shown:
        try:
            octets = os.read(terminal, 4096)
        except OSError:  # EIO, when the last who could write has left
            break
        if not octets:
            break
        shown += octets
    return shown
