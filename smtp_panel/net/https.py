"""One request to a web server, within a deadline, and only to an address that the guard allows.

The connection is made here; h11 writes the request and reads the response. No redirect is followed
and no proxy is used.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import SplitResult, urlsplit

from smtp_panel.net.address import is_loopback
from smtp_panel.net.deadline import Deadline
from smtp_panel.net.dial import dial
from smtp_panel.net.exchange import BODY_LIMIT, Exchange, HTTPAnswer
from smtp_panel.net.fault import NetworkFault, NetworkKind, network_faults
from smtp_panel.net.network import Address, Network
from smtp_panel.net.resolve import resolve
from smtp_panel.net.tls import context_for
from smtp_panel.secret import Secret
from smtp_panel.words import N_, Quoted, Sentence

_PORTS = {"https": 443, "http": 80}
_NOT_HTTPS = Sentence(N_("it does not begin with https://"))


class BadURL(Exception):
    """A URL that may not be asked: malformed, or http to another machine than this one."""

    def __init__(self, why: Sentence | Quoted) -> None:
        super().__init__(str(why))
        self.why = why


def post(
    url: str,
    body: Secret,
    headers: Mapping[str, str | Secret],
    deadline: Deadline,
    network: Network,
) -> HTTPAnswer:
    """POST `body` to `url` and return the response, before the deadline whatever the server does.

    The host is resolved once, and only the addresses found are dialled; the certificate is verified
    with the system's store. Raises BadURL, NotHTTP, and NetworkFault for an error of the network or
    of TLS.
    """
    return _ask(url, body, headers, deadline, network)


def get(
    url: str,
    headers: Mapping[str, str | Secret],
    deadline: Deadline,
    network: Network,
    limit: int = BODY_LIMIT,
) -> HTTPAnswer:
    """GET `url` as `post` posts to one; at most `limit` octets of the body are kept."""
    return _ask(url, None, headers, deadline, network, limit=limit)


def _ask(
    url: str,
    body: Secret | None,
    headers: Mapping[str, str | Secret],
    deadline: Deadline,
    network: Network,
    *,
    limit: int = BODY_LIMIT,
) -> HTTPAnswer:
    parts = _parts(url)
    if parts.scheme == "http" and not network.http:
        raise BadURL(_NOT_HTTPS)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with network_faults(), contextlib.closing(_connected(parts, deadline, network)) as connection:
        exchange = Exchange(connection, deadline, limit=limit)
        exchange.ask(target, [("Host", parts.netloc), *headers.items()], body)
        return exchange.answer()


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadURL(Quoted(str(error))) from None
    if parts.scheme not in _PORTS:
        raise BadURL(_NOT_HTTPS)
    printable = url.isascii() and url.isprintable() and " " not in url
    if not printable or not parts.hostname or "@" in parts.netloc or port == 0:
        raise BadURL(Sentence(N_("it is no URL of a web server")))
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
        raise NetworkFault(NetworkKind.DNS_NO_ADDRESS, Sentence(N_("the name has no address")))
    if not secure and not all(is_loopback(each.host) for each in found):
        raise BadURL(_NOT_HTTPS)
    return found


def _dial(addresses: list[Address], deadline: Deadline, network: Network) -> socket.socket:
    """Connect, guarded like any other target; 443 is open whatever ports mail may use."""
    guard = network.web_guard
    ports = (*guard.ports, _PORTS["https"]) if guard.ports else ()
    dialled = dial(addresses, replace(network, guard=replace(guard, ports=ports)), deadline)
    if dialled.connection is None:
        raise dialled.fault
    return dialled.connection
