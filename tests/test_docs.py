"""The documents in docs/: complete, as they are generated, and without a dead link."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask

from scripts import faults, providers, translations
from scripts.readme import with_part
from tests.test_readme import anchors

DOCS = Path(__file__).parents[1] / "docs"
LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)")


def test_every_diagnosis_has_its_page(app: Flask) -> None:
    """SPEC D1, NAMES: docs/faults/ID.md, general ones too; `make readme` writes them."""
    found = {path.name: path.read_text() for path in faults.FOLDER.iterdir()}
    assert found == faults.pages(app)


def test_every_provider_has_its_page_and_a_place_in_the_list() -> None:
    """NAMES: docs/providers/ID.md, listed in docs/administrators.md; `make readme` writes them."""
    found = {path.name: path.read_text() for path in providers.FOLDER.iterdir()}
    assert found == providers.pages()
    text = providers.LIST.read_text()
    assert text == with_part(text, "providers", providers.table_of_providers())
    assert all(f"](providers/{name})" in text for name in found)


def test_administrators_read_what_the_pages_say() -> None:
    """What is printed bold is a label, a heading or a button, as it is called in English."""
    catalogue = translations.parse(translations.po_file("ja").read_bytes(), "ja")
    texts = {message.id for message in catalogue} | {"SMTP"}
    bold = re.findall(r"\*\*([^*]+)\*\*", providers.LIST.read_text())
    labels = [label for path in bold for label in " ".join(path.split()).split(" > ")]
    assert labels
    assert [label for label in labels if label not in texts] == []


def test_every_link_inside_leads_somewhere() -> None:
    documents = {path: path.read_text() for path in DOCS.rglob("*.md")}
    for path, text in documents.items():
        for link in LINK.findall(text):
            if "://" in link or link.startswith("mailto:"):
                continue
            place, _, anchor = link.partition("#")
            target = (path.parent / place).resolve() if place else path
            assert target.exists(), f"{path.name}: {link}"
            assert not anchor or anchor in anchors(target.read_text()), f"{path.name}: {link}"
