"""One POST to a web server, under a deadline of ours and to an address that was looked at.

On http.client rather than a bigger library: the connection is made here, so that there is nothing
left to add but to write a request and read an answer. It follows no redirect and knows no proxy.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import ipaddress
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import SplitResult, urlsplit

from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dial import dial
from smtp_panel.net.fault import NetworkFault, NetworkKind, network_faults
from smtp_panel.net.network import Address, Network
from smtp_panel.net.resolve import resolve
from smtp_panel.net.tls import context_for

BODY_LIMIT = 64 * 1024  # octets
READ_LIMIT = 4 * BODY_LIMIT  # octets, with status, headers and the sizes of chunks
_PORTS = {"https": 443, "http": 80}


class NotHTTP(Exception):
    """What answered does not speak HTTP, or stopped in the middle of its answer."""


class BadURL(Exception):
    """No URL to post to: not https, or http to another machine, or malformed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of whatever status; `body` is cut past BODY_LIMIT, and `whole` tells if it was."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    whole: bool


def post(
    url: str, body: bytes, headers: Mapping[str, str], deadline: Deadline, network: Network
) -> Answer:
    """The answer to `body` posted to `url`, over before the deadline whatever the server does.

    The host is resolved once and that very address is dialled; the certificate is verified with
    the system's store. Raises NetworkFault for what the network or the TLS library does, BadURL and
    NotHTTP.
    """
    parts = _parts(url)
    if parts.scheme == "http" and not network.http:
        raise BadURL("it does not begin with https://")
    with network_faults(), contextlib.closing(_connected(parts, deadline, network)) as connection:
        client = http.client.HTTPConnection(str(parts.hostname), _port(parts))
        client.sock = _Timed(connection, deadline)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        with _as_not_http():
            client.request("POST", target, body, {"Host": parts.netloc, **headers})
            answer = client.getresponse()
            read = answer.read(BODY_LIMIT + 1)
        whole = len(read) <= BODY_LIMIT
        return Answer(answer.status, answer.headers, read[:BODY_LIMIT], whole)


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadURL(str(error)) from None
    if parts.scheme not in _PORTS:
        raise BadURL("it does not begin with https://")
    printable = url.isascii() and url.isprintable() and " " not in url
    if not printable or not parts.hostname or "@" in parts.netloc or port == 0:
        raise BadURL("it is no URL of a web server")
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS[parts.scheme]


def _connected(parts: SplitResult, deadline: Deadline, network: Network) -> socket.socket:
    host, port = str(parts.hostname), _port(parts)
    secure = parts.scheme == "https"
    found = [Address(each, port) for each in resolve(host, deadline, network.lookup)]
    connection = _dial(_allowed(found, secure=secure), deadline, network)
    if not secure:
        return connection
    try:
        connection.settimeout(deadline.remaining())  # for the whole handshake
        return context_for().wrap_socket(connection, server_hostname=host)
    except BaseException:
        connection.close()
        raise


def _allowed(found: list[Address], *, secure: bool) -> list[Address]:
    """The addresses that may be dialled: without TLS this machine's own, and no others."""
    if not found:
        raise NetworkFault(NetworkKind.DNS_NO_ADDRESS, "the name has no address")
    if not secure and not all(ipaddress.ip_address(each.host).is_loopback for each in found):
        raise BadURL("it does not begin with https://")
    return found


def _dial(addresses: list[Address], deadline: Deadline, network: Network) -> socket.socket:
    """Connect, guarded like any other target; 443 is open whatever ports mail may use."""
    guard = network.web_guard
    ports = (*guard.ports, _PORTS["https"]) if guard.ports else ()
    dialled = dial(addresses, replace(network, guard=replace(guard, ports=ports)), deadline)
    if dialled.connection is None:
        raise dialled.fault
    return dialled.connection


@contextlib.contextmanager
def _as_not_http() -> Iterator[None]:
    try:
        yield
    except ConnectionError:  # also http.client's own for an end without an answer
        raise
    except (http.client.HTTPException, ValueError) as error:  # ValueError: a chunk of size -2
        raise NotHTTP(type(error).__name__) from None


class _Timed:
    """A connection as http.client uses it, with the deadline put before each read and write."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        """The reading end."""
        return io.BufferedReader(_Reader(self._connection, self._deadline))

    def sendall(self, octets: Any) -> None:
        """Send `octets`, as few as a form has."""
        self._connection.settimeout(self._deadline.remaining())
        self._connection.sendall(octets)

    def close(self) -> None:
        """Nothing: the answer is read after http.client has called this, and `post` closes."""


class _Reader(io.RawIOBase):
    """What a connection gives until the deadline, and no more of it than READ_LIMIT."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        super().__init__()
        self._connection = connection
        self._deadline = deadline
        self._left = READ_LIMIT

    def readable(self) -> bool:
        """It is; BufferedReader asks."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Wait for octets, for as long as the deadline leaves."""
        self._connection.settimeout(self._deadline.remaining())
        count = self._connection.recv_into(memoryview(buffer)[: self._left])
        self._left -= count
        return count
