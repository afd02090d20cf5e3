"""A mail server on a bad day: it takes most messages, and refuses or drops the others at random."""

from __future__ import annotations

import socketserver
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

from tests.servers.ports import HOST
from tests.servers.serving import serving

MESSAGE_ID = b"message-id:"
TROUBLES = (b"refuse", b"refuse the content", b"leave", b"leave before the answer", b"close")


class ChaoticServer(socketserver.ThreadingTCPServer):
    """Counts in `taken` how often each Message-ID was taken, whoever heard of that.

    One command in about `ease` meets trouble, by the random numbers of `seed`; none if that is 0.
    `at` is called with the number of messages taken so far, after each. It takes no more than
    `room` connections at once, no more than `each` messages on one, no more than `crowd` recipients
    of each, and no more than `quota` messages in a day; 0 is any number. It `tells` more of itself
    in its answer to EHLO, and hangs up at a recipient whose address begins with `shuts_at`.
    `refused` counts the connections that were, `recipients` how often each got a message, `named`
    how many were asked for, and `handed` how often they got which; `arrivals` has how many messages
    were taken when each connection came.
    """

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, port: int, seed: int, ease: int, at: Callable[[int], None]) -> None:
        super().__init__((HOST, port), _Conversation)
        self.port: int = self.server_address[1]
        self.taken: Counter[str] = Counter()
        self._random = Random(seed)
        self._ease = ease
        self._at = at
        self.room = self.each = self.crowd = self.quota = 0
        self.shuts_at = self.tells = ""
        self.recipients: Counter[str] = Counter()
        self.handed: Counter[tuple[str, str]] = Counter()
        self.refused = self.open = self.named = 0
        self.arrivals: list[int] = []
        self._lock = threading.Lock()

    def trouble(self) -> bytes:
        """What goes wrong now, mostly nothing."""
        with self._lock:
            if self._ease and not self._random.randrange(self._ease):
                return self._random.choice(TROUBLES)
            return b""

    def take(self, content: list[bytes], recipients: list[str]) -> None:
        """Note that a message was taken."""
        (found,) = [line for line in content if line.lower().startswith(MESSAGE_ID)]
        with self._lock:
            name = found.partition(b":")[2].strip().decode()
            self.taken[name] += 1
            self.recipients.update(recipients)
            self.handed.update((name, each) for each in recipients)
            number = self.taken.total()
        self._at(number)

    def enter(self) -> bool:
        """Whether there is room for one more connection."""
        with self._lock:
            self.open += 1
            self.arrivals.append(self.taken.total())
            refused = bool(self.room) and self.open > self.room
            self.refused += refused
            return not refused

    def leave(self) -> None:
        """Note that a connection has ended."""
        with self._lock:
            self.open -= 1

    def handle_error(self, _request: object, _client_address: object) -> None:
        """A client that is killed says no good-bye."""


class _Conversation(socketserver.StreamRequestHandler):
    server: ChaoticServer
    disable_nagle_algorithm = True  # else each answer waits for word that the one before it came

    def handle(self) -> None:
        try:
            if self.server.enter():
                self._converse()
            else:
                self._say("421 4.7.0 Too many concurrent SMTP connections")
        finally:
            self.server.leave()

    def _converse(self) -> None:
        offered = filter(None, ("PIPELINING", self.server.tells))
        greeting = "\r\n".join(["250-mail.test.example", *(f"250-{each}" for each in offered)])
        messages = 0
        self._recipients: list[str] = []
        self._say("220 mail.test.example ESMTP")
        while line := self.rfile.readline():
            verb = line.split()[0].upper() if line.split() else b""
            trouble = self.server.trouble() if verb in {b"MAIL", b"RCPT", b"DATA"} else b""
            messages += verb == b"MAIL"
            if self.server.each and messages > self.server.each:
                self._say("421 4.7.0 Too many messages in this session")
                return
            if trouble == b"leave":
                return
            if trouble == b"close":
                self._say("421 4.3.2 Closing")
                return
            if trouble == b"refuse":
                self._say("451 4.3.0 Not now")
            elif verb == b"RCPT":
                self._say(answer := self._recipient(line))
                if answer.startswith("421"):
                    return
            elif verb == b"DATA":
                if not self._data(trouble):
                    return
            elif verb == b"QUIT":
                self._say("221 Bye")
                return
            else:
                self._say(f"{greeting}\r\n250 HELP" if verb == b"EHLO" else "250 Ok")

    def _recipient(self, line: bytes) -> str:
        self.server.named += 1
        if self.server.crowd and len(self._recipients) >= self.server.crowd:
            return "452 4.5.3 Too many recipients"
        recipient = line.partition(b"<")[2].partition(b">")[0].decode()
        if self.server.shuts_at and recipient.startswith(self.server.shuts_at):
            return "421 4.3.2 Closing"
        self._recipients.append(recipient)
        return "250 Ok"

    def _data(self, trouble: bytes) -> bool:
        self._say("354 Go ahead")
        content = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            content.append(line)
        if trouble == b"refuse the content":
            self._say("451 4.3.0 Not now")
            return True
        if self.server.quota and self.server.taken.total() >= self.server.quota:
            self._say("550 5.4.5 Daily user sending limit exceeded")
            return True
        self.server.take(content, self._recipients)
        self._recipients = []
        if trouble == b"leave before the answer":
            return False
        self._say("250 2.0.0 Ok")
        return True

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def chaotic_server(
    seed: int = 0,
    *,
    port: int = 0,
    ease: int = 0,
    at: Callable[[int], None] = lambda _number: None,
) -> Iterator[ChaoticServer]:
    """Run a ChaoticServer until the block ends, on a free port unless it is given."""
    server = ChaoticServer(port, seed, ease, at)
    with serving(server):
        yield server
