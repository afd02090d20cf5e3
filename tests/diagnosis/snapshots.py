"""What the catalogue says at a glance, kept in text files so that a change of it is seen.

    python -m tests.diagnosis.snapshots

writes them anew. `order.txt` has a line for each example: the entry that is the diagnosis, then the
later ones that would apply as well, in the order of asking. `fates.txt` has a line for each entry:
whose failure it is, and whether the same attempt may pass later.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from smtp_panel.diagnosis.catalogue import catalogue
from smtp_panel.diagnosis.diagnosis import said_in
from smtp_panel.diagnosis.entry import Entry
from smtp_panel.diagnosis.evidence import evidence_of
from smtp_panel.smtp.facts import Facts, FaultKind
from tests.diagnosis.examples import EXAMPLES, VARIANTS
from tests.diagnosis.other_wordings import cases

FOLDER = Path(__file__).parent
SHOWN = 70  # characters of what a server says
WIDEST = 46  # characters of an id, so that the columns stand below each other
RETRYABLE = {None: "as the code says", True: "later", False: "no"}


def order() -> str:
    """The entries that apply to each example, the one that is the diagnosis first."""
    examples = [failure for _, failure in (*EXAMPLES, *VARIANTS)]
    failures = [*examples, *(failure for _, failure in cases())]
    return _lines(f"{_applying(failure)}  | {_shown(failure)}" for failure in failures)


def fates() -> str:
    """Each entry with its scope and whether to try again, as a table."""
    return _lines(map(_fate, catalogue().entries))


SNAPSHOTS = {"order.txt": order, "fates.txt": fates}


def _applying(failure: Facts) -> str:
    return (
        " > ".join(entry.id for entry in catalogue().applying(evidence_of(failure))) or "(general)"
    )


def _shown(failure: Facts) -> str:
    words = str(said_in(failure)) or failure.raw.strip() or failure.tls_reason
    what = f" {failure.reason or failure.kind}" if failure.kind is not FaultKind.REPLY else ""
    return f"{failure.stage}{what}: {words[:SHOWN]!a}"


def _fate(entry: Entry) -> str:
    return f"{entry.id:<{WIDEST}}  {entry.scope:<9}  {RETRYABLE[entry.retryable]}"


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def write() -> None:
    """Write all snapshots as they are now."""
    for name, taken in SNAPSHOTS.items():
        (FOLDER / name).write_text(taken(), encoding="utf-8")


if __name__ == "__main__":
    write()
