"""The documentation says what is: its tables, commands, variables, links and pictures."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

from scripts.manual import MANUAL, manual
from scripts.operations import API, table_of_operations
from scripts.readme import OPERATORS, README, table, with_part, with_tables
from smtp_panel.config import Config

ROOT = README.parent
DOCUMENTS = [README, ROOT / "CHANGELOG.md"]
DOCS = sorted((ROOT / "docs").glob("*.md"))
PLACES = [*DOCUMENTS, *DOCS, *sorted(filter(Path.is_file, (ROOT / "deploy").iterdir()))]
LARGEST_PICTURE = 150_000  # octets


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def code(path: Path) -> Iterator[str]:
    """The lines that a Markdown file shows as code."""
    text = path.read_text()
    for block, span in re.findall(
        r"^```\w*\n(.*?)^```|`([^`\n]+)`", text, re.DOTALL | re.MULTILINE
    ):
        yield from (block or span).splitlines()


def anchors(text: str) -> set[str]:
    """The anchors of the headings in a Markdown text, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}


def test_the_tables_and_the_manual_page_are_what_the_program_declares() -> None:
    """Section 11, A6; `make readme` writes them."""
    assert with_tables(OPERATORS.read_text()) == OPERATORS.read_text()
    assert manual() == MANUAL.read_text()


def test_the_operations_of_the_api_are_those_that_it_describes(app: Flask) -> None:
    """A5; `make readme` writes them."""
    assert with_part(API.read_text(), "operations", table_of_operations(app)) == API.read_text()


def test_every_variable_has_a_row() -> None:
    """Section 11: each declared once with type, default and meaning."""
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]* \| [^|]+ \|$", table(), re.MULTILINE)
    assert rows == [variable.name for variable in Config.variables()]


@pytest.mark.parametrize("path", PLACES, ids=name_of)
def test_every_variable_that_is_named_is_declared(path: Path) -> None:
    """Section 11: each secret also as `..._FILE`."""
    variables = Config.variables()
    files = {f"{variable.name}_FILE" for variable in variables if variable.file}
    named = set(re.findall(r"\bSMTP_PANEL_\w+", path.read_text()))
    assert sorted(named - files - {variable.name for variable in variables}) == []


@pytest.mark.parametrize("path", [README, OPERATORS, ROOT / "CHANGELOG.md"], ids=name_of)
def test_every_target_of_make_that_is_named_exists(path: Path) -> None:
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = {target for line in code(path) for target in re.findall(r"\bmake ([a-z-]+)", line)}
    assert named
    assert sorted(named - set(targets)) == []


def test_every_command_that_is_named_exists_with_its_options(app: Flask) -> None:
    """A6."""
    written = [line for path in (README, *DOCS) for line in code(path)]
    lines = [shlex.split(line) for line in written if re.match(r"[\w./]*flask ", line)]
    named = [[word for word in line[1:] if word not in {"--app", "wsgi"}] for line in lines]
    assert ["users", "create"] in [words[:2] for words in named]
    assert ["users", "reset-link"] in [words[:2] for words in named]
    for words in filter(None, named):
        read(app.cli, words)


def read(command: click.Command | None, words: list[str]) -> None:
    """Read a command line as `command` does, without doing it."""
    while isinstance(command, click.Group):
        command = command.get_command(click.Context(command), words.pop(0))
    assert command
    command.make_context(command.name, words)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_link_to_a_file_or_heading_leads_there(path: Path) -> None:
    text = path.read_text()
    links = [*re.findall(r"\]\(([^)\s]+)\)", text), *re.findall(r'(?:src|srcset)="([^"]+)"', text)]
    for link in links:
        file, _, anchor = link.partition("#")
        assert ":" in link or (path.parent / file).exists(), link
        target = (path.parent / file) if file else path
        assert not anchor or anchor in anchors(target.read_text()), link


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_picture_is_small(theme: str) -> None:
    assert (ROOT / "docs" / f"smtp-{theme}.png").stat().st_size < LARGEST_PICTURE
