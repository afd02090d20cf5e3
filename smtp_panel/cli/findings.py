"""What was found of a domain, as a terminal shows it: what is right in a line, the rest in full."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from flask_babel import gettext

from smtp_panel.cli.terminal import Terminal, forgiving
from smtp_panel.deliverability.finding import Finding, Record, State
from smtp_panel.smtp.text import printable
from smtp_panel.telling.deliverability import FindingInWords, finding_in_words, summary

INDENT = "  "
COLOURS = {State.GOOD: "green", State.UNKNOWN: "yellow", State.MISSING: "red", State.WRONG: "red"}


def print_findings(domain: str, findings: Sequence[Finding]) -> None:
    """Print what was found of `domain` on standard output."""
    terminal = Terminal.of(forgiving(sys.stdout))
    said = summary(findings)
    terminal.paragraph(f"{domain}: {said.text}", fg=COLOURS.get(said.state), bold=True)
    for each in map(finding_in_words, findings):
        terminal.line()
        _print(terminal, each)


def _print(terminal: Terminal, finding: FindingInWords) -> None:
    heading = f"{finding.name}: {finding.label}"
    terminal.paragraph(heading, fg=COLOURS.get(finding.state), bold=True)
    terminal.paragraph(finding.found, INDENT)
    for name, text in finding.facts:
        terminal.paragraph(f"{name}: {text}", INDENT)
    if finding.to_mend:
        terminal.paragraph(gettext("Expected: %(what)s", what=finding.expected), INDENT)
        terminal.paragraph(finding.why, INDENT)
    if finding.record:
        terminal.paragraph(f"{finding.what_to_do}:", INDENT)
        _print_record(terminal, finding.record)


def _print_record(terminal: Terminal, record: Record) -> None:
    """Print a record to publish: in one line, so that it can be copied."""
    quoted = " ".join(f'"{each}"' for each in record.strings)
    value = quoted if record.type == "TXT" else record.value
    terminal.line(printable(f"{INDENT * 2}{record.name}  {record.type}  {value}"))
