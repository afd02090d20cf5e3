"""`smtp catalogue`: every diagnosis that there is (SPEC 9, A6)."""

from __future__ import annotations

import os
import sys

import click

from smtp_panel.cli.command import json_option, print_json
from smtp_panel.cli.terminal import Terminal, forgiving, language_of
from smtp_panel.diagnosis.specimens import specimens


@click.command("catalogue")
@json_option
def catalogue(as_json: bool) -> None:
    """Print every diagnosis that the panel knows, told of an example."""
    language = language_of(os.environ)
    found = [each.diagnosis for each in specimens().values()]
    if as_json:
        told = [
            {
                "id": each.id,
                "stage": each.stage,
                "cause": each.cause(language),
                "remedy": each.remedy(language),
            }
            for each in found
        ]
        print_json({"diagnoses": told})
        return
    terminal = Terminal.of(forgiving(sys.stdout))
    for each in found:
        terminal.paragraph(f"{each.id} ({each.stage})")
        terminal.paragraph(each.cause(language), indent="  ")
        terminal.paragraph(each.remedy(language), indent="  ")
