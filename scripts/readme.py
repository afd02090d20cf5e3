"""Write what the program declares: docs/faults, docs/providers, the manual page, and tables.

Usage: python -m scripts.readme
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from scripts import faults, providers
from scripts.manual import MANUAL, manual, table_of_commands, table_of_exit_codes
from scripts.operations import API, table_of_operations
from smtp_panel.app import panel_app
from smtp_panel.config import Config, Variable

ROOT = Path(__file__).resolve().parent.parent
README, OPERATORS = ROOT / "README.md", ROOT / "docs" / "operators.md"


def with_tables(text: str) -> str:
    """`text` with the tables of variables, commands and exit codes between their marks."""
    text = with_part(text, "variables", table())
    text = with_part(text, "commands", table_of_commands())
    return with_part(text, "exit codes", table_of_exit_codes())


def with_part(text: str, name: str, part: str) -> str:
    """`text` with `part` between the two marks of `name`; ValueError where they are missing."""
    before, begin, rest = text.partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition(f"<!-- end of {name} -->")
    if not begin or not end:
        raise ValueError(f"no marks of {name}")
    return f"{before}{begin}\n{part}\n{end}{after}"


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
    """Rewrite them all."""
    with TemporaryDirectory() as folder:
        app = panel_app(Config(data_dir=Path(folder)))
        operations = table_of_operations(app)
        faults.write(app)
    providers.write()
    listed = with_part(providers.LIST.read_text(), "providers", providers.table_of_providers())
    providers.LIST.write_text(listed)
    API.write_text(with_part(API.read_text(), "operations", operations))
    OPERATORS.write_text(with_tables(OPERATORS.read_text()))
    MANUAL.write_text(manual())
    return 0


if __name__ == "__main__":
    sys.exit(main())
