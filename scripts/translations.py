"""Bring the translations up to date: collect what is marked, update the .po files, compile them.

Usage: python -m scripts.translations

English is the source language. The files name no dates and no lines, so that the same texts give
the same files; entries that the sources no longer have are dropped.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "translations"
LANGUAGES = ("ja",)
# Folder, files and how to read them; the options are those of the application.
SOURCES = (("smtp_panel", "**.py", "python"), ("templates", "**", "jinja2"))
JINJA = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
HEADER = ("Language:", "Plural-Forms:", "MIME-Version:", "Content-")


class Undated(Catalog):
    """A catalogue whose header holds what its readers need and nothing else."""

    def __iter__(self) -> Iterator[Message]:
        """The header, then every message."""
        header, *messages = super().__iter__()
        lines = [line for line in str(header.string).splitlines() if line.startswith(HEADER)]
        yield Message("", "\n".join(lines) + "\n")
        yield from messages


def marked(language: str) -> Catalog:
    """Every text that the sources mark, as an empty catalogue for `language`."""
    comment = f"# The texts of SMTP Panel in the language {language!r}."
    catalog = Undated(language, header_comment=comment, charset="utf-8", fuzzy=False)
    for folder, files, method in SOURCES:
        found = extract_from_dir(ROOT / folder, [(files, method)], {"**": JINJA})
        for _file, _line, text, _comments, context in found:
            catalog.add(text, context=context)
    return catalog


def translated(language: str) -> Catalog:
    """The marked texts with the translations that `language` has for them."""
    catalog, path = marked(language), po_file(language)
    known = parse(path.read_bytes(), language) if path.exists() else Catalog(language)
    for message in catalog:
        old = known.get(message.id, message.context) if message.id else None
        if old and old.id == message.id:
            message.string = old.string
    return catalog


def parse(po: bytes, language: str) -> Catalog:
    """The catalogue that is written in `po`; raises PoFileError where it is malformed."""
    return read_po(BytesIO(po), locale=language, abort_invalid=True)


def as_po(catalog: Catalog) -> bytes:
    """The text of `catalog` for translators, sorted by message."""
    out = BytesIO()
    write_po(out, catalog, width=0, no_location=True, sort_output=True)
    return out.getvalue().rstrip(b"\n") + b"\n"


def as_mo(catalog: Catalog) -> bytes:
    """`catalog` compiled for gettext."""
    out = BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def po_file(language: str) -> Path:
    """Where the translations of `language` are written; the compiled ones stand beside them."""
    return TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


def untranslated(catalog: Catalog) -> list[str]:
    """The texts for which `catalog` lacks a translation, or one of its plural forms."""
    return [str(message.id) for message in catalog if message.id and not all(forms(message))]


def forms(message: Message) -> tuple[str, ...]:
    """The translation of `message`, in each of its plural forms where it has several."""
    found = message.string or ""
    return (found,) if isinstance(found, str) else tuple(found)


def main() -> int:
    """Update every language, and say what is left to translate."""
    for language in LANGUAGES:
        catalog, path = translated(language), po_file(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(as_po(catalog))
        path.with_suffix(".mo").write_bytes(as_mo(catalog))
        missing = untranslated(catalog)
        print(f"{language}: {len(catalog)} texts, {len(missing)} to be translated")
        for text in missing:
            print(f"  {text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
