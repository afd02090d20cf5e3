"""The HTTP server of `make run`, as a process of its own."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from smtp_panel.server import CannotListen, Server

ROOT = Path(__file__).parents[1]

# It answers /slow once a line comes in on standard input, and says when it has begun to.
PROGRAM = """
import os, sys
from smtp_panel.server import Server

lines = os.fdopen(os.dup(0))

def app(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        print("begun", flush=True)
        lines.readline()
    body = environ.get("HTTP_X_FORWARDED_FOR", "answered").encode() * 100000
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]

server = Server(app, "127.0.0.1", 0)
server.serve(lambda: None, lambda: print(server.url, flush=True))
"""


class Program:
    """A server in its own process, which `url` reaches."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            start_new_session=True,
        )
        self.port = int(self.line().rpartition(":")[2])

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    @contextmanager
    def request(self, path: str, **headers: str) -> Iterator[http.client.HTTPConnection]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request("GET", path, headers=headers)
            yield connection

    def ends(self) -> None:
        """It ends, and as it should."""
        assert self.process.wait(60) == 0

    def answer(self, path: str, **headers: str) -> bytes:
        with self.request(path, **headers) as connection:
            return connection.getresponse().read()


@pytest.fixture
def program() -> Iterator[Program]:
    program = Program()
    yield program
    program.process.kill()
    program.process.communicate()


@contextmanager
def occupied() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_requests_in_flight_are_finished_before_it_ends(
    program: Program, number: signal.Signals
) -> None:
    with program.request("/slow") as busy, program.request("/") as idle:
        assert program.line() == "begun"
        assert idle.getresponse().read()
        program.process.send_signal(number)
        wait_until_ending(idle)
        program.tell("go on")
        assert busy.getresponse().read() == b"answered" * 100000
    program.ends()


def wait_until_ending(connection: http.client.HTTPConnection) -> None:
    """Return once the server announces that it keeps no connection any longer."""
    while True:
        connection.request("GET", "/")
        with connection.getresponse() as response:
            response.read()
            if response.headers["Connection"] == "close":
                return


def test_an_interrupt_of_a_terminal_is_for_all_its_processes_and_ends_it_as_well(
    program: Program,
) -> None:
    """Ctrl+C reaches the process that answers directly, too."""
    with program.request("/slow") as busy, program.request("/") as idle:
        assert program.line() == "begun"
        assert idle.getresponse().read()
        os.killpg(program.process.pid, signal.SIGINT)
        wait_until_ending(idle)
        program.tell("go on")
        assert busy.getresponse().read() == b"answered" * 100000
    program.ends()


def test_a_page_comes_at_once_past_the_spare_connections_of_browsers(program: Program) -> None:
    """SPEC T8: each would keep one of 8 threads for 5 s, in all longer than the request waits."""
    with ExitStack() as stack:
        for _ in range(120):
            stack.enter_context(socket.create_connection(("127.0.0.1", program.port)))
        assert program.answer("/") == b"answered" * 100000


def test_an_idle_server_ends_at_once(program: Program) -> None:
    program.process.terminate()
    program.ends()


def test_a_second_interrupt_ends_it_without_waiting(program: Program) -> None:
    with program.request("/slow") as busy, program.request("/") as idle:
        assert program.line() == "begun"
        assert idle.getresponse().read()
        program.process.send_signal(signal.SIGINT)
        wait_until_ending(idle)
        program.process.send_signal(signal.SIGINT)
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            busy.getresponse()
    assert program.process.wait(60) == 0


def test_it_leaves_the_judgement_of_proxy_headers_to_the_application(program: Program) -> None:
    """A2: the application trusts by address, so it has to see what was sent."""
    assert program.answer("/", **{"X-Forwarded-For": "192.0.2.1"}).startswith(b"192.0.2.1")


def test_a_port_in_use_is_explained() -> None:
    with occupied() as port, pytest.raises(CannotListen, match=rf"{port} .* in use .* Set PORT"):
        Server(lambda environ, start: [], "127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no host name"])
def test_a_host_that_is_not_this_machine_is_explained(host: str) -> None:
    with pytest.raises(CannotListen, match="no address of this machine"):
        Server(lambda environ, start: [], host, 0)
