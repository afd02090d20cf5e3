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
Each command below reads the variables of the environment and the database of the panel, on the
machine that it runs on. Where the panel is served by another program, flask --app wsgi does the
same as smtp-panel.

With --json a command prints one JSON object, also when it fails: "ok" is false then, and "errors"
says what is wrong by field, or by "usage" and "panel". With --help it prints what is said here."""
EXAMPLES = {
    "Find out why a mail server refuses mail, without a database:": (
        "smtp-panel smtp check --server smtp.example.com --port 587"
    ),
    "Set a new password, and wait until it is known whether mail leaves:": (
        "smtp-panel smtp set --password-stdin < password.txt"
    ),
    "Let a locked-out admin in again:": "smtp-panel users reset-link --email ada@example.com",
}
OF_THE_MACHINE = {
    "LC_ALL, LC_MESSAGES, LANG": "The language, where it is English or Japanese.",
    "NO_COLOR": "Where it is set, a terminal gets no colours.",
    "SSL_CERT_FILE": "The certificate authorities to trust in place of the system's, as PEM.",
}
COMPLETION = {
    "bash": 'eval "$(_SMTP_PANEL_COMPLETE=bash_source smtp-panel)"',
    "zsh": 'eval "$(_SMTP_PANEL_COMPLETE=zsh_source smtp-panel)"',
    "fish": "_SMTP_PANEL_COMPLETE=fish_source smtp-panel | source",
}
FILES = "A secret, and a text of several lines, can be in a file: NAME_FILE is its path then."


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
    yield from _paragraphs(ABOUT)
    yield ".SH COMMANDS"
    for context in commands():
        yield from _command(context)
    yield ".SH EXIT STATUS"
    for code, meaning in MEANINGS.items():
        yield from _item(str(code), _sentence(meaning))
    yield ".SH ENVIRONMENT"
    yield from _paragraphs(FILES)
    for name, meaning in OF_THE_MACHINE.items():
        yield from _item(name, meaning)
    for variable in Config.variables():
        default = f" Default: {variable.default}" if variable.default else ""
        yield from _item(variable.name, f"{_sentence(variable.meaning)}{default}")
    yield ".SH EXAMPLES"
    for meaning, line in EXAMPLES.items():
        yield from _paragraphs(meaning)
        yield from (".RS 4", ".EX", _escaped(line), ".EE", ".RE")
    yield ".SH COMPLETION"
    yield from _paragraphs("A line in the file that the shell reads at its start turns it on:")
    for shell, line in COMPLETION.items():
        yield from _item(shell, line)


def _command(context: click.Context) -> Iterator[str]:
    """A command as it is typed, what it does, and its arguments and options."""
    words = context.command.collect_usage_pieces(context)
    yield f".SS {_escaped(' '.join([context.command_path, *words]))}"
    yield from _paragraphs(inspect.cleandoc(context.command.help or ""))
    for parameter in context.command.params:
        if record := parameter.get_help_record(context):
            yield from _item(*record)


def _item(name: str, meaning: str) -> Iterator[str]:
    yield ".TP"
    yield f".B {_escaped(name)}"
    yield _escaped(meaning)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}.".replace("`", "")


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
