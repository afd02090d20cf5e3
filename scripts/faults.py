"""docs/faults: a page for each diagnosis, and the list of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from flask import Flask
from flask_babel import force_locale

from smtp_panel.telling.faults import FaultInWords, faults_by_step
from smtp_panel.telling.language import ENGLISH

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "faults"
LIST = "README.md"
ABOUT = """\
# What can go wrong

Every diagnosis of SMTP Panel, by the step of the conversation with the mail server at which it is
reported. In the panel "Why?" beside a diagnosis leads to the same text; `smtp catalogue` prints
them all. How the catalogue is written is told in [docs/catalogue.md](../catalogue.md).
"""
TERMINAL = (
    "In a terminal of the machine from which mail leaves, with your own mail server and port:"
)
EXAMPLE = "Names and numbers are those of an example."


def write(app: Flask) -> None:
    """Write them all, and remove those of diagnoses that are gone."""
    found = pages(app)
    for old in FOLDER.glob("*.md"):
        if old.name not in found:
            old.unlink()
    for name, text in found.items():
        (FOLDER / name).write_text(text)


def pages(app: Flask) -> Mapping[str, str]:
    """Every page in Markdown, by its file name."""
    with app.app_context(), force_locale(ENGLISH):
        steps = list(faults_by_step(ENGLISH))
        found = {LIST: "\n".join(_list(steps))}
        for _, faults in steps:
            found |= {f"{fault.id}.md": "\n".join(_page(fault)) for fault in faults}
    return found


def _list(steps: list[tuple[str, list[FaultInWords]]]) -> Iterator[str]:
    yield ABOUT
    for step, faults in steps:
        yield f"## {step}\n"
        for fault in faults:
            yield f"- [{_text(fault.title)}]({fault.id}.md)"
        yield ""


def _page(fault: FaultInWords) -> Iterator[str]:
    yield f"# {_text(fault.title)}\n"
    yield f"{_text(' '.join(filter(None, (fault.more, EXAMPLE))))}\n"
    yield f"## What to do\n\n{_text(fault.remedy)}\n"
    if fault.field_label:
        yield f"Field to change: **{fault.field_label}**\n"
    yield f"{fault.again}\n"
    yield f"## What becomes of mail meanwhile\n\n{fault.meanwhile}\n"
    yield f"## Where it is met\n\n{', '.join(fault.steps)}. {fault.happens}\n"
    if fault.codes or fault.phrases:
        yield "## What servers say\n"
        if fault.codes:
            yield f"- Codes: {', '.join(f'`{code}`' for code in fault.codes)}"
        yield from (f"- `{phrase}`" for phrase in fault.phrases)
        yield ""
    yield "## See for yourself\n"
    yield f"{TERMINAL}\n"
    yield f"```sh\n{fault.command}\n```\n"
    also = ", ".join(f"`{each}`" for each in fault.covers)
    also = f"; also known as {also}" if also else ""
    yield f"Its name in JSON and reports is `{fault.id}`{also}. [All diagnoses]({LIST})\n"


def _text(text: str) -> str:
    """`text` with what Markdown would read as a mark escaped."""
    return "".join(f"\\{each}" if each in "\\`*_<>[]" else each for each in text)
