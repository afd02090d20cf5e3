"""What is told of the commands, by their help: the manual page, and tables in Markdown.

click-man, the library for manual pages, writes one for each command, and shortens what they say.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click

from smtp_panel import __version__
from smtp_panel.__main__ import main as smtp_panel
from smtp_panel.cli.exits import MEANINGS
from smtp_panel.config import Config

MANUAL = Path(__file__).resolve().parent.parent / "docs" / "smtp-panel.1"
ABOUT = """\
With {commands} the panel is commanded from a terminal of the machine that it runs on, by the same
variables of the environment. Where the panel is served by another program, flask --app wsgi
COMMAND does the same.

With --json a command prints one JSON object, also when it fails: "ok" is false then, and "errors"
says what is wrong by field, option, or "usage" and "panel"."""
COMPLETION = {
    "bash": 'eval "$(_SMTP_PANEL_COMPLETE=bash_source smtp-panel)"',
    "zsh": 'eval "$(_SMTP_PANEL_COMPLETE=zsh_source smtp-panel)"',
    "fish": "_SMTP_PANEL_COMPLETE=fish_source smtp-panel | source",
}
FILES = "A secret can be kept in a file: NAME_FILE holds its path, in place of the variable NAME."


def commands(
    command: click.Command = smtp_panel, parent: click.Context | None = None
) -> Iterator[click.Context]:
    """The context of every command that does something, in the order of their names."""
    context = click.Context(command, info_name=command.name, parent=parent)
    if not isinstance(command, click.Group):
        yield context
        return
    for name in command.list_commands(context):
        yield from commands(command.commands[name], context)


def manual() -> str:
    """The manual page, in the macros of man(7)."""
    return "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    yield f'.TH SMTP\\-PANEL 1 "" "SMTP Panel {__version__}" "SMTP Panel"'
    yield ".ad l"
    yield ".SH NAME"
    yield "smtp\\-panel \\- serve SMTP Panel, or command it from a terminal"
    yield ".SH SYNOPSIS"
    yield ".B smtp\\-panel"
    yield ".I COMMAND"
    yield "[\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]"
    yield ".SH DESCRIPTION"
    yield from _paragraphs(ABOUT.format(commands="the commands below"))
    yield ".SH COMMANDS"
    for context in commands():
        yield from _command(context)
    yield ".SH EXIT STATUS"
    for code, meaning in MEANINGS.items():
        yield from _item(str(code), f"{meaning[0].upper()}{meaning[1:]}.")
    yield ".SH ENVIRONMENT"
    yield from _paragraphs(FILES)
    for variable in Config.variables():
        yield from _item(variable.name, variable.meaning.replace("`", ""))
    yield ".SH COMPLETION"
    yield from _paragraphs("A line in the file that the shell reads at its start turns it on:")
    for shell, line in COMPLETION.items():
        yield from _item(shell, line)


def _command(context: click.Context) -> Iterator[str]:
    """A command as it is typed, what it does, and its arguments and options."""
    words = context.command.collect_usage_pieces(context)
    yield f".SS {_escaped(' '.join([context.command_path, *words]))}"
    yield from _paragraphs(inspect.cleandoc(context.command.help or ""))
    for parameter in context.command.get_params(context):
        if record := parameter.get_help_record(context):
            yield from _item(*record)


def _item(name: str, meaning: str) -> Iterator[str]:
    yield ".TP"
    yield f".B {_escaped(name)}"
    yield _escaped(meaning)


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\n+", text):
        yield ".PP"
        yield _escaped(" ".join(paragraph.split()))


def _escaped(text: str) -> str:
    """`text` as roff prints it, with hyphens that can be copied, and no request in it."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return f"\\&{plain}" if plain.startswith((".", "'")) else plain


def table_of_commands() -> str:
    """Every command in a row of its own, in Markdown."""
    rows = [
        f"| `{_path(context)}` | {inspect.cleandoc(context.command.help or '').splitlines()[0]} |"
        for context in commands()
    ]
    return "\n".join(["| Command | What it does |", "|---|---|", *rows, ""])


def table_of_exit_codes() -> str:
    """Every exit code in a row of its own, in Markdown."""
    rows = [f"| {code} | {meaning} |" for code, meaning in MEANINGS.items()]
    return "\n".join(["| Exit code | Meaning |", "|---|---|", *rows, ""])


def _path(context: click.Context) -> str:
    """The words that name a command, without that of the program."""
    return context.command_path.partition(" ")[2]
