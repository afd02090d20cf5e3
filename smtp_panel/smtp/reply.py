"""SMTP replies: a code, perhaps an enhanced status code, and text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

REPLY_LINE = re.compile(rb"(\d{3})(?:([ -])(.*))?", re.DOTALL)
_ENHANCED = re.compile(r"^[#\[(]*([245]\.[0-9]{1,3}\.[0-9]{1,3})[\])]*[:,;]?(?:\s|$)")
_ENHANCED_AFTER = re.compile(r"\(#([45]\.[0-9]{1,3}\.[0-9]{1,3})\)")  # as qmail writes it
# As told by Postfix and SendGrid; Exim and Exchange; Sendmail and OpenSMTPD; Amazon SES, Gmail
# and qmail.
_QUEUE_ID = re.compile(
    r"queued as:?\s+<?(?P<as>[^\s<>]+)"
    r"|\b(?:internal)?id=<?(?P<is>[^\s<>,\]]+)"
    r"|^(?P<before>\S+) message accepted"
    r"|^ok:?\s+(?:\d+\s+(?:qp\s+)?)?(?P<after>(?=\S*\d)[^\s=]{6,})",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reply:
    """A reply (RFC 5321, section 4.2).

    `lines` are its lines without the codes, as the server sent them; they may repeat a secret and
    are for the protocol only. `text` is the same with secrets redacted and without the enhanced
    status code (RFC 3463), for everybody else.
    """

    code: int
    lines: tuple[str, ...] = field(repr=False)
    shown: tuple[str, ...]

    @property
    def enhanced(self) -> str | None:
        """The enhanced status code at the start of a line, or as "(#5.7.8)" within the text."""
        begun = next(filter(None, map(_ENHANCED.match, self.shown)), None)
        match = begun or _ENHANCED_AFTER.search(self.text)
        return match[1] if match else None

    @cached_property
    def text(self) -> str:
        """The redacted text, its lines joined by newlines, each without its enhanced code."""
        return "\n".join(_ENHANCED.sub("", line).strip() for line in self.shown)

    @property
    def queue_id(self) -> str | None:
        """The id of the message in the server's log; None where the reply tells none."""
        match = _QUEUE_ID.search(self.text)
        return match[match.lastgroup or 0] if match else None

    def __str__(self) -> str:
        return " ".join(filter(None, (str(self.code), self.enhanced, self.text)))
