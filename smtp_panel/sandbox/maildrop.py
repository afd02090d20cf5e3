"""The mail that the sandbox took: a Maildir with the envelope as each message's first line."""

from __future__ import annotations

import json
import mailbox
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from pathlib import Path

from smtp_panel.mail.headers import decoded, tidy

MAX_KEPT = 200  # messages
FOLDERS = ("tmp", "new", "cur")  # of a Maildir
HEADER_OCTETS = 65_536  # how much of a message is read for its line in the list
ENVELOPE = b"X-Sandbox-Envelope: "
MESSAGE_KEY = re.compile(r"(\d+)\.M(\d+)P\d+Q(\d+)\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxMessage:
    """A message's line in the list; `received_at` is aware, in UTC."""

    key: str
    received_at: datetime
    envelope_sender: str
    recipients: tuple[str, ...]
    subject: str
    from_: str
    to: str


class Maildrop:
    """The newest messages, in a Maildir on disk; any number of processes may read it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, sender: str, recipients: Sequence[str], content: bytes) -> str:
        """Keep a message with its envelope, drop the oldest past MAX_KEPT, and return its key."""
        at = datetime.now(UTC).isoformat()
        envelope = json.dumps({"at": at, "sender": sender, "recipients": list(recipients)})
        box = self._box()
        # JSON escapes all control characters, so an address can't add a line of its own.
        key = box.add(ENVELOPE + envelope.encode() + b"\n" + content.replace(b"\r\n", b"\n"))
        (self._path / "new" / key).chmod(0o600)
        for old in _newest_first(box)[MAX_KEPT:]:
            box.discard(old)
        return key

    def messages(self) -> list[SandboxMessage]:
        """What is kept, newest first."""
        return list(self._listed()) if self._path.exists() else []

    def read(self, key: str) -> tuple[SandboxMessage, bytes]:
        """The message with this key and its content as received, with bare line feeds.

        Raises KeyError when there is none, or no longer.
        """
        if not self._path.exists():
            raise KeyError(key)
        try:
            raw = self._box().get_bytes(key)
        except FileNotFoundError:  # another process dropped it meanwhile
            raise KeyError(key) from None
        return _listing(key, raw[:HEADER_OCTETS]), raw.partition(b"\n")[2]

    def _box(self) -> mailbox.Maildir:
        """The folders, complete though another process may be making them; a new object each time.

        mailbox.Maildir keeps a table that another process may outdate.
        """
        for folder in (self._path, *(self._path / name for name in FOLDERS)):
            folder.mkdir(mode=0o700, exist_ok=True)
        return mailbox.Maildir(self._path, create=False)

    def _listed(self) -> Iterator[SandboxMessage]:
        box = self._box()
        for key in _newest_first(box):
            try:
                with box.get_file(key) as file:
                    yield _listing(key, file.read(HEADER_OCTETS))
            except (KeyError, FileNotFoundError):
                continue  # another process dropped it meanwhile


def _newest_first(box: mailbox.Maildir) -> list[str]:
    return sorted(box.keys(), key=_arrival, reverse=True)


def _arrival(key: str) -> tuple[int, ...]:
    """The seconds, microseconds and count in a message's file name in the Maildir, to sort by."""
    found = MESSAGE_KEY.match(key)
    return tuple(map(int, found.groups())) if found else ()


def _listing(key: str, raw: bytes) -> SandboxMessage:
    first, _, content = raw.partition(b"\n")
    envelope = json.loads(first.removeprefix(ENVELOPE))
    headers = BytesHeaderParser().parsebytes(content)
    found = {name.lower(): value for name, value in reversed(list(headers.raw_items()))}
    return SandboxMessage(
        key=key,
        received_at=datetime.fromisoformat(envelope["at"]),
        envelope_sender=tidy(envelope["sender"]),
        recipients=tuple(map(tidy, envelope["recipients"])),
        subject=decoded(found.get("subject", "")),
        from_=decoded(found.get("from", "")),
        to=decoded(found.get("to", "")),
    )
