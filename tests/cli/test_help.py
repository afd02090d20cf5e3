"""SPEC A6: what is told of the commands, by their help, the manual page and the README."""

from __future__ import annotations

import json
import subprocess

import click
import pytest
from click.testing import CliRunner

from scripts.manual import MANUAL, commands
from smtp_panel.__main__ import main

ALL = {context.command_path.split(maxsplit=1)[1]: context for context in commands()}


@pytest.fixture(scope="module")
def page() -> str:
    """The manual page as a wide terminal shows it."""
    return printed("-Tutf8", "-rLL=400n")


def printed(*options: str) -> str:
    ran = subprocess.run(
        ["groff", "-man", "-ww", "-Kutf8", "-P-cbou", *options, str(MANUAL)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stderr == ""  # no warning
    return ran.stdout


def test_every_command_option_and_argument_has_help() -> None:
    for words, context in ALL.items():
        assert context.command.help
        for each in context.command.params:
            assert isinstance(each, click.Option | click.Argument)
            assert each.help, (words, each.name)


def test_every_command_option_and_argument_is_in_the_manual_page(page: str) -> None:
    sections = [" ".join(part.split()) for part in page.split("\n   smtp-panel ")]
    for words, context in ALL.items():
        (section,) = [each for each in sections if each.startswith(f"{words} ")]
        for each in context.command.params:
            record = each.get_help_record(context)
            assert record
            assert " ".join(" ".join(record).split()) in section


def test_the_manual_page_fits_a_terminal() -> None:
    assert max(map(len, printed("-Tutf8", "-rLL=80n").splitlines())) <= 80


def test_every_error_of_every_command_with_json_is_an_object() -> None:
    """A6: also that of a command which does not exist."""
    with_json = [words for words, context in ALL.items() if "as_json" in names(context)]
    assert "users create" in with_json
    for words in [*with_json, "nonsense", "smtp nonsense"]:
        ran = CliRunner().invoke(main, [*words.split(), "--nonsense", "--json"])
        assert (ran.exit_code, list(json.loads(ran.stdout)["errors"])) == (2, ["usage"]), words
        assert ran.stderr == ""


def names(context: click.Context) -> list[str | None]:
    return [each.name for each in context.command.params]
