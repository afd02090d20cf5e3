"""Where a test server leaves the mail it took, for a test to read."""

from __future__ import annotations

import email
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default

DELIVERY_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Received:
    """A message and its envelope; `username` is who signed in, "" for nobody."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    username: str = ""

    @property
    def message(self) -> EmailMessage:
        """The content, parsed."""
        return email.message_from_bytes(self.content, policy=default)

    @property
    def text(self) -> str:
        """The plain text of it."""
        body = self.message.get_body(("plain",))
        assert body
        return str(body.get_content())


class Inbox:
    """The messages that a server took, oldest first; safe to use from several threads."""

    def __init__(self) -> None:
        self._messages: list[Received] = []
        self._arrived = threading.Condition()

    def add(self, received: Received) -> None:
        """Keep a message and wake who waits for it."""
        with self._arrived:
            self._messages.append(received)
            self._arrived.notify_all()

    def wait_for(self, wanted: Callable[[Received], bool] = lambda _: True) -> Received:
        """The first message that is wanted; an AssertionError if none arrives in time."""
        with self._arrived:
            found = self._arrived.wait_for(
                lambda: next(filter(wanted, self._messages), None), DELIVERY_SECONDS
            )
            assert found is not None, f"not among {len(self._messages)} messages"
            return found

    def to(self, recipient: str) -> Received:
        """The first message to this envelope recipient, waited for."""
        return self.wait_for(lambda received: recipient in received.recipients)

    def __iter__(self) -> Iterator[Received]:
        with self._arrived:
            return iter(tuple(self._messages))

    def __len__(self) -> int:
        return len(self._messages)

    def __getitem__(self, index: int) -> Received:
        return self._messages[index]
