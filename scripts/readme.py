"""Write the table of variables in README.md from what config.py declares.

Usage: python -m scripts.readme
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from smtp_panel.config import Config, Variable

README = Path(__file__).resolve().parent.parent / "README.md"
BEGIN, END = "<!-- variables -->\n", "<!-- end of variables -->"


def with_table(text: str) -> str:
    """`text` with the table between its two marks; raises ValueError where they are missing."""
    begin, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    return f"{text[:begin]}\n{table()}\n{text[end:]}"


def table() -> str:
    """Every variable in a row of its own, in Markdown."""
    return "".join(f"{row}\n" for row in _rows())


def _rows() -> Iterator[str]:
    yield "| Variable | Type | Default | Meaning |"
    yield "|---|---|---|---|"
    for variable in Config.variables():
        default = f"`{variable.default}`" if variable.default else ""
        cells = (f"`{variable.name}`", _type(variable), default, variable.meaning)
        yield f"| {' | '.join(map(_cell, cells))} |"


def _type(variable: Variable) -> str:
    marks = {"secret": variable.secret, "or file": variable.file and not variable.secret}
    return ", ".join([variable.type, *(mark for mark, holds in marks.items() if holds)])


def _cell(text: str) -> str:
    """`text` in a cell: what would end the cell is escaped, outside code a tag as well."""
    parts = re.split(r"(`[^`]*`)", text.replace("|", r"\|"))
    return "".join(part if part.startswith("`") else part.replace("<", "&lt;") for part in parts)


def main() -> int:
    """Rewrite README.md."""
    README.write_text(with_table(README.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
