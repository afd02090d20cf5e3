"""Who sends a message and who gets it, and what became of it for each of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from smtp_panel.smtp.facts import Facts
from smtp_panel.smtp.reply import Reply
from smtp_panel.smtp.transcript import Transcript

# A control, a blank or a bracket would end the address early and begin something else.
_NO_PART = re.compile(r"[\x00-\x20\x7f-\x9f<>\s\ud800-\udfff]")


def path(address: str) -> str:
    """`address` as MAIL and RCPT name it (RFC 5321, section 4.1.2); "" is the null path.

    The only way of an address into a command. Raises ValueError for what no address holds:
    controls, blanks, angle brackets and what is no Unicode.
    """
    if _NO_PART.search(address):
        raise ValueError("an address that would not be one word of a command")
    return f"<{address}>"


@dataclass(frozen=True, slots=True)
class Envelope:
    """The envelope sender, "" for none, and the recipients (RFC 5321, section 2.3.1).

    Raises ValueError for an address that no command may hold, as `path` does.
    """

    sender: str
    recipients: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        path(self.sender)
        if not all(map(path, self.recipients)) or "" in self.recipients:
            raise ValueError("a recipient without an address")

    @property
    def ascii(self) -> bool:
        """Whether every server can be given these addresses (RFC 6531 has the others)."""
        return self.sender.isascii() and all(map(str.isascii, self.recipients))


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """How one transaction ended.

    The server has taken the message for the recipients that are `accepted`, in the words of
    `reply`. It refused it for those in `refused`, each for its own reason. Those who are `left`
    were not named, for the server takes no more at once (RFC 9422). Where nobody is `accepted`,
    `failure` says why, and `failure.may_have_been_sent` whether the server may have
    taken the message all the same. `transcript` is what was said.
    """

    envelope: Envelope
    accepted: tuple[str, ...] = ()
    refused: Mapping[str, Facts] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    failure: Facts | None = None
    reply: Reply | None = None
    transcript: Transcript = field(repr=False)
