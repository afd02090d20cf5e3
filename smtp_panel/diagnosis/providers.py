"""The mail services that the diagnosis knows by their servers' names and words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from smtp_panel.smtp.facts import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A mail service, told by the server's name or by what it says."""

    id: str
    server: re.Pattern[str] | None = None
    says: re.Pattern[str] | None = None

    def recognised(self, facts: Facts, said: str) -> bool:
        """Whether the server's name, or what it `said` (folded), is this provider's."""
        return bool(
            (self.server and self.server.search(facts.server))
            or (self.says and self.says.search(said))
        )
