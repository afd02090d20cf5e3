"""What a server says is shown, and never obeyed (SPEC T7, L3)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest

from smtp_panel.check.check import Check, Verdict
from smtp_panel.check.report import report
from smtp_panel.smtp.facts import Stage
from tests.servers.fixtures import StartScripted
from tests.servers.scripted import Step, expect, send, take_content
from tests.smtp.conversations import endpoint_of, sent

# Colours, the window's title, the clipboard, a C1 control, a change of direction, and an erasure.
ESCAPES = "\x1b[31m \x1b]0;title\x07 \x1b]52;c;aGk=\x07 \x9b2J \u202e \x00\x08\x7f"


def says(code: int, *lines: str) -> Step:
    """A reply whose every line, the last one included, is full of what a terminal obeys."""
    told = [f"{code}{'-' if line is not lines[-1] else ' '}{line} {ESCAPES}" for line in lines]
    return send("".join(f"{line}\r\n" for line in told).encode())


EHLO = [says(220, "mail"), expect("EHLO"), says(250, "mail", f"X-{ESCAPES}", "AUTH PLAIN")]
ACCEPTED = {
    "AUTH": [expect("AUTH"), says(235, "2.7.0 ok")],
    "MAIL": [expect("MAIL"), says(250, "2.1.0 ok")],
    "RCPT": [expect("RCPT"), says(250, "2.1.5 ok")],
    "DATA": [expect("DATA"), says(354, "go"), take_content(), says(250, "2.0.0 queued as 4TEST")],
}
REFUSED = ["AUTH", "MAIL", "RCPT", "DATA", ""]


def strings(value: Any) -> Iterator[str]:
    """Every text in it, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for pair in value.items() for each in pair for text in strings(each))
    elif isinstance(value, list | tuple):
        yield from (text for each in value for text in strings(each))


def report_of(test: Check) -> str:
    """What is shown around."""
    return report(
        settings={"server": test.endpoint.server},
        verdict=test.verdict or Verdict.FAILED,
        steps=list(test.steps.values()),
        diagnosis=test.diagnosis,
        transcript=test.transcript,
        at=datetime.datetime.now(datetime.UTC),
    )


@pytest.mark.parametrize("refused", REFUSED)
def test_nothing_that_a_terminal_obeys_is_passed_on(scripted: StartScripted, refused: str) -> None:
    """T7: in no detail of a step, sentence, report or transcript, whichever step fails."""
    script = list(EHLO)
    for verb, steps in ACCEPTED.items():
        script += [expect(verb), says(550, "5.7.1 no")] if verb == refused else steps
        if verb == refused:
            break
    test = sent(endpoint_of(scripted([*script, expect("QUIT"), says(221, "bye")])))
    assert test.verdict is (Verdict.FAILED if refused else Verdict.ACCEPTED)
    assert test.steps[Stage.EHLO].detail["offered"][0].startswith("X-")
    diagnosis = test.diagnosis
    told = [step.to_json() for step in test.steps.values()]
    texts = [*strings(told), *report_of(test).splitlines(), *test.transcript.splitlines()]
    if diagnosis:
        texts += [*strings(diagnosis.to_json()), *diagnosis.cause().splitlines()]
        texts += [*diagnosis.remedy().splitlines(), *diagnosis.server_says.splitlines()]
    assert [text for text in texts if not text.isprintable()] == []
