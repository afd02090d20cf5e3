"""Postfix's smtp-sink, which takes any message and keeps none; and a server that is far away."""

from __future__ import annotations

import os
import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from tests.servers.ports import HOST, free_ports
from tests.servers.processes import running, wait_for_ports

SINK = "/usr/sbin/smtp-sink"
CHUNK = 65_536


@contextmanager
def smtp_sink(*, pipelining: bool = True) -> Iterator[int]:
    """Run smtp-sink until the block ends, with PIPELINING offered or not; its port."""
    [port] = free_ports(1)
    user = ("-u", "nobody") if os.geteuid() == 0 else ()
    options = () if pipelining else ("-p",)
    with running((SINK, *user, *options, f"{HOST}:{port}", "100")):
        wait_for_ports([port])
        yield port


@contextmanager
def from_afar(port: int, round_trip: float) -> Iterator[int]:
    """A port behind which the one on loopback is `round_trip` seconds away."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((HOST, 0)))
        threading.Thread(target=_accept, args=(listener, port, round_trip / 2), daemon=True).start()
        stack.callback(lambda: listener.shutdown(socket.SHUT_RDWR))
        yield listener.getsockname()[1]


def _accept(listener: socket.socket, port: int, delay: float) -> None:
    with suppress(OSError):  # the block has ended
        while True:
            near = listener.accept()[0]
            far = socket.create_connection((HOST, port))
            for source, target in ((near, far), (far, near)):
                target.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                arrived: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
                threading.Thread(target=_take, args=(source, arrived), daemon=True).start()
                threading.Thread(target=_give, args=(arrived, target, delay), daemon=True).start()


def _take(source: socket.socket, arrived: queue.SimpleQueue[tuple[float, bytes]]) -> None:
    octets = b"x"
    while octets:
        try:
            octets = source.recv(CHUNK)
        except OSError:
            octets = b""
        arrived.put((time.monotonic(), octets))


def _give(
    arrived: queue.SimpleQueue[tuple[float, bytes]], target: socket.socket, delay: float
) -> None:
    with suppress(OSError):
        while True:
            at, octets = arrived.get()
            time.sleep(max(0.0, at + delay - time.monotonic()))
            if not octets:
                target.shutdown(socket.SHUT_WR)
                return
            target.sendall(octets)
