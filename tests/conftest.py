"""What every test may use: a configuration of its own, the application, and no way outside."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from sqlalchemy import Connection, Engine, event

from smtp_panel.app import create_app
from smtp_panel.config import Config

# The profile of `make fuzz`: other examples in every run, and far more of them.
FUZZ = "fuzz"
settings.register_profile(
    FUZZ,
    max_examples=3000,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)

pytest_plugins = ["tests.servers.fixtures"]


class OutsideConnection(RuntimeError):
    """A test tried to reach an address beyond this machine."""


def _refuse_outside(event: str, arguments: tuple[object, ...]) -> None:
    if event not in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        return
    address = arguments[1]
    if isinstance(address, tuple) and not _is_loopback(str(address[0])):
        raise OutsideConnection(f"tests stay on loopback; this one went to {address}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# An audit hook sees every socket of the interpreter, whichever library opened it.
sys.addaudithook(_refuse_outside)


engines: set[Engine] = set()


@event.listens_for(Engine, "engine_connect")
def _remember(connection: Connection) -> None:
    engines.add(connection.engine)


@pytest.fixture(autouse=True)
def _close_databases() -> Iterator[None]:
    yield
    while engines:
        engines.pop().dispose()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A configuration whose data folder belongs to this test alone."""
    return Config(data_dir=tmp_path / "data", node="test")


@pytest.fixture
def app(config: Config) -> Flask:
    """The whole application by `config`, with an empty database."""
    return create_app(config)
