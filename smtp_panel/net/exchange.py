"""One request and its answer over a connection, by HTTP/1.1 (RFC 9112)."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

import h11

from smtp_panel.net.deadline import Clock, Deadline
from smtp_panel.net.fault import NetworkFault, NetworkKind
from smtp_panel.secret import Secret
from smtp_panel.words import N_, Quoted, Sentence

BODY_LIMIT = 64 * 1024  # octets, where no other is asked for
HEAD_LIMIT = 64 * 1024  # octets
_WITH_CHUNKS = 3  # times the limit of a body are read at most, with the sizes of its chunks
_AT_ONCE = 16 * 1024  # octets


class NotHTTP(Exception):
    """What answered does not speak HTTP, or stopped in the middle of its answer."""

    def __init__(self, why: Sentence | Quoted) -> None:
        super().__init__(str(why))
        self.why = why


@dataclass(frozen=True, slots=True)
class HTTPAnswer:
    """An answer of whatever status.

    The names in `headers` are in lower case, and a date is always there; `body` is cut past the
    limit, and `whole` tells if it was not. A body may hold a token, so it is not shown.
    """

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)
    whole: bool


class Exchange:
    """One request over `connection`, and its response, before `deadline`.

    Of its body at most `limit` octets are kept. No local variable holds what is sent or read, so
    that no traceback shows it. The methods raise OSError, NetworkFault and NotHTTP.
    """

    def __init__(
        self,
        connection: socket.socket,
        deadline: Deadline,
        clock: Clock = time.time,
        limit: int = BODY_LIMIT,
    ) -> None:
        self._connection = connection
        self._deadline = deadline
        self._clock = clock
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_LIMIT)
        self._body = bytearray()
        self._limit = limit
        self._left = HEAD_LIMIT + _WITH_CHUNKS * limit

    def ask(
        self, target: str, headers: Iterable[tuple[str, str | Secret]], body: Secret | None
    ) -> None:
        """POST `body` to `target`, a path with its query, or without one GET `target`.

        `headers` name at least the Host.
        """
        octets = self._request(target, headers, body)
        try:
            self._connection.settimeout(self._deadline.remaining())
            self._connection.sendall(octets)
        finally:
            octets[:] = bytes(len(octets))

    def answer(self) -> HTTPAnswer:
        """The answer to what was asked, behind any that is only informational.

        One without a date is of the time at which it came (RFC 9110, section 6.6.1).
        """
        try:
            head = self._head()
            while self._takes(self._next()):
                pass
        except h11.RemoteProtocolError as error:
            raise NotHTTP(Quoted(str(error))) from None
        headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
        headers.setdefault("date", formatdate(self._clock(), usegmt=True))
        whole = len(self._body) <= self._limit
        return HTTPAnswer(head.status_code, headers, bytes(self._body[: self._limit]), whole)

    def _request(
        self, target: str, headers: Iterable[tuple[str, str | Secret]], body: Secret | None
    ) -> bytearray:
        octets = body.reveal().encode() if body else b""
        said = [
            (name, each.reveal() if isinstance(each, Secret) else each) for name, each in headers
        ]
        if body is not None:
            said.append(("Content-Length", str(len(octets))))
        said.append(("Connection", "close"))
        method = "GET" if body is None else "POST"
        request = h11.Request(method=method, target=target, headers=said)
        events = (request, h11.Data(data=octets), h11.EndOfMessage())
        return bytearray().join(self._http.send(event) or b"" for event in events)

    def _head(self) -> h11.Response:
        while not isinstance(event := self._next(), h11.Response):
            pass
        return event

    def _takes(self, event: Any) -> bool:
        """Append the data of `event` to the body; True while more is wanted."""
        if isinstance(event, h11.Data):
            self._body += event.data
        return len(self._body) <= self._limit and not isinstance(event, h11.EndOfMessage)

    def _next(self) -> Any:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._receive()
        return event

    def _receive(self) -> None:
        if not self._left:
            raise NotHTTP(Sentence(N_("the answer has no end")))
        self._connection.settimeout(self._deadline.remaining())
        octets = self._connection.recv(min(self._left, _AT_ONCE))
        self._left -= len(octets)
        if (
            not octets
            and self._http.their_state is h11.SEND_RESPONSE
            and not self._http.trailing_data[0]
        ):
            raise NetworkFault(NetworkKind.CLOSED, Sentence(N_("closed without an answer")))
        self._http.receive_data(octets)
