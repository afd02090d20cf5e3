"""How much a provider lets one account send, as it documents that itself."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentedLimit:
    """That one account may send at most so many in a `span`: a "minute", "hour" or "day".

    It `counts` "messages" or "recipients", `per` "mailbox" or customer's "account", in a `window`
    that is "rolling", of the "calendar", or "" where that is not said. What is `varies` is the
    least of several plans: other accounts may send more. It was `read` at `source` (https).
    """

    span: str
    most: int
    counts: str
    per: str
    window: str
    varies: bool
    source: str
    read: datetime.date

    @property
    def holds_for_all(self) -> bool:
        """Whether no account may send more in any such span, however it is counted."""
        return not self.varies and self.window != "calendar"


def documented(table: dict[str, Any]) -> DocumentedLimit:
    """The limit that an object of `limits` in the table of providers tells."""
    return DocumentedLimit(
        span=table["span"],
        most=table["most"],
        counts=table["counts"],
        per=table["per"],
        window=table.get("window", ""),
        varies=table.get("varies", False),
        source=table["source"],
        read=datetime.date.fromisoformat(table["read"]),
    )
