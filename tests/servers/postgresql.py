"""PostgreSQL: a cluster of our own on loopback, of which nothing is left when the tests end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

from tests.servers.ports import HOST, free_ports
from tests.servers.processes import folder_of, running, wait_until

PROGRAMS = Path("/usr/lib/postgresql")
USER = "panel"
SYSTEM_USER = "postgres"  # the server refuses to run as root
EMPTY = "template0"
NUMBERS = count(1)
END_CONNECTIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
RENAME = sql.SQL("ALTER DATABASE {} RENAME TO {}")
# What is lost with the machine is lost anyway when the tests end.
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
}


@dataclass(frozen=True)
class PostgreSQL:
    """A running cluster at `port` of loopback."""

    port: int

    def url(self, name: str) -> str:
        """The URL of the database `name`."""
        return f"postgresql://{USER}@{HOST}:{self.port}/{name}"

    def create(self, template: str = EMPTY) -> str:
        """Create a database, a copy of `template`, and give its name."""
        name = f"panel_{next(NUMBERS)}"
        # Copying the files is the faster way for a database that is this small.
        self._execute("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)
        return name

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a new and empty database, that is removed with the block."""
        name = self.create()
        try:
            yield self.url(name)
        finally:
            self._execute("DROP DATABASE {} WITH (FORCE)", name)

    def rename(self, name: str) -> str:
        """End the connections to a database, and give it another name, which is told."""
        other = f"panel_{next(NUMBERS)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            # The server itself, asked to wait, would look only every tenth of a second.
            wait_until(lambda: not connection.execute(END_CONNECTIONS, [name]).fetchall())
            connection.execute(RENAME.format(sql.Identifier(name), sql.Identifier(other)))
        return other

    def answers(self) -> bool:
        """Whether it takes connections yet."""
        try:
            self._execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def program(name: str) -> str | None:
    """The program of PostgreSQL's newest version here, which Debian keeps out of the path."""
    found = sorted(PROGRAMS.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return str(found[-1]) if found else shutil.which(name)


@contextmanager
def postgresql_server() -> Iterator[PostgreSQL]:
    """Run PostgreSQL until the block ends, as an unprivileged user."""
    (port,) = free_ports(1)
    with cluster() as data, serving(data, port) as server:
        yield server


@contextmanager
def cluster() -> Iterator[Path]:
    """The folder of a new cluster, which is removed with the block."""
    with folder_of("postgresql") as folder:
        data = folder / "data"
        data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(data, SYSTEM_USER, SYSTEM_USER)
        options = ("--username", USER, "--auth=trust", "--encoding=UTF8", "--no-locale")
        subprocess.run(
            _unprivileged("initdb", *options, "--no-sync", "--pgdata", str(data)),
            check=True,
            capture_output=True,
            cwd=folder,
        )
        yield data


@contextmanager
def serving(data: Path, port: int, **more: str) -> Iterator[PostgreSQL]:
    """Serve the cluster in `data` until the block ends; `more` are settings beside the usual."""
    settings = [word for item in (SETTINGS | more).items() for word in ("-c", "=".join(item))]
    command = _unprivileged("postgres", "-D", str(data), "-p", str(port), *settings)
    with running(command, log=data.parent / "log"):
        server = PostgreSQL(port)
        wait_until(server.answers)
        yield server
        end(data, signal.SIGINT)  # without it, it waits for its clients


def end(data: Path, how: signal.Signals) -> None:
    """End the server of the cluster in `data`, if there is one: SIGQUIT makes it a crash."""
    file = data / "postmaster.pid"
    if file.exists():
        os.kill(int(file.read_text().split()[0]), how)
        wait_until(lambda: not file.exists())


def _unprivileged(name: str, *arguments: str) -> Sequence[str]:
    found = program(name)
    assert found
    if os.geteuid() != 0:
        return (found, *arguments)
    ids = (f"--reuid={SYSTEM_USER}", f"--regid={SYSTEM_USER}", "--clear-groups")
    return ("setpriv", *ids, found, *arguments)
