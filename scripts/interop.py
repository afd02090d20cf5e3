"""Run the mail servers of the tests and write the table of them in README.md.

Usage: python -m scripts.interop
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence

from scripts.readme import README, with_part
from tests.interop.servers import MECHANISMS, SERVERS, Server
from tests.interop.walks import TLS_NUMBERS, troubles
from tests.servers.certificates import CertificateAuthority
from tests.servers.roads import CLEAR, TLS_MODES

PART = "servers"
ROADS = ("Clear text", "STARTTLS", "Implicit TLS")
HEADER = ("Server", "Version", *ROADS, *MECHANISMS, "TLS versions")


class Notes:
    """The reasons for what servers can't, each numbered once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def no(self, reason: str) -> str:
        """A cell that says no, and under which number the reason stands."""
        return f"no ({self._numbers.setdefault(reason, len(self._numbers) + 1)})"

    def lines(self) -> list[str]:
        """The reasons with their numbers."""
        return [f"{number}. {reason}." for reason, number in self._numbers.items()]


def part(versions: Mapping[str, str]) -> str:
    """The table and the notes below it, in Markdown; `versions` has each server's own."""
    notes = Notes()
    rows = [_row(server, versions[server.name], notes) for server in SERVERS]
    table = [f"| {' | '.join(cells)} |" for cells in (HEADER, ["---"] * len(HEADER), *rows)]
    return "".join(f"{line}\n" for line in (*table, "", *notes.lines()))


def _row(server: Server, version: str, notes: Notes) -> Sequence[str]:
    def cell(names: Sequence[str], yes: Sequence[str]) -> str:
        lacking = [server.cannot[name] for name in names if name in server.cannot]
        return notes.no(lacking[0]) if lacking else ", ".join(yes)

    yes_or_no = [cell([name], ["yes"]) for name in (CLEAR.mode, *TLS_MODES, *MECHANISMS)]
    return [server.name, version, *yes_or_no, cell(TLS_MODES, TLS_NUMBERS)]


def main() -> int:
    """Rewrite README.md; where a server did not do what it should, say so instead."""
    logging.getLogger("mail").setLevel(logging.CRITICAL)  # aiosmtpd tells of old TLS by tracebacks
    ca = CertificateAuthority()
    failed = False
    for server in SERVERS:
        print(server.name)
        for walk, trouble in troubles(server, ca).items():
            if trouble:
                failed = True
                print(f"{server.name} failed by {walk}: {trouble}", file=sys.stderr)
    if failed:
        return 1
    text = part({server.name: server.version() for server in SERVERS})
    README.write_text(with_part(README.read_text(), PART, text))
    return 0


if __name__ == "__main__":
    sys.exit(main())
